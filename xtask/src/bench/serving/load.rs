//! Uploads at a steady rate, each waiting for its outcome.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::bench::media::Media;
use crate::client::{Body, Client};

/// Connections that upload.
const CONNECTIONS: usize = 16;
/// How long an upload waits for its outcome, in milliseconds.
const WAIT_MS: u32 = 30_000;
/// One upload in so many is of a known picture.
const KNOWN_EACH: u32 = 100;

/// Who uploads what, how often.
pub struct Uploads<'a> {
    pub port: u16,
    pub key: &'a str,
    /// Unknown pictures, and a folder of known ones: one upload in 100 is known.
    pub media: &'a Media,
    pub per_minute: u32,
}

/// What came of it.
pub struct Done {
    pub sent: u32,
    pub decided: u32,
    pub wall_s: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub queued_max: u64,
}

impl Uploads<'_> {
    /// Uploads for `seconds`; calls `look` each second, which tells how many wait.
    pub fn run(&self, seconds: u32, mut look: impl FnMut() -> anyhow::Result<u64>) -> anyhow::Result<Done> {
        let total = self.per_minute * seconds / 60;
        let (next, decided, waits) = (AtomicU32::new(0), AtomicU32::new(0), Mutex::new(Vec::new()));
        let start = Instant::now();
        let upload = || -> anyhow::Result<()> {
            let mut client = Client::connect(self.port)?;
            loop {
                let k = next.fetch_add(1, Ordering::Relaxed);
                if k >= total {
                    return Ok(());
                }
                let due = Duration::from_secs_f64(f64::from(k) * 60.0 / f64::from(self.per_minute));
                std::thread::sleep(due.saturating_sub(start.elapsed()));
                let asked = Instant::now();
                let answer =
                    client.post(&format!("/api/v1/items?wait_ms={WAIT_MS}"), self.key, &self.body(k)?)?;
                if answer.json()?["item"]["state"] == "decided" {
                    decided.fetch_add(1, Ordering::Relaxed);
                }
                let wait_ms = asked.elapsed().as_secs_f64() * 1e3;
                waits.lock().expect("no thread panics while it holds this").push(wait_ms);
            }
        };
        let queued_max = std::thread::scope(|scope| {
            let uploading: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(upload)).collect();
            let mut queued_max = 0;
            while uploading.iter().any(|thread| !thread.is_finished()) {
                std::thread::sleep(Duration::from_secs(1));
                queued_max = look()?.max(queued_max);
            }
            for thread in uploading {
                thread.join().expect("no uploader panics")?;
            }
            anyhow::Ok(queued_max)
        })?;
        let wall_s = start.elapsed().as_secs_f64();
        let mut waits = waits.into_inner().expect("no thread panicked");
        waits.sort_by(f64::total_cmp);
        let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
        let (p50_ms, p99_ms) = (at(0.5), at(0.99));
        Ok(Done { sent: total, decided: decided.into_inner(), wall_s, p50_ms, p99_ms, queued_max })
    }

    fn body(&self, k: u32) -> anyhow::Result<Body> {
        let picture = if k.is_multiple_of(KNOWN_EACH) {
            self.media.entries.join(format!("{:05}.jpg", k / KNOWN_EACH % 10_000))
        } else {
            self.media.uploads[k as usize % self.media.uploads.len()].clone()
        };
        let about = json!({ "reference": format!("bench-{k}"), "account": format!("account-{}", k % 500) });
        Ok(Body::file("item", &about, &fs_err::read(picture)?))
    }
}
