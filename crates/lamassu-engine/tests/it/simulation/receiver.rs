//! The platform's end: a receiver that fails as it pleases, and a plan of tries in memory.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use lamassu_engine::delivery::{Courier, Receipt, Request};
use lamassu_store::{Job, JobsError, Schedule};
use serde_json::Value;

/// What the platform got, in the order in which it got it: id, event, data.
pub type Received = (String, String, Value);

/// A receiver whose answers follow from a seed.
#[derive(Default)]
pub struct Receiver {
    pub received: Mutex<Vec<Received>>,
    /// Of ten answers, how many are failures.
    pub failing: AtomicU64,
    turn: AtomicU64,
}

#[async_trait]
impl Courier for Receiver {
    async fn send(&self, request: Request) -> Receipt {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let failing = self.failing.load(Ordering::Relaxed);
        let luck = turn.wrapping_mul(7) % 10;
        // A receiver may well have taken what it then fails to answer.
        if luck >= failing || luck.is_multiple_of(2) {
            let header = |name: &str| request.headers.iter().find(|(key, _)| *key == name);
            let id = header("webhook-id").expect("every message has an id").1.clone();
            let body: Value = serde_json::from_str(&request.body).expect("the body is JSON");
            let event = body["type"].as_str().expect("a type").to_owned();
            self.received.lock().expect("no panic").push((id, event, body["data"].clone()));
        }
        tokio::task::yield_now().await;
        match luck {
            _ if luck >= failing => Receipt::Answered { status: 204, retry_after_s: None },
            0..3 => Receipt::Answered { status: 500, retry_after_s: None },
            3..5 => Receipt::Answered { status: 503, retry_after_s: Some(120) },
            _ => Receipt::Failed { code: "host-timeout" },
        }
    }
}

/// Tries planned in memory: lost with the process, like the file of jobs may be.
#[derive(Default)]
pub struct Plan(pub Mutex<BTreeSet<Job>>);

#[async_trait]
impl Schedule for Plan {
    async fn push(&self, job: &Job) -> Result<(), JobsError> {
        tokio::task::yield_now().await;
        self.0.lock().expect("no panic").insert(job.clone());
        Ok(())
    }
}
