//! `lamassu bench index`: what a search costs on this machine, on made-up hashes; no data folder is touched.

use lamassu_engine::thread_cpu_time;
use lamassu_index::Kernel;
use lamassu_index::workload::{BATCH, Distribution, Figures, Workload};
use serde_json::json;

use crate::EXIT_NOTHING;
use crate::arguments::{BenchIndex, Format, Hashes};
use crate::output::line;

const ROUNDS: usize = 5;
const SEED: u64 = 42;

/// Measures and prints.
pub fn index(wanted: &BenchIndex, format: Format) -> u8 {
    let workload = Workload {
        entries: wanted.entries as usize,
        frames: 1,
        kernel: Kernel::default(),
        radius_bits: wanted.radius,
        distribution: match wanted.hashes {
            Hashes::Uniform => Distribution::Uniform,
            Hashes::Clustered => Distribution::Clustered,
        },
        seed: SEED,
        queries: 2 * BATCH,
        rounds: ROUNDS,
    };
    let (_, figures) = workload.measure(thread_cpu_time, |_| {});
    match format {
        Format::Human => describe(wanted, &figures),
        Format::Json => line(
            &json!({
                "entries": wanted.entries,
                "recall": figures.recall,
                "single_us": figures.single_us,
                "single_p99_us": figures.single_p99_us,
                "batch_us": figures.batch_us,
                "scan_us": figures.scan_us,
                "add_us": figures.add_us,
                "bytes": figures.search_bytes,
                "bytes_with_owners": figures.bytes,
                "build_s": figures.build_s,
            })
            .to_string(),
        ),
    }
    EXIT_NOTHING
}

fn describe(wanted: &BenchIndex, figures: &Figures) {
    line(&format!("{} hashes, radius {} bits, CPU time of one thread", wanted.entries, wanted.radius));
    for (what, us) in [
        ("one question", figures.single_us),
        ("one question, 99th of 100", figures.single_p99_us),
        ("a question of a batch of 600", figures.batch_us),
        ("a comparison with every hash", figures.scan_us),
        ("an entry added", figures.add_us),
    ] {
        line(&format!("{what:<30} {us:>12.1} µs"));
    }
    line(&format!("{:<30} {:>12.1} MB", "hashes and their bands", figures.search_bytes as f64 / 1e6));
    line(&format!("{:<30} {:>12.2} s", "built in", figures.build_s));
    line(&format!("{:<30} {:>12}", "recall against that comparison", figures.recall));
}
