//! Holds the nouns of the product and the pure decision.
//!
//! Pure: no I/O, no clock, no randomness. [`decide`] is a function of a policy and the evidence, so a
//! decision can be recomputed years later from what the store kept.

mod access;
pub mod audit;
mod bank;
mod case;
mod decide;
mod evidence;
mod item;
mod mandate;
mod medium;
mod names;
mod person;
mod policy;
pub mod provenance;
mod released;
pub mod score;
mod searchable;
mod submission;

pub use access::{Role, Scope};
pub use bank::{Bank, Entry, EntryMetadata, MetadataError, Standing, TEXT_CHARS_MAX};
pub use case::{
    Action, ActionKind, ActionOrigin, Case, CaseKind, CaseState, MoveError, Priority, Review, UNDO_MS,
    Verdict,
};
pub use decide::{Borrowed, Decision, Match, Outcome, decide, placed_score, segment_score};
pub use evidence::{Areas, Candidate, Evidence, Method, Placed, Rising, Segment, covered_ms};
pub use item::Item;
pub use mandate::{APPROVERS_MIN, ActRule, Approval, Mandate};
pub use medium::Medium;
pub use names::{
    ActionId, BankName, CaseId, EntryId, InvalidName, ItemId, KeyId, MessageId, PersonId, RequestId,
    WebhookId,
};
pub use person::{InvalidPersonName, PersonName};
pub use policy::{BankPolicy, LookBackPolicy, NearMissPolicy, Policy, PolicyError, Purpose, RisingPolicy};
pub use released::{Released, age_ms, released_ms};
pub use searchable::searchable;
pub use submission::{ActorKind, Submission, SubmissionError};
