//! What the command line asks about keys and people. Whoever reaches the socket has the operator's rights
//! already, so none of it is checked against scopes.

use std::collections::BTreeSet;

use lamassu_case::{KeyId, PersonName, Scope};
use serde::{Deserialize, Serialize};

use super::{AccessError, KeyRow, PersonRow, PersonWish};
use crate::engine::{Actor, Engine};
use crate::secret::Secret;

/// Most rows in one answer.
const ROWS_PAGE: u32 = 500;

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// When something expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expiry {
    /// This many days from now.
    AfterDays(u32),
    /// Then, milliseconds since 1970.
    AtMs(i64),
}

/// Something asked about keys and people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccessCommand {
    /// Make a key.
    CreateKey {
        /// What people call it.
        name: String,
        /// What it may do.
        scopes: BTreeSet<Scope>,
        /// When it expires, if ever.
        expires: Option<Expiry>,
    },
    /// List a page of the keys.
    ListKeys {
        /// The page's start, from the page before.
        after: u64,
    },
    /// Revoke a key.
    RevokeKey {
        /// The key.
        key: KeyId,
    },
    /// Make a link that makes an administrator.
    CreateSetupLink,
    /// List a page of the people.
    ListPeople {
        /// The page's start, from the page before.
        after: u64,
    },
    /// Disable a person.
    DisablePerson {
        /// Their name.
        name: PersonName,
    },
    /// Let a person in again.
    EnablePerson {
        /// Their name.
        name: PersonName,
    },
    /// Make a link that signs a person in.
    CreateSignInLink {
        /// Their name.
        name: PersonName,
    },
    /// Set a person's password.
    SetPassword {
        /// Their name.
        name: PersonName,
        /// The new one.
        password: Secret,
    },
}

/// What is answered about keys and people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccessAnswer {
    /// Done, nothing to tell.
    Done,
    /// The key that was made, and its secret.
    KeyCreated(KeyRow, Secret),
    /// A page of keys, and the start of the next page if there may be one.
    Keys(Vec<KeyRow>, Option<u64>),
    /// A setup link's secret, and its end in milliseconds since 1970.
    SetupLink(Secret, i64),
    /// The link that signs a person in, and its end in milliseconds since 1970.
    SignInLink(Secret, i64),
    /// A page of people, and the start of the next page if there may be one.
    People(Vec<PersonRow>, Option<u64>),
}

impl Engine {
    /// Does what `command` asks.
    pub(crate) async fn execute_access(
        &self,
        command: AccessCommand,
        actor: &Actor,
    ) -> Result<AccessAnswer, AccessError> {
        match command {
            AccessCommand::CreateKey { name, scopes, expires } => {
                let expires_at_ms = expires.map(|expiry| match expiry {
                    Expiry::AfterDays(days) => self.clock.now_ms() + i64::from(days) * DAY_MS,
                    Expiry::AtMs(at_ms) => at_ms,
                });
                let (key, secret) = self.create_key(&name, &scopes, expires_at_ms, actor).await?;
                return Ok(AccessAnswer::KeyCreated(key.into(), secret));
            }
            AccessCommand::ListKeys { after } => {
                let page = self.keys(after, ROWS_PAGE).await?;
                let next = page.last().map(|key| key.number).filter(|_| page.len() == ROWS_PAGE as usize);
                return Ok(AccessAnswer::Keys(page.into_iter().map(KeyRow::from).collect(), next));
            }
            AccessCommand::CreateSetupLink => {
                let (secret, expires_at_ms) = self.create_operator_link(actor).await?;
                return Ok(AccessAnswer::SetupLink(secret, expires_at_ms));
            }
            AccessCommand::CreateSignInLink { name } => {
                let (secret, expires_at_ms) = self.create_sign_in_link(&name, actor).await?;
                let link = self.link("sign-in", &secret);
                return Ok(AccessAnswer::SignInLink(link, expires_at_ms));
            }
            AccessCommand::ListPeople { after } => {
                let page = self.people(after, ROWS_PAGE).await?;
                let next = page.last().map(|person| person.number);
                let next = next.filter(|_| page.len() == ROWS_PAGE as usize);
                return Ok(AccessAnswer::People(page.into_iter().map(PersonRow::from).collect(), next));
            }
            AccessCommand::RevokeKey { key } => self.revoke_key(&key, actor).await?,
            AccessCommand::DisablePerson { name } => {
                self.change_named(&name, PersonWish::disabled(true), actor).await?;
            }
            AccessCommand::EnablePerson { name } => {
                self.change_named(&name, PersonWish::disabled(false), actor).await?;
            }
            AccessCommand::SetPassword { name, password } => {
                self.change_named(&name, PersonWish::password(password), actor).await?;
            }
        }
        Ok(AccessAnswer::Done)
    }

    async fn change_named(
        &self,
        name: &PersonName,
        wish: PersonWish,
        actor: &Actor,
    ) -> Result<(), AccessError> {
        let person = self.person_of_name(name).await?;
        self.change_person(&person.id, wish, None, actor).await
    }
}
