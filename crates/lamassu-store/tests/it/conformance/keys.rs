use lamassu_case::Scope;
use lamassu_store::{KeyError, NewKey, Store};

use crate::samples::{AT_MS, key_id, stamp};
use lamassu_fingerprint::Digest;

fn new_key(k: u64) -> NewKey {
    NewKey {
        id: key_id(k),
        name: format!("key {k}"),
        scopes: [Scope::Lookup, Scope::Items].into(),
        digest: Digest::of(&k.to_be_bytes()),
        expires_at_ms: (k == 2).then_some(AT_MS + 5),
    }
}

pub async fn a_key_comes_back_as_made(store: &dyn Store) {
    assert_eq!(store.keys(0, 10).await.expect("reads"), []);
    let one = store.create_key(new_key(1), &stamp()).await.expect("is made");
    let two = store.create_key(new_key(2), &stamp()).await.expect("is made");
    assert_eq!((one.number, two.number), (1, 2));
    assert_eq!((one.expires_at_ms, two.expires_at_ms), (None, Some(AT_MS + 5)));
    assert_eq!(store.keys(0, 10).await.expect("reads"), [one.clone(), two.clone()]);
    assert_eq!(store.keys(0, 1).await.expect("reads"), [one]);
    assert_eq!(store.keys(1, 10).await.expect("reads"), std::slice::from_ref(&two));
    let live = store.live_keys(1, 10).await.expect("reads");
    assert_eq!((live[0].digest, &live[0].key), (Digest::of(&2_u64.to_be_bytes()), &two));
    let audit = store.audit(0, 10).await.expect("reads");
    assert_eq!((audit.len(), audit[0].action.as_str()), (2, "key.created"));
    assert_eq!(audit[0].subject, key_id(1).as_str());
}

pub async fn a_revoked_key_is_listed_but_not_live(store: &dyn Store) {
    for k in [1, 2] {
        store.create_key(new_key(k), &stamp()).await.expect("is made");
    }
    for _twice in 0..2 {
        store.revoke_key(&key_id(1), &stamp()).await.expect("is revoked");
    }
    assert_eq!(store.keys(0, 10).await.expect("reads")[0].revoked_at_ms, Some(AT_MS));
    let live = store.live_keys(0, 10).await.expect("reads");
    assert_eq!(live.iter().map(|live| live.key.id.clone()).collect::<Vec<_>>(), [key_id(2)]);
    let unknown = store.revoke_key(&key_id(3), &stamp()).await.expect_err("there is none");
    assert!(matches!(unknown, KeyError::NotFound));
    assert_eq!(unknown.code(), "key-not-found");
    let audit = store.audit(0, 10).await.expect("reads");
    assert_eq!(audit.len(), 3, "revoking again writes nothing");
    assert_eq!(audit[2].action, "key.revoked");
}

pub async fn the_use_of_keys_only_moves_forward(store: &dyn Store) {
    store.create_key(new_key(1), &stamp()).await.expect("is made");
    let used = async || store.keys(0, 1).await.expect("reads")[0].last_used_at_ms;
    assert_eq!(used().await, None);
    for (at_ms, expected) in [(AT_MS + 7, AT_MS + 7), (AT_MS + 3, AT_MS + 7)] {
        // One that is not known is passed over.
        store.note_key_use(&[(key_id(9), at_ms), (key_id(1), at_ms)]).await.expect("is noted");
        assert_eq!(used().await, Some(expected));
    }
    assert_eq!(store.audit(0, 10).await.expect("reads").len(), 1);
}
