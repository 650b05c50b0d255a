//! What came in lately, for what becomes known later: look-backs of new entries, and items that rise together.

use async_trait::async_trait;
use lamassu_case::{CaseId, Decision, Evidence, ItemId};
use lamassu_fingerprint::{Digest, ReadFrame, StoredFrame};

use crate::cases::NewCase;
use crate::items::RecordError;
use crate::outbox::NewMessage;
use crate::storage::StorageError;
use crate::store::Stamp;

/// An item that was sent in and decided, as it is searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentItem {
    /// Its submission's number, which grows with time.
    pub number: u64,
    /// The item.
    pub item: ItemId,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Its upright fingerprints.
    pub frames: Vec<StoredFrame>,
    /// Length in milliseconds; 0 for what does not play.
    pub duration_ms: u32,
    /// When it came in, milliseconds since 1970.
    pub received_at_ms: i64,
    /// The platform's own name of the account that uploaded it.
    pub account: Option<String>,
}

/// An entry that is yet to be looked for in what came in before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingLookBack {
    /// The entry's number.
    pub entry: u64,
    /// Its fingerprints in all orientations.
    pub frames: Vec<ReadFrame>,
}

/// How far the look-back of an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookBackProgress {
    /// Earlier items in which it was found.
    pub items: u64,
    /// Cases that were opened or that tell of it now.
    pub cases: u64,
    /// When it ended, milliseconds since 1970.
    pub done_at_ms: Option<i64>,
}

/// An item decided again, because more is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Reconsidering {
    /// The item.
    pub item: ItemId,
    /// All that is known of it now.
    pub evidence: Evidence,
    /// What follows.
    pub decision: Decision,
    /// The case to open; an open one of the item is kept and changed instead, and has this id if it is a near miss.
    pub case: NewCase,
    /// What is told to webhooks, if the case is opened.
    pub messages: Vec<NewMessage>,
    /// The number of the entry whose look-back this is.
    pub entry: u64,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reconsidered {
    /// A case was opened, or one became more than a near miss.
    Opened {
        /// Its version.
        version: u64,
    },
    /// The open case of the item tells more, and has this version now.
    Changed {
        /// Its version.
        version: u64,
    },
    /// Somebody decided the item's case, or the entry was found in it before: nothing was written.
    Stands,
}

/// A member of a burst.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RisingItem {
    /// The item.
    pub item: ItemId,
    /// The account that uploaded it.
    pub account: Option<String>,
    /// When it came in, milliseconds since 1970.
    pub received_at_ms: i64,
}

/// A burst as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RisingCounts {
    /// How many near-identical items.
    pub items: u64,
    /// Of how many accounts that are known by name.
    pub accounts: u64,
    /// When the first came in, milliseconds since 1970.
    pub first_seen_ms: i64,
    /// When the last came in, milliseconds since 1970.
    pub last_seen_ms: i64,
}

/// What came in lately.
#[async_trait]
pub trait Recent {
    /// A page of the items that came in at or after `since_ms` and are decided, by number: after number `after`.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn recent_items(
        &self,
        since_ms: i64,
        after: u64,
        limit: u32,
    ) -> Result<Vec<RecentItem>, StorageError>;

    /// The item of a submission's number, once it is decided.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn recent_item(&self, number: u64) -> Result<Option<RecentItem>, StorageError>;

    /// A page of the look-backs that wait, by entry.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn waiting_look_backs(&self, limit: u32) -> Result<Vec<WaitingLookBack>, StorageError>;

    /// Has entries of hash lists looked for in what came in before; one that was or is to be looked for stays as it is.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn ask_for_look_backs(&self, wanted: &[WaitingLookBack]) -> Result<(), StorageError>;

    /// Notes in how many items an entry was found, and that its look-back is done.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn finish_look_back(&self, entry: u64, items: u64, stamp: &Stamp) -> Result<(), StorageError>;

    /// How far the look-back of an entry is; none for an entry that was never looked for.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn look_back(&self, entry: u64) -> Result<Option<LookBackProgress>, StorageError>;

    /// Decides an item again. The decision before stays in the log of decisions.
    ///
    /// # Errors
    /// [`RecordError::PolicyNotFound`]; [`RecordError::Storage`].
    async fn reconsider(&self, again: &Reconsidering, stamp: &Stamp) -> Result<Reconsidered, RecordError>;

    /// The open case of a burst that one of these items belongs to.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn rising_case_of(&self, items: &[ItemId]) -> Result<Option<CaseId>, StorageError>;

    /// The burst that a case tells of, if it does.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn rising_counts(&self, case: &CaseId) -> Result<Option<RisingCounts>, StorageError>;
}
