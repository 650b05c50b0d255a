//! `/lookup` at a million entries and more, asked by a public load tool: wrk, with ten thousand different bodies.
#![expect(clippy::disallowed_methods, reason = "this is a tool, not the product: it starts the load tool")]

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use lamassu_fingerprint::Bits256;
use serde_json::json;

use super::report::{self, Goal, Row};
use super::serving::{SETTINGS, usage};
use crate::client::{Body, Client};
use crate::product::{self, Product, remove};
use crate::server::Server;

const BANK: &str = "bench";
/// Different questions. Every second one lies within the radius of an entry, at 0 to 31 bits.
const QUESTIONS: u64 = 10_000;
const RADIUS_BITS: u64 = 31;
/// Connections at the same time.
const CONNECTIONS: [u32; 2] = [1, 8];
const WARM_UP_S: u32 = 2;
/// The server is at rest when it used less than this in a second: a start checks and copies what it mapped.
const REST_MS: f64 = 20.0;
const REST_S_MAX: u32 = 300;

/// What is asked for.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Wanted {
    /// How many entries
    #[arg(long, default_value_t = 1_000_000)]
    entries: u64,
    /// Seconds of load for each number of connections
    #[arg(long, default_value_t = 20)]
    seconds: u32,
}

/// What wrk told.
struct Told {
    requests: f64,
    per_second: f64,
    p50: String,
    p99: String,
}

/// Measures and prints a row each; true when every goal is met.
#[expect(clippy::print_stdout, reason = "the rows are what the tool is for")]
pub fn run(root: &Path, wanted: &Wanted) -> anyhow::Result<bool> {
    let installed = Command::new("wrk").arg("--version").output();
    installed.context("the load tool is missing: sudo apt-get install wrk")?;
    let folder = product::target(root)?.join("bench");
    fs_err::create_dir_all(&folder)?;
    let product = Product::build(root, folder.join(format!("lookup-{}", wanted.entries)))?;
    println!("{}, {} entries\n", report::machine(), wanted.entries);
    let mut rows = Vec::from_iter(fill(&product, wanted.entries)?);
    fs_err::write(product.data.join("lamassu.toml"), SETTINGS)?;
    let key = product.key("bench", &["lookup"])?;
    let start = Instant::now();
    let server = Server::start(&product, 0)?;
    rows.extend(first(&server, &key, start)?);
    rest(&server)?;
    let script = script(&folder, &key, wanted.entries)?;
    for connections in CONNECTIONS {
        rows.push(load(&server, &script, connections, wanted.seconds)?);
    }
    let resident = usage::resident_bytes(server.pid())? as f64 / 1e6;
    rows.push(Row::new(" ", "memory of the server".to_owned(), (resident, "MB")));
    println!("{}", report::table(&rows));
    Ok(rows.iter().all(|row| row.met() != Some(false)))
}

/// Fills the bank through the product, unless a run before did.
fn fill(product: &Product, entries: u64) -> anyhow::Result<Option<Row>> {
    let filled = product.data.with_extension("filled");
    if filled.exists() && product.data.exists() {
        return Ok(None);
    }
    remove(&product.data)?;
    product.run(&["bank".as_ref(), "create".as_ref(), BANK.as_ref()])?;
    let list = product.data.with_extension("txt");
    let mut file = BufWriter::new(fs_err::File::create(&list)?);
    for k in 0..entries {
        writeln!(file, "{}", hash(k))?;
    }
    file.flush()?;
    let start = Instant::now();
    product.run(&["bank".as_ref(), "import".as_ref(), BANK.as_ref(), list.as_ref()])?;
    let wall_s = start.elapsed().as_secs_f64();
    fs_err::remove_file(&list)?;
    fs_err::write(&filled, "the bank is full\n")?;
    let row =
        Row::new(" ", "additions from a list, durable".to_owned(), (entries as f64 / wall_s, "a second"));
    Ok(Some(row.goal(Goal::AtLeast(20_000.0)).note(format!("{wall_s:.0} s wall, index included"))))
}

/// The first lookup after a start.
fn first(server: &Server, key: &str, start: Instant) -> anyhow::Result<[Row; 2]> {
    let start_ms = start.elapsed().as_secs_f64() * 1e3;
    let mut client = Client::connect(server.port)?;
    let asked = Instant::now();
    let answer = client.post("/api/v1/lookup", key, &Body::json(&json!({ "pdq": hash(7).to_string() })))?;
    ensure!(answer.status == 200, "a lookup was answered with {}", answer.status);
    let first_ms = asked.elapsed().as_secs_f64() * 1e3;
    Ok([
        Row::new(" ", "serve from its start to its first answer".to_owned(), (start_ms, "ms wall")),
        Row::new(" ", "the first lookup after that".to_owned(), (first_ms, "ms wall"))
            .goal(Goal::AtMost(10.0)),
    ])
}

