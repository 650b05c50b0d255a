//! The product at work, on pictures and clips made on the spot.

mod clips;
mod disguise;
mod media;
mod table;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::product::{self, Product};
pub use media::{jpeg, make};
use table::Row;

const BANK: &str = "demo";

/// A file to check and what should come of it.
pub struct Sample {
    /// The file.
    pub path: PathBuf,
    /// What was done to the original.
    pub done: String,
    /// What should come of it.
    pub expected: Expected,
}

/// What should come of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// These titles are found, and no other.
    Found(Vec<String>),
    /// Nothing is found.
    Nothing,
    /// A copy that is not found yet: it counts neither way.
    NotYet(String),
}

/// An original that is banked.
pub struct Original {
    /// Its file.
    pub path: PathBuf,
    /// What it is banked as.
    pub title: String,
}

/// Makes what is missing, banks it, checks copies and look-alikes, prints a table; true when all
/// came as expected.
#[expect(clippy::print_stdout, reason = "the demo is what it prints")]
pub fn run(root: &Path) -> anyhow::Result<bool> {
    let folder = product::target(root)?.join("demo");
    println!("building the release binary …");
    let product = Product::build(root, folder.join("data"))?;
    println!("making pictures and clips in {} …", shown(root, &folder));
    let start = Instant::now();
    let (pictures, clips) = (media::pictures(&folder)?, clips::originals(&folder)?);
    let mut samples = media::samples(&folder, &pictures)?;
    samples.extend(clips::samples(&folder, &clips)?);
    println!("made in {:.1} s; a second run finds them made", start.elapsed().as_secs_f64());
    product::remove(&product.data)?;
    let server = product.serve()?;
    product.run(&["bank", "create", BANK].map(OsStr::new))?;
    let originals: Vec<Original> = pictures.into_iter().chain(clips).collect();
    for original in &originals {
        let path = original.path.as_os_str();
        let arguments = ["bank", "add", BANK, "--outlet", "Example Agency", "--title", &original.title];
        product.run(&arguments.iter().map(OsStr::new).chain([path]).collect::<Vec<_>>())?;
    }
    println!("banked {} originals in the bank {BANK}\n", originals.len());
    let mut rows = Vec::new();
    for sample in &samples {
        let start = Instant::now();
        let report = product.check(&sample.path)?;
        rows.push(Row::new(sample, &report, start.elapsed().as_secs_f64() * 1000.0));
    }
    drop(server);
    print!("{}", table::table(&rows));
    println!("\n{}", table::summary(&rows));
    print_next(root, &folder);
    Ok(rows.iter().all(|row| row.passed))
}

#[expect(clippy::print_stdout, reason = "the demo is what it prints")]
fn print_next(root: &Path, folder: &Path) {
    let folder = shown(root, folder);
    let lamassu = folder.replace("demo", "release/lamassu");
    println!("\nTry next:");
    for command in [
        format!("bank show {BANK}"),
        format!("check {folder}/samples"),
        "check --format json ANY-FILE-OF-YOURS".to_owned(),
        "audit verify".to_owned(),
    ] {
        println!("  {lamassu} --data {folder}/data {command}");
    }
}

/// The path as one would type it in the workspace.
fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
