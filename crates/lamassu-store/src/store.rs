//! What the rest of the program may ask of a store, whatever database is behind it.

use std::path::Path;

use async_trait::async_trait;
use lamassu_case::audit::{Action, Event, Record};
use lamassu_case::{Bank, BankName, Entry, EntryId, EntryMetadata, Item, ItemId, Policy};
use lamassu_fingerprint::{Digest, StoredFrame, ViewArea};

use crate::banks::BankError;
use crate::cases::Cases;
use crate::catalogue::Catalogue;
use crate::entries::{
    Added, Change, EntryError, EntryFeatures, EntryFingerprints, EntrySound, HeldHash, NewEntry, NewHashes,
    StoredEntry,
};
use crate::items::{RecordError, Recorded, Recording, StoredDecision};
use crate::keys::Keys;
use crate::kinship::Kinships;
use crate::mandates::Mandates;
use crate::outbox::Outbox;
use crate::people::People;
use crate::recent::Recent;
use crate::sessions::Sessions;
use crate::storage::StorageError;
use crate::submissions::Submissions;

/// Most rows one page holds, whatever is asked for. An empty page means there is no more.
pub const PAGE_ROWS_MAX: u32 = 10_000;

/// When and by whom something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// Who does it: `cli:` and the user's name for the command line.
    pub actor: String,
}

impl Stamp {
    /// The audit event of something done under this stamp.
    pub(crate) fn event(&self, action: Action, subject: &str, detail: &serde_json::Value) -> Event {
        Event {
            at_ms: self.at_ms,
            actor: self.actor.clone(),
            action,
            subject: subject.to_owned(),
            detail: detail.to_string(),
        }
    }
}

