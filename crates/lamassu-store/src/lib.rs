//! Owns everything persisted: the database, the data folder, the index's segment files, blobs.
//!
//! [`Store`] is what the rest of the program sees; [`SqliteStore`] keeps it in one `SQLite` file. Nothing
//! here reads the clock or makes up ids: both are passed in. The database holds fingerprints and what people
//! say about them; media that reviewers are to see lies sealed in files beside it.

mod store;

mod banks;
mod cases;
mod catalogue;
mod entries;
mod items;
mod keys;
mod kinship;
mod mandates;
mod media;
mod outbox;
mod people;
mod recent;
mod sessions;
mod storage;
mod submissions;

mod folder;
mod jobs;
mod segments;
mod sqlite;
mod vault;

pub use banks::BankError;
pub use cases::{CaseError, Cases, CasesOf, NewCase, Ruled, Ruling, place_of};
pub use catalogue::{
    BARS_MAX, Bar, Catalogue, EntryFilter, EntryOrder, EntryPlace, EntryQuery, FACET_VALUES_MAX, Facet,
    Facets, InvalidPlace, Period, Standings, Timeline, UNDATED_MS,
};
pub use entries::{
    Added, Change, ChangeKind, EntryError, EntryFeatures, EntryFingerprints, EntrySound, HeldHash, NewEntry,
    NewHash, NewHashes, StoredEntry,
};
pub use folder::{DataFolder, FolderError, Owner};
pub use items::{RecordError, Recorded, Recording, RuleAction, StoredDecision};
pub use jobs::{Job, Jobs, JobsError, NotRecorded, Schedule, Trying, Working};
pub use keys::{KEYS_MAX, Key, KeyError, Keys, LiveKey, NewKey};
pub use kinship::{Kin, Kinships, NewKin, WaitingKinSearch};
pub use mandates::{ActingSince, MandateError, Mandates, Standing, StoredApproval, Undoing};
pub use media::{Exposure, MediaError, MediaOf, MediaVault};
pub use outbox::{
    AttemptOutcome, Attempted, Delivery, DeliveryCounts, DeliveryFilter, DeliveryState, Disabled, EventKind,
    FORGOTTEN_MAX, NewMessage, NewWebhook, Outbox, Parcel, WEBHOOKS_MAX, Webhook, WebhookError,
};
pub use people::{
    NewPerson, NewSetupLink, NewSignInLink, PEOPLE_MAX, PasswordHash, People, Person, PersonChange,
    PersonError,
};
pub use recent::{
    LookBackProgress, Recent, RecentItem, Reconsidered, Reconsidering, RisingCounts, RisingItem,
    WaitingLookBack,
};
pub use segments::{Manifest, SealedFeatures, SealedSegment, SegmentFolder, SegmentsError};
pub use sessions::{NewSession, PERSON_SESSIONS_MAX, Sessions, StoredSession};
pub use sqlite::{OpenError, SqliteOptions, SqliteStore};
pub use storage::StorageError;
pub use store::{PAGE_ROWS_MAX, Stamp, Store};
pub use submissions::{
    AcceptError, Accepted, Content, NewSubmission, Queued, StoredSubmission, SubmissionFailure,
    SubmissionState, Submissions,
};
pub use vault::{Vault, VaultError};
