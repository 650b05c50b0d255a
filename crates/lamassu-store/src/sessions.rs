//! Sessions of people who signed in.

use async_trait::async_trait;
use lamassu_case::{PersonId, Role};
use lamassu_fingerprint::Digest;

use crate::people::{PasswordHash, PersonError};
use crate::storage::StorageError;
use crate::store::Stamp;

/// Most sessions of one person; the oldest gives way.
pub const PERSON_SESSIONS_MAX: u32 = 16;

/// A session to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// SHA-256 of its secret.
    pub digest: Digest,
    /// Whose it is.
    pub person: PersonId,
    /// Where the person signs in from.
    pub from: String,
}

/// A running session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSession {
    /// Its place in the list, from 1.
    pub number: u64,
    /// SHA-256 of its secret.
    pub digest: Digest,
    /// Whose it is.
    pub person: PersonId,
    /// Their role, which does not change while it runs.
    pub role: Role,
    /// When it was started, milliseconds since 1970.
    pub created_at_ms: i64,
    /// When it was last used, as far as that was noted, milliseconds since 1970.
    pub seen_at_ms: i64,
}

/// What a store remembers of sessions.
#[async_trait]
pub trait Sessions {
    /// Starts a session of a person whose password was verified against `verified`, and gives the digests of
    /// their sessions that gave way.
    ///
    /// # Errors
    /// [`PersonError::NotFound`] when the person was disabled or has another password by now;
    /// [`PersonError::Storage`].
    async fn create_session(
        &self,
        session: NewSession,
        verified: &PasswordHash,
        stamp: &Stamp,
    ) -> Result<Vec<Digest>, PersonError>;

    /// A page of the running sessions: those after number `after`.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn sessions(&self, after: u64, limit: u32) -> Result<Vec<StoredSession>, StorageError>;

    /// Ends a session because its person signs out; nothing is done when there is none.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn end_session(&self, digest: Digest, stamp: &Stamp) -> Result<(), StorageError>;

    /// Notes when sessions were last used, milliseconds since 1970, and forgets those that ran out. Neither
    /// is in the audit log.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn note_session_use(&self, uses: &[(Digest, i64)], ended: &[Digest]) -> Result<(), StorageError>;

    /// Notes that somebody failed to sign in, as `person` if there is one of that name.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn note_refused_sign_in(
        &self,
        person: Option<&PersonId>,
        from: &str,
        stamp: &Stamp,
    ) -> Result<(), StorageError>;
}
