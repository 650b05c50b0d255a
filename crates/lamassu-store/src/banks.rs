//! What can go wrong with banks.

use crate::storage::StorageError;

/// A bank could not be made or found.
#[derive(Debug, thiserror::Error)]
pub enum BankError {
    /// The name is taken.
    #[error("a bank of this name exists")]
    Exists,
    /// There is no such bank.
    #[error("there is no bank of this name")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl BankError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists => "bank-exists",
            Self::NotFound => "bank-not-found",
            Self::Storage(error) => error.code(),
        }
    }
}

impl From<sqlx::Error> for BankError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}
