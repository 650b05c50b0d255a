//! What administrators look after: keys, people, webhooks.

use serde_json::json;

use crate::{Ask, Served};

#[tokio::test]
async fn keys_come_and_go() {
    let served = Served::start().await;
    let keys = "/api/v1/keys";
    let made =
        served.ask(Ask::post(keys).json(r#"{"name":"uploads","scopes":["items","banks:read"]}"#)).await;
    assert_eq!(made.status, 201, "{made:?}");
    let secret = made.json()["secret"].as_str().unwrap().to_owned();
    assert_eq!(served.ask(Ask::get("/api/v1/banks").key(&secret)).await.status, 200);
    let list = served.ask(Ask::get(format!("{keys}?limit=2"))).await;
    assert!(!String::from_utf8_lossy(&list.body).contains(&secret), "a secret is shown once");
    let next = list.json()["next"].as_str().expect("there are three").to_owned();
    let rest = served.ask(Ask::get(format!("{keys}?after={next}"))).await.json();
    assert_eq!(rest["items"][0]["scopes"], json!(["items", "banks:read"]));
    let path = format!("{keys}/{}", made.json()["key"]["id"].as_str().unwrap());
    assert_eq!(served.ask(Ask::new("DELETE", &path)).await.status, 204);
    assert_eq!(served.ask(Ask::get("/api/v1/banks").key(&secret)).await.status, 401);
    for (body, code) in [
        (r#"{"name":"x","scopes":[]}"#, "key-without-scope"),
        (r#"{"name":"x","scopes":["everything"]}"#, "body-invalid"),
        (r#"{"name":"","scopes":["items"]}"#, "key-name-invalid"),
        (r#"{"name":"x","scopes":["items"],"expires_at":"2001-01-01T00:00:00Z"}"#, "expiry-past"),
    ] {
        assert_eq!(served.ask(Ask::post(keys).json(body)).await.code(), code, "{body}");
    }
    assert_eq!(served.ask(Ask::new("DELETE", format!("{keys}/x"))).await.code(), "key-not-found");
}

#[tokio::test]
async fn people_are_added_and_kept_out() {
    let mut served = Served::start().await;
    served.sign_in().await;
    let people = "/api/v1/people";
    let new = r#"{"name":"reader","role":"reviewer","password":"a long enough password"}"#;
    let added = served.ask(Ask::post(people).json(new)).await;
    assert_eq!((added.status, &added.json()["role"]), (201, &json!("reviewer")), "{added:?}");
    assert_eq!(
        served.ask(Ask::post(people).json(&new.replace("reader", "Reader"))).await.code(),
        "person-exists"
    );
    let path = format!("{people}/{}", added.json()["id"].as_str().unwrap());
    let changed = served.ask(Ask::new("PATCH", &path).json(r#"{"disabled":true}"#)).await.json();
    assert!(!changed["disabled_at"].is_null());
    let sign_in = Ask::post("/api/v1/session").nobody();
    let sign_in = sign_in.json(r#"{"name":"reader","password":"a long enough password"}"#);
    assert_eq!(served.ask(sign_in).await.code(), "sign-in-refused");
    let list = served.ask(Ask::get(people)).await.json();
    let admin = format!("{people}/{}", list["items"][0]["id"].as_str().unwrap());
    let demoted = served.ask(Ask::new("PATCH", &admin).json(r#"{"role":"reviewer"}"#)).await;
    assert_eq!((demoted.status, demoted.code().as_str()), (409, "last-administrator"));
}

#[tokio::test]
async fn webhooks_go_to_public_addresses_only() {
    let served = Served::start().await;
    let hooks = "/api/v1/webhooks";
    for url in
        ["http://127.0.0.1/x", "http://[::1]/x", "http://169.254.169.254/", "file:///etc/passwd", "not a url"]
    {
        let answer = served.ask(Ask::post(hooks).json(&json!({"url": url}).to_string())).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "url-refused"), "{url}");
    }
    let new = r#"{"url":"https://platform.example/hook","events":["action.requested"]}"#;
    let added = served.ask(Ask::post(hooks).json(new)).await;
    assert_eq!(
        (added.status, &added.json()["webhook"]["events"]),
        (201, &json!(["action.requested"])),
        "{added:?}"
    );
    let secret = added.json()["secret"].as_str().unwrap().to_owned();
    let list = served.ask(Ask::get(hooks)).await;
    assert!(!String::from_utf8_lossy(&list.body).contains(&secret), "a secret is shown once");
    let id = added.json()["webhook"]["id"].as_str().unwrap().to_owned();
    assert_eq!(served.ask(Ask::new("DELETE", format!("{hooks}/{id}"))).await.status, 204);
    assert_eq!(served.ask(Ask::post(format!("{hooks}/{id}/test"))).await.code(), "webhook-disabled");
    let deliveries = served.ask(Ask::get(format!("/api/v1/deliveries?webhook={id}&state=dead"))).await.json();
    assert_eq!(deliveries, json!({"items": [], "next": null}));
    assert_eq!(served.ask(Ask::get("/api/v1/deliveries?state=lost")).await.code(), "query-invalid");
    let replay = Ask::post(format!("/api/v1/deliveries/{id}/{id}/replay"));
    assert_eq!(served.ask(replay).await.code(), "delivery-not-found");
}
