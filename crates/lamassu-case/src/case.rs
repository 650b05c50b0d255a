//! A case: what a person reviews, what they may decide, and what the platform is then asked to do.

use serde::{Deserialize, Serialize};

use crate::names::{ActionId, CaseId, ItemId};

/// How long a review can be taken back before it takes effect unless it is set otherwise, in milliseconds.
pub const UNDO_MS: i64 = 60_000;

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is what the bank holds, and nothing excuses it.
    Violating,
    /// It is not, or there is a reason why it may stay: news, research, evidence, art.
    NotViolating,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 2] = [Self::Violating, Self::NotViolating];

    /// The word used in answers and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Violating => "violating",
            Self::NotViolating => "not-violating",
        }
    }

    /// The verdict of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }

    /// What the platform is asked to do. Evidence is kept: items are disabled, never deleted.
    pub fn action(self) -> ActionKind {
        match self {
            Self::Violating => ActionKind::Disable,
            Self::NotViolating => ActionKind::Keep,
        }
    }
}

/// What a platform is asked to do with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActionKind {
    /// Take it out of sight and preserve it.
    Disable,
    /// Leave it, or show it again if it was held back.
    Keep,
}

impl ActionKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Disable, Self::Keep];

    /// The word used in messages and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Keep => "keep",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What an action follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActionOrigin {
    /// A person's review.
    Review,
    /// A bank's rule.
    Rule,
    /// A person who undid what the rule did.
    Undo,
}

impl ActionOrigin {
    /// All origins.
    pub const ALL: [Self; 3] = [Self::Review, Self::Rule, Self::Undo];

    /// The word used in messages and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Rule => "rule",
            Self::Undo => "undo",
        }
    }

    /// The origin of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.name() == name)
    }
}

/// A person's decision on a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// What they decided.
    pub verdict: Verdict,
    /// Why, in their words.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// When it takes effect, milliseconds since 1970; until then it can be taken back.
    pub due_at_ms: i64,
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseState {
    /// Waits for a person.
    Open,
    /// Decided.
    Decided,
}

/// Which queue a case is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseKind {
    /// Something known was found in its item, or many like it came in at once.
    #[default]
    Review,
    /// Something known is nearly in its item.
    NearMiss,
}

impl CaseKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Review, Self::NearMiss];

    /// The word used in answers and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::NearMiss => "near-miss",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// When a case is looked at, beside others of its queue; among equals the oldest comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Before others: a mark was found beside what is known.
    Raised,
    /// In its turn.
    #[default]
    Normal,
    /// After others: something legitimate explains what was found.
    Lowered,
}

impl Priority {
    /// All, first things first.
    pub const ALL: [Self; 3] = [Self::Raised, Self::Normal, Self::Lowered];

    /// The word used in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Normal => "normal",
            Self::Lowered => "lowered",
        }
    }
}

/// What a person reviews: an item in which something known was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// Grows with every case; for pages.
    pub number: u64,
    /// The item.
    pub item: ItemId,
    /// When it was opened, milliseconds since 1970.
    pub opened_at_ms: i64,
    /// 1 when it was opened, and one more with every change.
    pub version: u64,
    /// Which queue it is in.
    pub kind: CaseKind,
    /// When it is looked at, beside others.
    pub priority: Priority,
    /// What was decided, if it was.
    pub review: Option<Review>,
}

/// What a platform is asked to do. Its id is the idempotency key wherever it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Its id.
    pub id: ActionId,
    /// Grows with every action; for pages.
    pub number: u64,
    /// The case it follows from.
    pub case: CaseId,
    /// The item.
    pub item: ItemId,
    /// What is asked for.
    pub kind: ActionKind,
    /// What it follows from.
    pub origin: ActionOrigin,
    /// When it was decided, milliseconds since 1970.
    pub requested_at_ms: i64,
    /// From when on it is sent, milliseconds since 1970.
    pub due_at_ms: i64,
    /// When it was taken back before it was sent, milliseconds since 1970.
    pub withdrawn_at_ms: Option<i64>,
}

/// A case cannot go where it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoveError {
    /// Somebody decided it already.
    #[error("the case is decided already")]
    Decided,
    /// Nobody decided it, so there is nothing to take back.
    #[error("the case is not decided, so there is nothing to take back")]
    NotDecided,
    /// It took effect.
    #[error("the decision took effect and can no longer be taken back")]
    TookEffect,
    /// No rule did anything here that still stands.
    #[error("no rule acted on this case, or what it did was undone already")]
    NothingToUndo,
}

impl Case {
    /// Where it stands.
    pub fn state(&self) -> CaseState {
        if self.review.is_some() { CaseState::Decided } else { CaseState::Open }
    }

    /// Whether it can be decided.
    ///
    /// # Errors
    /// [`MoveError::Decided`].
    pub fn may_decide(&self) -> Result<(), MoveError> {
        if self.review.is_some() { Err(MoveError::Decided) } else { Ok(()) }
    }

    /// Whether the decision can be taken back at `now_ms`, milliseconds since 1970.
    ///
    /// # Errors
    /// [`MoveError::NotDecided`]; [`MoveError::TookEffect`].
    pub fn may_take_back(&self, now_ms: i64) -> Result<(), MoveError> {
        match &self.review {
            None => Err(MoveError::NotDecided),
            Some(review) if review.due_at_ms <= now_ms => Err(MoveError::TookEffect),
            Some(_) => Ok(()),
        }
    }
}
