//! Runs the flow: item in, fingerprint, match, decide, record.
//!
//! The shell around the pure crates, and the only one that reads the clock. Start reading at
//! [`flow`]: the whole way of one item is on that screen.

mod access;
mod act;
mod banks;
mod clock;
mod command;
mod engine;
mod error;
pub mod flow;
mod intake;
mod matches;
mod read;
mod report;
mod settings;

pub use access::{
    AccessAnswer, AccessCommand, AccessError, Caller, CallerKind, Expiry, KeyRow, PersonDraft, PersonRow,
    Secret, Session, SignedIn,
};
pub use clock::{Clock, SystemClock};
pub use command::{Answer, Command};
pub use engine::{Actor, Engine};
pub use error::{EngineError, Failure};
pub use report::{AddedRow, AuditReport, BankRow, CheckReport, EntryRow, MatchRow, SegmentRow};
pub use settings::{JailSettings, Settings, SettingsError};
