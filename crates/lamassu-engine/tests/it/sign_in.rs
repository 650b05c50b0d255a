//! Signing in: who is let in, who waits, and what is given away.

use std::sync::Arc;
use std::task::Poll;

use futures_util::future::join_all;
use lamassu_case::{Role, Scope};
use lamassu_engine::{AccessError, CallerKind, PersonWish};

use crate::place::{HOME, HOUR_MS, PASSWORD, Place, contains, operator, secret};

#[tokio::test]
async fn a_person_signs_in_and_may_do_what_their_role_may() {
    let place = Place::new().await;
    let person = place.add("Ada", Role::Reviewer).await;
    let (session, found) = place.engine.sign_in("aDA", &secret(PASSWORD), HOME).await.unwrap();
    assert_eq!(found, person);
    let signed_in = place.engine.check_session(session.token.reveal()).unwrap();
    assert_eq!(signed_in.caller.kind, CallerKind::Person(person.id.clone()));
    assert_eq!(signed_in.caller.actor.0, format!("person:{}", person.id));
    signed_in.caller.allow(Scope::CasesWrite).unwrap();
    assert_eq!(signed_in.caller.allow(Scope::Administer).unwrap_err().code(), "forbidden");
    assert_eq!(signed_in.csrf, session.csrf);
    assert!(signed_in.csrf.is(session.csrf.reveal()) && !signed_in.csrf.is(session.token.reveal()));
    let (other, _) = place.engine.sign_in("ada", &secret(PASSWORD), HOME).await.unwrap();
    assert!(!signed_in.csrf.is(other.csrf.reveal()), "each session has its own");
}

#[tokio::test]
async fn unknown_names_wrong_passwords_and_disabled_people_are_refused_alike() {
    let place = Place::new().await;
    place.add("ada", Role::Administrator).await;
    let gone = place.add("gone", Role::Reviewer).await;
    place.engine.change_person(&gone.id, PersonWish::disabled(true), None, &operator()).await.unwrap();
    let long = "x".repeat(10_000_000);
    let tries = [
        ("ada", "wrong password"),
        ("gone", PASSWORD),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("ada", ""),
        ("ada\0", PASSWORD),
        ("ada", "correct horse battery\0"),
        ("ådå", PASSWORD),
        ("ada", &long),
        (&long, &long),
    ];
    for (k, (name, password)) in tries.into_iter().enumerate() {
        let from = format!("192.0.2.{}", 10 + k);
        let refused = place.engine.sign_in(name, &secret(password), &from).await.unwrap_err();
        assert!(matches!(refused, AccessError::SignInRefused), "{k}: {refused:?}");
        assert_eq!(refused.to_string(), "this name and password are not accepted");
        place.clock.advance(HOUR_MS);
    }
    place.engine.sign_in("ada", &secret(PASSWORD), HOME).await.unwrap();
}

#[tokio::test]
async fn failures_make_a_name_wait_longer_and_longer() {
    let place = Place::new().await;
    place.add("ada", Role::Reviewer).await;
    let fail = async |k: usize| {
        let from = format!("198.51.100.{k}");
        place.engine.sign_in("ADA", &secret("wrong password"), &from).await.unwrap_err()
    };
    for k in 0..5 {
        assert_eq!(fail(k).await.code(), "sign-in-refused");
    }
    for (k, wait_ms) in [(5, 1_000), (6, 2_000), (7, 4_000)] {
        // Even the right password waits, or guessing would tell.
        let waits = place.engine.sign_in("ada", &secret(PASSWORD), HOME).await.unwrap_err();
        assert_eq!((waits.code(), waits.retry_after_ms()), ("sign-in-wait", Some(wait_ms)));
        place.clock.advance(wait_ms.cast_signed() - 1);
        assert_eq!(fail(k).await.retry_after_ms(), Some(1));
        place.clock.advance(1);
        assert_eq!(fail(k).await.code(), "sign-in-refused");
    }
    // A clock that is set back by a day does not make the wait a day longer.
    place.clock.advance(-24 * HOUR_MS);
    assert_eq!(fail(8).await.retry_after_ms(), Some(8_000));
    place.clock.advance(24 * HOUR_MS + 8_000);
    place.engine.sign_in("ada", &secret(PASSWORD), HOME).await.expect("the wait is over");
    assert_eq!(fail(9).await.code(), "sign-in-refused", "success starts the name anew");
}

