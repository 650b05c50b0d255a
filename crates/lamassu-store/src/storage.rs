//! What can go wrong below every operation.

use std::error::Error;

use sqlx::sqlite::SqliteError;

/// `SQLite`'s primary result codes, the low byte of an extended one (<https://www.sqlite.org/rescode.html>).
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_FULL: u32 = 13;
const SQLITE_NOTADB: u32 = 26;

/// The file that connections share could not be grown, for which `SQLite` has no plainer word.
const SQLITE_IOERR_SHMSIZE: u32 = 4874;

/// The database could not do its part.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// No room left; nothing of the change was kept.
    #[error("the disk is full")]
    DiskFull(#[source] sqlx::Error),
    /// What is stored cannot be read any more.
    #[error("the database is damaged")]
    Damaged(#[source] sqlx::Error),
    /// Anything else, which a caller can only report.
    #[error("the database refused or did not answer")]
    Database(#[source] sqlx::Error),
}

impl StorageError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DiskFull(_) => "disk-full",
            Self::Damaged(_) => "database-damaged",
            Self::Database(_) => "database-failed",
        }
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => Self::Damaged(error),
            sqlx::Error::Database(refusal) => match refusal.try_downcast_ref().map_or(0, sqlite_code) {
                SQLITE_IOERR_SHMSIZE => Self::DiskFull(error),
                code if code & 0xff == SQLITE_FULL => Self::DiskFull(error),
                code if [SQLITE_CORRUPT, SQLITE_NOTADB].contains(&(code & 0xff)) => Self::Damaged(error),
                _ => Self::Database(error),
            },
            _ => Self::Database(error),
        }
    }
}

/// The extended result code, which sqlx gives as text.
fn sqlite_code(error: &SqliteError) -> u32 {
    let code = sqlx::error::DatabaseError::code(error);
    code.and_then(|code| code.parse().ok()).unwrap_or(0)
}

/// A stored value that nobody here would have written.
pub(crate) fn damaged(error: impl Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}
