//! People: how the first one comes in, and what is kept from going wrong with the rest.

use futures_util::future::join_all;
use lamassu_case::{Role, Scope};
use lamassu_engine::{PersonDraft, PersonWish};

use crate::place::{HOME, HOUR_MS, PASSWORD, Place, operator, secret};

#[tokio::test]
async fn a_setup_link_makes_the_first_administrator_once() {
    let place = Place::new().await;
    let (replaced, _) = place.engine.create_setup_link(&operator()).await.unwrap();
    let (link, _) = place.engine.create_setup_link(&operator()).await.unwrap();
    let redeem =
        async |link, name: &str| place.engine.redeem_setup_link(link, name, &secret(PASSWORD), HOME).await;
    assert_eq!(redeem(&replaced, "ada").await.unwrap_err().code(), "setup-link-refused");
    let (person, session) = redeem(&link, "ada").await.unwrap();
    assert_eq!(person.role, Role::Administrator);
    place.engine.check_session(session.token.reveal()).unwrap().caller.allow(Scope::Administer).unwrap();
    assert_eq!(redeem(&link, "bob").await.unwrap_err().code(), "setup-link-refused");
    assert_eq!(place.engine.create_setup_link(&operator()).await.unwrap_err().code(), "already-set-up");
    let (link, _) = place.engine.create_operator_link(&operator()).await.unwrap();
    assert_eq!(redeem(&link, "ADA").await.unwrap_err().code(), "person-exists");
    redeem(&link, "bob").await.unwrap();
}

