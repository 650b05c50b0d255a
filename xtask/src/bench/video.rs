//! Video and sound: what reading costs beside `ffmpeg` that only decodes, memory, and which videos of a folder are found
//! in each other.

mod media;
mod pairs;
pub mod reading;

use std::path::{Path, PathBuf};

use serde_json::json;

use super::cost::{self, median};
use super::report::{self, Goal, Row};
use crate::groups::Groups;
use crate::product::{self, Product};
use pairs::Pairs;
use reading::{Figures, Mode};

/// Measurements of which the middle one counts. They take turns, so that a busy machine changes all of them alike.
const RUNS: usize = 3;

/// What is asked for.
#[derive(Debug, Clone, clap::Args)]
pub struct Wanted {
    /// A folder of videos: all are banked, and each is looked for
    #[arg(long)]
    videos: Option<PathBuf>,
    /// Which of them show the same: lines of a file's name, or the beginning of one and a *, a tab, and a word
    #[arg(long, requires = "videos")]
    groups: Option<PathBuf>,
    /// Only the last line, which is one JSON object
    #[arg(long)]
    json: bool,
}

/// What was measured of the made media.
struct Measured {
    decoding_s: f64,
    item: Figures,
    fast: Figures,
    entry: Figures,
    hour: Figures,
}

/// Measures, and prints; true when every goal is met, and of a folder every pair is found and nothing else.
#[expect(clippy::print_stdout, reason = "the figures are what the tool is for")]
pub fn run(root: &Path, wanted: &Wanted) -> anyhow::Result<bool> {
    let folder = product::target(root)?.join("bench-video");
    let product = Product::build(root, folder.join("data"))?;
    let (film, hour) = (media::film(&folder)?, media::hour_of_sound(&folder)?);
    let measured = measure(&product.binary, &film, &hour)?;
    let rows = measured.rows();
    let found = match &wanted.videos {
        Some(videos) => {
            let groups = wanted.groups.as_deref().map(Groups::read).transpose()?.unwrap_or_default();
            Some(pairs::find(&product, videos, &groups)?)
        }
        None => None,
    };
    if !wanted.json {
        println!("{}\n\n{}", report::machine(), report::table(&rows));
        if let Some(pairs) = &found {
            println!("{pairs}");
        }
    }
    println!("{}", measured.summary(found.as_ref()));
    Ok(rows.iter().all(|row| row.met() != Some(false)) && found.is_none_or(|pairs| pairs.are_right()))
}

fn measure(binary: &Path, film: &Path, hour: &Path) -> anyhow::Result<Measured> {
    let (mut decoding, mut item, mut fast) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        decoding.push(cost::of(|| media::decode_alone(film))?.1.cpu_ms / 1000.0);
        item.push(reading::apart(binary, film, Mode::Item)?);
        fast.push(reading::apart(binary, film, Mode::Fast)?);
    }
    Ok(Measured {
        decoding_s: median(decoding),
        item: Figures::middle(&item),
        fast: Figures::middle(&fast),
        entry: reading::apart(binary, film, Mode::Entry)?,
        hour: reading::apart(binary, hour, Mode::Item)?,
    })
}

impl Measured {
    fn rows(&self) -> Vec<Row> {
        let beside =
            |figures: &Figures| format!("{:.2} s, ffmpeg alone {:.2} s", figures.cpu_s, self.decoding_s);
        let share = |figures: &Figures| (figures.cpu_s / self.decoding_s, "of it");
        let row = |letter, name: &str, value| Row::new(letter, name.to_owned(), value);
        vec![
            row("l", "1080p H.264 with sound, beside ffmpeg that decodes its picture", share(&self.item))
                .goal(Goal::AtMost(1.3))
                .note(beside(&self.item)),
            row("m", "the same in fast mode", share(&self.fast))
                .goal(Goal::AtMost(0.8))
                .note(beside(&self.fast)),
            row("n", "an hour of sound", (self.hour.cpu_s, "s CPU")).goal(Goal::AtMost(6.0)),
            row("o", "largest process: video as an item", (self.item.peak_mb, "MB"))
                .goal(Goal::AtMost(300.0)),
            row("p", "largest process: video as an entry", (self.entry.peak_mb, "MB"))
                .goal(Goal::AtMost(300.0)),
            row("q", "largest process: an hour of sound", (self.hour.peak_mb, "MB"))
                .goal(Goal::AtMost(300.0)),
        ]
    }

    fn summary(&self, found: Option<&Pairs>) -> serde_json::Value {
        json!({
            "decoding_s": self.decoding_s,
            "item_s": self.item.cpu_s,
            "item_share": self.item.cpu_s / self.decoding_s,
            "fast_s": self.fast.cpu_s,
            "fast_share": self.fast.cpu_s / self.decoding_s,
            "hour_of_sound_s": self.hour.cpu_s,
            "item_peak_mb": self.item.peak_mb,
            "entry_peak_mb": self.entry.peak_mb,
            "hour_of_sound_peak_mb": self.hour.peak_mb,
            "pairs": found.map(Pairs::summary),
        })
    }
}
