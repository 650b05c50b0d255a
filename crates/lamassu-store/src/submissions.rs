//! What was let in, from its acceptance to its decision.

use async_trait::async_trait;
use lamassu_case::{ItemId, Submission};
use lamassu_fingerprint::Digest;
use serde::{Deserialize, Serialize};

use crate::storage::StorageError;
use crate::store::Stamp;

/// What was sent in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// A file.
    File {
        /// How many bytes.
        size_bytes: u64,
        /// SHA-256 of the bytes, as hexadecimal text.
        sha256: String,
    },
    /// A post: its text and the links in it.
    Post {
        /// The text, if there is any.
        text: Option<String>,
        /// The links, as they were posted.
        links: Vec<String>,
    },
    /// A file that is yet to be fetched.
    Remote {
        /// From where.
        url: String,
    },
}

/// Something to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubmission {
    /// The id that it gets.
    pub item: ItemId,
    /// Who sends it: an actor's text.
    pub sender: String,
    /// What they say about it.
    pub details: Submission,
    /// What is sent.
    pub content: Content,
    /// The bytes of a file, unless they lie in a file of their own.
    pub bytes: Option<Vec<u8>>,
}

/// The answer to an acceptance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// It is kept now, and waits under this number.
    New {
        /// Grows with every submission.
        number: u64,
    },
    /// The same sender sent the same thing under the same key before, as this item.
    Already {
        /// That item.
        item: ItemId,
    },
}

/// Where a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmissionState {
    /// Waits to be decided.
    Queued,
    /// Decided.
    Decided,
    /// Could not be read.
    Failed,
}

impl SubmissionState {
    /// The word used in answers and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Decided => "decided",
            Self::Failed => "failed",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Queued, Self::Decided, Self::Failed].into_iter().find(|state| state.name() == name)
    }
}

/// Why an item could not be read, as its sender is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmissionFailure {
    /// The stable word.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// A submission as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSubmission {
    /// Grows with every submission.
    pub number: u64,
    /// Its item.
    pub item: ItemId,
    /// Who sent it.
    pub sender: String,
    /// What they said about it.
    pub details: Submission,
    /// What was sent.
    pub content: Content,
    /// When, milliseconds since 1970.
    pub received_at_ms: i64,
    /// Where it stands.
    pub state: SubmissionState,
    /// Why it could not be read.
    pub failure: Option<SubmissionFailure>,
}

/// A submission that waits, with the bytes that are kept beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// The submission.
    pub submission: StoredSubmission,
    /// The bytes of a file, unless they lie in a file of their own.
    pub bytes: Option<Vec<u8>>,
}

/// A submission could not be let in.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The key stands for something else already.
    #[error("this idempotency key was used for something else")]
    KeyReused,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl AcceptError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyReused => "idempotency-key-reused",
            Self::Storage(error) => error.code(),
        }
    }
}

impl From<sqlx::Error> for AcceptError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// Submissions on their way to a decision, which [`crate::Store::record`] makes.
#[async_trait]
pub trait Submissions {
    /// Lets something in: it is on disk when this returns.
    ///
    /// # Errors
    /// [`AcceptError::KeyReused`] when the sender's key stands for another content or other details;
    /// [`AcceptError::Storage`].
    async fn accept(&self, new: &NewSubmission, stamp: &Stamp) -> Result<Accepted, AcceptError>;

    /// What was let in as this item.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn submission(&self, item: &ItemId) -> Result<Option<StoredSubmission>, StorageError>;

    /// A page of what waits, by number: after number `after`.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn queued(&self, after: u64, limit: u32) -> Result<Vec<Queued>, StorageError>;

    /// How many wait.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn queued_count(&self) -> Result<u64, StorageError>;

    /// Ends a submission that cannot be read. Nothing is written when it does not wait any more.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn fail_submission(
        &self,
        item: &ItemId,
        failure: &SubmissionFailure,
        stamp: &Stamp,
    ) -> Result<(), StorageError>;
}

impl Content {
    /// The content of a file with these bytes.
    pub fn file(bytes: &[u8]) -> Self {
        Self::File { size_bytes: bytes.len() as u64, sha256: Digest::of(bytes).to_string() }
    }
}
