//! Cases, what people decide about them, and what platforms are asked to do.

use async_trait::async_trait;
use lamassu_case::{Action, ActionId, Case, CaseId, CaseState, ItemId, MoveError, Review};

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

/// What follows from a review.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    /// What was decided.
    pub review: Review,
    /// The id of the action, which is also the id of the message that asks for it.
    pub action: ActionId,
    /// The message that asks for it.
    pub message: NewMessage,
}

/// A case could not be found or moved.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// There is no such case.
    #[error("there is no such case")]
    NotFound,
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
            Self::Move(MoveError::Decided) => "case-decided",
            Self::Move(MoveError::NotDecided) => "case-not-decided",
            Self::Move(MoveError::TookEffect) => "case-took-effect",
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
    /// A page of cases in this state, or of all, by number: after number `after`.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn cases(
        &self,
        state: Option<CaseState>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Case>, StorageError>;

    /// How many wait for a person.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn open_cases(&self) -> Result<u64, StorageError>;

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

    /// Decides a case: review, action and message are kept together.
    ///
    /// # Errors
    /// [`CaseError::NotFound`]; [`CaseError::Move`] when somebody was faster; [`CaseError::Storage`].
    async fn decide_case(&self, id: &CaseId, ruling: &Ruling, stamp: &Stamp) -> Result<Case, CaseError>;

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

    /// Notes that a person is about to see the media of an item.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn note_media_viewed(&self, item: &ItemId, stamp: &Stamp) -> Result<(), StorageError>;
}
