//! Holds the nouns of the product and the pure decision.
//!
//! Pure: no I/O, no clock, no randomness. [`decide`] is a function of a policy and the evidence, so a
//! decision can be recomputed years later from what the store kept.

pub mod audit;
mod bank;
mod decide;
mod evidence;
mod item;
mod medium;
mod names;
mod policy;

pub use bank::{Bank, Entry, EntryMetadata, MetadataError, TEXT_CHARS_MAX};
pub use decide::{Decision, Match, Outcome, decide, distance_score};
pub use evidence::{Candidate, Evidence, Method, Segment};
pub use item::Item;
pub use medium::Medium;
pub use names::{BankName, EntryId, InvalidName, ItemId};
pub use policy::{BankPolicy, Policy, PolicyError};
