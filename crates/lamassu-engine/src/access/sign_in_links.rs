//! Links that sign a person in without a password: for the first look at the console, and the way back in for
//! who forgot theirs. Only the operator of the machine makes them.

use lamassu_case::PersonName;
use lamassu_store::{NewSession, NewSignInLink, Person, PersonError};

use super::caller::person_actor;
use super::people::shortened;
use super::{AccessError, Session};
use crate::engine::{Actor, Engine};
use crate::secret::{Secret, token_digest};

/// What the secret of such a link starts with.
const LINK_PREFIX: &str = "lmi_";

/// How long it is good, in milliseconds.
const LINK_MS: i64 = 15 * 60 * 1000;

impl Engine {
    /// Makes a link that signs this person in, good once and for a quarter of an hour, in place of another of
    /// theirs, and gives its secret and its end in milliseconds since 1970.
    ///
    /// # Errors
    /// [`PersonError::NotFound`] also when they are disabled; [`AccessError::Storage`].
    pub async fn create_sign_in_link(
        &self,
        name: &PersonName,
        actor: &Actor,
    ) -> Result<(Secret, i64), AccessError> {
        let person = self.person_of_name(name).await?.id;
        let (secret, stamp) = (Secret::random(LINK_PREFIX), self.stamp(actor));
        let expires_at_ms = stamp.at_ms + LINK_MS;
        let link = NewSignInLink { digest: secret.digest(), person, expires_at_ms };
        self.store.create_sign_in_link(link, &stamp).await?;
        Ok((secret, expires_at_ms))
    }

    /// Uses up a link: signs its person in. `from` is the address they come from.
    ///
    /// # Errors
    /// [`PersonError::SignInLinkRefused`], whatever is wrong with it; [`AccessError::SignInWait`] after many links
    /// that were not good; [`AccessError::Storage`].
    pub async fn redeem_sign_in_link(
        &self,
        token: &Secret,
        from: &str,
    ) -> Result<(Session, Person), AccessError> {
        let from = shortened(from);
        let attempt = self.access.back_off.begin(None, &from, self.clock.now_ms())?;
        let link = token_digest(LINK_PREFIX, token.reveal()).ok_or(PersonError::SignInLinkRefused)?;
        let person = self.store.person_of_link(link).await?.ok_or(PersonError::SignInLinkRefused)?;
        let _alone = self.access.changing.lock().await;
        let stamp = self.stamp(&person_actor(&person));
        let (session, digest) = Session::start(stamp.at_ms);
        let started = NewSession { digest, person, from };
        let redeemed = self.store.redeem_sign_in_link(link, started, &stamp).await;
        // Only a link that is not good counts as a failure.
        if !matches!(redeemed, Err(PersonError::SignInLinkRefused)) {
            self.access.back_off.succeeded(&attempt);
        }
        let (person, crowded_out) = redeemed?;
        for digest in crowded_out {
            self.access.sessions.remove(digest);
        }
        self.access.back_off.forgive(&person.name.folded());
        self.access.sessions.insert(digest, person.id.clone(), person.role, stamp.at_ms);
        Ok((session, person))
    }
}
