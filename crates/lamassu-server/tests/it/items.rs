//! Items: in, decided, reviewed, taken back.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::entries::bmp;
use crate::multipart::{Parts, post};
use crate::{Ask, Served};

const ITEMS: &str = "/api/v1/items";
const DETAILS: &str = r#"{"reference":"post-1","account":"a-1","actor_kind":"channel",
    "occurred_at":"2026-11-22T20:00:00+01:00","hashtags":["x"],"idempotency_key":"k-1"}"#;

fn file(details: &str, bytes: &[u8]) -> Ask {
    post(&format!("{ITEMS}?wait_ms=30000"), &Parts::new().text("item", details).file("file", bytes).end())
}

/// A server whose bank knows a picture.
async fn knowing() -> Served {
    let served = Served::with_bank().await;
    let body = Parts::new().text("metadata", r#"{"title":"Example Agency"}"#).file("file", &bmp(3)).end();
    assert_eq!(served.ask(post("/api/v1/banks/known/entries", &body)).await.status, 201);
    served
}

/// The case of a known picture that was sent in.
async fn case(served: &Served) -> String {
    let answer = served.ask(file(DETAILS, &bmp(3))).await;
    let case = answer.json()["item"]["case"].as_str().map(str::to_owned);
    case.unwrap_or_else(|| panic!("a case: {answer:?}"))
}

#[tokio::test]
async fn a_known_picture_becomes_a_case() {
    let served = knowing().await;
    let answer = served.ask(file(DETAILS, &bmp(3))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let item = &answer.json()["item"];
    assert_eq!(
        (&item["state"], &item["outcome"], &item["banks"]),
        (&json!("decided"), &json!("review"), &json!(["known"]))
    );
    assert!(item.get("matches").is_none(), "evidence is for reviewers");
    let again = served.ask(file(DETAILS, &bmp(3))).await.json();
    assert_eq!((&again["already"], &again["item"]["id"]), (&json!(true), &item["id"]));
    let other = served.ask(file(&DETAILS.replace("post-1", "post-2"), &bmp(3))).await;
    assert_eq!((other.status, other.code().as_str()), (409, "idempotency-key-reused"));
    let shown = served.ask(Ask::get(format!("{ITEMS}/{}", item["id"].as_str().unwrap()))).await.json();
    assert_eq!(shown, *item);
    let cases = served.ask(Ask::get("/api/v1/cases?state=open")).await.json();
    assert_eq!(cases["items"][0]["matches"][0]["title"], "Example Agency");
    assert_eq!(cases["items"][0]["item"], *item);
}

#[tokio::test]
async fn cases_are_decided_once_and_taken_back_in_time() {
    let served = knowing().await;
    let path = format!("/api/v1/cases/{}/review", case(&served).await);
    let review = |verdict: &str| {
        Ask::post(&path)
            .json(&format!(r#"{{"verdict":"{verdict}","reason":"The Example Agency's own clip."}}"#))
    };
    let decided = served.ask(review("violating")).await;
    assert_eq!((decided.status, &decided.json()["state"]), (200, &json!("decided")));
    assert_eq!(decided.json()["actions"][0]["kind"], "disable");
    assert_eq!(served.ask(review("not-violating")).await.code(), "case-decided");
    let actions = served.ask(Ask::get("/api/v1/actions")).await.json();
    assert_eq!(actions["items"], decided.json()["actions"]);
    let reopened = served.ask(Ask::new("DELETE", &path)).await.json();
    assert_eq!((&reopened["state"], &reopened["review"]), (&json!("open"), &Value::Null));
    assert_eq!(served.ask(Ask::new("DELETE", &path)).await.code(), "case-not-decided");
    assert!(!served.ask(Ask::get("/api/v1/actions")).await.json()["items"][0]["withdrawn_at"].is_null());
    for (body, code) in [
        (r#"{"verdict":"violating","reason":" "}"#, "reason-invalid"),
        (r#"{"verdict":"maybe","reason":"x"}"#, "body-invalid"),
        (r#"{"verdict":"violating"}"#, "body-invalid"),
    ] {
        assert_eq!(served.ask(Ask::post(&path).json(body)).await.code(), code);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_reviewers_one_decides() {
    let served = knowing().await;
    let path = format!("/api/v1/cases/{}/review", case(&served).await);
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let ask = Ask::post(&path).json(r#"{"verdict":"violating","reason":"x"}"#);
        tasks.spawn(served.ready(ask).send(served.address));
    }
    let mut statuses: Vec<u16> = tasks.join_all().await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, [409; 7].as_slice()));
    assert_eq!(served.ask(Ask::get("/api/v1/actions")).await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_case_shows_its_media_as_a_small_jpeg() {
    let served = knowing().await;
    let case = case(&served).await;
    let picture = served.ask(Ask::get(format!("/api/v1/cases/{case}/media"))).await;
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/jpeg")), "{picture:?}");
    assert!(picture.body.starts_with(&[0xff, 0xd8, 0xff]), "a JPEG, made anew");
    assert_eq!(picture.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn other_senders_do_not_see_an_item() {
    let mut served = Served::start().await;
    served.key("{other}", &[lamassu_case::Scope::Items]).await;
    let sent = served.ask(file(DETAILS, &bmp(1))).await.json();
    let path = format!("{ITEMS}/{}", sent["item"]["id"].as_str().unwrap());
    let answer = served.ask(Ask::get(&path).key("{other}")).await;
    assert_eq!((answer.status, answer.code().as_str()), (404, "item-not-found"));
    assert_eq!(served.ask(Ask::get(&path)).await.status, 200);
}

#[tokio::test]
async fn posts_are_items_too() {
    let served = Served::start().await;
    let post = |rest: &str| {
        Ask::post(format!("{ITEMS}?wait_ms=30000")).json(&format!(r#"{{"reference":"post-9",{rest}}}"#))
    };
    let sent = served.ask(post(r#""text":"Peace.","urls":["https://example.org/a"]"#)).await;
    assert_eq!((sent.status, &sent.json()["item"]["outcome"]), (200, &json!("none")), "{sent:?}");
    for (rest, status, code) in [
        (r#""text":"""#, 422, "post-empty"),
        (r#""media_url":"https://example.org/a","text":"b""#, 422, "field-invalid"),
        (r#""text":"a","colour":1"#, 400, "body-invalid"),
        (r#""text":"a","actor_kind":"person""#, 400, "body-invalid"),
        (r#""text":"a","occurred_at":"yesterday""#, 400, "body-invalid"),
        (r#""text":"a","account":"""#, 422, "submission-invalid"),
    ] {
        let answer = served.ask(post(rest)).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{rest}");
    }
    let long = format!(r#""text":"{}""#, "x".repeat(300 << 10));
    assert_eq!(served.ask(post(&long)).await.code(), "post-too-long");
    assert_eq!(
        served.ask(Ask::post(format!("{ITEMS}?wait_ms=30001")).json("{}")).await.code(),
        "query-invalid"
    );
}

#[tokio::test]
async fn what_cannot_be_read_says_so() {
    let served = Served::start().await;
    let failed = served.ask(file(DETAILS, b"GIF89a and no more")).await;
    let item = &failed.json()["item"];
    // The screen is as large as the letters after the signature say.
    assert_eq!((&item["state"], &item["failure"]), (&json!("failed"), &json!("limit-pixels")), "{failed:?}");
    let cut = Parts::new().text("item", DETAILS).file("file", &bmp(2)).cut();
    assert_eq!(served.ask(post(ITEMS, &cut)).await.code(), "multipart-invalid");
}

#[tokio::test]
async fn one_account_cannot_flood() {
    let served = Served::with(|settings| {
        settings.rates.account_items = lamassu_server::Rate { per_minute: 1, at_once: 2 };
    })
    .await;
    let send = |account: &str| {
        let text = format!(r#"{{"reference":"r","account":"{account}","text":"x"}}"#);
        Ask::post(ITEMS).json(&text)
    };
    for _ in 0..2 {
        assert!([200, 202].contains(&served.ask(send("loud")).await.status), "decided at once, or later");
    }
    let refused = served.ask(send("loud")).await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "rate-limited"));
    assert!(refused.header("retry-after").is_some());
    assert!(served.ask(send("quiet")).await.status < 300);
}

#[tokio::test]
async fn lookups_find_what_is_known() {
    let served = knowing().await;
    let page = served.ask(Ask::get("/api/v1/banks/known/entries")).await.json();
    // A 256-bit hash whose distance nobody knows; found or not, the answer has its shape.
    let hash = "f".repeat(64);
    let answer = served.ask(Ask::post("/api/v1/lookup").json(&format!(r#"{{"pdq":"{hash}"}}"#))).await.json();
    assert_eq!(answer, json!({"matches": []}), "the canary is nobody's entry");
    let sha256 = page["items"][0]["sha256"].as_str().unwrap();
    let answer =
        served.ask(Ask::post("/api/v1/lookup").json(&format!(r#"{{"sha256":"{sha256}"}}"#))).await.json();
    assert_eq!(answer["matches"][0]["entry"], page["items"][0]["id"]);
    let other =
        served.ask(Ask::post("/api/v1/lookup").json(&format!(r#"{{"pdq":"{hash}","bank":"other"}}"#))).await;
    assert_eq!(other.code(), "bank-not-found");
    let both = format!(r#"{{"pdq":"{hash}","sha256":"{sha256}"}}"#);
    assert_eq!(served.ask(Ask::post("/api/v1/lookup").json(&both)).await.code(), "field-invalid");
}
