//! Sessions of people, recognised on every request without asking the database.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use lamassu_case::{PersonId, Role};
use lamassu_fingerprint::Digest;
use lamassu_store::{PAGE_ROWS_MAX, StorageError, Store};

use super::Caller;
use crate::secret::{Secret, token_digest};

/// What a session's secret starts with.
pub(super) const SESSION_PREFIX: &str = "lms_";

/// A session that nobody uses ends after this.
const IDLE_MS: i64 = 12 * 60 * 60 * 1000;

/// Any session ends after this.
const LIFETIME_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// How far a clock may be set back before sessions end: as much as a correction of it takes, and the most by
/// which a correction lengthens a session.
const CLOCK_BACK_MS_MAX: i64 = 5 * 60 * 1000;

/// A session as its owner gets it, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What the owner shows with each request.
    pub token: Secret,
    /// What the owner shows beside it with each request that changes something.
    pub csrf: Secret,
    /// When it ends at the latest, milliseconds since 1970.
    pub ends_at_ms: i64,
}

impl Session {
    /// A fresh one, and the digest by which it is known.
    pub(super) fn start(now_ms: i64) -> (Self, Digest) {
        let token = Secret::random(SESSION_PREFIX);
        let digest = token.digest();
        (Self { csrf: csrf(token.reveal()), token, ends_at_ms: now_ms + LIFETIME_MS }, digest)
    }
}

/// Somebody whose session is running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Who it is.
    pub caller: Caller,
    /// What a request that changes something must show beside the session's token.
    pub csrf: Secret,
}

/// A second secret that follows from the token, so that it need not be kept. Nobody gets from it to the
/// token, nor to the digest by which the store knows the session.
fn csrf(token: &str) -> Secret {
    Secret::new(Digest::of(format!("lamassu csrf {token}").as_bytes()).to_string())
}

struct Known {
    caller: Caller,
    person: PersonId,
    created_at_ms: i64,
    seen_at_ms: AtomicI64,
    /// The last use that the store knows.
    noted_at_ms: AtomicI64,
}

impl Known {
    fn new(person: PersonId, role: Role, created_at_ms: i64, seen_at_ms: i64) -> Self {
        Self {
            caller: Caller::person(person.clone(), role.scopes()),
            person,
            created_at_ms,
            seen_at_ms: AtomicI64::new(seen_at_ms),
            noted_at_ms: AtomicI64::new(seen_at_ms),
        }
    }

    fn is_running(&self, now_ms: i64) -> bool {
        let unseen_ms = now_ms.saturating_sub(self.seen_at_ms.load(Ordering::Relaxed));
        (-CLOCK_BACK_MS_MAX..IDLE_MS).contains(&unseen_ms)
            && now_ms.saturating_sub(self.created_at_ms) < LIFETIME_MS
    }
}

/// Sessions that were taken out, to be put back if what they were taken out for fails.
pub(super) struct Taken(Vec<(Digest, Known)>);

/// All running sessions, by the SHA-256 of their tokens.
#[derive(Default)]
pub(super) struct LiveSessions {
    known: RwLock<HashMap<Digest, Known>>,
    /// Those that ran out and are still in the store.
    ended: Mutex<Vec<Digest>>,
}

impl LiveSessions {
    pub(super) async fn load(store: &dyn Store) -> Result<Self, StorageError> {
        let sessions = Self::default();
        let mut after = 0;
        loop {
            let page = store.sessions(after, PAGE_ROWS_MAX).await?;
            let Some(last) = page.last() else { return Ok(sessions) };
            after = last.number;
            let rows = page
                .into_iter()
                .map(|row| (row.digest, Known::new(row.person, row.role, row.created_at_ms, row.seen_at_ms)));
            sessions.put_back(Taken(rows.collect()));
        }
    }

    pub(super) fn insert(&self, digest: Digest, person: PersonId, role: Role, now_ms: i64) {
        self.put_back(Taken(vec![(digest, Known::new(person, role, now_ms, now_ms))]));
    }

    pub(super) fn remove(&self, digest: Digest) -> Option<PersonId> {
        let known = self.known.write().unwrap_or_else(PoisonError::into_inner).remove(&digest);
        known.map(|known| known.person)
    }

    /// Takes out all sessions of a person except for `kept`.
    pub(super) fn take(&self, person: &PersonId, kept: Option<Digest>) -> Taken {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let of_person = |digest: &Digest, known: &mut Known| known.person == *person && Some(*digest) != kept;
        Taken(known.extract_if(of_person).collect())
    }

    pub(super) fn put_back(&self, taken: Taken) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).extend(taken.0);
    }

    /// Who shows this token. One that has run out is forgotten at once, so that no clock brings it back.
    pub(super) fn recognise(&self, presented: &str, now_ms: i64) -> Option<SignedIn> {
        let digest = token_digest(SESSION_PREFIX, presented)?;
        {
            let sessions = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let known = sessions.get(&digest)?;
            if known.is_running(now_ms) {
                known.seen_at_ms.fetch_max(now_ms, Ordering::Relaxed);
                return Some(SignedIn { caller: known.caller.clone(), csrf: csrf(presented) });
            }
        }
        if self.remove(digest).is_some() {
            self.ended.lock().unwrap_or_else(PoisonError::into_inner).push(digest);
        }
        None
    }

    /// Whether the session of this token runs, without counting as its use.
    pub(super) fn is_running(&self, presented: &str, now_ms: i64) -> bool {
        let sessions = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let known = token_digest(SESSION_PREFIX, presented).and_then(|digest| sessions.get(&digest));
        known.is_some_and(|known| known.is_running(now_ms))
    }

    /// What the store does not know yet: the last uses, and which sessions ran out.
    pub(super) fn take_uses(&self, now_ms: i64) -> (Vec<(Digest, i64)>, Vec<Digest>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut ended = std::mem::take(&mut *self.ended.lock().unwrap_or_else(PoisonError::into_inner));
        ended.extend(known.extract_if(|_, known| !known.is_running(now_ms)).map(|(digest, _)| digest));
        let uses = known.iter().filter_map(|(digest, known)| {
            let seen_at_ms = known.seen_at_ms.load(Ordering::Relaxed);
            let noted_at_ms = known.noted_at_ms.swap(seen_at_ms, Ordering::Relaxed);
            (noted_at_ms < seen_at_ms).then_some((*digest, seen_at_ms))
        });
        (uses.collect(), ended)
    }

    /// The store could not forget these; it is asked again the next time.
    pub(super) fn still_ended(&self, ended: Vec<Digest>) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).extend(ended);
    }
}
