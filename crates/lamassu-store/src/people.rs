//! People who sign in.

use std::fmt;

use async_trait::async_trait;
use lamassu_case::{PersonId, PersonName, Role};
use lamassu_fingerprint::Digest;

use crate::sessions::NewSession;
use crate::storage::StorageError;
use crate::store::Stamp;

/// Most people, disabled ones too.
pub const PEOPLE_MAX: u32 = 10_000;

/// What a password is recognised by, in the PHC format. It shows nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// A person to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// Their id.
    pub id: PersonId,
    /// What they sign in with.
    pub name: PersonName,
    /// What others see, if not the name.
    pub display_name: Option<String>,
    /// What they are here for.
    pub role: Role,
    /// What their password is recognised by.
    pub password: PasswordHash,
}

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their place in the list, from 1.
    pub number: u64,
    /// Their id.
    pub id: PersonId,
    /// What they sign in with.
    pub name: PersonName,
    /// What others see, if not the name.
    pub display_name: Option<String>,
    /// What they are here for.
    pub role: Role,
    /// When they were added, milliseconds since 1970.
    pub created_at_ms: i64,
    /// When they were disabled, milliseconds since 1970.
    pub disabled_at_ms: Option<i64>,
}

/// What changes about a person, all of it or nothing; what is none stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonChange {
    /// What they are here for.
    pub role: Option<Role>,
    /// Whether they are kept out.
    pub disabled: Option<bool>,
    /// What their password is recognised by.
    pub password: Option<PasswordHash>,
}

/// A link that makes an administrator, to be kept in place of any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSetupLink {
    /// SHA-256 of its secret.
    pub digest: Digest,
    /// From then on it is refused, milliseconds since 1970.
    pub expires_at_ms: i64,
    /// Whether it is good only while there is no administrator.
    pub first_only: bool,
}

/// A link that signs a person in, to be kept in place of another of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSignInLink {
    /// SHA-256 of its secret.
    pub digest: Digest,
    /// Whom it signs in.
    pub person: PersonId,
    /// From then on it is refused, milliseconds since 1970.
    pub expires_at_ms: i64,
}

/// Something about people could not be done.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// Another person has this name, perhaps in other upper and lower case.
    #[error("another person has this name")]
    NameTaken,
    /// There is no such person, or not any more.
    #[error("there is no such person")]
    NotFound,
    /// Without them nobody could look after the rest.
    #[error("this is the last administrator")]
    LastAdministrator,
    /// There are [`PEOPLE_MAX`] already.
    #[error("there are {PEOPLE_MAX} people already")]
    TooMany,
    /// There is an administrator already.
    #[error("there is an administrator already")]
    SetUp,
    /// The link is unknown, used, replaced or too old, or it was for the first administrator and there is
    /// one.
    #[error("the setup link is not good any more")]
    LinkRefused,
    /// The link is unknown, used, replaced or too old, or its person is disabled or has another password.
    #[error("the link to sign in is not good any more")]
    SignInLinkRefused,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl PersonError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NameTaken => "person-exists",
            Self::NotFound => "person-not-found",
            Self::LastAdministrator => "last-administrator",
            Self::TooMany => "too-many-people",
            Self::SetUp => "already-set-up",
            Self::LinkRefused => "setup-link-refused",
            Self::SignInLinkRefused => "sign-in-link-refused",
            Self::Storage(error) => error.code(),
        }
    }
}

impl From<sqlx::Error> for PersonError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// What a store remembers of people.
#[async_trait]
pub trait People {
    /// Adds a person.
    ///
    /// # Errors
    /// [`PersonError::NameTaken`]; [`PersonError::TooMany`]; [`PersonError::Storage`].
    async fn create_person(&self, person: NewPerson, stamp: &Stamp) -> Result<Person, PersonError>;

    /// A page of all people, disabled ones too: those after number `after`.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn people(&self, after: u64, limit: u32) -> Result<Vec<Person>, StorageError>;

    /// One person, disabled or not.
    ///
    /// # Errors
    /// [`PersonError::NotFound`]; [`PersonError::Storage`].
    async fn person(&self, id: &PersonId) -> Result<Person, PersonError>;

    /// The person of this name in any upper and lower case, disabled or not, and what their password is
    /// recognised by.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn person_of_name(&self, name: &PersonName)
    -> Result<Option<(Person, PasswordHash)>, StorageError>;

    /// Changes a person and ends their sessions, except for `kept`; false, and nothing is done, when all of it
    /// is so already.
    ///
    /// # Errors
    /// [`PersonError::NotFound`]; [`PersonError::LastAdministrator`]; [`PersonError::Storage`].
    async fn change_person(
        &self,
        id: &PersonId,
        change: &PersonChange,
        kept: Option<Digest>,
        stamp: &Stamp,
    ) -> Result<bool, PersonError>;

    /// Keeps a link that makes an administrator; any other one is no good from then on.
    ///
    /// # Errors
    /// [`PersonError::SetUp`] for a link that is `first_only` when there is an administrator;
    /// [`PersonError::Storage`].
    async fn create_setup_link(&self, link: NewSetupLink, stamp: &Stamp) -> Result<(), PersonError>;

    /// Uses up the link of this digest: adds the person and starts their first session.
    ///
    /// # Errors
    /// [`PersonError::LinkRefused`]; [`PersonError::NameTaken`], which leaves the link good;
    /// [`PersonError::TooMany`]; [`PersonError::Storage`].
    async fn redeem_setup_link(
        &self,
        link: Digest,
        person: NewPerson,
        session: NewSession,
        stamp: &Stamp,
    ) -> Result<Person, PersonError>;

    /// Keeps a link that signs a person in; another of theirs is no good from then on, and neither is this one
    /// once they are disabled or get another password.
    ///
    /// # Errors
    /// [`PersonError::NotFound`] also when they are disabled; [`PersonError::Storage`].
    async fn create_sign_in_link(&self, link: NewSignInLink, stamp: &Stamp) -> Result<(), PersonError>;

    /// Whom the link of this digest signs in, if there is one.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn person_of_link(&self, link: Digest) -> Result<Option<PersonId>, StorageError>;

    /// Uses up the link of this digest: starts a session of its person, and gives the digests of their sessions
    /// that gave way.
    ///
    /// # Errors
    /// [`PersonError::SignInLinkRefused`]; [`PersonError::Storage`].
    async fn redeem_sign_in_link(
        &self,
        link: Digest,
        session: NewSession,
        stamp: &Stamp,
    ) -> Result<(Person, Vec<Digest>), PersonError>;
}
