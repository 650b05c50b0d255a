//! Local features beside `OpenCV`'s SIFT: which are found again where a known change of the picture puts them, and what
//! they cost.
#![expect(
    clippy::disallowed_methods,
    reason = "the reference is a Python program; this is a tool, not the product"
)]

mod changes;
mod repeated;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, ensure};
use image::RgbImage;
use lamassu_fingerprint::local::{Features, LONGER_SIDE, Wanted, extract};
use lamassu_fingerprint::{Channels, Picture};
use serde::Deserialize;

use super::pdq::pictures;
use crate::bench::cost::{self, median};
use changes::CHANGES;
use repeated::{Count, Spot};

const REFERENCE: &str = include_str!("sift_reference.py");
/// The packages that `REFERENCE` needs.
const PACKAGES: [&str; 2] = ["numpy==2.2.6", "opencv-python-headless==4.14.0.94"];
/// Pictures compared, spread evenly over the folder.
const PICTURES: usize = 60;
/// All are scaled to this longer side, so that neither has to, in pixels.
const SIDE_PX: u32 = 480;
/// Smaller pictures are passed over.
const SIDE_PX_MIN: u32 = 240;
/// Ours are to be found again at least this much as often.
const RATIO_MIN: f64 = 0.9;

/// What one of both makes of a picture and its copy.
#[derive(Debug, Deserialize)]
struct Made {
    known: Vec<Spot>,
    seen: Vec<Spot>,
    /// For each known feature the copy's with the nearest description.
    nearest: Vec<Option<usize>>,
    cpu_ms: [f64; 2],
}

/// Compares both, prints a table, and says whether ours are found again as often.
#[expect(clippy::print_stdout, reason = "the table is what the tool is for")]
pub fn run(root: &Path, images: &Path) -> anyhow::Result<bool> {
    let python = crate::python::environment(root, "import numpy, cv2", &PACKAGES)?;
    let mut reference = Reference::start(&python)?;
    let folder = tempfile::tempdir()?;
    let all = pictures(images)?;
    let step = (all.len() / PICTURES).max(1);
    let originals = all.iter().step_by(step).filter_map(|path| original(path)).take(PICTURES);
    let mut counts = [[Count::default(); 2]; CHANGES.len()];
    let (mut costs, mut compared) = ([Vec::new(), Vec::new()], 0);
    for picture in originals {
        for (change, counts) in CHANGES.iter().zip(&mut counts) {
            let copy = change.apply(&picture)?;
            let paths = ["picture.png", "copy.png"].map(|name| folder.path().join(name));
            picture.save(&paths[0])?;
            copy.save(&paths[1])?;
            // Both in turns, so that a busy machine changes both alike.
            for (side, made) in [ours(&picture, &copy)?, reference.made(&paths)?].iter().enumerate() {
                counts[side] += repeated::count(made, &picture, &copy, change);
                // Of the first ones much is not yet in memory.
                if compared > 0 {
                    costs[side].push(made.cpu_ms[0]);
                }
            }
        }
        compared += 1;
    }
    ensure!(compared > 1, "{} holds too few pictures", images.display());
    println!("{compared} pictures of {SIDE_PX} pixels, at most {} features", Wanted::ENTRY.features_max);
    Ok(told(&counts, costs.map(median)))
}

/// Prints the table; true when ours are found again often enough.
#[expect(clippy::print_stdout, reason = "the table is what the tool is for")]
fn told(counts: &[[Count; 2]], cpu_ms: [f64; 2]) -> bool {
    println!("{:<48} {:>22} {:>26}", "", "found again, %", "and nearest described, %");
    println!("{:<48} {:>12} {:>9} {:>16} {:>9}", "", "ours", "OpenCV", "ours", "OpenCV");
    let mut whole = [Count::default(); 2];
    let row = |name: &str, [ours, theirs]: [Count; 2]| {
        let [a, b, c, d] =
            [ours.again(), theirs.again(), ours.described(), theirs.described()].map(|it| 100.0 * it);
        println!("{name:<48} {a:>12.1} {b:>9.1} {c:>16.1} {d:>9.1}");
    };
    for (change, counts) in CHANGES.iter().zip(counts) {
        row(change.disguise().done, *counts);
        whole.iter_mut().zip(counts).for_each(|(sum, count)| *sum += *count);
    }
    row("all", whole);
    println!(
        "CPU a picture: ours {:.1} ms, OpenCV {:.1} ms, one thread, the middle one",
        cpu_ms[0], cpu_ms[1]
    );
    whole[0].again() >= RATIO_MIN * whole[1].again()
}

fn original(path: &Path) -> Option<RgbImage> {
    let picture = image::ImageReader::open(path).ok()?.with_guessed_format().ok()?.decode().ok()?;
    let is_large = picture.width().min(picture.height()) >= SIDE_PX_MIN;
    is_large.then(|| picture.thumbnail(SIDE_PX, SIDE_PX).into_rgb8())
}

fn ours(picture: &RgbImage, copy: &RgbImage) -> anyhow::Result<Made> {
    let of = |pixels: &RgbImage| {
        cost::of(|| {
            let (width, height) = (pixels.width() as usize, pixels.height() as usize);
            Ok(extract(Picture::new(pixels, width, height, Channels::Rgb)?, &Wanted::ENTRY))
        })
    };
    let ((known, first), (seen, second)) = (of(picture)?, of(copy)?);
    let nearest = known.iter().map(|it| {
        let others = seen.iter().enumerate();
        others.min_by_key(|(_, other)| other.bits.distance(it.bits)).map(|(number, _)| number)
    });
    Ok(Made {
        nearest: nearest.collect(),
        known: spots(&known, picture),
        seen: spots(&seen, copy),
        cpu_ms: [first.cpu_ms, second.cpu_ms],
    })
}

/// In pixels.
fn spots(features: &Features, picture: &RgbImage) -> Vec<Spot> {
    let unit = f64::from(picture.width().max(picture.height())) / f64::from(LONGER_SIDE);
    features.iter().map(|it| [it.x, it.y, it.scale].map(|at| f64::from(at) * unit)).collect()
}

/// `OpenCV` in a process of its own.
struct Reference {
    child: Child,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Reference {
    fn start(python: &Path) -> anyhow::Result<Self> {
        let features_max = Wanted::ENTRY.features_max.to_string();
        let mut child = Command::new(python)
            .args(["-c", REFERENCE, &features_max])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let asked = child.stdin.take().context("the input is piped")?;
        let answers = BufReader::new(child.stdout.take().context("the output is piped")?);
        Ok(Self { child, asked, answers })
    }

    fn made(&mut self, [picture, copy]: &[PathBuf; 2]) -> anyhow::Result<Made> {
        writeln!(self.asked, "{}\t{}", picture.display(), copy.display())?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        serde_json::from_str(&line).with_context(|| format!("the reference answered: {line}"))
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // It has nothing to lose; that it is gone already is no failure either.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
