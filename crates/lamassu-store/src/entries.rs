//! Entries on their way in and out, and their changes, which the index follows.

use lamassu_case::{BankName, Entry, EntryId, EntryMetadata, Medium};
use lamassu_fingerprint::local::KeyFrame;
use lamassu_fingerprint::sound::SoundTrack;
use lamassu_fingerprint::{Digest, ReadFrame, StoredFrame, ViewArea};

use crate::storage::StorageError;

/// An entry to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Its id for people and other systems, never used before.
    pub id: EntryId,
    /// The bank that is to hold it.
    pub bank: BankName,
    /// What kind of content it is.
    pub medium: Medium,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Size of the file it was made from.
    pub size_bytes: u64,
    /// Length in milliseconds; 0 for what does not play.
    pub duration_ms: u32,
    /// Its upright fingerprints.
    pub frames: Vec<StoredFrame>,
    /// Where their views lie that are not the whole picture.
    pub areas: Vec<ViewArea>,
    /// Local features of a picture, or of moments of what plays.
    pub features: Vec<KeyFrame>,
    /// Its sound, if it has one.
    pub sound: Option<SoundTrack>,
    /// The same fingerprints in all orientations, by which it is looked for in what came in before; empty for
    /// what is not looked for.
    pub look_back: Vec<ReadFrame>,
    /// The same again, by which what plays is compared with the entries before it.
    pub kin: Vec<ReadFrame>,
    /// Which algorithms made them.
    pub fingerprint_version: String,
    /// What people say about it.
    pub metadata: EntryMetadata,
    /// Size of its media that is kept, in bytes; none when none is.
    pub media_size_bytes: Option<u64>,
}

/// An entry of which nothing is known but its hashes, as lists of other platforms have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHash {
    /// Its id for people and other systems, never used before.
    pub id: EntryId,
    /// What kind of content it is said to be.
    pub medium: Medium,
    /// SHA-256 of its bytes, or what stands for it ([`Digest::standing_for`]).
    pub digest: Digest,
    /// Its fingerprint; none where only the digest is known.
    pub frame: Option<StoredFrame>,
    /// What people say about it.
    pub metadata: EntryMetadata,
}

/// Hashes to be added to a bank in one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHashes {
    /// The bank that is to hold them.
    pub bank: BankName,
    /// The hashes.
    pub hashes: Vec<NewHash>,
    /// Which algorithms are meant.
    pub fingerprint_version: String,
    /// SHA-256 of the lines that they were read from, for the audit log.
    pub lines: Digest,
}

/// A hash as the bank holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldHash {
    /// The number of its entry.
    pub number: u64,
    /// Whether the bank held it before.
    pub already: bool,
}

/// The answer to an addition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The entry as the bank holds it.
    pub entry: Entry,
    /// The number of the change that added it.
    pub sequence: u64,
    /// Whether the bank held these bytes before, so that nothing was written.
    pub already: bool,
}

/// An entry as it is kept, in its bank or taken out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// The entry.
    pub entry: Entry,
    /// Whether it was taken out of its bank.
    pub removed: bool,
    /// Whether its media is kept.
    pub media_kept: bool,
}

/// What the index needs of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryFingerprints {
    /// The entry's number.
    pub number: u64,
    /// The bank that holds it.
    pub bank: BankName,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Its upright fingerprints.
    pub frames: Vec<StoredFrame>,
}

/// Local features of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryFeatures {
    /// The entry's number.
    pub number: u64,
    /// The bank that holds it.
    pub bank: BankName,
    /// Those of each of its moments; of one that is a still picture.
    pub features: Vec<KeyFrame>,
}

/// The sound of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntrySound {
    /// The entry's number.
    pub number: u64,
    /// The bank that holds it.
    pub bank: BankName,
    /// The sound.
    pub track: SoundTrack,
}

/// A change of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// 1 for the first change, then without gaps.
    pub sequence: u64,
    /// What changed.
    pub kind: ChangeKind,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// An entry was added.
    Added(EntryFingerprints),
    /// An entry was removed.
    Removed {
        /// The entry's number.
        number: u64,
    },
}

/// An entry could not be added, removed or found.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// There is no such bank.
    #[error("there is no bank of this name")]
    BankNotFound,
    /// There is no such entry.
    #[error("there is no such entry")]
    EntryNotFound,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl EntryError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BankNotFound => "bank-not-found",
            Self::EntryNotFound => "entry-not-found",
            Self::Storage(error) => error.code(),
        }
    }
}

impl From<sqlx::Error> for EntryError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}
