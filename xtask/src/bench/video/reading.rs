//! One reading in a process of its own: the system tells the peak of memory of all that a process waited for, so there
//! must be nothing else among them.
#![expect(clippy::disallowed_methods, reason = "this is a tool, not the product")]

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use lamassu_media::{Jail, JailConfig, Limits, Precision, Purpose, Sealed, Wanted};
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Value, json};

use super::cost::{self, median};

/// Local features of each key frame, as the product takes them.
const KEY_FEATURES_MAX: u16 = 300;

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// As an item.
    Item,
    /// As an item in fast mode.
    Fast,
    /// As an entry.
    Entry,
}

/// A file to be read, and how.
#[derive(Debug, Clone, clap::Args)]
pub struct One {
    file: PathBuf,
    /// The product
    #[arg(long)]
    binary: PathBuf,
    #[arg(long)]
    mode: Mode,
}

/// What a reading cost.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// CPU time of all processes, in seconds.
    pub cpu_s: f64,
    /// The most memory that one of the jailed processes held, in megabytes.
    pub peak_mb: f64,
}

impl Figures {
    /// The middle of each.
    pub fn middle(all: &[Self]) -> Self {
        let of = |field: fn(&Self) -> f64| median(all.iter().map(field).collect());
        Self { cpu_s: of(|it| it.cpu_s), peak_mb: of(|it| it.peak_mb) }
    }
}

/// Reads the file here, once, and prints what that cost.
#[expect(clippy::print_stdout, reason = "that is how it is told")]
pub fn run(one: &One) -> anyhow::Result<bool> {
    let purpose = if one.mode == Mode::Entry { Purpose::Entry } else { Purpose::Item };
    let wanted = Wanted { key_features_max: KEY_FEATURES_MAX, ..Wanted::of(purpose, Precision::Full) };
    let jail = Jail::new(JailConfig {
        program: one.binary.clone(),
        allow_without_landlock: false,
        fast_video: one.mode == Mode::Fast,
        limits: Limits::default(),
    });
    let ((), cost) = cost::of(|| {
        let item = Sealed::copy(fs_err::File::open(&one.file)?, &std::env::temp_dir(), jail.limits())?;
        jail.read(&item, wanted)?;
        Ok(())
    })?;
    // In kilobytes.
    let peak_mb = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss() as f64 * 1024.0 / 1e6;
    println!("{}", json!({ "cpu_s": cost.cpu_ms / 1000.0, "peak_mb": peak_mb }));
    Ok(true)
}

/// Has another process of this program read the file.
pub fn apart(binary: &Path, file: &Path, mode: Mode) -> anyhow::Result<Figures> {
    let mode = match mode {
        Mode::Item => "item",
        Mode::Fast => "fast",
        Mode::Entry => "entry",
    };
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bench", "video-reading", "--mode", mode, "--binary"]).args([binary, file]);
    let output = command.output()?;
    ensure!(output.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout)?;
    let number = |name: &str| told[name].as_f64().with_context(|| format!("no {name}"));
    Ok(Figures { cpu_s: number("cpu_s")?, peak_mb: number("peak_mb")? })
}
