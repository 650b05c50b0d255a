//! Which seconds are found, on a folder of the evaluation kit: `bank/`, `queries/` and `truth.tsv`.
//!
//! Only fingerprints and alignment are measured, with a full scan in the place of the index and without
//! jail, store and policy. Decoding is `ffmpeg`'s.

mod pictures;
mod sound;
mod truth;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use lamassu_index::align::Stretch;

use super::cost;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// Sound tracks.
    Sound,
    /// Frames of videos.
    Pictures,
}

/// A stretch of an entry, which is told by its file name.
pub type Found = (String, Stretch);

/// Looks for every query in the bank of `folder` and prints how much of the truth was found; always true:
/// the folder is anybody's, so there is no goal.
#[expect(clippy::print_stdout, reason = "the figures are what the tool is for")]
pub fn run(medium: Medium, folder: &Path, json: bool) -> anyhow::Result<bool> {
    let queries = truth::read(&folder.join("truth.tsv"))?;
    let (found, cost) = cost::of(|| match medium {
        Medium::Sound => sound::search(folder, &queries),
        Medium::Pictures => pictures::search(folder, &queries),
    })?;
    let figures = truth::figures(&queries, &found);
    if json {
        println!("{}", figures.json(cost.cpu_ms));
    } else {
        println!("{}", figures.table(cost.cpu_ms));
    }
    Ok(true)
}

/// The files of a folder, in the order of their names.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries =
        fs_err::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>();
    let mut files = entries?;
    files.sort();
    Ok(files)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What `ffmpeg` decodes `path` to, with these arguments after the input.
#[expect(clippy::disallowed_methods, reason = "the folder is the caller's own, so no jail is needed")]
fn decode(path: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-threads", "1", "-i"]).arg(path).args(arguments).arg("pipe:1");
    let output = command.stderr(Stdio::null()).output().context("ffmpeg must be on the PATH")?;
    Ok(output.stdout)
}
