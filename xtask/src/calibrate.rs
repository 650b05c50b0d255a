//! How well the scores of pictures hold: curves fitted on one half of a background set, and how often matches of each
//! score were right in the other half.
//!
//! The set is a folder of photographs, disguised in every way by fixed formulas, and cards and flags drawn on templates,
//! which look like each other more than photographs do. It is split by source: both halves share no picture and no
//! template. Nothing of the program is changed: curves are part of decisions.

mod cards;
mod fit;
mod pairs;
mod plot;
mod reliability;
mod sources;
mod tail;

use std::path::{Path, PathBuf};

use lamassu_case::Method;
use lamassu_case::score::probability;
use serde_json::{Value, json};

use crate::conformance::luma::jail;
use crate::groups::Groups;
use crate::product::{self, Product};
use fit::{Fit, fit};
use pairs::{Found, Pair};
use reliability::{Reliability, Scored};
use tail::Tail;

/// The methods whose scores are curves of one number of a picture, what that number is, and the unit of its thresholds.
const METHODS: [(Method, &str, &str); 3] = [
    (Method::Pdq, "the distance in bits", "bits"),
    (Method::Local, "the logarithm of 1 and the strength", "bits of evidence"),
    (Method::Plain, "the difference", "of what they are known by"),
];

/// What is asked for.
#[derive(Debug, Clone, clap::Args)]
pub struct Wanted {
    /// The folder of pictures, searched through; relative to the workspace
    #[arg(long, default_value = "../shared/data/images")]
    images: PathBuf,
    /// Which of them show the same: lines of a file's name, or the beginning of one and a *, a tab, and a word
    #[arg(long)]
    groups: Option<PathBuf>,
    /// At most so many pictures; more take longer, some minutes for each hundred
    #[arg(long, default_value_t = 400)]
    pictures: usize,
    /// Another number splits the folder otherwise and draws other cards
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// A lamassu that becomes the jailed child, relative to the workspace; a new one is built if not given
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Only the last line, which is one JSON object
    #[arg(long)]
    json: bool,
}

/// One method, judged.
struct Judged {
    method: Method,
    fitted: Fit,
    /// The program's curve and the fitted one, on the half that nothing was fitted on.
    reliability: [Reliability; 2],
    tails: [Tail; 2],
    /// Right and wrong candidates: fitted on, judged on.
    counts: [[usize; 2]; 2],
    /// Right candidates of the judging half that a bank accepts by default.
    accepted: usize,
}

/// Measures, and prints; a method without right or wrong candidates is left out.
#[expect(clippy::print_stdout, reason = "the figures are what the tool is for")]
pub fn run(root: &Path, wanted: &Wanted) -> anyhow::Result<bool> {
    let folder = product::target(root)?.join("calibrate");
    let binary = match &wanted.binary {
        Some(binary) => root.join(binary),
        None => Product::build(root, folder.clone())?.binary,
    };
    let groups = wanted.groups.as_ref().map(|file| Groups::read(&root.join(file))).transpose()?;
    let groups = groups.unwrap_or_default();
    let halves = sources::halves(&root.join(&wanted.images), &groups, (wanted.pictures, wanted.seed))?;
    let jail = jail(binary);
    let (fitting, judging) = (pairs::find(&jail, &halves.fitting)?, pairs::find(&jail, &halves.judging)?);
    let mut all = Vec::new();
    for (method, number, unit) in METHODS {
        match judge(method, &fitting, &judging) {
            Ok(judged) => {
                if !wanted.json {
                    judged.lines((number, unit)).iter().for_each(|line| println!("{line}"));
                }
                all.push(judged);
            }
            Err(error) if !wanted.json => println!("{}: left out: {error:#}", method.name()),
            Err(_) => {}
        }
    }
    let panels: Vec<plot::Panel<'_>> =
        all.iter().map(|it| (it.method.name(), it.reliability.each_ref())).collect();
    fs_err::create_dir_all(&folder)?;
    let picture = folder.join("reliability.svg");
    fs_err::write(&picture, plot::svg(&panels))?;
    if !wanted.json {
        println!("{}", picture.strip_prefix(root).unwrap_or(&picture).display());
    }
    let items = [fitting.items, judging.items];
    let methods: Vec<Value> = all.iter().map(Judged::json).collect();
    println!("{}", json!({ "seed": wanted.seed, "items": items, "methods": methods }));
    Ok(true)
}

fn judge(method: Method, fitting: &Found, judging: &Found) -> anyhow::Result<Judged> {
    let of = |found: &Found| -> Vec<Pair> {
        found.pairs.iter().filter(|pair| pair.method == method).cloned().collect()
    };
    let (on, other) = (of(fitting), of(judging));
    let fitted = fit(&on.iter().map(|pair| (pair.x, pair.is_right)).collect::<Vec<_>>())?;
    let by = |score: &dyn Fn(&Pair) -> f64| {
        let scored = |pair: &Pair| {
            let &Pair { is_right, original, .. } = pair;
            Scored { score: score(pair), is_right, original }
        };
        Reliability::of(&other.iter().map(scored).collect::<Vec<_>>())
    };
    let count =
        |pairs: &[Pair]| [true, false].map(|kind| pairs.iter().filter(|pair| pair.is_right == kind).count());
    Ok(Judged {
        method,
        fitted,
        reliability: [by(&|pair| probability(&pair.seen)), by(&|pair| fitted.at(pair.x))],
        tails: Tail::both(judging, method),
        counts: [count(&on), count(&other)],
        accepted: other.iter().filter(|pair| pair.is_right && tail::is_accepted(pair)).count(),
    })
}

impl Judged {
    fn lines(&self, (number, unit): (&str, &str)) -> Vec<String> {
        let Self { method, fitted: Fit { half, slope }, counts: [on, other], accepted, .. } = self;
        let mut lines = vec![
            format!("\n{}, a curve of {number}", method.name()),
            format!(
                "fitted on {} right and {} wrong candidates: half at {half:.3}, slope {slope:.4}",
                on[0], on[1]
            ),
            format!(
                "scores of this program in the other half, {} right ({accepted} accepted) and {} wrong:",
                other[0], other[1]
            ),
        ];
        lines.extend(self.reliability[0].lines());
        lines.push("the fitted curve, likewise:".to_owned());
        lines.extend(self.reliability[1].lines());
        lines.push("unrelated pairs:".to_owned());
        lines.extend(self.tails.iter().map(|tail| tail.line(unit)));
        lines
    }

    fn json(&self) -> Value {
        let [on, other] = self.counts;
        json!({
            "method": self.method.name(),
            "fitted": { "half": self.fitted.half, "slope": self.fitted.slope, "right": on[0], "wrong": on[1] },
            "judged": { "right": other[0], "wrong": other[1], "right_accepted": self.accepted },
            "program": self.reliability[0].json(),
            "fresh": self.reliability[1].json(),
            "unrelated": self.tails.iter().map(Tail::json).collect::<Vec<_>>(),
        })
    }
}
