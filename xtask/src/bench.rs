//! The product end to end, beside its competitor, in CPU time and memory.

pub mod cost;
pub mod image;
pub mod index;
pub mod lookup;
mod media;
mod pictures;
mod report;
mod serving;
pub mod sound;
pub mod video;
mod whole;

use std::path::{Path, PathBuf};

use crate::conformance::pdq::environment;
use crate::product::{self, Product};

/// What is asked for.
#[derive(Debug, Clone, clap::Args)]
pub struct Wanted {
    /// Minutes of uploads
    #[arg(long, default_value_t = 1)]
    minutes: u32,
    /// Check and upload parts of the pictures of this folder instead of drawn ones; relative to the workspace
    #[arg(long)]
    images: Option<PathBuf>,
}

/// Measures everything, prints a row each; true when every goal is met.
#[expect(clippy::print_stdout, reason = "the rows are what the tool is for")]
pub fn run(root: &Path, wanted: &Wanted) -> anyhow::Result<bool> {
    let folder = product::target(root)?.join("bench");
    let product = Product::build(root, folder.join("data"))?;
    let python = environment(root)?;
    println!("making media in {} (once, minutes) …", folder.strip_prefix(root).unwrap_or(&folder).display());
    let media = media::make_all(&folder, wanted.images.as_ref().map(|images| root.join(images)).as_deref())?;
    whole::fill(&product, &media)?;
    println!("{}\n", report::machine());
    let mut rows = pictures::measure(&product.binary, &python, &media)?;
    rows.extend(whole::measure(&product, &media)?);
    rows.extend(serving::measure(&product, &media, wanted.minutes)?);
    println!("{}", report::table(&rows));
    let missed = rows.iter().filter(|row| row.met() == Some(false)).count();
    println!("{missed} goals missed");
    Ok(missed == 0)
}
