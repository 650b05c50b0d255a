//! Who may do what: every route of the document is called without a key, with a powerless one, and with
//! every key but the right one.

use std::collections::BTreeSet;

use lamassu_case::Scope;
use lamassu_server::api;
use serde_json::Value;

use crate::{Ask, CSRF, SESSION, Served};

/// A route of the document: method, path with its gaps filled, and the scopes of which it needs one; none if it is
/// open.
fn routes() -> Vec<(&'static str, String, Option<Vec<String>>)> {
    let document: Value = serde_json::from_str(&api::document()).expect("the document is JSON");
    let methods =
        ["get", "post", "put", "patch", "delete"].map(|name| (name, name.to_uppercase().leak() as &str));
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let id = "01890000-0000-7000-8000-000000000000";
        let filled: String = path
            .split('/')
            .map(|part| if part.starts_with('{') { id } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for (name, method) in methods {
            let Some(operation) = item.get(name) else { continue };
            let security = operation["security"].as_array().expect("every route says who may call it");
            let alternatives = security.iter().filter_map(|requirement| requirement["key"].as_array());
            let scopes = alternatives.flatten().map(|scope| scope.as_str().expect("a word").to_owned());
            let scopes = (!security.is_empty()).then(|| scopes.collect());
            routes.push((method, filled.clone(), scopes));
        }
    }
    routes
}

/// The only routes that everybody may call. Whoever adds one here says why.
const OPEN: &[&str] = &[
    "/healthz",             // load balancers have no keys
    "/readyz",              // as above
    "/api/v1/openapi.json", // it is in the sources, too
    "/api/v1/session",      // signing in takes a password instead
    "/api/v1/session/link", // the link's token is the key
    "/api/v1/setup",        // as above
];

#[tokio::test]
async fn nothing_is_open_by_oversight() {
    let mut served = Served::start().await;
    let routes = routes();
    let needed: BTreeSet<&Vec<String>> = routes.iter().filter_map(|(_, _, scopes)| scopes.as_ref()).collect();
    assert!(needed.iter().any(|scopes| scopes.len() > 1), "some need one of two");
    for scopes in needed {
        let others = Scope::ALL.into_iter().filter(|scope| !scopes.iter().any(|name| name == scope.name()));
        served.key(&format!("{{all but {scopes:?}}}"), &others.collect::<Vec<_>>()).await;
    }
    assert!(routes.len() > 30, "the document lists the routes");
    for (method, path, scopes) in routes {
        let Some(scopes) = scopes else {
            assert!(OPEN.contains(&path.as_str()), "{path} is open to everybody");
            continue;
        };
        for ask in [Ask::new(method, &path).nobody(), Ask::new(method, &path).key("lmk_wrong")] {
            let answer = served.ask(ask).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"), "{method} {path}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
        if !scopes.is_empty() {
            let answer = served.ask(Ask::new(method, &path).key(&format!("{{all but {scopes:?}}}"))).await;
            assert_eq!((answer.status, answer.code().as_str()), (403, "scope-missing"), "{method} {path}");
        }
        // This one answers for as long as the connection lasts; tests of its own read it.
        if path == "/api/v1/events" {
            continue;
        }
        let answer = served.ask(Ask::new(method, &path)).await;
        let refused = [401, 403].contains(&answer.status) && answer.code() != "session-needed";
        assert!(!refused, "{method} {path} lets the right key in: {answer:?}");
    }
}

#[tokio::test]
async fn credentials_are_read_strictly() {
    let served = Served::start().await;
    let banks = |value: &str| Ask::get("/api/v1/banks").header("Authorization", value);
    for wrong in
        ["{all}", "Basic {all}", "Bearer ", "Bearer  ", "Bearer {all}x", "Bearer x{all}", "Bearer {all} x"]
    {
        assert_eq!(served.ask(banks(wrong)).await.status, 401, "{wrong}");
    }
    assert_eq!(served.ask(banks(&format!("Bearer {}", "x".repeat(5000)))).await.status, 401);
    assert_eq!(served.ask(banks("bearer {all}")).await.status, 200, "schemes have no case");
}

#[tokio::test]
async fn a_wrong_key_is_not_made_good_by_a_session() {
    let mut served = Served::start().await;
    served.sign_in().await;
    let banks = || Ask::get("/api/v1/banks").header("Cookie", SESSION);
    assert_eq!(served.ask(banks().nobody()).await.status, 200);
    assert_eq!(served.ask(banks().key("lmk_wrong")).await.status, 401);
}

#[tokio::test]
async fn sessions_change_nothing_without_their_token() {
    let mut served = Served::start().await;
    served.sign_in().await;
    let cookie = format!("theme=dark; {SESSION}");
    let change = || Ask::post("/api/v1/banks").nobody().header("Cookie", &cookie).json(r#"{"name":"known"}"#);
    let with = |name: &str, value: &str| change().header("X-CSRF-Token", CSRF).header(name, value);
    let refused = [
        change(),
        change().header("X-CSRF-Token", "wrong"),
        change().header("X-CSRF-Token", ""),
        with("Sec-Fetch-Site", "cross-site"),
        with("Sec-Fetch-Site", "same-site"),
        with("Origin", "https://elsewhere.example"),
        with("Origin", "null"),
    ];
    for ask in refused {
        let answer = served.ask(ask.clone()).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "csrf-refused"), "{ask:?}");
    }
    let reading = Ask::get("/api/v1/banks").nobody().header("Cookie", &cookie);
    assert_eq!(served.ask(reading).await.json()["items"], serde_json::json!([]), "nothing was changed");
    let made = with("Origin", "http://localhost").header("Sec-Fetch-Site", "same-origin");
    assert_eq!(served.ask(made).await.status, 201);
}

#[tokio::test]
async fn behind_tls_only_the_public_address_may_change_something() {
    let public = |settings: &mut lamassu_server::ServerSettings| {
        settings.public_url = Some("https://review.example".to_owned());
    };
    let mut served = Served::with(public).await;
    served.sign_in().await;
    let change = |origin: &str| {
        let ask = Ask::post("/api/v1/banks").nobody().header("Cookie", SESSION);
        ask.header("X-CSRF-Token", CSRF).header("Origin", origin).json(r#"{"name":"known"}"#)
    };
    assert_eq!(served.ask(change("http://localhost")).await.status, 403);
    assert_eq!(served.ask(change("https://review.example")).await.status, 201);
}