/// Everything that is remembered.
///
/// Each change is one transaction that carries its audit record; when a call that changes something
/// returns, the change is on disk. A call that fails has changed nothing.
#[async_trait]
pub trait Store:
    Submissions
    + Cases
    + Catalogue
    + Mandates
    + Recent
    + Kinships
    + Outbox
    + Keys
    + People
    + Sessions
    + Send
    + Sync
{
    /// Makes an empty bank.
    ///
    /// # Errors
    /// [`BankError::Exists`] when the name is taken; [`BankError::Storage`].
    async fn create_bank(&self, name: &BankName, stamp: &Stamp) -> Result<Bank, BankError>;

    /// All banks, by name.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn banks(&self) -> Result<Vec<Bank>, StorageError>;

    /// One bank.
    ///
    /// # Errors
    /// [`BankError::NotFound`]; [`BankError::Storage`].
    async fn bank(&self, name: &BankName) -> Result<Bank, BankError>;

    /// Adds an entry. When the bank already holds these bytes, the entry that it holds is the answer and
    /// nothing is written.
    ///
    /// # Errors
    /// [`EntryError::BankNotFound`]; [`EntryError::Storage`].
    async fn add_entry(&self, entry: NewEntry, stamp: &Stamp) -> Result<Added, EntryError>;

    /// Adds many hashes in one step with one record of the audit log, and gives what each became, in their order. One
    /// that the bank holds, or that came before in the same step, stays as it is.
    ///
    /// # Errors
    /// [`EntryError::BankNotFound`]; [`EntryError::Storage`].
    async fn add_hashes(&self, new: NewHashes, stamp: &Stamp) -> Result<Vec<HeldHash>, EntryError>;

    /// Replaces what people say about an entry. What they said before is in the audit log.
    ///
    /// # Errors
    /// [`EntryError::BankNotFound`]; [`EntryError::EntryNotFound`] when the bank does not hold it (any
    /// more); [`EntryError::Storage`].
    async fn change_entry(
        &self,
        bank: &BankName,
        id: &EntryId,
        metadata: &EntryMetadata,
        stamp: &Stamp,
    ) -> Result<Entry, EntryError>;

    /// Takes an entry out of a bank, for this reason if one is given, and gives the sequence number of this
    /// change. The row stays, so that earlier evidence can still be explained, but it no longer counts, lists
    /// or matches.
    ///
    /// # Errors
    /// [`EntryError::BankNotFound`]; [`EntryError::EntryNotFound`] when the bank does not hold it (any
    /// more); [`EntryError::Storage`].
    async fn remove_entry(
        &self,
        bank: &BankName,
        id: &EntryId,
        reason: Option<&str>,
        stamp: &Stamp,
    ) -> Result<u64, EntryError>;

    /// The entry of this number, also when it was removed.
    ///
    /// # Errors
    /// [`EntryError::EntryNotFound`]; [`EntryError::Storage`].
    async fn entry(&self, number: u64) -> Result<Entry, EntryError>;

    /// The entry of this id, also when it was removed.
    ///
    /// # Errors
    /// [`EntryError::EntryNotFound`]; [`EntryError::Storage`].
    async fn entry_of_id(&self, id: &EntryId) -> Result<StoredEntry, EntryError>;

    /// Where the views of the entry of this number lie that are not the whole picture; none for what was
    /// banked by a program that did not keep it.
    ///
    /// # Errors
    /// [`EntryError::EntryNotFound`]; [`EntryError::Storage`].
    async fn entry_areas(&self, number: u64) -> Result<Vec<ViewArea>, EntryError>;

    /// A page of what the index holds, by entry number: the entries not removed, after number `after`.
    ///
    /// A start notes [`Store::sequence`], reads these pages to the end and then follows
    /// [`Store::changes`] from the number noted. What changed in between comes twice, so the index
    /// passes over an entry that it has and a removal of one that it has not.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn live_entries(&self, after: u64, limit: u32) -> Result<Vec<EntryFingerprints>, StorageError>;

    /// A page of the local features of entries that are not removed, by entry number: after number `after`.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn live_features(&self, after: u64, limit: u32) -> Result<Vec<EntryFeatures>, StorageError>;

    /// A page of the sounds of entries that are not removed, by entry number: after number `after`.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn live_sounds(&self, after: u64, limit: u32) -> Result<Vec<EntrySound>, StorageError>;

    /// The upright fingerprints of the entry of this number; none of one that is not there.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn entry_frames(&self, number: u64) -> Result<Vec<StoredFrame>, StorageError>;

    /// A page of the changes of entries after sequence number `after`: all of them, without gaps.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn changes(&self, after: u64, limit: u32) -> Result<Vec<Change>, StorageError>;

    /// The number of the last change of entries; 0 before the first.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn sequence(&self) -> Result<u64, StorageError>;

    /// The entry that the change of this number added or removed.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn changed_entry(&self, sequence: u64) -> Result<Option<EntryId>, StorageError>;

    /// Makes a policy the current one and keeps its text; nothing is written when it already is.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn put_policy(&self, policy: &Policy, stamp: &Stamp) -> Result<(), StorageError>;

    /// The text of a policy that is or was current.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn policy(&self, version: Digest) -> Result<Option<String>, StorageError>;

    /// Keeps an item with the decision on it, all that it rests on and all that follows, and takes it out of
    /// the queue. An item is decided once: when its id is known, nothing is written.
    ///
    /// # Errors
    /// [`RecordError::PolicyNotFound`] when the evidence names a policy that was never put;
    /// [`RecordError::MandateEnded`] when it acts under a mandate that stands no more;
    /// [`RecordError::Storage`].
    async fn record(&self, recording: &Recording, stamp: &Stamp) -> Result<Recorded, RecordError>;

    /// An item that was recorded.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn item(&self, id: &ItemId) -> Result<Option<Item>, StorageError>;

    /// What was decided about an item.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn decision(&self, id: &ItemId) -> Result<Option<StoredDecision>, StorageError>;

    /// A page of the audit log: the records after number `after`.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn audit(&self, after: u64, limit: u32) -> Result<Vec<Record>, StorageError>;

    /// Writes a copy of the database, as of one moment, to a file that is not there yet. Others go on reading
    /// and writing meanwhile.
    ///
    /// # Errors
    /// [`StorageError`], also when the file is there.
    async fn copy_to(&self, path: &Path) -> Result<(), StorageError>;

    /// Ends all connections, so that the database is one file again. Later calls fail.
    async fn close(&self);
}
