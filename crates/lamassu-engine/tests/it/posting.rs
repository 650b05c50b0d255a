//! An engine on a folder of its own, a clock that is set by hand, a schedule in memory, couriers by script.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use lamassu_case::{MessageId, WebhookId};
use lamassu_engine::delivery::{self, Courier, Receipt, Request};
use lamassu_engine::{Actor, Clock, Engine, Secret};
use lamassu_store::{
    Delivery, DeliveryFilter, EventKind, Job, JobsError, NewMessage, Outbox, Schedule, SqliteStore, Store,
    Webhook,
};
use serde_json::json;
use tempfile::TempDir;

pub const AT_MS: i64 = 1_700_000_000_000;

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct HandClock(pub AtomicI64);

impl Clock for HandClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Tries planned in memory. It refuses while `broken` is not 0; with 1 it has kept the job all the same.
#[derive(Debug, Default)]
pub struct MemorySchedule {
    planned: Mutex<BTreeSet<(i64, Job)>>,
    known: Mutex<HashSet<String>>,
    pub broken: AtomicUsize,
}

impl MemorySchedule {
    pub fn next(&self) -> Option<Job> {
        self.planned.lock().expect("nobody panicked").pop_first().map(|(_, job)| job)
    }

    pub fn len(&self) -> usize {
        self.planned.lock().expect("nobody panicked").len()
    }
}

#[async_trait]
impl Schedule for MemorySchedule {
    async fn push(&self, job: &Job) -> Result<(), JobsError> {
        let broken = self.broken.load(Ordering::SeqCst);
        if broken < 2 && self.known.lock().expect("nobody panicked").insert(format!("{job:?}")) {
            self.planned.lock().expect("nobody panicked").insert((job.run_at_ms, job.clone()));
        }
        if broken > 0 { Err(JobsError::File(std::io::Error::other("broken"))) } else { Ok(()) }
    }
}

/// Answers by script, the last one for ever, and keeps what it was given.
pub struct Script {
    answers: Vec<Receipt>,
    pub sent: Mutex<Vec<Request>>,
}

impl Script {
    pub fn new(answers: &[Receipt]) -> Self {
        Self { answers: answers.to_vec(), sent: Mutex::default() }
    }

    pub fn statuses(statuses: &[u16]) -> Self {
        Self::new(&statuses.iter().map(|status| answered(*status)).collect::<Vec<_>>())
    }

    pub fn count(&self) -> usize {
        self.sent.lock().expect("nobody panicked").len()
    }
}

pub fn answered(status: u16) -> Receipt {
    Receipt::Answered { status, retry_after_s: None }
}

#[async_trait]
impl Courier for Script {
    async fn send(&self, request: Request) -> Receipt {
        let mut sent = self.sent.lock().expect("nobody panicked");
        sent.push(request);
        self.answers[(sent.len() - 1).min(self.answers.len() - 1)].clone()
    }
}

pub struct Place {
    pub engine: Arc<Engine>,
    pub clock: Arc<HandClock>,
    /// A second hand on the database, for what the engine's other parts do in their transactions.
    pub store: SqliteStore,
    pub folder: TempDir,
}

impl Place {
    pub async fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        fs_err::write(
            folder.path().join("lamassu.toml"),
            "[outward]\nallow_private_targets = [\"127.0.0.1/32\"]\n",
        )
        .expect("is written");
        Self::open(folder).await
    }

    pub async fn open(folder: TempDir) -> Self {
        let engine = Engine::open(folder.path(), "test", PathBuf::from("/none")).await.expect("opens");
        let clock = Arc::new(HandClock(AtomicI64::new(AT_MS)));
        let engine = Arc::new(engine.with_clock(clock.clone()));
        let store = SqliteStore::open(&folder.path().join("lamassu.db")).await.expect("opens");
        Self { engine, clock, store, folder }
    }

    /// The same with the machine's clock.
    pub async fn on_time() -> Self {
        let mut place = Self::new().await;
        place.close_engine().await;
        let engine = Engine::open(place.folder.path(), "test", PathBuf::from("/none")).await;
        place.engine = Arc::new(engine.expect("opens"));
        place
    }

    /// Ends everything and starts again on the same folder.
    pub async fn restart(mut self) -> Self {
        self.close_engine().await;
        self.store.close().await;
        Self::open(self.folder).await
    }

    async fn close_engine(&mut self) {
        let fresh = TempDir::new().expect("a temporary folder");
        let other = Engine::open(fresh.path(), "test", PathBuf::from("/none")).await.expect("opens");
        let engine = std::mem::replace(&mut self.engine, Arc::new(other));
        Arc::into_inner(engine).expect("nobody else holds it").close().await;
    }

    pub fn advance_to(&self, at_ms: i64) {
        self.clock.0.fetch_max(at_ms, Ordering::SeqCst);
    }

    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    pub async fn webhook(&self, url: &str) -> (Webhook, Secret) {
        self.engine.create_webhook(url, Vec::new(), &actor()).await.expect("is added")
    }

    /// Appends the `k`-th message, due at once.
    pub async fn message(&self, k: u64) -> MessageId {
        self.message_due(k, EventKind::ItemDecided, 0).await
    }

    pub async fn message_due(&self, k: u64, event: EventKind, due_at_ms: i64) -> MessageId {
        let message = NewMessage {
            id: message_id(k),
            event,
            subject: format!("subject-{k}"),
            data: json!({ "item": format!("item-{k}"), "outcome": "review" }),
            due_at_ms,
        };
        self.store.append_message(&message, AT_MS).await.expect("is kept");
        message.id
    }

    pub async fn deliveries(&self) -> Vec<Delivery> {
        self.engine.deliveries(&DeliveryFilter::default(), 0, 500).await.expect("reads")
    }

    /// Relays, and makes every planned try in the order of time until none is left.
    pub async fn play(&self, courier: &dyn Courier, schedule: &MemorySchedule) {
        delivery::relay(&self.engine, schedule).await.expect("relays");
        while let Some(job) = schedule.next() {
            self.advance_to(job.run_at_ms);
            delivery::attempt(&self.engine, courier, schedule, &job).await.expect("is recorded");
        }
    }

    /// The actions in the audit log, in order.
    pub async fn audit(&self) -> Vec<String> {
        let records = self.store.audit(0, 1_000).await.expect("reads");
        records.into_iter().map(|record| record.action).collect()
    }
}

pub fn message_id(k: u64) -> MessageId {
    format!("22222222-0000-7000-8000-{k:012x}").parse().expect("a valid id")
}

pub fn webhook_id(k: u64) -> WebhookId {
    format!("33333333-0000-7000-8000-{k:012x}").parse().expect("a valid id")
}

pub fn actor() -> Actor {
    Actor("cli:example".to_owned())
}
