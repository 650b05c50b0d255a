//! Items and what was decided about them.

use lamassu_case::{ActionId, Decision, Evidence, Item, Outcome};

use crate::cases::NewCase;
use crate::outbox::NewMessage;
use crate::recent::RisingItem;
use crate::storage::StorageError;

/// An item with the decision on it, and all that is kept with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The item.
    pub item: Item,
    /// What the decision rests on.
    pub evidence: Evidence,
    /// What was decided.
    pub decision: Decision,
    /// The case that is opened with it.
    pub case: Option<NewCase>,
    /// The burst that it belongs to with all its members, if it rises with others.
    pub rising: Vec<RisingItem>,
    /// What is told to webhooks.
    pub messages: Vec<NewMessage>,
    /// What the platform is asked to do, where the decision acts.
    pub action: Option<RuleAction>,
}

/// What a platform is asked to do by a bank's rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleAction {
    /// Its id, which is also the id of the message that asks for it.
    pub action: ActionId,
    /// The message that asks for it.
    pub message: NewMessage,
}

/// The answer to a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// The item and its decision are now kept.
    New,
    /// The item was decided before; what was kept then stands.
    Already,
}

/// What was decided about an item.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDecision {
    /// All that the decision rests on, with the version of its policy.
    pub evidence: Evidence,
    /// What follows.
    pub outcome: Outcome,
    /// When it was decided, milliseconds since 1970.
    pub decided_at_ms: i64,
}

/// A decision could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The evidence names a policy that was never put, so the decision could not be recomputed.
    #[error("the policy of this decision is not kept here")]
    PolicyNotFound,
    /// Somebody took leave to act back since the item was decided.
    #[error("the bank may act no more")]
    MandateEnded,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl RecordError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PolicyNotFound => "policy-not-found",
            Self::MandateEnded => "mandate-ended",
            Self::Storage(error) => error.code(),
        }
    }
}

impl From<sqlx::Error> for RecordError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}
