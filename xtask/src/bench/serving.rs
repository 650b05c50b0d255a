//! The service under load: lookups, uploads for minutes, a cold start. The load is made on the same machine.

mod load;
pub mod usage;

use std::collections::VecDeque;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde_json::json;

use super::cost::median;
use super::media::Media;
use super::report::{Goal, Row};
use crate::client::{Body, Client};
use crate::product::{Product, remove};
use crate::server::Server;
use load::Uploads;

/// Lookups of which the cost of one is told.
const LOOKUPS: u32 = 20_000;
/// Cold starts of which the middle one counts.
const STARTS: usize = 7;
/// Uploads a minute.
const UPLOADS_PER_MINUTE: u32 = 4_000;
/// More than the load needs, so that the limits are not what is measured.
pub const SETTINGS: &str = "[server.rates]\nrequests = { per_minute = 6000000, at_once = 1000000 }\n\
                        lookups = { per_minute = 6000000, at_once = 1000000 }\n\
                        account_items = { per_minute = 6000000, at_once = 1000000 }\n";

/// Rows g to k.
pub fn measure(product: &Product, media: &Media, minutes: u32) -> anyhow::Result<Vec<Row>> {
    let mut rows = vec![cold_start(product)?];
    fs_err::write(product.data.join("lamassu.toml"), SETTINGS)?;
    let key = product.key("bench", &["items", "lookup", "metrics"])?;
    let server = Server::start(product, 0)?;
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
        drop(Server::start(&empty, 0)?);
        let start = Instant::now();
        let server = Server::start(&empty, 0)?;
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
        let (second, third, fourth) = (!word, word.rotate_left(17), !word.rotate_left(29));
        Body::json(&json!({ "pdq": format!("{word:016x}{second:016x}{third:016x}{fourth:016x}") }))
    };
    let mut ask = |k: u32| {
        let asked = Instant::now();
        let answer = client.post("/api/v1/lookup", key, &body(k))?;
        ensure!(answer.status == 200, "a lookup was answered with {}", answer.status);
        anyhow::Ok(asked.elapsed().as_secs_f64() * 1e3)
    };
    for k in 0..1_000 {
        ask(k)?;
    }
    let before_ms = usage::cpu_ms(server.pid())?;
    let mut waits: Vec<f64> = (0..LOOKUPS).map(|k| ask(1_000 + k)).collect::<anyhow::Result<_>>()?;
    let cpu_us = (usage::cpu_ms(server.pid())? - before_ms) * 1e3 / f64::from(LOOKUPS);
    waits.sort_by(f64::total_cmp);
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
    let note = format!("wall p50 {:.2} ms, p99 {:.2} ms; HMA: 6 to 8 ms CPU", at(0.5), at(0.99));
    let row = Row::new("h", "POST /lookup at 10,000 entries, on the server".to_owned(), (cpu_us, "µs CPU"));
    Ok(vec![row.goal(Goal::AtMost(125.0)).note(note)])
}

fn uploads(server: &Server, key: &str, media: &Media, minutes: u32) -> anyhow::Result<Vec<Row>> {
    let mut memory = VecDeque::new();
    let before_ms = usage::cpu_ms(server.pid())?;
    let uploads = Uploads { port: server.port, key, media, per_minute: UPLOADS_PER_MINUTE };
    let done = uploads.run(minutes * 60, || {
        memory.push_back(usage::resident_bytes(server.pid())? as f64 / f64::from(1 << 20));
        queued(server, key)
    })?;
    let cpu_ms = (usage::cpu_ms(server.pid())? - before_ms) / f64::from(done.decided);
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

/// How many items wait, from the metrics.
fn queued(server: &Server, key: &str) -> anyhow::Result<u64> {
    let answer = Client::connect(server.port)?.get("/metrics", Some(key))?;
    let text = String::from_utf8(answer.body)?;
    let value = text.lines().find_map(|line| line.strip_prefix("lamassu_intake_queued_items "));
    Ok(value.context("the metrics tell no queue length")?.trim().parse::<f64>()? as u64)
}
