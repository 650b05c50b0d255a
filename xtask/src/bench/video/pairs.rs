//! Which videos of a folder are found in each other: those of one source should be, and no others.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::groups::Groups;
use crate::product::{Product, remove};

const BANK: &str = "known";
/// `lamassu check` ends with this when something was found; each video is.
const EXIT_MATCHED: i32 = 1;

/// What was found: each a video and the one found in it.
#[derive(Debug, Default)]
pub struct Pairs {
    found: Vec<(String, String)>,
    missed: Vec<(String, String)>,
    across: Vec<(String, String)>,
}

/// Banks all videos of a folder, and looks for each.
pub fn find(product: &Product, videos: &Path, groups: &Groups) -> anyhow::Result<Pairs> {
    remove(&product.data)?;
    product.run(&["bank".as_ref(), "create".as_ref(), BANK.as_ref()])?;
    product.run(&["bank".as_ref(), "add".as_ref(), BANK.as_ref(), videos.as_ref()])?;
    let output = product.command(&["check".as_ref(), videos.as_ref()]).output()?;
    ensure!(output.status.code() == Some(EXIT_MATCHED), "check: {}", output.status);
    let reports = str::from_utf8(&output.stdout)?.lines().map(serde_json::from_str);
    judge(&reports.collect::<Result<Vec<Value>, _>>()?, groups)
}

fn judge(reports: &[Value], groups: &Groups) -> anyhow::Result<Pairs> {
    let name = |report: &Value| {
        let path = report["path"].as_str().context("a report names its file")?;
        Ok(Path::new(path).file_name().context("files have names")?.to_string_lossy().into_owned())
    };
    let names = reports.iter().map(name).collect::<anyhow::Result<Vec<_>>>()?;
    let mut pairs = Pairs::default();
    for (report, item) in reports.iter().zip(&names) {
        let matches = report["matches"].as_array().into_iter().flatten();
        let titles: BTreeSet<&str> = matches.filter_map(|it| it["title"].as_str()).collect();
        for entry in names.iter().filter(|entry| *entry != item) {
            let is_same = groups.source(item) == groups.source(entry);
            let list = match (is_same, titles.contains(entry.as_str())) {
                (true, true) => &mut pairs.found,
                (true, false) => &mut pairs.missed,
                (false, true) => &mut pairs.across,
                (false, false) => continue,
            };
            list.push((item.clone(), entry.clone()));
        }
    }
    Ok(pairs)
}

impl Pairs {
    /// Whether every pair of one source was found and no other.
    pub fn are_right(&self) -> bool {
        self.missed.is_empty() && self.across.is_empty()
    }

    /// Counts, and which were wrong.
    pub fn summary(&self) -> Value {
        let Self { found, missed, across } = self;
        json!({ "of_one_source": found.len() + missed.len(), "found": found.len(), "missed": missed, "across": across })
    }
}

impl fmt::Display for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { found, missed, across } = self;
        write!(f, "{} of {} pairs of one source found", found.len(), found.len() + missed.len())?;
        write!(f, ", {} across sources", across.len())?;
        let mut list = |what: &str, pairs: &[(String, String)]| {
            pairs.iter().try_for_each(|(item, entry)| write!(f, "\n  {what}: {entry} in {item}"))
        };
        list("missed", missed)?;
        list("across", across)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Groups, judge};

    #[test]
    fn pairs_are_told_by_source() {
        let groups = Groups::of("chair-*\tchair").unwrap();
        let report = |path: &str, titles: &[&str]| {
            let matches: Vec<_> = titles.iter().map(|title| json!({ "title": title })).collect();
            json!({ "path": path, "matches": matches })
        };
        let reports = [
            report("a/chair-1.mp4", &["chair-1.mp4", "chair-2.mp4", "knob.mp4"]),
            report("a/chair-2.mp4", &["chair-2.mp4"]),
            report("a/knob.mp4", &["knob.mp4"]),
        ];
        let pairs = judge(&reports, &groups).unwrap();
        assert!(!pairs.are_right());
        assert_eq!(
            pairs.summary(),
            json!({ "of_one_source": 2, "found": 1, "missed": [["chair-2.mp4", "chair-1.mp4"]],
                "across": [["chair-1.mp4", "knob.mp4"]] })
        );
        let alone = judge(&reports[2..], &Groups::default()).unwrap();
        assert!(alone.are_right() && alone.to_string().starts_with("0 of 0 pairs"), "{alone}");
    }
}
