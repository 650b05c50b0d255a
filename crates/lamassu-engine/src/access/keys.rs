//! API keys: made, revoked, and recognised on every request without asking the database.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use lamassu_case::{KeyId, Scope};
use lamassu_fingerprint::Digest;
use lamassu_store::{Key, LiveKey, NewKey, PAGE_ROWS_MAX, StorageError, Store};

use super::{AccessError, Caller};
use crate::engine::{Actor, Engine};
use crate::intake;
use crate::secret::{Secret, token_digest};

/// What a key's secret starts with.
const KEY_PREFIX: &str = "lmk_";

/// Longest name of a key.
pub const KEY_NAME_CHARS_MAX: usize = 100;

/// No use since it was last noted.
const NEVER: i64 = i64::MIN;

struct Known {
    caller: Caller,
    id: KeyId,
    expires_at_ms: Option<i64>,
    /// Use that is not noted in the store yet, milliseconds since 1970.
    used_at_ms: AtomicI64,
}

/// All keys that are not revoked, by the SHA-256 of their secrets.
pub(super) struct LiveKeys(RwLock<HashMap<Digest, Arc<Known>>>);

impl LiveKeys {
    pub(super) async fn load(store: &dyn Store) -> Result<Self, StorageError> {
        let keys = Self(RwLock::default());
        let mut after = 0;
        loop {
            let page = store.live_keys(after, PAGE_ROWS_MAX).await?;
            let Some(last) = page.last() else { return Ok(keys) };
            after = last.key.number;
            for LiveKey { digest, key } in page {
                keys.insert(digest, &key);
            }
        }
    }

    fn insert(&self, digest: Digest, key: &Key) {
        let known = Known {
            caller: Caller::key(key.id.clone(), key.scopes.clone()),
            id: key.id.clone(),
            expires_at_ms: key.expires_at_ms,
            used_at_ms: AtomicI64::new(NEVER),
        };
        self.put(digest, Arc::new(known));
    }

    fn put(&self, digest: Digest, known: Arc<Known>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(digest, known);
    }

    fn take(&self, id: &KeyId) -> Option<(Digest, Arc<Known>)> {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let digest = keys.iter().find(|(_, known)| known.id == *id).map(|(digest, _)| *digest)?;
        keys.remove_entry(&digest)
    }

    fn recognise(&self, presented: &str, now_ms: i64) -> Option<Caller> {
        let digest = token_digest(KEY_PREFIX, presented)?;
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = keys.get(&digest).filter(|known| known.expires_at_ms.is_none_or(|end| now_ms < end))?;
        known.used_at_ms.fetch_max(now_ms, Ordering::Relaxed);
        Some(known.caller.clone())
    }

    /// Whether this key is accepted, without counting as its use.
    fn accepts(&self, presented: &str, now_ms: i64) -> bool {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = token_digest(KEY_PREFIX, presented).and_then(|digest| keys.get(&digest));
        known.is_some_and(|known| known.expires_at_ms.is_none_or(|end| now_ms < end))
    }

    fn take_uses(&self) -> Vec<(KeyId, i64)> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let uses = keys.values().map(|known| (known, known.used_at_ms.swap(NEVER, Ordering::Relaxed)));
        uses.filter(|(_, at_ms)| *at_ms != NEVER).map(|(known, at_ms)| (known.id.clone(), at_ms)).collect()
    }
}

impl Engine {
    /// Makes a key and gives its secret, which nobody can be shown again. It is accepted when this returns.
    ///
    /// # Errors
    /// [`AccessError::KeyNameInvalid`]; [`AccessError::KeyWithoutScope`]; [`AccessError::ExpiryPast`];
    /// [`AccessError::Key`].
    pub async fn create_key(
        &self,
        name: &str,
        scopes: &BTreeSet<Scope>,
        expires_at_ms: Option<i64>,
        actor: &Actor,
    ) -> Result<(Key, Secret), AccessError> {
        let stamp = self.stamp(actor);
        if !super::people::is_line(name, KEY_NAME_CHARS_MAX) {
            return Err(AccessError::KeyNameInvalid);
        }
        if scopes.is_empty() {
            return Err(AccessError::KeyWithoutScope);
        }
        if expires_at_ms.is_some_and(|end| end <= stamp.at_ms) {
            return Err(AccessError::ExpiryPast);
        }
        let secret = Secret::random(KEY_PREFIX);
        let key = NewKey {
            id: intake::new_id(),
            name: name.to_owned(),
            scopes: scopes.clone(),
            digest: secret.digest(),
            expires_at_ms,
        };
        let key = self.store.create_key(key, &stamp).await?;
        self.access.keys.insert(secret.digest(), &key);
        Ok((key, secret))
    }

    /// A page of all keys, revoked ones too: those after number `after`.
    ///
    /// # Errors
    /// [`AccessError::Storage`].
    pub async fn keys(&self, after: u64, limit: u32) -> Result<Vec<Key>, AccessError> {
        Ok(self.store.keys(after, limit).await?)
    }

    /// Revokes a key for good. Nobody is let in by it any more when this returns.
    ///
    /// # Errors
    /// [`AccessError::Key`].
    pub async fn revoke_key(&self, id: &KeyId, actor: &Actor) -> Result<(), AccessError> {
        let taken = self.access.keys.take(id);
        let revoked = self.store.revoke_key(id, &self.stamp(actor)).await;
        if let (Err(_), Some((digest, known))) = (&revoked, taken) {
            self.access.keys.put(digest, known);
        }
        Ok(revoked?)
    }

    /// Who presents this key. Takes no turn at the database.
    ///
    /// # Errors
    /// [`AccessError::KeyRefused`], whatever is wrong with it.
    pub fn authenticate_key(&self, presented: &str) -> Result<Caller, AccessError> {
        self.access.keys.recognise(presented, self.clock.now_ms()).ok_or(AccessError::KeyRefused)
    }

    /// Whether this key is still accepted, for what goes on for long. It is no use of the key.
    pub fn accepts_key(&self, presented: &str) -> bool {
        self.access.keys.accepts(presented, self.clock.now_ms())
    }

    /// Notes in the store when keys were last used. To be called now and then, and at the end.
    ///
    /// # Errors
    /// [`AccessError::Storage`]; the uses since the last call are then forgotten.
    pub async fn flush_key_use(&self) -> Result<(), AccessError> {
        let uses = self.access.keys.take_uses();
        if !uses.is_empty() {
            self.store.note_key_use(&uses).await?;
        }
        Ok(())
    }
}
