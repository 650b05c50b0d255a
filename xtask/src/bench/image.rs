//! How well disguised pictures are found by the whole product, what is flagged wrongly, and what it costs.
//!
//! Of the pictures of a folder two of three are banked and the rest is unseen. All are disguised in every way, by fixed
//! formulas; no threshold depends on them. Tables per disguise are for whoever runs it and are not to be published:
//! they would tell what to try. Copies that were missed, or flagged wrongly, are kept to be looked at.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::cost::{self, median};
use super::report::{self, Goal};
use crate::demo::make;
use crate::disguise::{DISGUISES, Disguise, PARTS};
use crate::groups::{Groups, Pictures};
use crate::product::{self, Product, remove};

const BANK: &str = "known";
/// Larger pictures are scaled down to this longer side before they are disguised.
const SIDE_PX_MAX: u32 = 1_280;
/// Smaller ones are passed over.
const SIDE_PX_MIN: u32 = 96;
/// The policy of a bank without local features.
const HASHES_ONLY: &str = "[default]\nfeatures_max = 0\n";
/// How many of the pictures of which most was missed are named.
const LEAST_FOUND: usize = 20;
/// `lamassu check` ends with this when something was found, and with 0 when not.
const EXIT_MATCHED: i32 = 1;

/// What is asked for.
#[derive(Debug, Clone, clap::Args)]
pub struct Wanted {
    /// Of pictures that show the same one is taken
    #[command(flatten)]
    of: Pictures,
    /// A bank of hashes only, as those of foreign lists are; without it local features are kept, too
    #[arg(long)]
    hashes: bool,
    /// Only the last line, which is one JSON object
    #[arg(long)]
    json: bool,
}

/// What came of one disguise.
#[derive(Debug, Default, Clone)]
struct Row {
    known: u32,
    found: u32,
    /// The banked pictures that were not found.
    missed: Vec<String>,
    /// Banked pictures that were found as another entry only.
    wrong: u32,
    unseen: u32,
    flagged: u32,
    /// CPU milliseconds for each banked and for each unseen picture, the start of the command left out.
    cpu_ms: [f64; 2],
}

impl Row {
    /// CPU milliseconds for each picture.
    fn cpu_ms_each(&self) -> f64 {
        let counts = [self.known, self.unseen].map(f64::from);
        (self.cpu_ms[0] * counts[0] + self.cpu_ms[1] * counts[1]) / (counts[0] + counts[1]).max(1.0)
    }
}

/// Measures, and prints; true when nothing was flagged wrongly.
#[expect(clippy::print_stdout, reason = "the figures are what the tool is for")]
pub fn run(root: &Path, wanted: &Wanted) -> anyhow::Result<bool> {
    let folder = product::target(root)?.join("bench-image");
    remove(&folder)?;
    let product = Product::build(root, folder.join("data"))?;
    let (images, groups) = wanted.of.read(root)?;
    let (known, unseen) = originals(&images, &groups, &folder)?;
    if wanted.hashes {
        fs_err::create_dir_all(&product.data)?;
        fs_err::write(product.data.join("policy.toml"), HASHES_ONLY)?;
    }
    product.run(&["bank".as_ref(), "create".as_ref(), BANK.as_ref()])?;
    product.run(&["bank".as_ref(), "add".as_ref(), BANK.as_ref(), folder.join("known").as_ref()])?;
    let mut rows = Vec::new();
    for disguise in DISGUISES.iter().chain(&PARTS) {
        let row = measure(&product, disguise, (&known, &unseen), &folder)?;
        if !wanted.json {
            println!("{}", line(disguise.done, &row));
        }
        rows.push(row);
    }
    if !wanted.json {
        println!("{}\n{} banked, {} unseen pictures\n", report::machine(), known.len(), unseen.len());
        println!("{}", report::table(&goals(&rows, unseen.len())));
        print!("{}", least_found(&rows));
        println!("Copies that were missed, or flagged: {}, by disguise\n", folder.display());
    }
    println!("{}", summary(&rows, known.len(), unseen.len()));
    Ok(rows.iter().all(|row| row.flagged == 0))
}

