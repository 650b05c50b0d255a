//! Cases, what people decide about them, and what platforms are asked to do.

use async_trait::async_trait;
use lamassu_case::audit::Record;
use lamassu_case::{
    Action, ActionId, Case, CaseId, CaseKind, CaseState, ItemId, MoveError, Priority, RequestId, Review,
};

use crate::media::{Exposure, MediaOf};
use crate::outbox::NewMessage;
use crate::storage::StorageError;
use crate::store::Stamp;

/// A case to be opened with the decision on its item.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCase {
    /// The id that it gets.
    pub id: CaseId,
    /// Size of the media that is kept for it, in bytes; none when none is.
    pub media_size_bytes: Option<u64>,
}

/// Which cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CasesOf {
    /// Of this queue.
    pub kind: CaseKind,
    /// In this state; in any if not given.
    pub state: Option<CaseState>,
}

impl From<Option<CaseState>> for CasesOf {
    /// Of the queue of what is known.
    fn from(state: Option<CaseState>) -> Self {
        Self { state, ..Self::default() }
    }
}

/// Numbers of cases stay below this.
const NUMBERS: u64 = 1 << 40;

/// The place of an open case among those that wait: the cursor after it.
///
/// A bare number is the place of a case of normal priority.
pub fn place_of(case: &Case) -> u64 {
    let turn = match case.priority {
        Priority::Normal => 0,
        Priority::Lowered => 1,
        Priority::Raised => 2,
    };
    turn * NUMBERS + case.number
}

/// The rank and number of the case with this place; 0 lies before all.
pub(crate) fn ranked(place: u64) -> (i64, u64) {
    let turn = match (place, place / NUMBERS) {
        (0, _) => return (-1, 0),
        (_, 0) => Priority::Normal,
        (_, 1) => Priority::Lowered,
        _ => Priority::Raised,
    };
    (rank(turn), place % NUMBERS)
}

/// The order in which priorities come.
pub(crate) fn rank(priority: Priority) -> i64 {
    priority as i64
}

/// What follows from a review.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    /// The version of the case that the reviewer saw; whatever it is if not given.
    pub version: Option<u64>,
    /// What the reviewer's program calls this attempt.
    pub request: Option<RequestId>,
    /// What was decided.
    pub review: Review,
    /// The id of the action, which is also the id of the message that asks for it.
    pub action: ActionId,
    /// The message that asks for it.
    pub message: NewMessage,
}

/// The answer to a ruling.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruled {
    /// The case as it stands.
    pub case: Case,
    /// Whether the same attempt came before, so that nothing was written.
    pub already: bool,
}

/// A case could not be found or moved.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// There is no such case.
    #[error("there is no such case")]
    NotFound,
    /// It is not as the reviewer saw it.
    #[error("the case changed since it was looked at")]
    Changed,
    /// The same reviewer's request stands for another decision.
    #[error("this request was used for another decision")]
    RequestReused,
    /// It cannot go there from where it stands.
    #[error(transparent)]
    Move(#[from] MoveError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl CaseError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "case-not-found",
            Self::Changed => "case-changed",
            Self::RequestReused => "idempotency-key-reused",
            Self::Move(MoveError::Decided) => "case-decided",
            Self::Move(MoveError::NotDecided) => "case-not-decided",
            Self::Move(MoveError::TookEffect) => "case-took-effect",
            Self::Move(MoveError::NothingToUndo) => "nothing-to-undo",
            Self::Storage(error) => error.code(),
        }
    }
}

impl From<sqlx::Error> for CaseError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// Cases and actions. They are opened by [`crate::Store::record`].
#[async_trait]
pub trait Cases {
    /// A page of the cases of one queue in this state, or of all of it, after the place `after` ([`place_of`]): those
    /// that wait by priority and then by number, others by number.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn cases(&self, which: CasesOf, after: u64, limit: u32) -> Result<Vec<Case>, StorageError>;

    /// How many wait for a person in this queue.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn open_cases(&self, kind: CaseKind) -> Result<u64, StorageError>;

    /// How many were opened in this queue at or after `since_ms`, milliseconds since 1970.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn opened_cases(&self, kind: CaseKind, since_ms: i64) -> Result<u64, StorageError>;

    /// One case.
    ///
    /// # Errors
    /// [`CaseError::NotFound`]; [`CaseError::Storage`].
    async fn case(&self, id: &CaseId) -> Result<Case, CaseError>;

    /// The case of an item, if it has one.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn case_of(&self, item: &ItemId) -> Result<Option<Case>, StorageError>;

    /// How many that are no near misses were decided at or after `since_ms`, milliseconds since 1970, and still are.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn decided_cases(&self, since_ms: i64) -> Result<u64, StorageError>;

    /// Decides a case: review, action and message are kept together. An attempt that is repeated changes
    /// nothing, also when its decision was taken back meanwhile.
    ///
    /// # Errors
    /// [`CaseError::NotFound`]; [`CaseError::Changed`] and [`CaseError::Move`] when somebody was faster;
    /// [`CaseError::RequestReused`]; [`CaseError::Storage`].
    async fn decide_case(&self, id: &CaseId, ruling: &Ruling, stamp: &Stamp) -> Result<Ruled, CaseError>;

    /// Takes a review back, with its action and message, before it takes effect.
    ///
    /// # Errors
    /// [`CaseError::NotFound`]; [`CaseError::Move`] when there is none, or it took effect: its time came,
    /// or its message is on its way; [`CaseError::Storage`].
    async fn reopen_case(&self, id: &CaseId, stamp: &Stamp) -> Result<Case, CaseError>;

    /// A page of the actions of a case, or of all, by number: after number `after`.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn actions(
        &self,
        case: Option<&CaseId>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Action>, StorageError>;

    /// A page of what the audit log says about a case and its item, oldest first: the records after number
    /// `after`.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn case_history(&self, case: &Case, after: u64, limit: u32) -> Result<Vec<Record>, StorageError>;

    /// Notes that a person is about to see or hear the media of an item or entry.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn note_media_viewed(
        &self,
        of: MediaOf<'_>,
        exposure: Exposure,
        stamp: &Stamp,
    ) -> Result<(), StorageError>;
}
