//! The project's own tools, in Rust so that there is no folder of scripts.

mod bench;
mod calibrate;
mod client;
mod conformance;
mod demo;
mod disguise;
mod groups;
mod openapi;
mod pictures;
mod product;
mod python;
mod server;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own tools.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    tool: Tool,
}

#[derive(Subcommand)]
enum Tool {
    /// Checks the rules of the house that no compiler checks.
    Tidy,
    /// Shows the product at work, on pictures and clips made on the spot, and stays until Ctrl-C.
    Demo {
        /// End after the table instead
        #[arg(long)]
        leave: bool,
    },
    /// Measures the product end to end, beside its competitor; bench/README.md tells what each row means.
    #[command(args_conflicts_with_subcommands = true)]
    Bench {
        #[command(flatten)]
        whole: bench::Wanted,
        /// Only a part, each with measurements of its own
        #[command(subcommand)]
        part: Option<Part>,
    },
    /// Tells how well the scores of pictures hold, on pictures of yours.
    Calibrate(calibrate::Wanted),
    /// Writes the API's document, the table of its errors and the list of its metrics.
    Openapi,
    /// Compares an algorithm of ours with its reference implementation.
    Conformance {
        #[command(subcommand)]
        algorithm: Algorithm,
    },
}

#[derive(Subcommand)]
enum Part {
    /// Measures the index beside FAISS (set up in .venv, over the network).
    Index(bench::index::Wanted),
    /// Measures how well disguised pictures are found, on pictures of yours, and what that costs.
    Image(bench::image::Wanted),
    /// Measures what video and sound cost, and which videos of yours are found in each other.
    Video(bench::video::Wanted),
    /// Reads one file and tells what that cost.
    #[command(hide = true)]
    VideoReading(bench::video::reading::One),
    /// Measures how sounds are found among very many hours of others.
    Sound(bench::sound::Wanted),
    /// Measures lookups over HTTP at many entries, asked by wrk.
    Lookup(bench::lookup::Wanted),
}

#[derive(Subcommand)]
enum Algorithm {
    /// PDQ, with Meta's own in the `PyPI` package pdqhash (set up in .venv, over the network).
    Pdq {
        /// The folder of pictures, searched through; relative to the workspace.
        #[arg(long, default_value = "../shared/data/images")]
        images: PathBuf,
    },
    /// Local features, with `OpenCV`'s SIFT in the `PyPI` package opencv-python-headless (set up in .venv, over the network).
    Local {
        /// The folder of pictures, searched through; relative to the workspace.
        #[arg(long, default_value = "../shared/data/images")]
        images: PathBuf,
    },
    /// The luma of large JPEGs, with all their colours.
    Luma {
        /// The folder of pictures to enlarge, searched through; relative to the workspace.
        #[arg(long, default_value = "../shared/data/images")]
        images: PathBuf,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    let root = workspace_root();
    let passed = match Arguments::parse().tool {
        Tool::Tidy => tidy::run(root)?,
        Tool::Demo { leave } => demo::run(root, leave)?,
        Tool::Calibrate(wanted) => calibrate::run(root, &wanted)?,
        Tool::Openapi => openapi::run(root)?,
        Tool::Bench { part: Some(Part::Index(wanted)), .. } => bench::index::run(root, &wanted)?,
        Tool::Bench { part: Some(Part::Image(wanted)), .. } => bench::image::run(root, &wanted)?,
        Tool::Bench { part: Some(Part::Lookup(wanted)), .. } => bench::lookup::run(root, &wanted)?,
        Tool::Bench { part: Some(Part::Sound(wanted)), .. } => bench::sound::run(wanted)?,
        Tool::Bench { part: Some(Part::Video(wanted)), .. } => bench::video::run(root, &wanted)?,
        Tool::Bench { part: Some(Part::VideoReading(one)), .. } => bench::video::reading::run(&one)?,
        Tool::Bench { whole, part: None } => bench::run(root, &whole)?,
        Tool::Conformance { algorithm: Algorithm::Local { images } } => {
            conformance::local::run(root, &root.join(images))?
        }
        Tool::Conformance { algorithm: Algorithm::Luma { images } } => {
            conformance::luma::run(root, &root.join(images))?
        }
        Tool::Conformance { algorithm: Algorithm::Pdq { images } } => {
            conformance::pdq::run(root, &root.join(images))?
        }
    };
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The folder above this package's.
fn workspace_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}