/// Pictures of the folder at most so large, as PNG, one of each group: those to be banked, and those to be unseen.
fn originals(images: &Path, groups: &Groups, folder: &Path) -> anyhow::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let files = walkdir::WalkDir::new(images).sort_by_file_name().into_iter();
    let files: Vec<PathBuf> = files
        .map(|file| Ok(file?.into_path()))
        .filter(|file: &anyhow::Result<PathBuf>| file.as_ref().map_or(true, |path| path.is_file()))
        .collect::<anyhow::Result<_>>()?;
    let (mut known, mut unseen) = (Vec::new(), Vec::new());
    let mut sources = BTreeSet::new();
    for kind in ["known", "unseen"] {
        fs_err::create_dir_all(folder.join(kind))?;
    }
    for path in files {
        let Ok(picture) = image::open(&path) else { continue };
        let (width, height) = (picture.width(), picture.height());
        let name = path.file_name().context("files have names")?.to_string_lossy().into_owned();
        if width.min(height) < SIDE_PX_MIN || !sources.insert(groups.source(&name).to_owned()) {
            continue;
        }
        let picture = if width.max(height) > SIDE_PX_MAX {
            picture.thumbnail(SIDE_PX_MAX, SIDE_PX_MAX)
        } else {
            picture
        };
        let (kind, list) = if (known.len() + unseen.len()) % 3 == 2 {
            ("unseen", &mut unseen)
        } else {
            ("known", &mut known)
        };
        let stem = path.file_stem().context("files have names")?.to_string_lossy().into_owned();
        let copy = folder.join(kind).join(format!("{}-{stem}.png", list.len()));
        picture.into_rgb8().save(&copy)?;
        list.push(copy);
    }
    ensure!(known.len() >= 2 && !unseen.is_empty(), "{} holds too few pictures", images.display());
    Ok((known, unseen))
}

fn measure(
    product: &Product,
    disguise: &Disguise,
    (known, unseen): (&[PathBuf], &[PathBuf]),
    folder: &Path,
) -> anyhow::Result<Row> {
    let folder = folder.join(disguise.name);
    let mut row = Row { known: known.len() as u32, unseen: unseen.len() as u32, ..Row::default() };
    let (reports, known_ms) = checked(product, disguise, known, &folder.join("known"))?;
    for Told { copy, title, found } in reports {
        if found.contains(&title) {
            row.found += 1;
            fs_err::remove_file(copy)?;
        } else {
            row.wrong += u32::from(!found.is_empty());
            row.missed.push(title);
        }
    }
    let (reports, unseen_ms) = checked(product, disguise, unseen, &folder.join("unseen"))?;
    for Told { copy, found, .. } in reports {
        if found.is_empty() {
            fs_err::remove_file(copy)?;
        } else {
            row.flagged += 1;
        }
    }
    row.cpu_ms = [known_ms, unseen_ms];
    Ok(row)
}

/// What was found in the copy of a picture: titles of entries.
struct Told {
    copy: PathBuf,
    title: String,
    found: Vec<String>,
}

/// Disguises `pictures` into `folder` and checks the copies; also CPU milliseconds for each.
fn checked(
    product: &Product,
    disguise: &Disguise,
    pictures: &[PathBuf],
    folder: &Path,
) -> anyhow::Result<(Vec<Told>, f64)> {
    fs_err::create_dir_all(folder)?;
    let mut titles: BTreeMap<PathBuf, String> = BTreeMap::new();
    for path in pictures {
        let title = path.file_name().context("files have names")?.to_string_lossy().into_owned();
        let copy = folder.join(format!("{title}.{}", disguise.extension()));
        make(&copy, || disguise.apply(&image::open(path)?.into_rgb8()))?;
        titles.insert(copy, title);
    }
    let first = titles.keys().next().context("there are pictures")?.clone();
    let (_, start) = cost::of(|| check(product, &first))?;
    let (reports, cost) = cost::of(|| check(product, folder))?;
    ensure!(reports.len() == titles.len(), "{} reports of {} files", reports.len(), titles.len());
    let told = |report: &Value| {
        let copy = PathBuf::from(report["path"].as_str().context("a report names its file")?);
        let title = titles.get(&copy).context("a file that was made")?.clone();
        let matches = report["matches"].as_array().into_iter().flatten();
        let found = matches.filter_map(|it| Some(it["title"].as_str()?.to_owned())).collect();
        Ok(Told { copy, title, found })
    };
    let told = reports.iter().map(told).collect::<anyhow::Result<_>>()?;
    Ok((told, (cost.cpu_ms - start.cpu_ms) / (titles.len() - 1).max(1) as f64))
}

