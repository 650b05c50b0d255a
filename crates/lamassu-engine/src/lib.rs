//! Runs the flow: item in, fingerprint, match, decide, record.
//!
//! The shell around the pure crates, and the only one that reads the clock. Start reading at
//! [`flow`]: the whole way of one item is on that screen.

mod access;
mod act;
mod acting;
mod additions;
mod backup;
mod banks;
mod cases;
mod catalogue;
mod clock;
mod command;
pub mod delivery;
mod engine;
mod error;
pub mod flow;
mod history;
pub mod import;
mod indexing;
mod intake;
pub mod kinship;
pub mod look_back;
mod lookup;
mod matches;
mod near_miss;
mod news;
mod provenance;
mod queue;
mod read;
mod recent;
mod report;
mod rising;
mod secret;
mod settings;
mod submit;
mod viewing;
mod views;
pub mod work;

pub use access::{
    AccessAnswer, AccessCommand, AccessError, Caller, CallerKind, Expiry, KeyRow, PersonDraft, PersonRow,
    PersonWish, Session, SignedIn,
};
pub use acting::{ActedView, ActingCommand, ActingRow, ApprovalRow, RuleRow};
pub use additions::Addition;
pub use backup::BackupReport;
pub use cases::{ReviewCounts, ReviewDraft};
pub use clock::{Clock, Stopwatch, SystemClock, thread_cpu_time};
pub use command::{Answer, Command};
pub use engine::{Actor, Engine};
pub use error::{EngineError, Failure};
pub use history::HistoryRow;
pub use indexing::IndexReport;
pub use intake::Post;
pub use lamassu_media::SoFar;
pub use lookup::{LookupHit, LookupQuery};
pub use news::{BankChange, CaseChange, News};
pub use provenance::ProvenanceView;
pub use queue::QueueCounts;
pub use report::{AddedRow, AuditReport, BankRow, BorrowedRow, CheckReport, EntryRow, MatchRow, SegmentRow};
pub use secret::Secret;
pub use settings::{
    IndexSettings, IntakeSettings, JailSettings, MediaSettings, OutwardSettings, ReviewSettings, Settings,
    SettingsError,
};
pub use submit::{Entered, Sent, Spool};
pub use views::{CaseMatch, CaseView, ItemView};

pub use lamassu_store::{
    Bar, CasesOf, EntryFilter, EntryOrder, EntryPlace, EntryQuery, Facet, Facets, Period, Standings, Timeline,
};
