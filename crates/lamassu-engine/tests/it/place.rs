//! A data folder with an engine on it, and a clock that the test sets.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use lamassu_case::Role;
use lamassu_engine::{Actor, Clock, Engine, PersonDraft, Secret};
use lamassu_store::Person;
use tempfile::TempDir;

/// When every test starts.
pub const START_MS: i64 = 1_700_000_000_000;

pub const HOUR_MS: i64 = 60 * 60 * 1000;

pub const PASSWORD: &str = "correct horse battery";

pub const HOME: &str = "192.0.2.1";

/// A clock that stands still until it is moved.
pub struct TestClock {
    now_ms: AtomicI64,
    reads: AtomicUsize,
}

impl TestClock {
    /// A clock at the start of the test.
    pub fn at_start() -> Self {
        Self { now_ms: AtomicI64::new(START_MS), reads: AtomicUsize::new(0) }
    }

    /// The time, without counting the look.
    pub fn peek_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    pub fn advance(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// How often it was looked at.
    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.now_ms.load(Ordering::Relaxed)
    }
}

pub struct Place {
    pub folder: TempDir,
    pub clock: Arc<TestClock>,
    pub engine: Engine,
}

impl Place {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(TestClock::at_start());
        let engine = open(&folder, &clock).await;
        Self { folder, clock, engine }
    }

    /// Closes the engine and opens another one on the same folder.
    pub async fn reopened(self) -> Self {
        let Self { folder, clock, engine } = self;
        engine.close().await;
        let engine = open(&folder, &clock).await;
        Self { folder, clock, engine }
    }

    pub async fn add(&self, name: &str, role: Role) -> Person {
        let draft =
            PersonDraft { name: name.to_owned(), display_name: None, role, password: secret(PASSWORD) };
        self.engine.create_person(draft, &operator()).await.expect("is added")
    }

    /// All bytes of the database, with its log.
    pub fn database(&self) -> Vec<u8> {
        let read = |name| fs_err::read(self.folder.path().join(name)).unwrap_or_default();
        [read("lamassu.db"), read("lamassu.db-wal")].concat()
    }
}

async fn open(folder: &TempDir, clock: &Arc<TestClock>) -> Engine {
    // No media is read here, so no program becomes the child.
    let engine = Engine::open(folder.path(), "test", PathBuf::new()).await.expect("opens");
    engine.with_clock(Arc::clone(clock) as Arc<dyn Clock>)
}

pub fn operator() -> Actor {
    Actor("cli:uid=1000".to_owned())
}

pub fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
