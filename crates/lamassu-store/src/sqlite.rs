//! The store in one `SQLite` file.
//!
//! One connection writes, and writes wait for it in line; a few others read beside it, which the
//! write-ahead log allows. A write is on disk before it is answered (`synchronous = FULL`).

mod audit;
mod banks;
mod cases;
mod catalogue;
mod changes;
mod deliveries;
mod entries;
mod hashes;
mod items;
mod keys;
mod kinship;
mod mandates;
mod outbox;
mod people;
mod policies;
mod recent;
mod schema;
mod sessions;
mod sign_in_links;
mod submissions;
mod values;
mod webhooks;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use lamassu_case::audit::Record;
use lamassu_case::{Bank, BankName, Entry, EntryId, EntryMetadata, Item, ItemId, Policy};
use lamassu_fingerprint::{Digest, StoredFrame, ViewArea};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Sqlite, SqlitePool, Transaction};

use crate::banks::BankError;
use crate::entries::{
    Added, Change, EntryError, EntryFeatures, EntryFingerprints, EntrySound, HeldHash, NewEntry, NewHashes,
    StoredEntry,
};
use crate::items::{RecordError, Recorded, Recording, StoredDecision};
use crate::sqlite::values::Unreadable;
use crate::storage::{StorageError, damaged};
use crate::store::{Stamp, Store};

/// How many connections read at the same time.
const READERS_MAX: u32 = 4;

/// How long `SQLite` waits for a lock that another process holds, say a backup.
const BUSY_TIMEOUT_MS: u64 = 5_000;

/// How long a call waits for its turn on a connection.
const TURN_TIMEOUT_MS: u64 = 30_000;

/// How many KiB of pages the writer keeps at most: those that a long list of hashes changes in one step, here and there in
/// the indexes, are else written and read again several times.
const WRITER_CACHE_KIB: u32 = 32 << 10;

/// What may be set when a database is opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct SqliteOptions {
    /// How far the file may grow, in pages of 4,096 bytes; reaching it counts as a full disk. Without it
    /// the disk is the limit.
    pub size_pages_max: Option<u32>,
}

/// A database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A newer program wrote it; nothing was changed.
    #[error("the database has layout {found}, this program knows layouts up to {known}")]
    NewerSchema {
        /// The layout of the file.
        found: i64,
        /// The newest layout this program knows.
        known: i64,
    },
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl OpenError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NewerSchema { .. } => "database-newer",
            Self::Storage(error) => error.code(),
        }
    }
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// The store in one `SQLite` file.
#[derive(Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the database at `path`, and makes it when there is none.
    ///
    /// # Errors
    /// [`OpenError::NewerSchema`]; [`OpenError::Storage`].
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, SqliteOptions::default()).await
    }

    /// As [`SqliteStore::open`], with options.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub async fn open_with(path: &Path, options: SqliteOptions) -> Result<Self, OpenError> {
        let common = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS));
        let mut writing = common
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A negative number counts KiB.
            .pragma("cache_size", format!("-{WRITER_CACHE_KIB}"));
        if let Some(pages) = options.size_pages_max {
            writing = writing.pragma("max_page_count", pages.to_string());
        }
        let store = Self {
            writer: pool(1).connect_lazy_with(writing),
            readers: pool(READERS_MAX).connect_lazy_with(common.read_only(true)),
        };
        // The writer comes first: a reader neither makes the file nor its tables.
        schema::prepare(&mut *store.writer.acquire().await?).await?;
        Ok(store)
    }

    /// Starts a change. Taking the lock at once means that no later statement finds it taken.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.writer.begin_with("BEGIN IMMEDIATE").await
    }
}

fn pool(connections_max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(Duration::from_millis(TURN_TIMEOUT_MS))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // On a full disk SQLite itself may end the transaction; sqlx then still counts it as open and the
        // connection would refuse every later one. Such a connection is replaced.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
}

#[async_trait]
impl Store for SqliteStore {
    async fn create_bank(&self, name: &BankName, stamp: &Stamp) -> Result<Bank, BankError> {
        banks::create(self.begin().await?, name, stamp).await
    }

    async fn banks(&self) -> Result<Vec<Bank>, StorageError> {
        Ok(banks::list(&self.readers).await?)
    }

