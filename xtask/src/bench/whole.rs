//! The command as a whole: a thousand files, a cold start, memory.

use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::cost::{self, Cost, median};
use super::media::Media;
use super::report::{Goal, Row};
use crate::product::{Product, remove};

const BANK: &str = "bench";
/// Cold starts of which the middle one counts.
const STARTS: usize = 11;
/// Between two looks at a process's memory.
const LOOK_MS: u64 = 20;
/// `lamassu check` ends with this when something was found, and with 0 when not.
const EXIT_MATCHED: i32 = 1;

/// Fills the bank with all entries, unless a run before did.
pub fn fill(product: &Product, media: &Media) -> anyhow::Result<()> {
    let filled = product.data.with_extension("filled");
    if filled.exists() && product.data.exists() {
        return Ok(());
    }
    remove(&product.data)?;
    product.run(&["bank".as_ref(), "create".as_ref(), BANK.as_ref()])?;
    product.run(&["bank".as_ref(), "add".as_ref(), BANK.as_ref(), media.entries.as_ref()])?;
    Ok(fs_err::write(&filled, "the bank is full\n")?)
}

/// Rows c, e and f.
pub fn measure(product: &Product, media: &Media) -> anyhow::Result<Vec<Row>> {
    // What an older build sealed is built anew first, which is not what is measured.
    product.run(&["index".as_ref(), "rebuild".as_ref()])?;
    let mut memory = Memory::default();
    let files = media.middle.len() as f64;
    let ((), Cost { cpu_ms, wall_ms }) = cost::of(|| {
        let mut command = product.command(&["check".as_ref(), media.middle_folder().as_ref()]);
        let mut child = command.stdout(Stdio::null()).spawn()?;
        memory = watch(&mut child)?;
        Ok(())
    })?;
    let rate = files / (wall_ms / 1000.0);
    let fast = Row::new("c", "check of 1,000 1-MP JPEGs at 10,000 entries".to_owned(), (rate, "files/s"));
    let note = format!("{:.2} ms CPU per file, with the start", cpu_ms / files);
    let start = |_| {
        let ((), cost) = cost::of(|| {
            let arguments = ["check".as_ref(), media.one.as_ref()];
            let status = product.command(&arguments).stdout(Stdio::null()).status()?;
            ensure!(status.code().is_some_and(|code| code <= EXIT_MATCHED), "check: {status}");
            Ok(())
        })?;
        Ok(cost)
    };
    let starts: Vec<Cost> = (0..STARTS).map(start).collect::<anyhow::Result<_>>()?;
    let cpu_ms = median(starts.iter().map(|cost| cost.cpu_ms).collect());
    let wall_ms = median(starts.iter().map(|cost| cost.wall_ms).collect());
    let cold =
        Row::new("e", "check of one small picture, cold, at 10,000 entries".to_owned(), (cpu_ms, "ms CPU"));
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let resident = Row::new(
        "f",
        "memory of the process of row c, at its highest".to_owned(),
        (mib(memory.resident_bytes), "MiB"),
    );
    let own = format!(
        "without its jailed children; {:.0} MiB are its own, the rest are files that it maps",
        mib(memory.own_bytes)
    );
    Ok(vec![
        fast.goal(Goal::AtLeast(60.0)).note(note),
        cold.goal(Goal::AtMost(60.0)).note(format!("{wall_ms:.0} ms wall")),
        resident.goal(Goal::AtMost(60e6 / f64::from(1 << 20))).note(own),
    ])
}

/// Memory of a process at its highest.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Memory {
    /// What is not of files.
    own_bytes: u64,
    /// All that is in memory.
    resident_bytes: u64,
}

/// Waits for a check to end; gives its memory at its highest.
fn watch(child: &mut Child) -> anyhow::Result<Memory> {
    let status_file = format!("/proc/{}/status", child.id());
    let mut memory = Memory::default();
    let status = loop {
        let text = fs_err::read_to_string(&status_file).unwrap_or_default();
        memory.own_bytes = bytes_of(&text, "RssAnon:").unwrap_or(0).max(memory.own_bytes);
        memory.resident_bytes = bytes_of(&text, "VmHWM:").unwrap_or(0).max(memory.resident_bytes);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(LOOK_MS));
    };
    ensure!(status.code().is_some_and(|code| code <= EXIT_MATCHED), "check: {status}");
    Some(memory).filter(|it| it.own_bytes > 0).context("the process told nothing of its memory")
}

/// A line of `/proc/PID/status`.
fn bytes_of(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? << 10)
}

#[cfg(test)]
mod tests {
    use super::bytes_of;

    #[test]
    fn memory_is_read() {
        assert_eq!(bytes_of("Name:\tx\nVmHWM:\t    12 kB\n", "VmHWM:"), Some(12_288));
        assert_eq!(bytes_of("Name:\tx\n", "RssAnon:"), None);
    }
}