fn check(product: &Product, path: &Path) -> anyhow::Result<Vec<Value>> {
    let output = product.command(&["check".as_ref(), path.as_ref()]).output()?;
    ensure!(output.status.code().is_some_and(|code| code <= EXIT_MATCHED), "check: {}", output.status);
    let lines = str::from_utf8(&output.stdout)?.lines();
    lines.map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn line(done: &str, row: &Row) -> String {
    format!(
        "{done:<48} {:>4} of {:<4} found {:>3} as another {:>3} of {:<3} flagged {:>7.1} and {:.1} ms CPU",
        row.found, row.known, row.wrong, row.flagged, row.unseen, row.cpu_ms[0], row.cpu_ms[1]
    )
}

/// The pictures of which most copies were missed: often a few are hard, whatever is done to them.
fn least_found(rows: &[Row]) -> String {
    let mut missed: BTreeMap<&str, usize> = BTreeMap::new();
    for title in rows.iter().flat_map(|row| &row.missed) {
        *missed.entry(title).or_default() += 1;
    }
    let mut ranked: Vec<_> = missed.into_iter().collect();
    ranked.sort_by_key(|&(title, count)| (Reverse(count), title));
    let line = |(title, count): &(&str, usize)| format!("{count:>3} of {} missed  {title}\n", rows.len());
    ranked.iter().take(LEAST_FOUND).map(line).collect()
}

/// What matters, beside what it should be.
fn goals(rows: &[Row], unseen: usize) -> Vec<report::Row> {
    let told = summary(rows, 0, unseen);
    let number = |name: &str| told[name].as_f64().unwrap_or(f64::NAN);
    let percent = |name: &str| (100.0 * number(name), "%");
    let row = |letter, name: &str, value| report::Row::new(letter, name.to_owned(), value);
    let bound = told["flagged_bound_95"].as_f64().map_or_else(
        || "of copies".to_owned(),
        |bound| format!("of copies; of pictures less than {:.1} %, with 95 % confidence", 100.0 * bound),
    );
    let flagged = (100.0 * number("flagged") / number("unseen").max(1.0), "%");
    vec![
        row("a", "found, of all disguises", percent("recall")).goal(Goal::AtLeast(98.0)),
        row("b", "found, of the hardest disguise", percent("recall_lowest")).goal(Goal::AtLeast(90.0)),
        row("c", "unseen pictures flagged", flagged).goal(Goal::AtMost(0.0)).note(bound),
        row("d", "found as another entry only", percent("wrong_entry")),
        row("e", "a disguised picture, the middle disguise", (number("cpu_ms"), "ms CPU"))
            .goal(Goal::AtMost(12.0)),
        row("f", "of a banked one, whole: mostly PDQ decides", (number("cpu_ms_whole"), "ms CPU"))
            .goal(Goal::AtMost(5.0)),
        row("g", "of a banked one, parts", (number("cpu_ms_parts"), "ms CPU")),
        row("h", "of an unseen one", (number("cpu_ms_unseen"), "ms CPU")),
    ]
}

fn share(part: u32, whole: u32) -> f64 {
    f64::from(part) / f64::from(whole.max(1))
}

fn summary(rows: &[Row], known: usize, unseen: usize) -> Value {
    let sum = |of: fn(&Row) -> u32| rows.iter().map(of).sum::<u32>();
    let middle = |rows: &[Row], of: fn(&Row) -> f64| median(rows.iter().map(of).collect());
    let (whole, parts) = rows.split_at(DISGUISES.len());
    json!({
        "recall": share(sum(|row| row.found), sum(|row| row.known)),
        "recall_lowest": rows.iter().map(|row| share(row.found, row.known)).fold(1.0, f64::min),
        "wrong_entry": share(sum(|row| row.wrong), sum(|row| row.known)),
        "flagged": sum(|row| row.flagged),
        "unseen": sum(|row| row.unseen),
        "banked_sources": known,
        "unseen_sources": unseen,
        // Of sources, not of copies, which are not independent: the rule of three, when none was flagged.
        "flagged_bound_95": (sum(|row| row.flagged) == 0).then(|| 3.0 / unseen as f64),
        "cpu_ms": middle(rows, Row::cpu_ms_each),
        "cpu_ms_whole": middle(whole, |row| row.cpu_ms[0]),
        "cpu_ms_parts": middle(parts, |row| row.cpu_ms[0]),
        "cpu_ms_unseen": middle(rows, |row| row.cpu_ms[1]),
    })
}

#[cfg(test)]
mod tests {
    use super::{DISGUISES, PARTS, Row, goals, least_found, summary};

    #[test]
    fn a_summary_counts_sources_for_its_bound() {
        let row = Row { known: 4, found: 3, wrong: 1, unseen: 2, cpu_ms: [4.0, 7.0], ..Row::default() };
        let rows = vec![row; DISGUISES.len() + PARTS.len()];
        let told = summary(&rows, 4, 2);
        assert_eq!((&told["recall"], &told["wrong_entry"]), (&0.75.into(), &0.25.into()));
        assert_eq!((&told["flagged_bound_95"], &told["cpu_ms"]), (&1.5.into(), &5.0.into()));
        let met: Vec<_> = goals(&rows, 2).iter().map(super::report::Row::met).collect();
        assert_eq!(met, [Some(false), Some(false), Some(true), None, Some(true), Some(true), None, None]);
    }

    #[test]
    fn the_picture_that_was_missed_most_is_named_first() {
        let row = |missed: &[&str]| Row {
            missed: missed.iter().map(|&title| title.to_owned()).collect(),
            ..Row::default()
        };
        let told = least_found(&[row(&["lake", "moor"]), row(&["moor"]), row(&[])]);
        assert_eq!(told, "  2 of 3 missed  moor\n  1 of 3 missed  lake\n");
    }
}
