//! Owns everything persisted: the database, the data folder, blobs.
//!
//! [`Store`] is what the rest of the program sees; [`SqliteStore`] keeps it in one `SQLite` file. Nothing
//! here reads the clock or makes up ids: both are passed in. Content is never stored, only fingerprints
//! and what people say about them.

mod store;

mod banks;
mod entries;
mod items;
mod outbox;
mod storage;

mod folder;
mod jobs;
mod sqlite;
mod vault;

pub use banks::BankError;
pub use entries::{Added, Change, ChangeKind, EntryError, EntryFingerprints, NewEntry};
pub use folder::{DataFolder, FolderError, Owner};
pub use items::{RecordError, Recorded, StoredDecision};
pub use jobs::{Job, Jobs, JobsError, NotRecorded, Schedule, Trying, Working};
pub use outbox::{
    Attempted, Delivery, DeliveryCounts, DeliveryFilter, DeliveryState, Disabled, EventKind, NewMessage,
    NewWebhook, Outbox, Parcel, Verdict, WEBHOOKS_MAX, Webhook, WebhookError,
};
pub use sqlite::{OpenError, SqliteOptions, SqliteStore};
pub use storage::StorageError;
pub use store::{PAGE_ROWS_MAX, Stamp, Store};
pub use vault::{Vault, VaultError};
