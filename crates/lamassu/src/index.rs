//! `lamassu index`: whether what is searched is sound, and building it anew.

use std::path::Path;

use lamassu_engine::{Answer, Command, Failure};

use crate::access::Access;
use crate::arguments::IndexVerb;
use crate::output::{Output, line};
use crate::{EXIT_FAILED, EXIT_NOTHING};

/// Verifies or rebuilds; exit status 2 when something is damaged.
pub async fn run(data: &Path, verb: IndexVerb, output: &Output) -> Result<u8, Failure> {
    let (name, command) = match verb {
        IndexVerb::Verify => ("lamassu index verify", Command::VerifyIndex),
        IndexVerb::Rebuild => ("lamassu index rebuild", Command::RebuildIndex),
    };
    let access = Access::open(data, name).await?;
    let answer = access.execute(command, None).await?;
    output.answer(&answer);
    access.close().await;
    let sound = matches!(&answer, Answer::Index(report) if report.damage.is_empty());
    Ok(if sound { EXIT_NOTHING } else { EXIT_FAILED })
}

/// The report for people.
pub fn describe(report: &lamassu_engine::IndexReport) {
    let megabytes = report.size_bytes as f64 / 1e6;
    line(&format!(
        "{} entries with {} fingerprints can be found; {} of {} changes are sealed, in {} files of {megabytes:.1} MB",
        report.entries, report.hashes, report.sealed_sequence, report.sequence, report.segments
    ));
    for damage in &report.damage {
        line(&format!("damaged  {damage}"));
    }
    if !report.damage.is_empty() {
        line("Nothing is lost: `lamassu index rebuild` builds it anew from the database.");
    }
}
