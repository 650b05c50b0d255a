//! Signing in and out.

use lamassu_case::PersonName;
use lamassu_store::{NewSession, PasswordHash, Person, PersonError};

use super::caller::person_actor;
use super::live_sessions::SESSION_PREFIX;
use super::people::shortened;
use super::{AccessError, CallerKind, PersonWish, Session, SignedIn};
use crate::engine::{Actor, Engine};
use crate::secret::{Secret, token_digest};

/// The actor of who is not known yet.
const STRANGER: &str = "stranger";

impl Engine {
    /// Starts a session of the person with this name and password. `from` is the address they come from, for
    /// the audit log and for telling who fails too often.
    ///
    /// # Errors
    /// [`AccessError::SignInRefused`], after the same work whether the name or the password is wrong;
    /// [`AccessError::SignInWait`]; [`AccessError::SignInBusy`]; [`AccessError::Storage`].
    pub async fn sign_in(
        &self,
        name: &str,
        password: &Secret,
        from: &str,
    ) -> Result<(Session, Person), AccessError> {
        let from = shortened(from);
        let (person, verified) = self.verify_password(name, password, &from).await?;
        let _alone = self.access.changing.lock().await;
        let stamp = self.stamp(&person_actor(&person.id));
        let (session, digest) = Session::start(stamp.at_ms);
        let started = NewSession { digest, person: person.id.clone(), from };
        let crowded_out = self.store.create_session(started, &verified, &stamp).await.map_err(refused)?;
        for digest in crowded_out {
            self.access.sessions.remove(digest);
        }
        // The role is that of before the password was verified; had it changed since, the other sessions
        // would have ended and this one goes by what is now.
        let person = self.store.person(&person.id).await.map_err(refused)?;
        self.access.sessions.insert(digest, person.id.clone(), person.role, stamp.at_ms);
        Ok((session, person))
    }

    /// Whose session this is the token of. Takes no turn at the database.
    ///
    /// # Errors
    /// [`AccessError::SessionEnded`], whatever is wrong with it.
    pub fn check_session(&self, token: &str) -> Result<SignedIn, AccessError> {
        self.access.sessions.recognise(token, self.clock.now_ms()).ok_or(AccessError::SessionEnded)
    }

    /// Whether the session of this token still runs, for what goes on for long. It is no use of the session:
    /// a page that is left open must not keep it running.
    pub fn is_session_running(&self, token: &str) -> bool {
        self.access.sessions.is_running(token, self.clock.now_ms())
    }

    /// Ends a session. Nobody is let in by it any more when this returns, whatever it returns.
    ///
    /// # Errors
    /// [`AccessError::SessionEnded`] when there is none; [`AccessError::Storage`].
    pub async fn sign_out(&self, token: &str) -> Result<(), AccessError> {
        let digest = token_digest(SESSION_PREFIX, token).ok_or(AccessError::SessionEnded)?;
        let _alone = self.access.changing.lock().await;
        let person = self.access.sessions.remove(digest).ok_or(AccessError::SessionEnded)?;
        Ok(self.store.end_session(digest, &self.stamp(&person_actor(&person))).await?)
    }

    /// Sets the password of the person whose session this is, who shows the one they have. Their other
    /// sessions end.
    ///
    /// # Errors
    /// [`AccessError::SessionEnded`]; [`AccessError::PasswordInvalid`]; else as [`Engine::sign_in`].
    pub async fn change_password(
        &self,
        token: &Secret,
        current: &Secret,
        new: &Secret,
        from: &str,
    ) -> Result<(), AccessError> {
        super::passwords::admit(new)?;
        let caller = self.check_session(token.reveal())?.caller;
        let CallerKind::Person(id) = &caller.kind else { return Err(AccessError::SessionEnded) };
        let name = self.person(id).await?.name;
        self.verify_password(name.as_str(), current, &shortened(from)).await?;
        self.change_person(id, PersonWish::password(new.clone()), Some(token), &caller.actor).await
    }

    /// Notes in the store when sessions were last used, and forgets those that ran out. To be called now and
    /// then, and at the end.
    ///
    /// # Errors
    /// [`AccessError::Storage`].
    pub async fn flush_session_use(&self) -> Result<(), AccessError> {
        let (uses, ended) = self.access.sessions.take_uses(self.clock.now_ms());
        if uses.is_empty() && ended.is_empty() {
            return Ok(());
        }
        let noted = self.store.note_session_use(&uses, &ended).await;
        if noted.is_err() {
            self.access.sessions.still_ended(ended);
        }
        Ok(noted?)
    }

    /// The person of this name and password, and what the password was verified against.
    pub(crate) async fn verify_password(
        &self,
        name: &str,
        password: &Secret,
        from: &str,
    ) -> Result<(Person, PasswordHash), AccessError> {
        let name: Option<PersonName> = name.parse().ok();
        let folded = name.as_ref().map(PersonName::folded);
        let back_off = &self.access.back_off;
        // Once before waiting for a turn, which others may need more, and once with it, after those before
        // have failed.
        back_off.check(folded.as_deref(), from, self.clock.now_ms())?;
        let turn = self.access.hashing.turn().await?;
        let found = match &name {
            Some(name) => self.store.person_of_name(name).await?,
            None => None,
        };
        let attempt = back_off.begin(folded, from, self.clock.now_ms())?;
        let (person, hash) = found.unzip();
        let hash = hash.filter(|_| person.as_ref().is_some_and(|person| person.disabled_at_ms.is_none()));
        if turn.verify(password.clone(), hash.clone()).await?
            && let Some(verified) = person.clone().zip(hash)
        {
            back_off.succeeded(&attempt);
            return Ok(verified);
        }
        let stamp = self.stamp(&Actor(STRANGER.to_owned()));
        self.store.note_refused_sign_in(person.as_ref().map(|person| &person.id), from, &stamp).await?;
        Err(AccessError::SignInRefused)
    }
}

/// Who was disabled or given another password meanwhile is refused as if that had been before.
fn refused(error: PersonError) -> AccessError {
    match error {
        PersonError::NotFound => AccessError::SignInRefused,
        other => other.into(),
    }
}
