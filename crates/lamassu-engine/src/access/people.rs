//! People: added, changed, disabled. What takes rights away has effect before it returns.

use std::future::Future;

use lamassu_case::{PersonId, PersonName, Role};
use lamassu_fingerprint::Digest;
use lamassu_store::{NewPerson, Person, PersonError};

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

    /// Sets a person's password, forgives their failures and ends their sessions, except for that of token
    /// `kept`.
    ///
    /// # Errors
    /// [`AccessError::PasswordInvalid`]; [`AccessError::SignInBusy`]; [`AccessError::Person`].
    pub async fn set_password(
        &self,
        id: &PersonId,
        password: &Secret,
        kept: Option<&Secret>,
        actor: &Actor,
    ) -> Result<(), AccessError> {
        passwords::admit(password)?;
        let name = self.person(id).await?.name;
        let hash = self.access.hashing.turn().await?.hash(password.clone()).await?;
        let kept = kept.and_then(|token| token_digest(SESSION_PREFIX, token.reveal()));
        let stamp = self.stamp(actor);
        let setting = async {
            self.store.set_password(id, &hash, kept, &stamp).await?;
            Ok(true)
        };
        self.ending_sessions(id, kept, setting).await?;
        self.access.back_off.forgive(&name.folded());
        Ok(())
    }

    /// Gives a person a role. Their sessions end, because a session's rights do not change while it runs.
    ///
    /// # Errors
    /// [`AccessError::Person`], with [`PersonError::LastAdministrator`] in it for the last one who can sign
    /// in.
    pub async fn set_role(&self, id: &PersonId, role: Role, actor: &Actor) -> Result<(), AccessError> {
        let stamp = self.stamp(actor);
        self.ending_sessions(id, None, self.store.set_role(id, role, &stamp)).await
    }

    /// Disables a person: their sessions end and they cannot sign in.
    ///
    /// # Errors
    /// As [`Engine::set_role`].
    pub async fn disable_person(&self, id: &PersonId, actor: &Actor) -> Result<(), AccessError> {
        let stamp = self.stamp(actor);
        self.ending_sessions(id, None, self.store.set_disabled(id, true, &stamp)).await
    }

    /// Lets a disabled person in again, with the password they had.
    ///
    /// # Errors
    /// [`AccessError::Person`].
    pub async fn enable_person(&self, id: &PersonId, actor: &Actor) -> Result<(), AccessError> {
        self.store.set_disabled(id, false, &self.stamp(actor)).await?;
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
