//! API keys.

use std::collections::BTreeSet;

use lamassu_case::Scope;
use lamassu_engine::{AccessError, CallerKind};

use crate::place::{HOUR_MS, Place, START_MS, contains, operator};

fn scopes() -> BTreeSet<Scope> {
    [Scope::Items, Scope::Lookup].into()
}

#[tokio::test]
async fn a_key_lets_in_for_its_scopes_only() {
    let place = Place::new().await;
    let (key, secret) = place.engine.create_key("intake", &scopes(), None, &operator()).await.unwrap();
    let caller = place.engine.authenticate_key(secret.reveal()).unwrap();
    assert_eq!((caller.actor.0.clone(), &caller.kind), (format!("key:{}", key.id), &CallerKind::Key(key.id)));
    for scope in Scope::ALL {
        match caller.allow(scope) {
            Ok(()) => assert!(scopes().contains(&scope)),
            Err(error) => assert_eq!((error.code(), scopes().contains(&scope)), ("forbidden", false)),
        }
    }
}

#[tokio::test]
async fn whatever_is_wrong_with_a_key_is_answered_alike() {
    let place = Place::new().await;
    let make = async |end| place.engine.create_key("k", &scopes(), end, &operator()).await.unwrap();
    let (_, good) = make(None).await;
    let (_, expired) = make(Some(START_MS + 1)).await;
    let (revoked_key, revoked) = make(None).await;
    place.engine.revoke_key(&revoked_key.id, &operator()).await.unwrap();
    place.clock.advance(1);
    let good = good.reveal();
    let unknown = format!("lmk_{}", "A".repeat(43));
    let hostile = [
        String::new(),
        "lmk_".to_owned(),
        unknown,
        expired.reveal().to_owned(),
        revoked.reveal().to_owned(),
        good.replacen("lmk_", "lms_", 1),
        good.to_uppercase(),
        format!("{good}\0"),
        format!("{good} "),
        good[..46].to_owned(),
        format!("lmk_{}", "é".repeat(43)),
        format!("lmk_{}é", "A".repeat(41)),
        "\0".repeat(47),
        "lmk_".repeat(25_000_000),
    ];
    for presented in hostile {
        let refused = place.engine.authenticate_key(&presented).unwrap_err();
        assert!(matches!(refused, AccessError::KeyRefused));
        assert_eq!(
            (refused.code(), refused.to_string().as_str()),
            ("key-refused", "this key is not accepted")
        );
    }
    place.engine.authenticate_key(good).unwrap();
}

#[tokio::test]
async fn what_makes_no_sense_is_not_made() {
    let place = Place::new().await;
    let code = async |name: &str, scopes: &BTreeSet<Scope>, end| {
        place.engine.create_key(name, scopes, end, &operator()).await.unwrap_err().code()
    };
    for name in ["", "  ", "a\nb", "a\0", &"x".repeat(101), &"x".repeat(100_000_000)] {
        assert_eq!(code(name, &scopes(), None).await, "key-name-invalid");
    }
    assert_eq!(code("k", &BTreeSet::new(), None).await, "key-without-scope");
    assert_eq!(code("k", &scopes(), Some(START_MS)).await, "expiry-past");
    assert_eq!(code("k", &scopes(), Some(i64::MIN)).await, "expiry-past");
    assert!(place.engine.keys(0, 10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn revoking_takes_effect_at_once_while_the_key_is_used() {
    let place = Place::new().await;
    let (key, secret) = place.engine.create_key("k", &scopes(), None, &operator()).await.unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                // Once refused it is refused for good.
                let mut refused = false;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    let accepted = place.engine.authenticate_key(secret.reveal()).is_ok();
                    assert!(!(refused && accepted));
                    refused = !accepted;
                }
            });
        }
        tokio::task::block_in_place(|| {
            let operator = operator();
            let revoking = place.engine.revoke_key(&key.id, &operator);
            tokio::runtime::Handle::current().block_on(revoking).unwrap();
        });
        assert!(place.engine.authenticate_key(secret.reveal()).is_err());
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    let unknown = "00000000-0000-7000-8000-000000000000".parse().unwrap();
    let unknown = place.engine.revoke_key(&unknown, &operator()).await.unwrap_err();
    assert_eq!(unknown.code(), "key-not-found");
}

#[tokio::test]
async fn keys_are_the_same_after_reopening() {
    let mut place = Place::new().await;
    let (lasting, secret) = place.engine.create_key("lasting", &scopes(), None, &operator()).await.unwrap();
    let (revoked, gone) = place.engine.create_key("revoked", &scopes(), None, &operator()).await.unwrap();
    place.engine.revoke_key(&revoked.id, &operator()).await.unwrap();
    place.clock.advance(HOUR_MS);
    let before = place.engine.authenticate_key(secret.reveal()).unwrap();
    place = place.reopened().await;
    assert_eq!(place.engine.authenticate_key(secret.reveal()).unwrap(), before);
    assert!(place.engine.authenticate_key(gone.reveal()).is_err());
    let keys = place.engine.keys(0, 10).await.unwrap();
    assert_eq!(keys[0].id, lasting.id);
    assert_eq!(keys[0].last_used_at_ms, Some(START_MS + HOUR_MS), "closing notes it");
    assert_eq!((keys[1].last_used_at_ms, keys[1].revoked_at_ms), (None, Some(START_MS)));
}

#[tokio::test]
async fn the_secret_is_nowhere_but_in_the_answer() {
    let place = Place::new().await;
    let (key, secret) = place.engine.create_key("k", &scopes(), None, &operator()).await.unwrap();
    let caller = place.engine.authenticate_key(secret.reveal()).unwrap();
    assert!(!format!("{key:?} {secret:?} {caller:?}").contains(&secret.reveal()[4..]));
    place.engine.flush_key_use().await.unwrap();
    let database = place.database();
    assert!(contains(&database, key.id.as_str().as_bytes()), "the scan looks at the right file");
    assert!(!contains(&database, &secret.reveal().as_bytes()[4..]));
    assert!(!contains(&database, b"lmk_"));
}
