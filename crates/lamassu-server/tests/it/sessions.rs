//! People: from the link of the first start to signing out.

use lamassu_engine::Actor;
use serde_json::json;

use crate::{Ask, CSRF, PASSWORD, SESSION, Served};

#[tokio::test]
async fn the_link_makes_the_first_person() {
    let served =
        Served::with(|settings| settings.public_url = Some("https://review.example".to_owned())).await;
    let (link, _) = served.engine.create_setup_link(&Actor("test".to_owned())).await.unwrap();
    let body = format!(r#"{{"token":"{}","name":"admin","password":"{PASSWORD}"}}"#, link.reveal());
    let set_up = || Ask::post("/api/v1/setup").nobody().json(&body);
    let elsewhere = set_up().header("Origin", "https://elsewhere.example");
    assert_eq!(served.ask(elsewhere).await.code(), "csrf-refused");
    let begun = served.ask(set_up()).await;
    assert_eq!((begun.status, &begun.json()["person"]["role"]), (200, &json!("administrator")), "{begun:?}");
    let cookie = begun.header("set-cookie").expect("a cookie");
    for part in ["lamassu_session=lms_", "HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert!(begun.json().get("token").is_none(), "scripts never see the token");
    assert_eq!(served.ask(set_up()).await.status, 410, "it works once");
}

#[tokio::test]
async fn people_sign_in_and_out() {
    let mut served = Served::start().await;
    served.sign_in().await;
    let sign_in = |password: &str| {
        Ask::post("/api/v1/session").nobody().json(&format!(r#"{{"name":"admin","password":"{password}"}}"#))
    };
    let refused = served.ask(sign_in("wrong wrong wrong")).await;
    assert_eq!((refused.status, refused.code().as_str()), (401, "sign-in-refused"));
    let begun = served.ask(sign_in(PASSWORD)).await;
    assert_eq!(begun.status, 200, "{begun:?}");
    assert!(!begun.header("set-cookie").expect("a cookie").contains("Secure"), "there is no TLS here");
    let cross = sign_in(PASSWORD).header("Sec-Fetch-Site", "cross-site");
    assert_eq!(served.ask(cross).await.code(), "csrf-refused", "nobody is signed in from elsewhere");
    let session = || Ask::get("/api/v1/session").nobody().header("Cookie", SESSION);
    let whoami = served.ask(session()).await.json();
    assert!(whoami["actor"].as_str().unwrap().starts_with("person:"));
    assert_eq!(whoami["csrf"], served.stands.last().unwrap().1);
    assert_eq!(
        (&whoami["person"]["name"], &whoami["person"]["role"]),
        (&json!("admin"), &json!("administrator"))
    );
    let of_key = served.ask(Ask::get("/api/v1/session")).await.json();
    assert_eq!((&of_key["person"], &of_key["csrf"]), (&json!(null), &json!(null)));
    let out =
        Ask::new("DELETE", "/api/v1/session").nobody().header("Cookie", SESSION).header("X-CSRF-Token", CSRF);
    let answer = served.ask(out).await;
    assert_eq!(answer.status, 204);
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(served.ask(session()).await.code(), "unauthenticated");
}

#[tokio::test]
async fn guesses_are_slowed_down() {
    let mut served = Served::start().await;
    served.sign_in().await;
    let guess =
        || Ask::post("/api/v1/session").nobody().json(r#"{"name":"admin","password":"wrong wrong wrong"}"#);
    for _ in 0..50 {
        let answer = served.ask(guess()).await;
        if answer.status == 429 {
            assert_eq!(answer.code(), "sign-in-wait");
            assert!(answer.header("retry-after").is_some());
            return;
        }
        assert_eq!(answer.status, 401);
    }
    panic!("fifty guesses were let through");
}

/// How often another name fails to sign in before its sender has to wait; the sender says that it comes from
/// `from`, another place each time if there is a `{}` in it.
async fn failures_from(served: &Served, from: &str) -> Option<u32> {
    for k in 0..20 {
        let body = format!(r#"{{"name":"nobody-{k}","password":"wrong wrong wrong"}}"#);
        let ask = Ask::post("/api/v1/session").nobody().json(&body);
        let answer = served.ask(ask.header("X-Forwarded-For", &from.replace("{}", &k.to_string()))).await;
        match answer.status {
            401 => {}
            429 => return Some(k),
            _ => panic!("{answer:?}"),
        }
    }
    None
}

#[tokio::test]
async fn only_a_known_proxy_says_where_a_request_comes_from() {
    let served = Served::start().await;
    let waits = failures_from(&served, "203.0.113.{}").await;
    assert!(waits.is_some(), "a stranger's word is not taken: all of it comes from one place");

    let proxied =
        Served::with(|settings| settings.proxies = vec!["127.0.0.1".parse().expect("an address")]).await;
    assert_eq!(
        failures_from(&proxied, "198.51.100.1, 203.0.113.{}").await,
        None,
        "the last one is the proxy's"
    );
    let waits = failures_from(&proxied, "198.51.100.{}, 203.0.113.200").await;
    assert!(waits.is_some(), "what the sender wrote before it counts for nothing");
}

#[tokio::test]
async fn a_password_is_changed_by_its_owner() {
    let mut served = Served::start().await;
    served.sign_in().await;
    let change = |current: &str, new: &str| {
        let ask = Ask::post("/api/v1/session/password")
            .nobody()
            .header("Cookie", SESSION)
            .header("X-CSRF-Token", CSRF);
        ask.json(&format!(r#"{{"current":"{current}","new":"{new}"}}"#))
    };
    assert_eq!(served.ask(change(PASSWORD, "short")).await.code(), "password-invalid");
    assert_eq!(served.ask(change("wrong wrong wrong", "a longer password")).await.code(), "sign-in-refused");
    assert_eq!(served.ask(change(PASSWORD, "a longer password")).await.status, 204);
    let with_key = Ask::post("/api/v1/session/password").json(r#"{"current":"a","new":"b"}"#);
    assert_eq!(served.ask(with_key).await.code(), "session-needed");
}

#[tokio::test]
async fn a_link_signs_a_person_in_once() {
    let mut served = Served::start().await;
    served.sign_in().await;
    let name = "ADMIN".parse().expect("a name");
    let link = async || {
        let (link, _) =
            served.engine.create_sign_in_link(&name, &Actor("test".to_owned())).await.expect("a link");
        link.reveal().to_owned()
    };
    let (replaced, link) = (link().await, link().await);
    let follow =
        |token: &str| Ask::post("/api/v1/session/link").nobody().json(&format!(r#"{{"token":"{token}"}}"#));
    let cross = follow(&link).header("Sec-Fetch-Site", "cross-site");
    assert_eq!(served.ask(cross).await.code(), "csrf-refused", "nobody is signed in from elsewhere");
    let begun = served.ask(follow(&link)).await;
    assert_eq!((begun.status, &begun.json()["person"]["name"]), (200, &json!("admin")), "{begun:?}");
    let cookie = begun.header("set-cookie").expect("a cookie").split(';').next().expect("a pair").to_owned();
    let whoami = served.ask(Ask::get("/api/v1/session").nobody().header("Cookie", &cookie)).await.json();
    assert_eq!(whoami["person"]["name"], "admin");
    for token in [link.as_str(), replaced.as_str(), "lmi_wrong", ""] {
        let refused = served.ask(follow(token)).await;
        assert_eq!((refused.status, refused.code().as_str()), (410, "sign-in-link-refused"), "{token}");
    }
}
