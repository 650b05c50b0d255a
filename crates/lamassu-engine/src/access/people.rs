//! People: added, changed, disabled. What takes rights away has effect before it returns.

use std::future::Future;

use lamassu_case::{PersonId, PersonName, Role};
use lamassu_fingerprint::Digest;
use lamassu_store::{NewPerson, Person, PersonChange, PersonError};

use super::live_sessions::SESSION_PREFIX;
use super::{AccessError, passwords};
use crate::engine::{Actor, Engine};
use crate::intake;
use crate::secret::{Secret, token_digest};

/// Longest display name.
pub const DISPLAY_NAME_CHARS_MAX: usize = 100;

/// Longest address that is kept; an IPv6 one with its zone is shorter.
const FROM_CHARS_MAX: usize = 64;

/// A person to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonDraft {
    /// What they sign in with.
    pub name: String,
    /// What others see, if not the name.
    pub display_name: Option<String>,
    /// What they are here for.
    pub role: Role,
    /// Their first password.
    pub password: Secret,
}

/// What is to change about a person; what is none stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonWish {
    /// What they are here for.
    pub role: Option<Role>,
    /// Whether they are kept out. Let in again, they have the password they had.
    pub disabled: Option<bool>,
    /// Their new password.
    pub password: Option<Secret>,
}

impl PersonWish {
    /// Only a role.
    pub fn role(role: Role) -> Self {
        Self { role: Some(role), ..Self::default() }
    }

    /// Only whether they are kept out.
    pub fn disabled(disabled: bool) -> Self {
        Self { disabled: Some(disabled), ..Self::default() }
    }

    /// Only a password.
    pub fn password(password: Secret) -> Self {
        Self { password: Some(password), ..Self::default() }
    }
}

impl Engine {
    /// Adds a person, who can sign in when this returns.
    ///
    /// # Errors
    /// [`AccessError::PersonNameInvalid`]; [`AccessError::DisplayNameInvalid`];
    /// [`AccessError::PasswordInvalid`]; [`AccessError::SignInBusy`]; [`AccessError::Person`].
    pub async fn create_person(&self, draft: PersonDraft, actor: &Actor) -> Result<Person, AccessError> {
        let name = draft.name.parse()?;
        if draft.display_name.as_deref().is_some_and(|text| !is_line(text, DISPLAY_NAME_CHARS_MAX)) {
            return Err(AccessError::DisplayNameInvalid);
        }
        passwords::admit(&draft.password)?;
        let password = self.access.hashing.turn().await?.hash(draft.password).await?;
        let person = NewPerson {
            id: intake::new_id(),
            name,
            display_name: draft.display_name,
            role: draft.role,
            password,
        };
        Ok(self.store.create_person(person, &self.stamp(actor)).await?)
    }

    /// A page of all people, disabled ones too: those after number `after`.
    ///
    /// # Errors
    /// [`AccessError::Storage`].
    pub async fn people(&self, after: u64, limit: u32) -> Result<Vec<Person>, AccessError> {
        Ok(self.store.people(after, limit).await?)
    }

    /// One person, disabled or not.
    ///
    /// # Errors
    /// [`PersonError::NotFound`]; [`AccessError::Storage`].
    pub async fn person(&self, id: &PersonId) -> Result<Person, AccessError> {
        Ok(self.store.person(id).await?)
    }

    /// The person of this name in any upper and lower case, disabled or not.
    ///
    /// # Errors
    /// [`PersonError::NotFound`]; [`AccessError::Storage`].
    pub async fn person_of_name(&self, name: &PersonName) -> Result<Person, AccessError> {
        let (person, _) = self.store.person_of_name(name).await?.ok_or(PersonError::NotFound)?;
        Ok(person)
    }

    /// Changes a person, all of it or nothing: their sessions end, except for that of token `kept`, because a
    /// session's rights do not change while it runs. A new password forgives their failures.
    ///
    /// # Errors
    /// [`AccessError::PasswordInvalid`]; [`AccessError::SignInBusy`]; [`AccessError::Person`], with
    /// [`PersonError::LastAdministrator`] in it for the last one who can sign in.
    pub async fn change_person(
        &self,
        id: &PersonId,
        wish: PersonWish,
        kept: Option<&Secret>,
        actor: &Actor,
    ) -> Result<(), AccessError> {
        let PersonWish { role, disabled, password } = wish;
        let mut forgiven = None;
        let password = match password {
            None => None,
            Some(password) => {
                passwords::admit(&password)?;
                forgiven = Some(self.person(id).await?.name);
                Some(self.access.hashing.turn().await?.hash(password).await?)
            }
        };
        let kept = kept.and_then(|token| token_digest(SESSION_PREFIX, token.reveal()));
        let change = PersonChange { role, disabled, password };
        let stamp = self.stamp(actor);
        self.ending_sessions(id, kept, self.store.change_person(id, &change, kept, &stamp)).await?;
        if let Some(name) = forgiven {
            self.access.back_off.forgive(&name.folded());
        }
        Ok(())
    }

    /// Makes a change that ends a person's sessions in the store. They are back if it fails or changes
    /// nothing, and gone if whoever waits for it gives up.
    async fn ending_sessions(
        &self,
        id: &PersonId,
        kept: Option<Digest>,
        change: impl Future<Output = Result<bool, PersonError>>,
    ) -> Result<(), AccessError> {
        let _alone = self.access.changing.lock().await;
        let taken = self.access.sessions.take(id, kept);
        let changed = change.await;
        if !matches!(changed, Ok(true)) {
            self.access.sessions.put_back(taken);
        }
        changed?;
        Ok(())
    }
}

/// Whether a text is 1 to `chars_max` characters on one line, and not only spaces.
pub(super) fn is_line(text: &str, chars_max: usize) -> bool {
    // Cut short before counting: the text may be of any length.
    let short = text.chars().take(chars_max + 1).count() <= chars_max;
    short && !text.trim().is_empty() && !text.chars().any(char::is_control)
}

/// An address as it is kept.
pub(super) fn shortened(from: &str) -> String {
    from.chars().take(FROM_CHARS_MAX).collect()
}