#[tokio::test]
async fn failures_make_an_address_wait_whatever_the_names() {
    let place = Place::new().await;
    place.add("ada", Role::Reviewer).await;
    for k in 0..5 {
        let from = format!("2001:db8:1:2::{k}");
        place.engine.sign_in(&format!("name{k}"), &secret("wrong password"), &from).await.unwrap_err();
    }
    // Another address of the same network waits as well; a success elsewhere does not help.
    place.engine.sign_in("ada", &secret(PASSWORD), HOME).await.unwrap();
    let waits = place.engine.sign_in("ada", &secret(PASSWORD), "2001:db8:1:2:ffff::").await.unwrap_err();
    assert_eq!(waits.retry_after_ms(), Some(1_000));
    place.engine.sign_in("ada", &secret(PASSWORD), "2001:db8:1:3::").await.expect("is another network");
    place.clock.advance(1_000);
    place.engine.sign_in("ada", &secret(PASSWORD), "2001:db8:1:2::7").await.expect("has waited");
    // Its failures are not forgiven by that: the next one waits twice as long.
    place.engine.sign_in("ada", &secret("wrong password"), "2001:db8:1:2::7").await.unwrap_err();
    let waits = place.engine.sign_in("ada", &secret(PASSWORD), "2001:db8:1:2::7").await.unwrap_err();
    assert_eq!(waits.retry_after_ms(), Some(2_000));
}

#[tokio::test]
async fn nobody_is_kept_out_of_where_they_signed_in_before() {
    let place = Place::new().await;
    place.add("ada", Role::Reviewer).await;
    place.engine.sign_in("ada", &secret(PASSWORD), HOME).await.unwrap();
    for k in 0..5 {
        let from = format!("198.51.100.{k}");
        place.engine.sign_in("ada", &secret("wrong password"), &from).await.unwrap_err();
    }
    let elsewhere = async || place.engine.sign_in("ada", &secret(PASSWORD), "198.51.100.99").await;
    assert_eq!(elsewhere().await.unwrap_err().code(), "sign-in-wait");
    place.engine.sign_in("ada", &secret(PASSWORD), HOME).await.expect("is known there");
    assert_eq!(elsewhere().await.unwrap_err().code(), "sign-in-wait", "which forgives nobody else");
    // To guess from there takes as long as from any one address.
    for _ in 0..5 {
        let refused = place.engine.sign_in("ada", &secret("wrong password"), HOME).await.unwrap_err();
        assert_eq!(refused.code(), "sign-in-refused");
    }
    let waits = place.engine.sign_in("ada", &secret(PASSWORD), HOME).await.unwrap_err();
    assert_eq!(waits.retry_after_ms(), Some(1_000));
}