#[tokio::test]
async fn a_setup_link_ends_after_a_day_and_cannot_be_guessed() {
    let place = Place::new().await;
    let (link, expires_at_ms) = place.engine.create_setup_link(&operator()).await.unwrap();
    let redeem = async |text: &str| {
        let link = secret(text);
        place.engine.redeem_setup_link(&link, "ada", &secret(PASSWORD), HOME).await.unwrap_err()
    };
    for hostile in
        ["", "lml_", "lml_\0", &link.reveal().replacen("lml_", "lmk_", 1), &"lml_".repeat(1_000_000)]
    {
        assert_eq!(redeem(hostile).await.code(), "setup-link-refused");
    }
    let guess = format!("lml_{}", "A".repeat(43));
    for _ in 0..5 {
        assert_eq!(redeem(&guess).await.code(), "setup-link-refused");
    }
    assert_eq!(redeem(&guess).await.code(), "sign-in-wait");
    place.clock.advance(24 * HOUR_MS);
    assert_eq!(expires_at_ms, lamassu_engine::Clock::now_ms(&*place.clock));
    assert_eq!(redeem(link.reveal()).await.code(), "setup-link-refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_use_a_link_at_once_one_comes_in() {
    let place = Place::new().await;
    let (link, _) = place.engine.create_setup_link(&operator()).await.unwrap();
    let redeeming = (0..8).map(async |k| {
        let from = format!("192.0.2.{k}");
        place.engine.redeem_setup_link(&link, &format!("person{k}"), &secret(PASSWORD), &from).await.is_ok()
    });
    assert_eq!(join_all(redeeming).await.into_iter().filter(|good| *good).count(), 1);
    assert_eq!(place.engine.people(0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn passwords_are_long_and_otherwise_free() {
    let place = Place::new().await;
    let add = async |k: usize, password: &str| {
        let draft = PersonDraft {
            name: format!("person{k}"),
            display_name: Some("Example Person".to_owned()),
            role: Role::Reviewer,
            password: secret(password),
        };
        place.engine.create_person(draft, &operator()).await.map(|_| ()).map_err(|error| error.code())
    };
    for bad in
        ["", "elevenchars", "ééééééééééé", &"x".repeat(1025), &"é".repeat(513), &"x".repeat(50_000_000)]
    {
        assert_eq!(add(0, bad).await, Err("password-invalid"));
    }
    let good = ["aaaaaaaaaaaa", "            ", "éééééééééééé", &"x".repeat(1024), "with\0nul and\nline"];
    for (k, good) in good.into_iter().enumerate() {
        add(k, good).await.unwrap();
        place.engine.sign_in(&format!("person{k}"), &secret(good), HOME).await.unwrap();
    }
}

#[tokio::test]
async fn names_are_checked_and_taken_once() {
    let place = Place::new().await;
    place.add("Ada", Role::Reviewer).await;
    let add = async |name: &str, display_name: Option<&str>| {
        let draft = PersonDraft {
            name: name.to_owned(),
            display_name: display_name.map(str::to_owned),
            role: Role::Reviewer,
            password: secret(PASSWORD),
        };
        place.engine.create_person(draft, &operator()).await.unwrap_err().code()
    };
    assert_eq!(add("aDA", None).await, "person-exists");
    assert_eq!(add("a b", None).await, "person-name-invalid");
    for bad in ["", "\n", "a\u{1b}[2J", &"x".repeat(101)] {
        assert_eq!(add("bob", Some(bad)).await, "display-name-invalid");
    }
}

#[tokio::test]
async fn what_takes_rights_away_takes_effect_at_once_and_stays() {
    let mut place = Place::new().await;
    let ada = place.add("ada", Role::Administrator).await;
    let bob = place.add("bob", Role::Administrator).await;
    let sign_in = async |place: &Place| place.engine.sign_in("bob", &secret(PASSWORD), HOME).await;
    let (session, _) = sign_in(&place).await.unwrap();
    // What changes nothing ends nothing.
    place
        .engine
        .change_person(&bob.id, PersonWish::role(Role::Administrator), None, &operator())
        .await
        .unwrap();
    place.engine.check_session(session.token.reveal()).unwrap();
    place.engine.change_person(&bob.id, PersonWish::role(Role::Reviewer), None, &operator()).await.unwrap();
    assert!(place.engine.check_session(session.token.reveal()).is_err());
    let (session, _) = sign_in(&place).await.unwrap();
    let caller = place.engine.check_session(session.token.reveal()).unwrap().caller;
    assert!(caller.allow(Scope::Administer).is_err());
    place.engine.change_person(&bob.id, PersonWish::disabled(true), None, &operator()).await.unwrap();
    assert!(place.engine.check_session(session.token.reveal()).is_err());
    place = place.reopened().await;
    assert!(place.engine.check_session(session.token.reveal()).is_err());
    assert_eq!(sign_in(&place).await.unwrap_err().code(), "sign-in-refused");
    place.engine.change_person(&bob.id, PersonWish::disabled(false), None, &operator()).await.unwrap();
    sign_in(&place).await.unwrap();
    // The last administrator stays, and stays signed in.
    let (session, _) = place.engine.sign_in("ada", &secret(PASSWORD), HOME).await.unwrap();
    let disabled =
        place.engine.change_person(&ada.id, PersonWish::disabled(true), None, &operator()).await.unwrap_err();
    let demoted = place
        .engine
        .change_person(&ada.id, PersonWish::role(Role::Reviewer), None, &operator())
        .await
        .unwrap_err();
    assert_eq!([disabled.code(), demoted.code()], ["last-administrator"; 2]);
    place.engine.check_session(session.token.reveal()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn disabling_while_signing_in_leaves_no_session() {
    let place = Place::new().await;
    let bob = place.add("bob", Role::Reviewer).await;
    for round in 0..5 {
        let signing_in = (0..6).map(async |k| {
            let from = format!("192.0.{round}.{k}");
            place.engine.sign_in("bob", &secret(PASSWORD), &from).await.ok()
        });
        let operator = operator();
        let disabling = place.engine.change_person(&bob.id, PersonWish::disabled(true), None, &operator);
        let (sessions, disabled) = futures_util::future::join(join_all(signing_in), disabling).await;
        disabled.unwrap();
        for (session, _) in sessions.into_iter().flatten() {
            assert!(place.engine.check_session(session.token.reveal()).is_err());
        }
        place.engine.change_person(&bob.id, PersonWish::disabled(false), None, &operator).await.unwrap();
        // Those who were refused have failed; a new password forgives them.
        place
            .engine
            .change_person(&bob.id, PersonWish::password(secret(PASSWORD)), None, &operator)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn who_breaks_off_taking_rights_away_has_taken_them() {
    let place = Place::new().await;
    let bob = place.add("bob", Role::Reviewer).await;
    let (session, _) = place.engine.sign_in("bob", &secret(PASSWORD), HOME).await.unwrap();
    let scopes = [Scope::Items].into();
    let (key, key_secret) = place.engine.create_key("k", &scopes, None, &operator()).await.unwrap();
    // As a browser that goes away in the middle of its request.
    break_off(place.engine.change_person(&bob.id, PersonWish::disabled(true), None, &operator())).await;
    break_off(place.engine.revoke_key(&key.id, &operator())).await;
    assert!(place.engine.check_session(session.token.reveal()).is_err());
    assert!(place.engine.authenticate_key(key_secret.reveal()).is_err());
    // Again, to the end.
    place.engine.change_person(&bob.id, PersonWish::disabled(true), None, &operator()).await.unwrap();
    place.engine.revoke_key(&key.id, &operator()).await.unwrap();
    let place = place.reopened().await;
    assert!(place.engine.check_session(session.token.reveal()).is_err());
    assert!(place.engine.authenticate_key(key_secret.reveal()).is_err());
}

/// Polls once and drops.
async fn break_off(work: impl Future<Output: std::fmt::Debug>) {
    let mut work = Box::pin(work);
    std::future::poll_fn(|context| {
        assert!(work.as_mut().poll(context).is_pending(), "the store takes longer than this poll");
        std::task::Poll::Ready(())
    })
    .await;
}
