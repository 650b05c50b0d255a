//! The index beside FAISS: the same hashes and questions, one thread each, in turns.
#![expect(
    clippy::disallowed_methods,
    reason = "the competitor is a Python program; this is a tool, not the product"
)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use lamassu_fingerprint::Bits256;
use lamassu_index::Kernel;
use lamassu_index::workload::{BATCH, Distribution, Figures, Workload};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

use super::cost::median;
use super::report;
use crate::python::environment;

const FAISS: &str = include_str!("faiss_cost.py");
const PACKAGES: [&str; 2] = ["numpy==2.2.6", "faiss-cpu"];
/// Up to so many hashes FAISS's multi-hash indexes are measured as well; beyond, they take minutes to build.
const MULTIHASH_MAX: usize = 2_000_000;
const ROUNDS: usize = 5;
const SEED: u64 = 42;

/// What is asked for.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Wanted {
    /// How many entries
    #[arg(long, default_value_t = 1_000_000)]
    entries: usize,
    /// How many hashes each entry has: more than one as videos do
    #[arg(long, default_value_t = 1)]
    frames: usize,
    /// How far is searched, in bits
    #[arg(long, default_value_t = 31)]
    radius: u32,
    /// How the hashes lie
    #[arg(long, value_enum, default_value_t = Data::Uniform)]
    data: Data,
    /// Which inner loops search, such as "avx2"; the fastest that this processor can run when it is not said
    #[arg(long, value_parser = kernel)]
    kernel: Option<Kernel>,
    /// Leave FAISS out
    #[arg(long)]
    alone: bool,
    /// Only the last line, which is one JSON object
    #[arg(long)]
    json: bool,
}

