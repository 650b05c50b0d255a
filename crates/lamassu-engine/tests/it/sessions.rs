//! Sessions: how long they run, and what ends them.

use lamassu_case::Role;
use lamassu_engine::{PersonWish, Session};
use lamassu_store::PERSON_SESSIONS_MAX;

use crate::place::{HOME, HOUR_MS, PASSWORD, Place, operator, secret};

const MINUTE_MS: i64 = 60 * 1000;

async fn signed_in(place: &Place) -> Session {
    place.add("ada", Role::Administrator).await;
    again(place).await
}

async fn again(place: &Place) -> Session {
    place.engine.sign_in("ada", &secret(PASSWORD), HOME).await.expect("signs in").0
}

fn runs(place: &Place, session: &Session) -> bool {
    place.engine.check_session(session.token.reveal()).is_ok()
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends() {
    let place = Place::new().await;
    let session = signed_in(&place).await;
    for _ in 0..3 {
        place.clock.advance(12 * HOUR_MS - 1);
        assert!(runs(&place, &session));
    }
    place.clock.advance(12 * HOUR_MS);
    assert_eq!(place.engine.check_session(session.token.reveal()).unwrap_err().code(), "session-ended");
    place.clock.advance(-HOUR_MS);
    assert!(!runs(&place, &session), "what has ended does not come back with the clock");
}

#[tokio::test]
async fn any_session_ends_after_a_week() {
    let place = Place::new().await;
    let session = signed_in(&place).await;
    for _ in 0..27 {
        place.clock.advance(6 * HOUR_MS);
        assert!(runs(&place, &session));
    }
    place.clock.advance(6 * HOUR_MS);
    assert!(!runs(&place, &session));
}

#[tokio::test]
async fn a_clock_that_is_set_back_ends_sessions_instead_of_lengthening_them() {
    let place = Place::new().await;
    let session = signed_in(&place).await;
    place.clock.advance(HOUR_MS);
    assert!(runs(&place, &session));
    // A correction is let pass, and lengthens the session by no more than itself.
    place.clock.advance(-5 * MINUTE_MS);
    assert!(runs(&place, &session));
    place.clock.advance(12 * HOUR_MS + 5 * MINUTE_MS);
    assert!(!runs(&place, &session));
    // Any more ends it.
    let session = again(&place).await;
    place.clock.advance(-5 * MINUTE_MS - 1);
    assert!(!runs(&place, &session));
    // Little by little it is no different.
    let session = again(&place).await;
    place.clock.advance(-3 * MINUTE_MS);
    assert!(runs(&place, &session));
    place.clock.advance(-3 * MINUTE_MS);
    assert!(!runs(&place, &session));
    // Sessions that were not used meanwhile, too, and after a restart.
    let session = again(&place).await;
    place.clock.advance(-30 * 24 * HOUR_MS);
    let place = place.reopened().await;
    assert!(!runs(&place, &session));
}

#[tokio::test]
async fn sessions_survive_a_restart_with_their_times() {
    let mut place = Place::new().await;
    let session = signed_in(&place).await;
    let ended = again(&place).await;
    place.engine.sign_out(ended.token.reveal()).await.unwrap();
    let before = place.engine.check_session(session.token.reveal()).unwrap();
    place.clock.advance(11 * HOUR_MS);
    assert!(runs(&place, &session));
    place = place.reopened().await;
    place.clock.advance(11 * HOUR_MS);
    assert_eq!(place.engine.check_session(session.token.reveal()).unwrap(), before);
    assert!(!runs(&place, &ended));
    place.clock.advance(12 * HOUR_MS);
    place.engine.flush_session_use().await.unwrap();
    place = place.reopened().await;
    place.clock.advance(-12 * HOUR_MS);
    assert!(!runs(&place, &session), "one that ran out is forgotten by the store");
}

#[tokio::test]
async fn signing_out_ends_one_session() {
    let place = Place::new().await;
    let session = signed_in(&place).await;
    let other = again(&place).await;
    place.engine.sign_out(session.token.reveal()).await.unwrap();
    assert!(!runs(&place, &session) && runs(&place, &other));
    for token in [session.token.reveal(), "", "lms_", &"lms_".repeat(1_000_000), "lms_\0"] {
        assert_eq!(place.engine.sign_out(token).await.unwrap_err().code(), "session-ended");
        assert_eq!(place.engine.check_session(token).unwrap_err().code(), "session-ended");
    }
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let place = Place::new().await;
    let session = signed_in(&place).await;
    let other = again(&place).await;
    let new = secret("another long password");
    let change = async |current: &str| {
        place.engine.change_password(&session.token, &secret(current), &new, HOME).await
    };
    assert_eq!(change("wrong password").await.unwrap_err().code(), "sign-in-refused");
    assert!(runs(&place, &other));
    change(PASSWORD).await.unwrap();
    assert!(runs(&place, &session) && !runs(&place, &other));
    assert_eq!(
        place.engine.sign_in("ada", &secret(PASSWORD), HOME).await.unwrap_err().code(),
        "sign-in-refused"
    );
    place.engine.sign_in("ada", &new, HOME).await.unwrap();
    // By the operator it ends them all.
    let name = "ada".parse().unwrap();
    let id = place.engine.person_of_name(&name).await.unwrap().id;
    place.engine.change_person(&id, PersonWish::password(secret(PASSWORD)), None, &operator()).await.unwrap();
    assert!(!runs(&place, &session));
}

#[tokio::test]
async fn the_oldest_of_too_many_sessions_gives_way() {
    let place = Place::new().await;
    let first = signed_in(&place).await;
    let second = again(&place).await;
    for _ in 0..PERSON_SESSIONS_MAX - 1 {
        again(&place).await;
    }
    assert!(!runs(&place, &first) && runs(&place, &second));
}
