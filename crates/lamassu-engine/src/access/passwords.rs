//! Passwords: how long they are, and how they are hashed without giving away memory.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{Error, PasswordHasher, PasswordVerifier};
use lamassu_store::PasswordHash;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::AccessError;
use crate::secret::Secret;

/// Shortest password, in characters. There are no rules on what it is made of: they make passwords worse
/// (NIST SP 800-63B).
pub const PASSWORD_CHARS_MIN: usize = 12;

/// Longest password, in bytes.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// How many passwords are hashed at once: each takes 19 MiB and a processor.
const HASHING_AT_ONCE: usize = 2;

/// How many may wait for their turn or have it.
const WAITING_MAX: usize = 128;

/// After this somebody who found too many waiting tries again, in milliseconds.
const BUSY_RETRY_AFTER_MS: u64 = 3_000;

/// The salt for names that nobody has.
const NOBODYS_SALT: &[u8] = b"nobody has this ";

/// Checks that a password may be chosen.
pub(super) fn admit(password: &Secret) -> Result<(), AccessError> {
    let text = password.reveal();
    let good = text.len() <= PASSWORD_BYTES_MAX && text.chars().count() >= PASSWORD_CHARS_MIN;
    if good { Ok(()) } else { Err(AccessError::PasswordInvalid) }
}

/// Where passwords wait for their turn to be hashed.
pub(super) struct Hashing {
    waiting: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Default for Hashing {
    fn default() -> Self {
        Self {
            waiting: Arc::new(Semaphore::new(WAITING_MAX)),
            turns: Arc::new(Semaphore::new(HASHING_AT_ONCE)),
        }
    }
}

/// A turn at hashing one password; it lasts until the hashing is over, even when nobody waits for it any
/// more.
pub(super) struct Turn {
    _place: OwnedSemaphorePermit,
    _turn: OwnedSemaphorePermit,
}

impl Hashing {
    /// Waits for a turn.
    pub(super) async fn turn(&self) -> Result<Turn, AccessError> {
        let busy = AccessError::SignInBusy { retry_after_ms: BUSY_RETRY_AFTER_MS };
        let place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.expect("nobody closes the semaphore");
        Ok(Turn { _place: place, _turn: turn })
    }
}

impl Turn {
    /// Hashes a password, by argon2id with the crate's recommended parameters and a random salt.
    pub(super) async fn hash(self, password: Secret) -> Result<PasswordHash, AccessError> {
        let hash = move |hasher: Argon2<'_>| hasher.hash_password(password.reveal().as_bytes());
        Ok(PasswordHash(self.work(hash).await?.to_string()))
    }

    /// Whether this is the password. Without a hash it is not, after the same work.
    pub(super) async fn verify(
        self,
        password: Secret,
        hash: Option<PasswordHash>,
    ) -> Result<bool, AccessError> {
        let verified = self.work(move |hasher| {
            let password = password.reveal().as_bytes();
            // What nobody could have chosen is no one's password; it is not hashed, whoever is named.
            if password.len() > PASSWORD_BYTES_MAX {
                return Ok(false);
            }
            let Some(hash) = hash else {
                hasher.hash_password_into(password, NOBODYS_SALT, &mut [0; 32])?;
                return Ok(false);
            };
            match hasher.verify_password(password, hash.0.as_str()) {
                Ok(()) => Ok(true),
                Err(Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(error),
            }
        });
        verified.await
    }

    async fn work<T: Send + 'static>(
        self,
        work: impl FnOnce(Argon2<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, AccessError> {
        let working = move || {
            let done = work(Argon2::default());
            drop(self);
            done
        };
        let done = tokio::task::spawn_blocking(working).await.map_err(AccessError::TaskDied)?;
        done.map_err(AccessError::Hashing)
    }
}
