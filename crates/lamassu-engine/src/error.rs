//! Why something could not be done, in two forms: the chain for the log, the sentence for people.

use lamassu_case::{MetadataError, PolicyError, SubmissionError};
use lamassu_media::{ReadError, Refusal};
use lamassu_store::{
    AcceptError, BankError, CaseError, EntryError, FolderError, MandateError, MediaError, OpenError,
    RecordError, SegmentsError, StorageError,
};
use serde::{Deserialize, Serialize};

use crate::access::AccessError;
use crate::delivery::{DeliveryError, OutwardError};
use crate::settings::SettingsError;

/// An operation of the engine failed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The data folder cannot be had.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// `lamassu.toml` is not valid.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// `policy.toml` is not valid.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A bank operation failed.
    #[error(transparent)]
    Bank(#[from] BankError),
    /// An entry operation failed.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// An entry's metadata is not acceptable.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// The item could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The decision could not be recorded.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The folder of the index cannot be used.
    #[error(transparent)]
    Segments(#[from] SegmentsError),
    /// Webhooks or deliveries could not be looked after.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// Somebody was not let in, or something about keys and people was not done.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The audit log does not hold together.
    #[error(
        "the audit log was changed from outside: {0}; keep the data folder as it is and restore a backup beside it"
    )]
    Audit(#[from] lamassu_case::audit::Broken),
    /// What a sender says about an item is not acceptable.
    #[error(transparent)]
    Submission(#[from] SubmissionError),
    /// An item could not be let in.
    #[error(transparent)]
    Accept(#[from] AcceptError),
    /// A case could not be found or moved.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// Something about approvals, or about acting, was not done.
    #[error(transparent)]
    Mandate(#[from] MandateError),
    /// Kept media could not be written or read.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// There is no such item.
    #[error("there is no such item")]
    ItemNotFound,
    /// An upload could not be kept.
    #[error("the upload could not be kept")]
    Upload(#[source] std::io::Error),
    /// A backup needs an empty folder.
    #[error("a backup needs an empty folder")]
    BackupTarget,
    /// What a URL leads to could not be fetched.
    #[error(transparent)]
    Fetch(#[from] OutwardError),
    /// Too much waits already.
    #[error("{waiting} items wait to be decided, which is as many as may; send it again later")]
    QueueFull {
        /// How many wait.
        waiting: u64,
    },
    /// A post is empty.
    #[error("a post needs a text or a link")]
    PostEmpty,
    /// A post is too long.
    #[error("a post takes at most {bytes_max} bytes of text and links")]
    PostTooLong {
        /// The most it may have.
        bytes_max: usize,
    },
    /// A review or a removal without a reason.
    #[error("a reason of 1 to {chars_max} characters is needed")]
    ReasonInvalid {
        /// The most it may have.
        chars_max: usize,
    },
    /// A hash list cannot be read.
    #[error("the list cannot be read, or has no lines")]
    Import(#[source] std::io::Error),
    /// A command that needs a file came without one.
    #[error("the command came without the file it is about")]
    FileMissing,
    /// A defect of the program: a task died.
    #[error("an internal task ended early; this is a defect, please report it")]
    TaskDied(#[source] tokio::task::JoinError),
}

impl EngineError {
    /// The stable word for this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Folder(error) => error.code(),
            Self::Open(error) => error.code(),
            Self::Settings(_) => "settings-invalid",
            Self::Policy(_) => "policy-invalid",
            Self::Bank(error) => error.code(),
            Self::Entry(error) => error.code(),
            Self::Metadata(_) => "metadata-invalid",
            Self::Read(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::Storage(error) => error.code(),
            Self::Segments(error) => error.code(),
            Self::Delivery(error) => error.code(),
            Self::Access(error) => error.code(),
            Self::Audit(_) => "audit-broken",
            Self::Submission(_) => "submission-invalid",
            Self::Accept(error) => error.code(),
            Self::Case(error) => error.code(),
            Self::Mandate(error) => error.code(),
            Self::Media(error) => error.code(),
            Self::ItemNotFound => "item-not-found",
            Self::Upload(error) if error.kind() == std::io::ErrorKind::StorageFull => "disk-full",
            Self::Upload(_) => "folder-unusable",
            Self::Fetch(error) => error.code(),
            Self::BackupTarget => "backup-target",
            Self::QueueFull { .. } => "queue-full",
            Self::PostEmpty => "post-empty",
            Self::PostTooLong { .. } => "post-too-long",
            Self::ReasonInvalid { .. } => "reason-invalid",
            Self::Import(_) => "list-unreadable",
            Self::FileMissing => "file-missing",
            Self::TaskDied(_) => "internal",
        }
    }
}

/// An error as people and other programs see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The stable word.
    pub code: String,
    /// A sentence that says what happened and what to do next.
    pub message: String,
}

impl Failure {
    /// Only a part of a file is there; what is there was read.
    pub fn truncated() -> Self {
        Self::from(&EngineError::Read(Refusal::Truncated.into()))
    }
}

impl From<&EngineError> for Failure {
    fn from(error: &EngineError) -> Self {
        let code = error.code();
        let mut message = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        if let Some(next) = next_step(code) {
            message.push_str("; ");
            message.push_str(next);
        }
        Self { code: code.to_owned(), message }
    }
}

/// What to do next, for errors of crates that know no command line.
fn next_step(code: &str) -> Option<&'static str> {
    Some(match code {
        "bank-not-found" => "`lamassu bank list` shows the banks, `lamassu bank create NAME` makes one",
        "bank-exists" => "choose another name, or add to it with `lamassu bank add`",
        "bank-without-rule" => "write act_score for it in policy.toml and start anew",
        "rule-changed" | "approvals-missing" => {
            "`lamassu bank acting show NAME` tells the rule and who approved it"
        }
        "entry-not-found" => "`lamassu bank show NAME` lists the entries and their ids",
        "key-not-found" => "`lamassu key list` shows the keys and their ids",
        "key-without-scope" => "name what it may do with --scope",
        "person-not-found" => "`lamassu person list` shows the people",
        "last-administrator" => "make another one first",
        "disk-full" => "free some space and run the command again; nothing stored was harmed",
        "folder-foreign" => "name an empty or new folder with --data",
        "folder-locked" => "wait for that command to end, or run `lamassu serve` to let several work at once",
        "unreadable" => "check that the file exists, is a file, and may be read",
        "webhook-not-found" => "`lamassu webhook list` shows the webhooks and their ids",
        "delivery-not-found" => "`lamassu webhook deliveries` shows what was sent to whom",
        "webhook-disabled" => "add it anew with `lamassu webhook add`",
        "url-refused" => "if that is meant, open the network with allow_private_targets in lamassu.toml",
        "secrets-key-missing" => "restore keys/secrets.key from a backup, or add the webhooks anew",
        "database-damaged" => "restore a backup of the data folder; what is there is left as it is",
        "database-newer" => "use the newer program that wrote it, or another data folder",
        _ => return None,
    })
}