/// The kernel of this name.
fn kernel(name: &str) -> Result<Kernel, String> {
    let names = || Kernel::available().iter().map(|kernel| kernel.name()).collect::<Vec<_>>().join(", ");
    Kernel::named(name).ok_or_else(|| format!("this processor can run {}", names()))
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Data {
    Uniform,
    Clustered,
    Crowd,
    Narrow,
}

/// Measures, and prints; true when no answer was missed.
#[expect(clippy::print_stdout, reason = "the figures are what the tool is for")]
pub fn run(root: &Path, wanted: &Wanted) -> anyhow::Result<bool> {
    let distribution = match wanted.data {
        Data::Uniform => Distribution::Uniform,
        Data::Clustered => Distribution::Clustered,
        Data::Crowd => Distribution::Crowd,
        Data::Narrow => Distribution::Narrow,
    };
    let workload = Workload {
        entries: wanted.entries,
        frames: wanted.frames,
        kernel: wanted.kernel.unwrap_or_default(),
        radius_bits: wanted.radius,
        distribution,
        seed: SEED,
        queries: 2 * BATCH,
        rounds: ROUNDS,
    };
    let mut faiss = if wanted.alone { None } else { Some(Faiss::start(root, &workload)?) };
    let (_, figures) = workload.measure(cpu_time, |_| {
        if let Some(faiss) = &mut faiss {
            faiss.round();
        }
    });
    let faiss = faiss.map(Faiss::end).transpose()?.unwrap_or_default();
    if !wanted.json {
        println!(
            "{}, {}\n{} {:?} hashes, radius {} bits",
            report::machine(),
            workload.kernel.name(),
            workload.hash_count(),
            wanted.data,
            wanted.radius
        );
        print_table(workload.hash_count(), &figures, &faiss);
    }
    println!("{}", summary(&figures, &faiss));
    Ok(figures.recall >= 1.0)
}

#[expect(clippy::print_stdout, reason = "the figures are what the tool is for")]
fn print_table(hashes: usize, figures: &Figures, faiss: &BTreeMap<String, [f64; 2]>) {
    println!("{:<24} {:>14} {:>14}", "CPU µs a question", "alone", "in a batch");
    println!("{:<24} {:>14.1} {:>14.1}", "Lamassu", figures.single_us, figures.batch_us);
    println!("{:<24} {:>14.1}", "Lamassu, 99th of 100", figures.single_p99_us);
    println!("{:<24} {:>14.1}", "Lamassu, the dearest", figures.single_worst_us);
    println!("{:<24} {:>14.1}", "that one by a scan", figures.worst_scan_us);
    println!("{:<24} {:>14.1}", "Lamassu, scan", figures.scan_us);
    for (name, [single, batch]) in faiss {
        println!("{:<24} {single:>14.1} {batch:>14.1}", format!("FAISS {name}"));
    }
    let per_second = hashes as f64 / figures.build_s / 1e6;
    println!(
        "{:.3} GB to search, {:.3} GB in all; built in {:.2} CPU s ({per_second:.2} M/s), the first time in {:.2}; \
         an entry is added in {:.2} µs; recall {}\n",
        figures.search_bytes as f64 / 1e9,
        figures.bytes as f64 / 1e9,
        figures.build_s,
        figures.first_build_s,
        figures.add_us,
        figures.recall
    );
}

fn summary(figures: &Figures, faiss: &BTreeMap<String, [f64; 2]>) -> Value {
    let flat = faiss.get("flat").map(|[single, _]| *single);
    let multihash = faiss.iter().filter(|(name, _)| *name != "flat").map(|(_, [single, _])| *single);
    let multihash = multihash.min_by(f64::total_cmp);
    json!({
        "recall": figures.recall,
        "single_us": figures.single_us,
        "single_p99_us": figures.single_p99_us,
        "single_worst_us": figures.single_worst_us,
        "worst_scan_us": figures.worst_scan_us,
        "batch_us": figures.batch_us,
        "scan_us": figures.scan_us,
        "add_us": figures.add_us,
        "bytes": figures.search_bytes,
        "bytes_with_owners": figures.bytes,
        "build_s": figures.build_s,
        "first_build_s": figures.first_build_s,
        "faiss_flat_us": flat,
        "faiss_multihash_us": multihash,
        "ratio_flat": flat.map(|us| us / figures.single_us),
        "ratio_multihash": multihash.map(|us| us / figures.single_us),
    })
}

/// CPU time of this thread.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

/// FAISS, in a process that waits for its turns.
struct Faiss {
    child: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
    rounds: Vec<anyhow::Result<Value>>,
    _files: tempfile::TempDir,
}

impl Faiss {
    fn start(root: &Path, workload: &Workload) -> anyhow::Result<Self> {
        let python = environment(root, "import numpy, faiss", &PACKAGES)?;
        let files = tempfile::tempdir()?;
        let write = |name: &str, hashes: &mut dyn Iterator<Item = Bits256>| {
            let mut file = std::io::BufWriter::new(fs_err::File::create(files.path().join(name))?);
            for hash in hashes {
                hash.0.iter().try_for_each(|word| file.write_all(&word.to_le_bytes()))?;
            }
            file.flush()
        };
        write("hashes", &mut workload.hashes())?;
        write("questions", &mut workload.questions().into_iter())?;
        let names: &[&str] = if workload.hash_count() <= MULTIHASH_MAX {
            &["flat", "multihash_16x16", "multihash_11x23"]
        } else {
            &["flat"]
        };
        let mut child = Command::new(python)
            .args(["-c", FAISS])
            .args([files.path().join("hashes"), files.path().join("questions")])
            .arg(workload.radius_bits.to_string())
            .args(names)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let asks = child.stdin.take().context("it was piped")?;
        let mut answers = BufReader::new(child.stdout.take().context("it was piped")?);
        answers.read_line(&mut String::new())?;
        Ok(Self { child, asks, answers, rounds: Vec::new(), _files: files })
    }

    fn round(&mut self) {
        let mut ask = || {
            self.asks.write_all(b"\n")?;
            let mut line = String::new();
            self.answers.read_line(&mut line)?;
            Ok(serde_json::from_str(&line)?)
        };
        let answer = ask();
        self.rounds.push(answer);
    }

    /// For each index the medians of what a question cost alone and in a batch.
    fn end(mut self) -> anyhow::Result<BTreeMap<String, [f64; 2]>> {
        drop(self.asks);
        self.child.wait()?;
        let mut costs: BTreeMap<String, [Vec<f64>; 2]> = BTreeMap::new();
        for round in self.rounds {
            for (name, cost) in round?.as_object().context("an object")? {
                let [singles, batches] = costs.entry(name.clone()).or_default();
                singles.push(cost["single_us"].as_f64().context("a number")?);
                batches.push(cost["batch_us"].as_f64().context("a number")?);
            }
        }
        Ok(costs.into_iter().map(|(name, costs)| (name, costs.map(median))).collect())
    }
}
