use lamassu_case::Role;
use lamassu_fingerprint::Digest;
use lamassu_store::{
    NewSession, PERSON_SESSIONS_MAX, PasswordHash, PersonChange, PersonError, Store, StoredSession,
};

use crate::conformance::people::{change, disabled, new_person, role};
use crate::samples::{AT_MS, person_id, stamp};

fn digest(k: u32) -> Digest {
    Digest::of(&k.to_be_bytes())
}

async fn start(store: &dyn Store, k: u32) -> Result<Vec<Digest>, PersonError> {
    let session = NewSession { digest: digest(k), person: person_id(1), from: "192.0.2.1".to_owned() };
    store.create_session(session, &PasswordHash("hash 1".to_owned()), &stamp()).await
}

async fn digests(store: &dyn Store) -> Vec<Digest> {
    store.sessions(0, 100).await.expect("reads").into_iter().map(|session| session.digest).collect()
}

async fn add(store: &dyn Store) {
    for (k, name) in [(1, "ada"), (2, "bob")] {
        store.create_person(new_person(k, name, Role::Administrator), &stamp()).await.expect("is added");
    }
}

pub async fn a_session_comes_back_as_started(store: &dyn Store) {
    add(store).await;
    assert_eq!(start(store, 1).await.expect("starts"), []);
    let expected = StoredSession {
        number: 1,
        digest: digest(1),
        person: person_id(1),
        role: Role::Administrator,
        created_at_ms: AT_MS,
        seen_at_ms: AT_MS,
    };
    assert_eq!(store.sessions(0, 10).await.expect("reads"), [expected]);
    store.note_session_use(&[(digest(1), AT_MS + 9)], &[]).await.expect("is noted");
    store.note_session_use(&[(digest(1), AT_MS + 4), (digest(7), 1)], &[]).await.expect("is noted");
    assert_eq!(store.sessions(0, 10).await.expect("reads")[0].seen_at_ms, AT_MS + 9);
    for _twice in 0..2 {
        store.end_session(digest(1), &stamp()).await.expect("ends");
    }
    assert_eq!(digests(store).await, []);
    let audit = store.audit(2, 10).await.expect("reads");
    let actions: Vec<&str> = audit.iter().map(|record| record.action.as_str()).collect();
    assert_eq!(actions, ["person.signed-in", "person.signed-out"]);
    assert_eq!(audit[0].detail, r#"{"from":"192.0.2.1"}"#);
}

pub async fn the_oldest_session_gives_way(store: &dyn Store) {
    add(store).await;
    for k in 0..PERSON_SESSIONS_MAX {
        assert_eq!(start(store, k).await.expect("starts"), []);
    }
    assert_eq!(start(store, 99).await.expect("starts"), [digest(0)]);
    let left = digests(store).await;
    assert_eq!((left.len(), left.last()), (PERSON_SESSIONS_MAX as usize, Some(&digest(99))));
    store.note_session_use(&[], &[digest(99)]).await.expect("is forgotten");
    assert_eq!(digests(store).await.len(), PERSON_SESSIONS_MAX as usize - 1);
}

pub async fn what_changes_a_person_ends_their_sessions(store: &dyn Store) {
    add(store).await;
    for k in [1, 2, 3] {
        start(store, k).await.expect("starts");
    }
    let password = |hash: &str| PersonChange {
        password: Some(PasswordHash(hash.to_owned())),
        ..PersonChange::default()
    };
    change(store, 1, &password("hash 3"), Some(digest(2))).await.expect("is set");
    assert_eq!(digests(store).await, [digest(2)]);
    assert!(matches!(start(store, 4).await, Err(PersonError::NotFound)), "verified with the old password");
    change(store, 1, &password("hash 1"), None).await.expect("is set");
    assert_eq!(digests(store).await, []);
    start(store, 5).await.expect("starts");
    change(store, 1, &role(Role::Reviewer), None).await.expect("is set");
    assert_eq!(digests(store).await, []);
    start(store, 6).await.expect("starts");
    change(store, 1, &disabled(true), None).await.expect("is disabled");
    assert_eq!(digests(store).await, []);
    assert!(matches!(start(store, 7).await, Err(PersonError::NotFound)), "is disabled");
}

pub async fn a_refused_sign_in_is_in_the_audit_log(store: &dyn Store) {
    store.note_refused_sign_in(None, "192.0.2.1", &stamp()).await.expect("is noted");
    store.note_refused_sign_in(Some(&person_id(1)), "192.0.2.1", &stamp()).await.expect("is noted");
    let audit = store.audit(0, 10).await.expect("reads");
    let subjects: Vec<&str> = audit.iter().map(|record| record.subject.as_str()).collect();
    assert_eq!(subjects, ["unknown", person_id(1).as_str()]);
    assert_eq!(audit[0].action, "person.sign-in-refused");
}
