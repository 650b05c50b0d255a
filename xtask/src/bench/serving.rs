//! The service under load: lookups, uploads for minutes, a cold start. The load is made on the same machine.

mod client;
mod load;

use std::collections::VecDeque;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::cost::median;
use super::media::Media;
use super::report::{Goal, Row};
use crate::product::{Product, remove};
use client::Client;
use load::Uploads;

/// Lookups of which the cost of one is told.
const LOOKUPS: u32 = 20_000;
/// Cold starts of which the middle one counts.
const STARTS: usize = 7;
/// Uploads a minute.
const UPLOADS_PER_MINUTE: u32 = 4_000;
/// Time a server has to open its data folder, and between two looks whether it has.
const START_S_MAX: u64 = 30;
const LOOK_MS: u64 = 1;
/// More than the load needs, so that the limits are not what is measured.
const SETTINGS: &str = "[server.rates]\nrequests = { per_minute = 6000000, at_once = 1000000 }\n\
                        lookups = { per_minute = 6000000, at_once = 1000000 }\n\
                        account_items = { per_minute = 6000000, at_once = 1000000 }\n";

/// Rows g to k.
pub fn measure(product: &Product, media: &Media, minutes: u32) -> anyhow::Result<Vec<Row>> {
    let mut rows = vec![cold_start(product)?];
    fs_err::write(product.data.join("lamassu.toml"), SETTINGS)?;
    let key = key(product)?;
    let server = Server::start(product)?;
    rows.extend(lookups(&server, &key)?);
    rows.extend(uploads(&server, &key, media, minutes)?);
    Ok(rows)
}

/// From the start of the process to the first answer, with an empty folder.
fn cold_start(product: &Product) -> anyhow::Result<Row> {
    let empty = Product { binary: product.binary.clone(), data: product.data.with_extension("empty") };
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        remove(&empty.data)?;
        // The folder's first start also makes the database; a start of an empty bank is the second.
        drop(Server::start(&empty)?);
        let start = Instant::now();
        let server = Server::start(&empty)?;
        starts.push(start.elapsed().as_secs_f64());
        drop(server);
    }
    remove(&empty.data)?;
    let row = Row::new("g", "serve, cold, empty bank, to the first answer".to_owned(), (median(starts), "s"));
    Ok(row.goal(Goal::AtMost(0.3)))
}

fn lookups(server: &Server, key: &str) -> anyhow::Result<Vec<Row>> {
    let mut client = Client::connect(server.port)?;
    // Hashes by formula: half of the bits set, near nothing.
    let body = |k: u32| {
        let word = u64::from(k).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!(
            "{{\"pdq\":\"{word:016x}{:016x}{:016x}{:016x}\"}}",
            !word,
            word.rotate_left(17),
            !word.rotate_left(29)
        )
    };
    let mut ask = |k: u32| {
        let asked = Instant::now();
        let answer = client.post("/api/v1/lookup", key, "application/json", body(k).as_bytes())?;
        ensure!(answer.status == 200, "a lookup was answered with {}", answer.status);
        anyhow::Ok(asked.elapsed().as_secs_f64() * 1e3)
    };
    for k in 0..1_000 {
        ask(k)?;
    }
    let before_ms = server.cpu_ms()?;
    let mut waits: Vec<f64> = (0..LOOKUPS).map(|k| ask(1_000 + k)).collect::<anyhow::Result<_>>()?;
    let cpu_us = (server.cpu_ms()? - before_ms) * 1e3 / f64::from(LOOKUPS);
    waits.sort_by(f64::total_cmp);
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
    let note = format!("wall p50 {:.2} ms, p99 {:.2} ms; HMA: 6 to 8 ms CPU", at(0.5), at(0.99));
    let row = Row::new("h", "POST /lookup at 10,000 entries, on the server".to_owned(), (cpu_us, "µs CPU"));
    Ok(vec![row.goal(Goal::AtMost(125.0)).note(note)])
}

