//! Why somebody is not let in, or something about keys and people not done.

use lamassu_case::{InvalidPersonName, Scope};
use lamassu_store::{KeyError, PersonError, StorageError};

use super::keys::KEY_NAME_CHARS_MAX;
use super::passwords::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};
use super::people::DISPLAY_NAME_CHARS_MAX;

/// Somebody was not let in, or something about keys and people was not done. None of these holds a secret,
/// and none tells whether a key or a name exists.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The key is malformed, unknown, revoked or expired.
    #[error("this key is not accepted")]
    KeyRefused,
    /// There is no such person, they are disabled, or the password is wrong.
    #[error("this name and password are not accepted")]
    SignInRefused,
    /// Too many failures in a row.
    #[error("too many failed attempts; wait {} s and try again", retry_after_ms.div_ceil(1000))]
    SignInWait {
        /// How long to wait, in milliseconds.
        retry_after_ms: u64,
    },
    /// Too many people sign in at this moment.
    #[error("too many people sign in at this moment; try again")]
    SignInBusy {
        /// How long to wait, in milliseconds.
        retry_after_ms: u64,
    },
    /// There is no such session, or not any more.
    #[error("the session has ended; sign in again")]
    SessionEnded,
    /// Known, but not allowed to do this.
    #[error("this needs the scope `{}`", .0.name())]
    Forbidden(Scope),
    /// A key's name is empty, too long, or has control characters.
    #[error("a key's name is 1 to {KEY_NAME_CHARS_MAX} characters on one line")]
    KeyNameInvalid,
    /// A key that may do nothing.
    #[error("a key needs at least one scope")]
    KeyWithoutScope,
    /// An expiry that is over already.
    #[error("the expiry is in the past")]
    ExpiryPast,
    /// A password that is too short or too long.
    #[error("a password has at least {PASSWORD_CHARS_MIN} characters and at most {PASSWORD_BYTES_MAX} bytes")]
    PasswordInvalid,
    /// A name that nobody can sign in with.
    #[error(transparent)]
    PersonNameInvalid(#[from] InvalidPersonName),
    /// A display name that is empty, too long, or has control characters.
    #[error("a display name is 1 to {DISPLAY_NAME_CHARS_MAX} characters on one line")]
    DisplayNameInvalid,
    /// The store refused something about a key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store refused something about a person.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A password could not be hashed, for lack of memory.
    #[error("the password could not be hashed")]
    Hashing(#[source] argon2::password_hash::Error),
    /// A defect of the program: a task died.
    #[error("an internal task ended early; this is a defect, please report it")]
    TaskDied(#[source] tokio::task::JoinError),
}

impl AccessError {
    /// The stable word for this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyRefused => "key-refused",
            Self::SignInRefused => "sign-in-refused",
            Self::SignInWait { .. } => "sign-in-wait",
            Self::SignInBusy { .. } => "sign-in-busy",
            Self::SessionEnded => "session-ended",
            Self::Forbidden(_) => "forbidden",
            Self::KeyNameInvalid => "key-name-invalid",
            Self::KeyWithoutScope => "key-without-scope",
            Self::ExpiryPast => "expiry-past",
            Self::PasswordInvalid => "password-invalid",
            Self::PersonNameInvalid(_) => "person-name-invalid",
            Self::DisplayNameInvalid => "display-name-invalid",
            Self::Key(error) => error.code(),
            Self::Person(error) => error.code(),
            Self::Storage(error) => error.code(),
            Self::Hashing(_) | Self::TaskDied(_) => "internal",
        }
    }

    /// How long a caller waits before it tries again, in milliseconds.
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::SignInWait { retry_after_ms } | Self::SignInBusy { retry_after_ms } => {
                Some(*retry_after_ms)
            }
            _ => None,
        }
    }
}
