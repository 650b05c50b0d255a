//! The numbered changes by which the index follows the store.

use lamassu_fingerprint::{Digest, StoredFrame};

/// The number by which the store knows an entry.
pub type EntryNumber = u64;

/// One change of the entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The store's number for it; each is larger than the one before.
    pub sequence: u64,
    /// What changed.
    pub kind: ChangeKind,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// An entry came.
    Added {
        /// Its number, never used before.
        entry: EntryNumber,
        /// Its bank, by a number of the caller's.
        bank: u32,
        /// The digest of its bytes.
        digest: Digest,
        /// Its fingerprints.
        frames: Vec<StoredFrame>,
    },
    /// An entry went. Unknown entries are ignored.
    Removed {
        /// Its number.
        entry: EntryNumber,
    },
}

/// A change came that is not newer than the last one applied. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("change {offered} came after change {applied} was applied")]
pub struct OutOfOrder {
    /// The number of the change.
    pub offered: u64,
    /// The last number applied.
    pub applied: u64,
}
