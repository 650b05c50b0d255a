//! API keys: what programs show to be let in.

use std::collections::BTreeSet;

use async_trait::async_trait;
use lamassu_case::{KeyId, Scope};
use lamassu_fingerprint::Digest;

use crate::storage::StorageError;
use crate::store::Stamp;

/// Most keys that are not revoked; each is held in memory.
pub const KEYS_MAX: u32 = 10_000;

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Its id.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// SHA-256 of its secret.
    pub digest: Digest,
    /// From then on it is refused, milliseconds since 1970.
    pub expires_at_ms: Option<i64>,
}

/// A key, without what it is recognised by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its place in the list, from 1.
    pub number: u64,
    /// Its id.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// When it was made, milliseconds since 1970.
    pub created_at_ms: i64,
    /// From then on it is refused, milliseconds since 1970.
    pub expires_at_ms: Option<i64>,
    /// When it was last used, as far as that was noted, milliseconds since 1970.
    pub last_used_at_ms: Option<i64>,
    /// When it was revoked, milliseconds since 1970.
    pub revoked_at_ms: Option<i64>,
}

/// What a key that is not revoked is recognised by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveKey {
    /// SHA-256 of its secret.
    pub digest: Digest,
    /// The key.
    pub key: Key,
}

/// A key could not be made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no such key.
    #[error("there is no key of this id")]
    NotFound,
    /// There are [`KEYS_MAX`] already.
    #[error("there are {KEYS_MAX} keys already")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl KeyError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "key-not-found",
            Self::TooMany => "too-many-keys",
            Self::Storage(error) => error.code(),
        }
    }
}

impl From<sqlx::Error> for KeyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// What a store remembers of keys.
#[async_trait]
pub trait Keys {
    /// Makes a key.
    ///
    /// # Errors
    /// [`KeyError::TooMany`]; [`KeyError::Storage`].
    async fn create_key(&self, key: NewKey, stamp: &Stamp) -> Result<Key, KeyError>;

    /// A page of all keys, revoked ones too: those after number `after`.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn keys(&self, after: u64, limit: u32) -> Result<Vec<Key>, StorageError>;

    /// A page of the keys that are not revoked: those after number `after`.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn live_keys(&self, after: u64, limit: u32) -> Result<Vec<LiveKey>, StorageError>;

    /// Revokes a key, for good. Nothing is written when it is revoked already.
    ///
    /// # Errors
    /// [`KeyError::NotFound`]; [`KeyError::Storage`].
    async fn revoke_key(&self, id: &KeyId, stamp: &Stamp) -> Result<(), KeyError>;

    /// Notes when keys were last used, milliseconds since 1970. A use is no change and not in the audit log.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn note_key_use(&self, uses: &[(KeyId, i64)]) -> Result<(), StorageError>;
}
