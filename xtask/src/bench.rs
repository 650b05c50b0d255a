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

use std::path::Path;

use crate::conformance::pdq::environment;
use crate::product::{self, Product};

/// Measures everything, prints a row each; true when every goal is met.
#[expect(clippy::print_stdout, reason = "the rows are what the tool is for")]
pub fn run(root: &Path, minutes: u32) -> anyhow::Result<bool> {
    let folder = product::target(root)?.join("bench");
    let product = Product::build(root, folder.join("data"))?;
    let python = environment(root)?;
    println!("making media in {} (once, minutes) …", folder.strip_prefix(root).unwrap_or(&folder).display());
    let media = media::make_all(&folder)?;
    whole::fill(&product, &media)?;
    println!("{}\n", report::machine());
    let mut rows = pictures::measure(&product.binary, &python, &media)?;
    rows.extend(whole::measure(&product, &media)?);
    rows.extend(serving::measure(&product, &media, minutes)?);
    println!("{}", report::table(&rows));
    let missed = rows.iter().filter(|row| row.met() == Some(false)).count();
    println!("{missed} goals missed");
    Ok(missed == 0)
}
