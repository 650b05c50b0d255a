//! The link that makes an administrator when nobody can sign in yet.

use lamassu_case::Role;
use lamassu_store::{NewPerson, NewSession, NewSetupLink, Person, PersonError};

use super::caller::person_actor;
use super::people::shortened;
use super::{AccessError, Session, passwords};
use crate::engine::{Actor, Engine};
use crate::intake;
use crate::secret::{Secret, token_digest};

/// What a setup link's secret starts with.
const LINK_PREFIX: &str = "lml_";

/// How long a setup link is good.
const LINK_MS: i64 = 24 * 60 * 60 * 1000;

impl Engine {
    /// Makes the link for the first administrator, good once and for a day, in place of any other, and gives
    /// its secret and its end in milliseconds since 1970.
    ///
    /// # Errors
    /// [`PersonError::SetUp`] when there is an administrator who can sign in; [`AccessError::Storage`].
    pub async fn create_setup_link(&self, actor: &Actor) -> Result<(Secret, i64), AccessError> {
        self.create_link(true, actor).await
    }

    /// As [`Engine::create_setup_link`], beside other administrators: for the operator of the machine, who
    /// has the rights to everything here, when nobody knows a password any more.
    ///
    /// # Errors
    /// [`AccessError::Storage`].
    pub async fn create_operator_link(&self, actor: &Actor) -> Result<(Secret, i64), AccessError> {
        self.create_link(false, actor).await
    }

    async fn create_link(&self, first_only: bool, actor: &Actor) -> Result<(Secret, i64), AccessError> {
        let (secret, stamp) = (Secret::random(LINK_PREFIX), self.stamp(actor));
        let expires_at_ms = stamp.at_ms + LINK_MS;
        let link = NewSetupLink { digest: secret.digest(), expires_at_ms, first_only };
        self.store.create_setup_link(link, &stamp).await?;
        Ok((secret, expires_at_ms))
    }

    /// Uses up a setup link: adds an administrator and signs them in. `from` is the address they come from.
    ///
    /// # Errors
    /// [`PersonError::LinkRefused`]; [`PersonError::NameTaken`], which leaves the link good;
    /// [`AccessError::PersonNameInvalid`]; [`AccessError::PasswordInvalid`]; [`AccessError::SignInWait`]
    /// after many links that were not good; [`AccessError::SignInBusy`]; [`AccessError::Storage`].
    pub async fn redeem_setup_link(
        &self,
        token: &Secret,
        name: &str,
        password: &Secret,
        from: &str,
    ) -> Result<(Person, Session), AccessError> {
        let name = name.parse()?;
        passwords::admit(password)?;
        let link = token_digest(LINK_PREFIX, token.reveal()).ok_or(PersonError::LinkRefused)?;
        let from = shortened(from);
        self.access.back_off.check(None, &from, self.clock.now_ms())?;
        let turn = self.access.hashing.turn().await?;
        let attempt = self.access.back_off.begin(None, &from, self.clock.now_ms())?;
        let password = turn.hash(password.clone()).await?;
        let id = intake::new_id();
        let stamp = self.stamp(&person_actor(&id));
        let (session, digest) = Session::start(stamp.at_ms);
        let started = NewSession { digest, person: id.clone(), from };
        let role = Role::Administrator;
        let person = NewPerson { id, name, display_name: None, role, password };
        let _alone = self.access.changing.lock().await;
        let redeemed = self.store.redeem_setup_link(link, person, started, &stamp).await;
        // Only a link that is not good counts as a failure.
        if !matches!(redeemed, Err(PersonError::LinkRefused)) {
            self.access.back_off.succeeded(&attempt);
        }
        let person = redeemed?;
        self.access.sessions.insert(digest, person.id.clone(), role, stamp.at_ms);
        Ok((person, session))
    }
}