    async fn bank(&self, name: &BankName) -> Result<Bank, BankError> {
        banks::find(&self.readers, name).await?.ok_or(BankError::NotFound)
    }

    async fn add_entry(&self, entry: NewEntry, stamp: &Stamp) -> Result<Added, EntryError> {
        entries::add(self.begin().await?, entry, stamp).await
    }

    async fn add_hashes(&self, new: NewHashes, stamp: &Stamp) -> Result<Vec<HeldHash>, EntryError> {
        hashes::add(self.begin().await?, &new, stamp).await
    }

    async fn change_entry(
        &self,
        bank: &BankName,
        id: &EntryId,
        metadata: &EntryMetadata,
        stamp: &Stamp,
    ) -> Result<Entry, EntryError> {
        entries::change(self.begin().await?, (bank, id), metadata, stamp).await
    }

    async fn remove_entry(
        &self,
        bank: &BankName,
        id: &EntryId,
        reason: Option<&str>,
        stamp: &Stamp,
    ) -> Result<u64, EntryError> {
        entries::remove(self.begin().await?, (bank, id), reason, stamp).await
    }

    async fn entry(&self, number: u64) -> Result<Entry, EntryError> {
        entries::find(&self.readers, number).await?.ok_or(EntryError::EntryNotFound)
    }

    async fn entry_of_id(&self, id: &EntryId) -> Result<StoredEntry, EntryError> {
        entries::find_stored(&self.readers, id).await?.ok_or(EntryError::EntryNotFound)
    }

    async fn entry_areas(&self, number: u64) -> Result<Vec<ViewArea>, EntryError> {
        entries::areas(&self.readers, number).await?.ok_or(EntryError::EntryNotFound)
    }

    async fn live_entries(&self, after: u64, limit: u32) -> Result<Vec<EntryFingerprints>, StorageError> {
        Ok(changes::live(&self.readers, after, limit).await?)
    }

    async fn changes(&self, after: u64, limit: u32) -> Result<Vec<Change>, StorageError> {
        Ok(changes::list(&self.readers, after, limit).await?)
    }

    async fn live_features(&self, after: u64, limit: u32) -> Result<Vec<EntryFeatures>, StorageError> {
        Ok(changes::live_features(&self.readers, after, limit).await?)
    }

    async fn live_sounds(&self, after: u64, limit: u32) -> Result<Vec<EntrySound>, StorageError> {
        Ok(changes::live_sounds(&self.readers, after, limit).await?)
    }

    async fn entry_frames(&self, number: u64) -> Result<Vec<StoredFrame>, StorageError> {
        Ok(changes::entry_frames(&self.readers, number).await?)
    }

    async fn sequence(&self) -> Result<u64, StorageError> {
        Ok(changes::last(&self.readers).await?)
    }

    async fn changed_entry(&self, sequence: u64) -> Result<Option<EntryId>, StorageError> {
        Ok(changes::entry_of(&self.readers, sequence).await?)
    }

    async fn put_policy(&self, policy: &Policy, stamp: &Stamp) -> Result<(), StorageError> {
        Ok(policies::put(self.begin().await?, policy, stamp).await?)
    }

    async fn policy(&self, version: Digest) -> Result<Option<String>, StorageError> {
        Ok(policies::text(&self.readers, version).await?)
    }

    async fn record(&self, recording: &Recording, stamp: &Stamp) -> Result<Recorded, RecordError> {
        items::record(self.begin().await?, recording, stamp).await
    }

    async fn item(&self, id: &ItemId) -> Result<Option<Item>, StorageError> {
        Ok(items::find(&self.readers, id).await?)
    }

    async fn decision(&self, id: &ItemId) -> Result<Option<StoredDecision>, StorageError> {
        Ok(items::decision(&self.readers, id).await?)
    }

    async fn audit(&self, after: u64, limit: u32) -> Result<Vec<Record>, StorageError> {
        Ok(audit::list(&self.readers, after, limit).await?)
    }

    async fn copy_to(&self, path: &Path) -> Result<(), StorageError> {
        let path = path.to_str().ok_or_else(|| damaged(Unreadable("path")))?;
        sqlx::query("VACUUM INTO $1").bind(path).execute(&self.readers).await?;
        Ok(())
    }

    async fn close(&self) {
        // The last connection to end folds the log into the file, which a reader cannot.
        self.readers.close().await;
        self.writer.close().await;
    }
}
