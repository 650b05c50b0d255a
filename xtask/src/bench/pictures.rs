//! One picture: in the jail, beside the competitor, beside the same work without a jail.
#![expect(clippy::disallowed_methods, reason = "the competitor is a Python program; this is a tool")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use lamassu_media::{ImageFormat, Limits, Precision, Purpose, Sealed, Wanted, fuzzing};

use super::cost::{self, median};
use super::media::Media;
use super::report::{Goal, Row};
use crate::conformance::luma::jail;

const WANTED: Wanted = Wanted::of(Purpose::Item, Precision::Luma);
/// Measurements of which the middle one counts.
const RUNS: usize = 11;
/// CPU milliseconds of each picture in turn, after the first one, by `PyPI` pdqhash and Pillow.
const COMPETITOR: &str = include_str!("pdqhash_cost.py");

/// Rows a, b and d.
pub fn measure(binary: &Path, python: &Path, media: &Media) -> anyhow::Result<Vec<Row>> {
    let large: Vec<PathBuf> = media.large.clone();
    let middle: Vec<PathBuf> = media.middle.iter().take(4).cloned().collect();
    let mut rows = Vec::new();
    for (letter, name, paths, share) in [("a", "12-MP", &large, 8.0), ("b", "1-MP", &middle, 2.0)] {
        let competitor = competitor(python, paths)?;
        let jailed = in_jail(binary, paths)?;
        let beside = format!("pdqhash + Pillow {competitor:.1} ms, ratio 1/{:.1}", competitor / jailed);
        let row = Row::new(letter, format!("{name} JPEG to PDQ in the jail"), (jailed, "ms CPU"));
        rows.push(row.goal(Goal::AtMost(competitor / share)).note(beside));
    }
    let (jailed, bare) = (in_jail(binary, &middle)?, bare(&middle)?);
    let row = Row::new("d", "overhead of the warm jail, 1-MP JPEG".to_owned(), (jailed - bare, "ms CPU"));
    rows.push(row.goal(Goal::AtMost(1.0)).note(format!("jail {jailed:.2} ms, bare {bare:.2} ms")));
    Ok(rows)
}

/// CPU time of a picture in a warm child: what further readings of it cost beyond a first one.
fn in_jail(binary: &Path, paths: &[PathBuf]) -> anyhow::Result<f64> {
    // Jails are ended within the measurement: only ended children are counted.
    let reading = |rounds: usize| {
        let ((), cost) = cost::of(|| {
            let jail = jail(binary.to_owned());
            for path in paths.iter().cycle().take(1 + rounds) {
                let item = Sealed::copy(fs_err::File::open(path)?, &std::env::temp_dir(), jail.limits())?;
                jail.read(&item, WANTED)?;
            }
            Ok(())
        })?;
        anyhow::Ok(cost.cpu_ms)
    };
    let rounds = paths.len() * 2;
    let one = |_| Ok((reading(rounds)? - reading(0)?) / rounds as f64);
    Ok(median((0..RUNS).map(one).collect::<anyhow::Result<_>>()?))
}

/// The same decoding and hashing in this process.
fn bare(paths: &[PathBuf]) -> anyhow::Result<f64> {
    let limits = Limits::default();
    let hash = |path: &PathBuf| {
        std::hint::black_box(fuzzing::picture(&fs_err::read(path)?, ImageFormat::Jpeg, WANTED, &limits)?);
        anyhow::Ok(())
    };
    let one = |_| {
        let ((), cost) = cost::of(|| paths.iter().cycle().take(paths.len() * 2).try_for_each(hash))?;
        Ok(cost.cpu_ms / (paths.len() * 2) as f64)
    };
    Ok(median((0..RUNS).map(one).collect::<anyhow::Result<_>>()?))
}

/// CPU time of a picture in a running interpreter: neither its start nor its first picture counts.
fn competitor(python: &Path, paths: &[PathBuf]) -> anyhow::Result<f64> {
    let mut command = Command::new(python);
    let paths = paths.iter().cycle().take(1 + RUNS);
    let output = command.args(["-c", COMPETITOR]).args(paths).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the competitor failed: {}", output.status);
    let costs = String::from_utf8(output.stdout)?;
    let costs: Vec<f64> = costs.lines().map(str::parse).collect::<Result<_, _>>().context("numbers")?;
    ensure!(costs.len() == RUNS, "{} costs of {RUNS}", costs.len());
    Ok(median(costs))
}