fn uploads(server: &Server, key: &str, media: &Media, minutes: u32) -> anyhow::Result<Vec<Row>> {
    let mut memory = VecDeque::new();
    let before_ms = server.cpu_ms()?;
    let uploads = Uploads { port: server.port, key, media, per_minute: UPLOADS_PER_MINUTE };
    let done = uploads.run(minutes * 60, || {
        memory.push_back(server.resident_bytes()? as f64 / f64::from(1 << 20));
        server.queued(key)
    })?;
    let cpu_ms = (server.cpu_ms()? - before_ms) / f64::from(done.decided);
    let (first, last) = (memory.pop_front().unwrap_or(0.0), memory.pop_back().unwrap_or(0.0));
    let rate = f64::from(done.decided) / done.wall_s * 60.0;
    Ok(vec![
        Row::new("i", "upload of a small image to its outcome, all in".to_owned(), (cpu_ms, "ms CPU"))
            .goal(Goal::AtMost(15.0))
            .note(format!(
                "server and its children; p50 {:.0} ms, p99 {:.0} ms wall",
                done.p50_ms, done.p99_ms
            )),
        Row::new("j", format!("uploads decided, {minutes} min on the same two cores"), (rate, "a minute"))
            .goal(Goal::AtLeast(f64::from(UPLOADS_PER_MINUTE) * 0.99))
            .note(format!("{} of {} sent; most queued {}", done.decided, done.sent, done.queued_max)),
        Row::new("k", "memory of the server after it, beside before".to_owned(), (last, "MiB"))
            .note(format!("{first:.1} MiB after the first second")),
    ])
}

/// A key for everything that is measured.
fn key(product: &Product) -> anyhow::Result<String> {
    let arguments = ["key", "create", "bench", "--scope", "items", "--scope", "lookup", "--scope", "metrics"];
    let output = product.command(&arguments.map(AsRef::as_ref)).output()?;
    ensure!(output.status.success(), "no key: {}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout)?;
    Ok(told["secret"].as_str().context("the answer holds no secret")?.to_owned())
}

/// A running server with HTTP.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(product: &Product) -> anyhow::Result<Self> {
        // Free a moment ago; nobody else starts servers here.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let listen = format!("127.0.0.1:{port}");
        let mut command = product.command(&["serve".as_ref(), "--listen".as_ref(), listen.as_ref()]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let mut server = Self { child, port };
        let start = Instant::now();
        loop {
            if Client::connect(port).and_then(|mut client| client.get("/healthz", None)).is_ok() {
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                bail!("lamassu serve ended at once: {status}; run it by itself to see why");
            }
            ensure!(start.elapsed().as_secs() < START_S_MAX, "no answer within {START_S_MAX} s");
            std::thread::sleep(Duration::from_millis(LOOK_MS));
        }
    }

    /// CPU time of the server and of all its children, living and gone, in milliseconds.
    fn cpu_ms(&self) -> anyhow::Result<f64> {
        let mut ticks = 0;
        for process in self.family()? {
            // A child that ends meanwhile counts in its parent.
            ticks += cpu_ticks(&process).unwrap_or(0);
        }
        Ok(ticks as f64 * 1e3 / rustix::param::clock_ticks_per_second() as f64)
    }

    fn resident_bytes(&self) -> anyhow::Result<u64> {
        let statm = fs_err::read_to_string(format!("/proc/{}/statm", self.child.id()))?;
        let pages: u64 = statm.split_ascii_whitespace().nth(1).context("statm")?.parse()?;
        Ok(pages * rustix::param::page_size() as u64)
    }

    /// How many items wait, from the metrics.
    fn queued(&self, key: &str) -> anyhow::Result<u64> {
        let answer = Client::connect(self.port)?.get("/metrics", Some(key))?;
        let text = String::from_utf8(answer.body)?;
        let value = text.lines().find_map(|line| line.strip_prefix("lamassu_intake_queued_items "));
        Ok(value.context("the metrics tell no queue length")?.trim().parse::<f64>()? as u64)
    }

    /// The process and its direct children.
    fn family(&self) -> anyhow::Result<Vec<String>> {
        let own = self.child.id().to_string();
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
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both may fail only because it has ended already.
        let _told = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ended = self.child.wait();
    }
}

/// Own time and that of children waited for, from `/proc/PID/stat`.
fn cpu_ticks(process: &str) -> Option<u64> {
    let stat = fs_err::read_to_string(Path::new("/proc").join(process).join("stat")).ok()?;
    let fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    // Fields 14 to 17, counted from after the name.
    fields.skip(11).take(4).map(|field| field.parse::<u64>().ok()).sum()
}
