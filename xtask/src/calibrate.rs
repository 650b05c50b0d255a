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
use crate::groups::Pictures;
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
    #[command(flatten)]
    of: Pictures,
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

/// What candidates are between, and whether both are drawn.
const KINDS: [(&str, bool); 2] = [("pairs with a photograph", false), ("pairs of drawn cards", true)];

/// One method and kind of pairs, judged.
struct Judged {
    method: Method,
    kind: &'static str,
    /// None where all candidates are right, or all are wrong.
    fitted: Option<Fit>,
    /// The program's curve, and the fitted one if there is one, on the half that nothing was fitted on.
    reliability: Vec<Reliability>,
    tail: Tail,
    /// Right and wrong candidates: fitted on, judged on.
    counts: [[usize; 2]; 2],
    /// Right candidates of the judging half that a bank accepts by default.
    accepted: usize,
}

/// Measures, and prints.
#[expect(clippy::print_stdout, reason = "the figures are what the tool is for")]
pub fn run(root: &Path, wanted: &Wanted) -> anyhow::Result<bool> {
    let folder = product::target(root)?.join("calibrate");
    let binary = match &wanted.binary {
        Some(binary) => root.join(binary),
        None => Product::build(root, folder.clone())?.binary,
    };
    let (images, groups) = wanted.of.read(root)?;
    let halves = sources::halves(&images, &groups, (wanted.pictures, wanted.seed))?;
    let jail = jail(binary);
    let (fitting, judging) = (pairs::find(&jail, &halves.fitting)?, pairs::find(&jail, &halves.judging)?);
    let mut all = Vec::new();
    for (method, number, unit) in METHODS {
        for kind in KINDS {
            let judged = judge(method, kind, [&fitting, &judging]);
            if !wanted.json {
                judged.lines((number, unit)).iter().for_each(|line| println!("{line}"));
            }
            all.push(judged);
        }
    }
    let panels: Vec<plot::Panel<'_>> = all
        .iter()
        .filter(|it| !it.reliability[0].bands.is_empty())
        .map(|it| (format!("{}, {}", it.method.name(), it.kind), &it.reliability[..]))
        .collect();
    fs_err::create_dir_all(&folder)?;
    let picture = folder.join("reliability.svg");
    fs_err::write(&picture, plot::svg(&panels))?;
    if !wanted.json {
        println!("\n{}", picture.strip_prefix(root).unwrap_or(&picture).display());
    }
    let items = [fitting.items, judging.items];
    let methods: Vec<Value> = all.iter().map(Judged::json).collect();
    println!("{}", json!({ "seed": wanted.seed, "items": items, "methods": methods }));
    Ok(true)
}

fn judge(method: Method, (kind, is_drawn): (&'static str, bool), halves: [&Found; 2]) -> Judged {
    let is_of = |pair: &&Pair| pair.method == method && pair.is_drawn == is_drawn;
    let [on, other] = halves.map(|found| found.pairs.iter().filter(is_of).collect::<Vec<_>>());
    let fitted = fit(&on.iter().map(|pair| (pair.x, pair.is_right)).collect::<Vec<_>>()).ok();
    let by = |score: &dyn Fn(&Pair) -> f64| {
        let scored = |pair: &&Pair| {
            let Pair { is_right, original, .. } = **pair;
            Scored { score: score(pair), is_right, original }
        };
        Reliability::of(&other.iter().map(scored).collect::<Vec<_>>())
    };
    let mut reliability = vec![by(&|pair| probability(&pair.seen))];
    reliability.extend(fitted.map(|fitted| by(&|pair| fitted.at(pair.x))));
    let count =
        |pairs: &[&Pair]| [true, false].map(|kind| pairs.iter().filter(|pair| pair.is_right == kind).count());
    Judged {
        method,
        kind,
        fitted,
        reliability,
        tail: Tail::of(halves[1], method, is_drawn),
        counts: [count(&on), count(&other)],
        accepted: other.iter().filter(|pair| pair.is_right && tail::is_accepted(pair)).count(),
    }
}

impl Judged {
    fn lines(&self, (number, unit): (&str, &str)) -> Vec<String> {
        let [on, other] = self.counts;
        let mut lines = vec![
            format!("\n{}, a curve of {number}: {}", self.method.name(), self.kind),
            format!(
                "scores of this program, {} right candidates ({} accepted) and {} wrong:",
                other[0], self.accepted, other[1]
            ),
        ];
        if other == [0, 0] {
            lines.push(self.tail.line(unit));
            return lines;
        }
        lines.extend(self.reliability[0].lines());
        if let Some(Fit { half, slope }) = self.fitted {
            let [right, wrong] = on;
            lines.push(format!(
                "fitted on {right} right and {wrong} wrong candidates of the other half: half at {half:.3}, \
                 slope {slope:.4}"
            ));
            lines.extend(self.reliability[1].lines());
        }
        lines.push(self.tail.line(unit));
        lines
    }

    fn json(&self) -> Value {
        let [on, other] = self.counts;
        let fitted = self.fitted.map(|Fit { half, slope }| json!({ "half": half, "slope": slope }));
        json!({
            "method": self.method.name(), "of": self.kind, "fitted": fitted,
            "fitted_on": { "right": on[0], "wrong": on[1] },
            "judged_on": { "right": other[0], "wrong": other[1], "right_accepted": self.accepted },
            "program": self.reliability[0].json(), "fresh": self.reliability.get(1).map(Reliability::json),
            "unrelated": self.tail.json(),
        })
    }
}