#[tokio::test]
async fn a_new_password_forgives_the_name() {
    let place = Place::new().await;
    let person = place.add("ada", Role::Reviewer).await;
    for k in 0..5 {
        let from = format!("198.51.100.{k}");
        place.engine.sign_in("ada", &secret("wrong password"), &from).await.unwrap_err();
    }
    let new = secret("a password by the operator");
    place
        .engine
        .change_person(&person.id, PersonWish::password(new.clone()), None, &operator())
        .await
        .unwrap();
    place.engine.sign_in("ada", &new, HOME).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_sign_ins_at_once() {
    let place = Place::new().await;
    for k in 0..10 {
        place.add(&format!("person{k}"), Role::Reviewer).await;
    }
    let engine = &place.engine;
    let signing_in = (0..100).map(async |k| {
        let password = secret(if k % 10 == 9 { "wrong password" } else { PASSWORD });
        // The wrong ones each from an address of its own, so that nobody waits for another's failures.
        let from = if k % 10 == 9 { format!("198.51.100.{k}") } else { HOME.to_owned() };
        (k, engine.sign_in(&format!("person{}", k / 10), &password, &from).await)
    });
    for (k, signed_in) in join_all(signing_in).await {
        match signed_in {
            Ok((session, person)) => {
                assert!(k % 10 != 9);
                let caller = engine.check_session(session.token.reveal()).unwrap().caller;
                assert_eq!(caller.kind, CallerKind::Person(person.id));
            }
            Err(error) => assert_eq!((k % 10, error.code()), (9, "sign-in-refused")),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_at_once_get_no_more_tries_than_one_after_the_other() {
    let place = Place::new().await;
    place.add("ada", Role::Reviewer).await;
    let guesses = (0..60).map(async |k| {
        let from = format!("198.51.100.{k}");
        place.engine.sign_in("ada", &secret("wrong password"), &from).await.unwrap_err().code()
    });
    let codes = join_all(guesses).await;
    let tried = codes.iter().filter(|code| **code == "sign-in-refused").count();
    assert_eq!((tried, codes.iter().filter(|code| **code == "sign-in-wait").count()), (5, 55));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_flood_is_turned_away_instead_of_waiting_without_end() {
    let place = Place::new().await;
    let place = Arc::new(place);
    let flood = (0..200).map(|k| {
        let place = Arc::clone(&place);
        async move {
            let from = format!("2001:db8:{k:x}::");
            place.engine.sign_in(&format!("nobody{k}"), &secret(PASSWORD), &from).await.unwrap_err()
        }
    });
    let errors = join_all(flood).await;
    let busy: Vec<_> = errors.iter().filter(|error| error.code() == "sign-in-busy").collect();
    assert!(!busy.is_empty() && busy.len() <= 200 - 128, "{}", busy.len());
    assert!(busy.iter().all(|error| error.retry_after_ms().is_some()));
    assert!(errors.iter().all(|error| ["sign-in-busy", "sign-in-refused"].contains(&error.code())));
}

#[tokio::test]
async fn who_breaks_off_in_the_middle_has_failed() {
    let place = Place::new().await;
    place.add("ada", Role::Reviewer).await;
    for k in 0..5 {
        let from = format!("198.51.100.{k}");
        let password = secret("wrong password");
        let mut guess = Box::pin(place.engine.sign_in("ada", &password, &from));
        let before = place.clock.reads();
        std::future::poll_fn(|context| {
            assert!(guess.as_mut().poll(context).is_pending(), "hashing takes longer than this poll");
            // The second look at the clock is the last thing before the password is hashed.
            if place.clock.reads() >= before + 2 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        drop(guess);
    }
    assert_eq!(
        place.engine.sign_in("ada", &secret(PASSWORD), HOME).await.unwrap_err().code(),
        "sign-in-wait"
    );
}

#[tokio::test]
async fn no_secret_is_in_the_database_or_shown() {
    let place = Place::new().await;
    place.add("ada", Role::Reviewer).await;
    let (session, person) = place.engine.sign_in("ada", &secret(PASSWORD), HOME).await.unwrap();
    // People type their password where the name belongs.
    let mistyped = "hunter2-is-my-password";
    place.engine.sign_in(mistyped, &secret("a wrong password"), HOME).await.unwrap_err();
    let (link, _) = place.engine.create_operator_link(&operator()).await.unwrap();
    let database = place.database();
    assert!(contains(&database, person.id.as_str().as_bytes()), "the scan looks at the right file");
    let shown = format!("{session:?} {:?}", place.engine.check_session(session.token.reveal()).unwrap());
    let secrets = [session.token.reveal(), session.csrf.reveal(), link.reveal(), PASSWORD, mistyped];
    for text in secrets.into_iter().chain(["a wrong password", &session.token.reveal()[4..]]) {
        assert!(!contains(&database, text.as_bytes()));
        assert!(!shown.contains(text));
    }
}
