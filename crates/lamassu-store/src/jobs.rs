//! What is to be tried when: apalis on an `SQLite` file of its own.
//!
//! The file is made anew at every start from the deliveries that wait, so it may be lost at any time and
//! need not survive a power cut. There is a queue for each webhook: a slow receiver holds up its own only.

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use apalis::prelude::{BackendExt, BoxDynError, TaskBuilder, WorkerBuilder, WorkerBuilderExt};
use apalis_sqlite::{Config, SqliteStorage, SqliteTask, queries};
use async_trait::async_trait;
use fs_err as fs;
use futures_util::stream::{self, Stream};
use lamassu_case::{MessageId, WebhookId};
use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::time::MissedTickBehavior;

use crate::outbox::Delivery;
use crate::storage::StorageError;

/// How often an idle queue is looked into.
const POLL_MS: u64 = 250;

/// Most tasks that a queue takes out of the file at once.
const BATCH_TASKS: usize = 8;

/// How often apalis itself takes up a task whose attempt could not even be recorded: always.
const TRIES_MAX: usize = i32::MAX as usize;

/// One try at a delivery.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Job {
    /// The message.
    pub message: MessageId,
    /// The receiver.
    pub webhook: WebhookId,
    /// The delivery's turn: in a later one this job is over.
    pub turn: u32,
    /// When, milliseconds since 1970.
    pub run_at_ms: i64,
}

impl From<&Delivery> for Job {
    fn from(delivery: &Delivery) -> Self {
        Self {
            message: delivery.message.clone(),
            webhook: delivery.webhook.clone(),
            turn: delivery.turn,
            run_at_ms: delivery.next_at_ms,
        }
    }
}

impl Job {
    /// The same for the same try, however often it is pushed. The queue's name adds the webhook.
    fn idempotency_key(&self) -> String {
        format!("{}.{}", self.message, self.turn)
    }
}

/// The jobs could not be kept or worked on.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// The file cannot be made or used.
    #[error("the file of jobs cannot be made")]
    File(#[from] io::Error),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A worker ended early.
    #[error("a queue of jobs ended early")]
    Ended(#[source] BoxDynError),
}

impl JobsError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(_) => "jobs-file",
            Self::Storage(error) => error.code(),
            Self::Ended(_) => "jobs-ended",
        }
    }
}

impl From<apalis_sqlite::Error> for JobsError {
    fn from(error: apalis_sqlite::Error) -> Self {
        match error {
            apalis_sqlite::Error::Database(error) => Self::Storage(error.into()),
            other => Self::Ended(Box::new(other)),
        }
    }
}

/// Where tries are planned; a simulation brings its own.
#[async_trait]
pub trait Schedule: Send + Sync {
    /// Plans a try. A try that is planned already stays as it is.
    ///
    /// # Errors
    /// [`JobsError`].
    async fn push(&self, job: &Job) -> Result<(), JobsError>;
}

/// A try could not be recorded and is to be made again.
#[derive(Debug, thiserror::Error)]
#[error("the try could not be recorded")]
pub struct NotRecorded;

/// One try.
pub type Trying = Pin<Box<dyn Future<Output = Result<(), NotRecorded>> + Send>>;

/// The work on one queue.
pub type Working = Pin<Box<dyn Future<Output = Result<(), JobsError>> + Send>>;

/// The planned tries of one process.
#[derive(Debug, Clone)]
pub struct Jobs {
    pool: SqlitePool,
}

