//! What a running process and its children use.

use std::path::Path;

use anyhow::Context as _;

/// CPU time of the process and of all its children, living and gone, in milliseconds.
pub fn cpu_ms(pid: u32) -> anyhow::Result<f64> {
    let mut ticks = 0;
    for process in family(pid)? {
        // A child that ends meanwhile counts in its parent.
        ticks += cpu_ticks(&process).unwrap_or(0);
    }
    Ok(ticks as f64 * 1e3 / rustix::param::clock_ticks_per_second() as f64)
}

/// Memory that the process itself has in RAM, in bytes.
pub fn resident_bytes(pid: u32) -> anyhow::Result<u64> {
    let statm = fs_err::read_to_string(format!("/proc/{pid}/statm"))?;
    let pages: u64 = statm.split_ascii_whitespace().nth(1).context("statm")?.parse()?;
    Ok(pages * rustix::param::page_size() as u64)
}

/// The process and its direct children.
fn family(pid: u32) -> anyhow::Result<Vec<String>> {
    let own = pid.to_string();
    let children = fs_err::read_to_string(format!("/proc/{own}/task/{own}/children")).unwrap_or_default();
    let mut family: Vec<String> = children.split_ascii_whitespace().map(str::to_owned).collect();
    for thread in fs_err::read_dir(format!("/proc/{own}/task"))? {
        let started = fs_err::read_to_string(thread?.path().join("children")).unwrap_or_default();
        family.extend(started.split_ascii_whitespace().map(str::to_owned));
    }
    family.push(own);
    family.sort();
    family.dedup();
    Ok(family)
}

/// Own time and that of children waited for, from `/proc/PID/stat`.
fn cpu_ticks(process: &str) -> Option<u64> {
    let stat = fs_err::read_to_string(Path::new("/proc").join(process).join("stat")).ok()?;
    let fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    // Fields 14 to 17, counted from after the name.
    fields.skip(11).take(4).map(|field| field.parse::<u64>().ok()).sum()
}
