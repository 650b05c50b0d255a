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
pub async fn knowing() -> Served {
    let served = Served::with_bank().await;
    know(&served, 3).await;
    served
}

/// Adds a picture to the bank.
pub async fn know(served: &Served, seed: u32) {
    let body = Parts::new().text("metadata", r#"{"title":"Example Agency"}"#).file("file", &bmp(seed)).end();
    assert_eq!(served.ask(post("/api/v1/banks/known/entries", &body)).await.status, 201);
}

/// The case of a known picture that was sent in.
pub async fn case(served: &Served) -> String {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_who_saw_the_same_one_decides() {
    let served = knowing().await;
    let case = case(&served).await;
    let mut tasks = JoinSet::new();
    for k in 0..50 {
        let request = format!("44444444-0000-7000-8000-{k:012}");
        let body = format!(r#"{{"verdict":"violating","reason":"x","version":1,"request":"{request}"}}"#);
        let ask = Ask::post(format!("/api/v1/cases/{case}/review")).json(&body);
        tasks.spawn(served.ready(ask).send(served.address));
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    let changed = answers.iter().filter(|answer| answer.status == 409 && answer.code() == "case-changed");
    assert_eq!(changed.count(), 49);
    let now = served.ask(Ask::get(format!("/api/v1/cases/{case}"))).await.json();
    assert_eq!((&now["version"], now["actions"].as_array().unwrap().len()), (&json!(2), 1));
    let counts = served.engine.delivery_counts().await.expect("the counts are read");
    assert_eq!(counts.unhanded, 3, "of the item, the case and one action");
}

#[tokio::test]
async fn an_attempt_that_is_sent_twice_decides_once() {
    let served = knowing().await;
    let case = case(&served).await;
    let path = format!("/api/v1/cases/{case}/review");
    let attempt = |verdict: &str, request: &str| {
        let body = format!(r#"{{"verdict":"{verdict}","reason":"x","version":1,"request":"{request}"}}"#);
        Ask::post(&path).json(&body)
    };
    let request = "44444444-0000-7000-8000-000000000001";
    let first = served.ask(attempt("violating", request)).await;
    let again = served.ask(attempt("violating", request)).await;
    assert_eq!((first.status, again.status), (200, 200), "{again:?}");
    assert_eq!(first.json(), again.json());
    let other = served.ask(attempt("not-violating", request)).await;
    assert_eq!((other.status, other.code().as_str()), (409, "idempotency-key-reused"));
    assert_eq!(served.ask(attempt("violating", "one")).await.code(), "body-invalid");
    served.ask(Ask::new("DELETE", &path)).await;
    let late = served.ask(attempt("violating", request)).await.json();
    assert_eq!((&late["state"], &late["version"]), (&json!("open"), &json!(3)), "it stays taken back");
}

#[tokio::test]
async fn a_case_tells_what_happened_to_it() {
    let served = knowing().await;
    let case = case(&served).await;
    let path = format!("/api/v1/cases/{case}");
    assert_eq!(
        served.ask(Ask::get("/api/v1/queue")).await.json(),
        json!({"open": 1, "decided_today": 0, "near_misses": 0})
    );
    assert_eq!(served.ask(Ask::get(format!("{path}/media"))).await.status, 200);
    let review = Ask::post(format!("{path}/review")).json(r#"{"verdict":"violating","reason":"x"}"#);
    assert_eq!(served.ask(review).await.status, 200);
    assert_eq!(
        served.ask(Ask::get("/api/v1/queue")).await.json(),
        json!({"open": 0, "decided_today": 1, "near_misses": 0})
    );
    served.ask(Ask::new("DELETE", format!("{path}/review"))).await;
    let history = served.ask(Ask::get(format!("{path}/history"))).await.json();
    let changes: Vec<&str> =
        history["items"].as_array().unwrap().iter().map(|row| row["change"].as_str().unwrap()).collect();
    assert_eq!(changes, ["opened", "viewed", "decided", "reopened"]);
    assert_eq!(history["items"][2]["detail"]["verdict"], "violating");
    assert!(history["items"][2]["actor"].as_str().unwrap().starts_with("key:"));
    let page = served.ask(Ask::get(format!("{path}/history?limit=1"))).await.json();
    let next = page["next"].as_str().expect("there is more");
    let rest = served.ask(Ask::get(format!("{path}/history?after={next}"))).await.json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 3);
    let nothing = "/api/v1/cases/01890000-0000-7000-8000-000000000000/history";
    assert_eq!(served.ask(Ask::get(nothing)).await.code(), "case-not-found");
}

#[tokio::test]
async fn a_match_says_what_was_compared_and_where() {
    let served = knowing().await;
    let details = r#"{"reference":"post-5"}"#;
    let framed = served.ask(file(details, &mirrored_in_a_frame(&bmp(3)))).await.json();
    let case = framed["item"]["case"].as_str().unwrap_or_else(|| panic!("a case: {framed}"));
    let case = served.ask(Ask::get(format!("/api/v1/cases/{case}"))).await.json();
    let found = &case["matches"][0];
    assert_eq!(
        found["views"],
        json!({"item": "trimmed", "entry": "full", "orientation": "mirrored"}),
        "{case}"
    );
    let (item, entry) = (&found["regions"]["item"], &found["regions"]["entry"]);
    assert_eq!(*entry, json!({"x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0}));
    // 64 pixels with a frame of 16 on each side.
    assert_eq!(*item, json!({"x": 0.1667, "y": 0.1667, "width": 0.6666, "height": 0.6666}));
    assert_eq!((&found["entry_medium"], &found["entry_duration_ms"]), (&json!("image"), &json!(0)));
    assert_eq!(found["entry_removed"], false);
    let entry = format!("/api/v1/banks/known/entries/{}", found["entry"].as_str().unwrap());
    assert_eq!(served.ask(Ask::new("DELETE", entry)).await.status, 204);
    let after = served.ask(Ask::get(format!("/api/v1/cases/{}", case["id"].as_str().unwrap()))).await.json();
    assert_eq!(after["matches"][0]["entry_removed"], true);
    let same = served.ask(file(r#"{"reference":"post-6"}"#, &bmp(3))).await.json();
    assert_eq!(same["item"]["outcome"], "none", "what was taken out matches nothing");
}

/// A picture of [`bmp`] mirrored, with 16 white pixels on each side.
fn mirrored_in_a_frame(picture: &[u8]) -> Vec<u8> {
    let side = 96_u32;
    let mut bytes = picture[..54].to_vec();
    bytes[2..6].copy_from_slice(&(54 + side * side * 3).to_le_bytes());
    bytes[18..22].copy_from_slice(&side.to_le_bytes());
    bytes[22..26].copy_from_slice(&side.to_le_bytes());
    for y in 0..side {
        for x in 0..side {
            let inside = (16..80).contains(&x) && (16..80).contains(&y);
            let at = |x: u32, y: u32| 54 + ((y - 16) * 64 + 79 - x) as usize * 3;
            let pixel = if inside { &picture[at(x, y)..][..3] } else { &[255; 3] };
            bytes.extend_from_slice(pixel);
        }
    }
    bytes
}

#[tokio::test]
async fn a_case_shows_its_media_as_a_small_jpeg() {
    let served = knowing().await;
    let case = case(&served).await;
    let picture = served.ask(Ask::get(format!("/api/v1/cases/{case}/media"))).await;
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/jpeg")), "{picture:?}");
    assert!(picture.body.starts_with(&[0xff, 0xd8, 0xff]), "a JPEG, made anew");
    assert_eq!(picture.header("cache-control"), Some("no-store"));
    let later = served.ask(Ask::get(format!("/api/v1/cases/{case}/media?at_ms=5000"))).await;
    assert_eq!((later.status, &later.body), (200, &picture.body), "a still has no times");
    for query in ["at_ms=-1", "at_ms=x", "at_ms=4294967296", "second=1"] {
        let refused = served.ask(Ask::get(format!("/api/v1/cases/{case}/media?{query}"))).await;
        assert_eq!(refused.code(), "query-invalid", "{query}");
    }
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
async fn what_is_left_of_a_file_is_decided_and_said_to_be_a_part() {
    let served = knowing().await;
    let bytes = bmp(3);
    let sent = served.ask(file(DETAILS, &bytes[..bytes.len() * 98 / 100])).await.json();
    let item = &sent["item"];
    assert_eq!((&item["state"], &item["outcome"]), (&json!("decided"), &json!("review")), "{sent}");
    assert_eq!(item["failure"], json!("truncated"));
    // As it was kept, and in its case.
    let path = format!("{ITEMS}/{}", item["id"].as_str().unwrap());
    assert_eq!(served.ask(Ask::get(&path)).await.json()["failure"], json!("truncated"));
    let case = format!("/api/v1/cases/{}", item["case"].as_str().unwrap());
    assert_eq!(served.ask(Ask::get(&case)).await.json()["item"]["failure"], json!("truncated"));
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