impl Jobs {
    /// Makes the file at `path` anew: the caller pushes what waits.
    ///
    /// # Errors
    /// [`JobsError`].
    pub async fn create(path: &Path) -> Result<Self, JobsError> {
        for end in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(end);
            match fs::remove_file(Path::new(&name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // The file is derived: after a power cut it is made anew anyway.
            .synchronous(SqliteSynchronous::Off);
        // One connection: apalis begins with reads and goes on to write, which two would take ill.
        let pool = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options);
        let migrated = SqliteStorage::migrations().run(&pool).await;
        migrated.map_err(|error| StorageError::from(sqlx::Error::from(error)))?;
        Ok(Self { pool })
    }

    /// Works on the queue of a webhook, at most `at_once` tries at the same time, until `stop` is over; the
    /// tries under way are then finished. A try that fails is taken up again, so it should not fail fast.
    ///
    /// # Errors
    /// [`JobsError::Ended`] when the file fails; what was under way is then taken up again by the next call.
    pub fn work<Try>(
        &self,
        webhook: &WebhookId,
        at_once: usize,
        stop: impl Future<Output = ()> + Send + 'static,
        attempt: Try,
    ) -> Working
    where
        Try: Fn(Job) -> Trying + Clone + Send + Sync + 'static,
    {
        let config = Config::default().queue(webhook.as_str()).batch_size(BATCH_TASKS);
        let storage = SqliteStorage::<Job>::new(&self.pool).with_config(config);
        let storage = storage.poll_with_stream(beat());
        // A name of its own: apalis refuses one that another worker of late has used.
        let worker = WorkerBuilder::new(format!("{webhook}.{}", fresh_name()))
            .backend(storage)
            .concurrency(at_once)
            .build(move |job: Job| attempt(job));
        let mut stop = Some(stop);
        let running = worker.run_with_ctx(move |context| {
            let stop = stop.take();
            async move {
                if let Some(stop) = stop {
                    stop.await;
                }
                context.stop()
            }
        });
        Box::pin(async move { running.await.map_err(|error| JobsError::Ended(Box::new(error))) })
    }

    /// Forgets tries that are over.
    ///
    /// # Errors
    /// [`JobsError`].
    pub async fn tidy(&self) -> Result<(), JobsError> {
        let over = "DELETE FROM Jobs WHERE status IN ('Done', 'Killed')";
        sqlx::query(over).execute(&self.pool).await.map_err(StorageError::from)?;
        Ok(())
    }

    /// How many tries are planned or under way.
    ///
    /// # Errors
    /// [`JobsError`].
    pub async fn count(&self) -> Result<u64, JobsError> {
        let count = sqlx::query_scalar("SELECT COUNT(*) FROM Jobs WHERE status NOT IN ('Done', 'Killed')");
        let count: i64 = count.fetch_one(&self.pool).await.map_err(StorageError::from)?;
        Ok(count.unsigned_abs())
    }

    /// Ends all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

#[async_trait]
impl Schedule for Jobs {
    async fn push(&self, job: &Job) -> Result<(), JobsError> {
        let args = serde_json::to_vec(job).expect("ids and numbers are JSON");
        let task: SqliteTask = TaskBuilder::new(args)
            .idempotency_key(job.idempotency_key())
            .max_attempts(TRIES_MAX)
            .run_at_timestamp(u64::try_from(job.run_at_ms / 1_000).unwrap_or(0))
            .build();
        let mut connection = self.pool.acquire().await.map_err(StorageError::from)?;
        queries::push_tasks(&mut *connection, job.webhook.as_str(), &[task]).await?;
        Ok(())
    }
}

/// Wakes whoever polls it, again and again, and gives nothing.
///
/// apalis has an interval of its own, but after each tick that one waits to be polled once more before it wakes
/// anybody: a queue that is idle at that moment is never looked into again.
fn beat() -> impl Stream<Item = ()> + Unpin + Send + 'static {
    let mut interval = tokio::time::interval(Duration::from_millis(POLL_MS));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    stream::poll_fn(move |context| {
        // Until it is pending, and so has taken note of whom to wake.
        while interval.poll_tick(context).is_ready() {}
        Poll::Pending
    })
}

/// A word that no other worker of this process has had.
fn fresh_name() -> u64 {
    static WORKERS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    WORKERS.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}