/// Waits until the server has checked what it mapped.
fn rest(server: &Server) -> anyhow::Result<()> {
    for _ in 0..REST_S_MAX {
        let before_ms = usage::cpu_ms(server.pid())?;
        std::thread::sleep(Duration::from_secs(1));
        if usage::cpu_ms(server.pid())? - before_ms < REST_MS {
            return Ok(());
        }
    }
    anyhow::bail!("the server did not come to rest within {REST_S_MAX} s")
}

fn load(server: &Server, script: &Path, connections: u32, seconds: u32) -> anyhow::Result<Row> {
    wrk(server.port, script, connections, WARM_UP_S)?;
    let before_ms = usage::cpu_ms(server.pid())?;
    let Told { requests, per_second, p50, p99 } = wrk(server.port, script, connections, seconds)?;
    let cpu_us = (usage::cpu_ms(server.pid())? - before_ms) * 1e3 / requests;
    let several = if connections == 1 { "" } else { "s" };
    let row = Row::new(" ", format!("POST /lookup, {connections} connection{several}"), (cpu_us, "µs CPU"));
    Ok(row.goal(Goal::AtMost(150.0)).note(format!("{per_second:.0} a second, p50 {p50}, p99 {p99}")))
}

fn wrk(port: u16, script: &Path, connections: u32, seconds: u32) -> anyhow::Result<Told> {
    let mut command = Command::new("wrk");
    command.args(["--threads", "1", "--latency", "--connections", &connections.to_string()]);
    command.args(["--duration", &format!("{seconds}s"), "--script"]).arg(script);
    let output = command.arg(format!("http://127.0.0.1:{port}/api/v1/lookup")).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success() && !text.contains("Non-2xx") && !text.contains("Socket errors"),
        "wrk: {text}"
    );
    told(&text).with_context(|| format!("wrk told nothing that is understood: {text}"))
}

fn told(text: &str) -> Option<Told> {
    let after = |name: &str| text.lines().find_map(|line| line.trim().strip_prefix(name)).map(str::trim);
    let requests = text.lines().find_map(|line| line.split_once(" requests in "))?.0.trim().parse().ok()?;
    let per_second = after("Requests/sec:")?.parse().ok()?;
    Some(Told { requests, per_second, p50: after("50%")?.to_owned(), p99: after("99%")?.to_owned() })
}

/// What wrk asks, as the Lua that it takes.
fn script(folder: &Path, key: &str, entries: u64) -> anyhow::Result<PathBuf> {
    let mut lua = String::from("local bodies = {\n");
    for k in 0..QUESTIONS {
        writeln!(lua, "'{{\"pdq\":\"{}\"}}',", question(k, entries))?;
    }
    write!(
        lua,
        "}}\nlocal headers = {{ ['content-type'] = 'application/json', authorization = 'Bearer {key}' }}\nlocal at = 0\n\
         function request()\n  at = at % #bodies + 1\n  return wrk.format('POST', nil, headers, bodies[at])\nend\n"
    )?;
    let path = folder.join("lookup.lua");
    fs_err::write(&path, lua)?;
    Ok(path)
}

/// The hash of the `k`-th entry: as chance has it, with a fixed seed.
fn hash(k: u64) -> Bits256 {
    Bits256([0, 1, 2, 3].map(|word| chance(4 * k + word)))
}

fn question(k: u64, entries: u64) -> Bits256 {
    if !k.is_multiple_of(2) {
        return hash(u64::MAX / 8 + k);
    }
    let mut bits = hash(chance(k) % entries);
    for flip in 0..k / 2 % (RADIUS_BITS + 1) {
        // Odd steps through 256 bits meet none twice.
        let at = (k + 37 * flip) % 256;
        bits.0[at as usize / 64] ^= 1 << (at % 64);
    }
    bits
}

/// `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014), the `k`-th number.
fn chance(k: u64) -> u64 {
    let mut word = k.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::{QUESTIONS, RADIUS_BITS, hash, question, told};

    #[test]
    fn every_second_question_lies_near_an_entry() {
        let near = |k| (0..100).any(|entry| question(k, 100).distance(hash(entry)) <= RADIUS_BITS as u32);
        assert!((0..QUESTIONS).step_by(500).all(near));
        assert!(!(1..QUESTIONS).step_by(500).any(near));
    }

    #[test]
    fn what_wrk_tells_is_read() {
        let text = "  Latency Distribution\n     50%  120.00us\n     75%  1.00ms\n     99%    2.10ms\n  \
                    161234 requests in 20.00s, 30MB read\nRequests/sec:   8061.70\n";
        let told = told(text).expect("is understood");
        assert_eq!((told.requests as u64, told.per_second as u64), (161_234, 8_061));
        assert_eq!((told.p50.as_str(), told.p99.as_str()), ("120.00us", "2.10ms"));
    }
}
