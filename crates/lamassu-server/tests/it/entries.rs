//! Entries: files in, fingerprints kept, metadata out as it came in.

use lamassu_case::Scope;
use serde_json::json;

use crate::multipart::{Parts, post};
use crate::{Ask, CSRF, SESSION, Served};

const ENTRIES: &str = "/api/v1/banks/known/entries";
const METADATA: &str = r#"{"title":"Example Agency, clip 12","source":"a","outlet":"b","series":"g","standing":"supporter","published":"c","event":"d","labels":["e","f"]}"#;

/// A small picture with structure: a bitmap of 64 by 64 pixels, which needs no encoder.
pub fn bmp(seed: u32) -> Vec<u8> {
    let size = 54 + 64 * 64 * 3_u32;
    let mut bytes = b"BM".to_vec();
    for word in [size, 0, 54, 40, 64, 64, 1 | 24 << 16, 0, 0, 0, 0, 0, 0] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    for at in 0..64 * 64_u32 {
        let (x, y) = (at % 64, at / 64);
        let value = ((x * (7 + seed) + y * y * 3) % 256) as u8;
        bytes.extend_from_slice(&[value, value ^ 0x55, (x * y % 251) as u8]);
    }
    bytes
}

#[tokio::test]
async fn an_entry_comes_and_goes() {
    let served = Served::with_bank().await;
    let body = Parts::new().text("metadata", METADATA).file("file", &bmp(3)).end();
    let added = served.ask(post(ENTRIES, &body)).await;
    assert_eq!(added.status, 201, "{added:?}");
    let entry = &added.json()["entry"];
    assert_eq!(entry["metadata"], serde_json::from_str::<serde_json::Value>(METADATA).unwrap());
    assert_eq!((&entry["medium"], &entry["bank"]), (&json!("image"), &json!("known")));
    let again = served.ask(post(ENTRIES, &body)).await;
    assert_eq!((again.status, &again.json()["already"]), (200, &json!(true)));
    let page = served.ask(Ask::get(ENTRIES)).await.json();
    assert_eq!((&page["items"][0], &page["next"]), (entry, &json!(null)));
    let path = format!("{ENTRIES}/{}", entry["id"].as_str().expect("an id"));
    assert_eq!(served.ask(Ask::new("DELETE", &path)).await.status, 204);
    assert_eq!(served.ask(Ask::new("DELETE", &path)).await.code(), "entry-not-found");
    assert_eq!(served.ask(Ask::get(ENTRIES)).await.json()["items"], json!([]));
}

#[tokio::test]
async fn bodies_of_parts_are_read_strictly() {
    let served = Served::with_bank().await;
    let title = r#"{"title":"a"}"#;
    let picture = bmp(1);
    let whole = Parts::new().text("metadata", title).file("file", &picture);
    let cases = [
        ("cut off", whole.cut(), 400, "multipart-invalid"),
        ("no parts", Parts::new().end(), 400, "multipart-invalid"),
        ("no file", Parts::new().text("metadata", title).end(), 400, "multipart-invalid"),
        (
            "file first",
            Parts::new().file("file", &picture).text("metadata", title).end(),
            400,
            "multipart-invalid",
        ),
        (
            "twice",
            Parts::new().text("metadata", title).text("metadata", title).end(),
            400,
            "multipart-invalid",
        ),
        ("unknown part", Parts::new().text("metadata", title).text("x", "y").end(), 400, "multipart-invalid"),
        (
            "no JSON",
            Parts::new().text("metadata", "title=a").file("file", &picture).end(),
            400,
            "body-invalid",
        ),
        ("unknown field", Parts::new().text("metadata", r#"{"title":"a","x":1}"#).end(), 400, "body-invalid"),
        ("no title", Parts::new().text("metadata", r#"{"title":" "}"#).end(), 422, "metadata-invalid"),
        (
            "no picture",
            Parts::new().text("metadata", title).file("file", b"GIF89a?").end(),
            422,
            "media-refused",
        ),
        ("empty", Parts::new().text("metadata", title).file("file", b"").end(), 422, "media-refused"),
        ("long", Parts::new().text("metadata", &"x".repeat(200_000)).end(), 413, "body-too-large"),
    ];
    for (name, body, status, code) in cases {
        let answer = served.ask(post(ENTRIES, &body)).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{name}: {answer:?}");
    }
    let answer =
        served.ask(Ask::post(ENTRIES).header("Content-Type", "multipart/form-data").body(b"x")).await;
    assert_eq!((answer.status, answer.code().as_str()), (415, "type-unsupported"), "no boundary");
    assert_eq!(served.ask(Ask::post(ENTRIES).json("{}")).await.status, 415);
    assert_eq!(served.ask(post("/api/v1/banks/other/entries", b"")).await.code(), "bank-not-found");
    assert_eq!(served.ask(Ask::get(ENTRIES)).await.json()["items"], json!([]), "nothing stayed");
}

/// The path of the entry that is a picture of this seed.
async fn added(served: &Served, seed: u32) -> String {
    let body = Parts::new().text("metadata", METADATA).file("file", &bmp(seed)).end();
    let added = served.ask(post(ENTRIES, &body)).await;
    assert_eq!(added.status, 201, "{added:?}");
    format!("{ENTRIES}/{}", added.json()["entry"]["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn an_entry_is_seen_as_long_as_cases_speak_of_it() {
    let mut served = Served::with_bank().await;
    served.key("{banks}", &[Scope::BanksRead]).await;
    served.key("{cases}", &[Scope::CasesRead]).await;
    served.key("{items}", &[Scope::Items]).await;
    let path = added(&served, 3).await;
    let media = || Ask::get(format!("{path}/media?at_ms=70"));
    for key in ["{banks}", "{cases}"] {
        let picture = served.ask(media().key(key)).await;
        assert_eq!(
            (picture.status, picture.header("content-type")),
            (200, Some("image/jpeg")),
            "{picture:?}"
        );
        assert!(picture.body.starts_with(&[0xff, 0xd8, 0xff]), "a JPEG, made anew");
    }
    assert_eq!(served.ask(media().key("{items}")).await.code(), "scope-missing");
    assert_eq!(served.ask(Ask::new("DELETE", &path)).await.status, 204);
    assert_eq!(served.ask(media()).await.status, 200, "what was taken out is kept");
    let elsewhere = path.replace("known", "other");
    assert_eq!(served.ask(Ask::post("/api/v1/banks").json(r#"{"name":"other"}"#)).await.status, 201);
    assert_eq!(served.ask(Ask::get(format!("{elsewhere}/media"))).await.code(), "entry-not-found");
    let body = Parts::new().text("metadata", r#"{"title":"a"}"#).file("file", b"an invented statement").end();
    let text = served.ask(post(ENTRIES, &body)).await.json();
    let text = format!("{ENTRIES}/{}/media", text["entry"]["id"].as_str().expect("an id"));
    assert_eq!(served.ask(Ask::get(text)).await.code(), "media-not-kept", "a text has no picture");
}

#[tokio::test]
async fn what_people_say_can_be_replaced() {
    let served = Served::with_bank().await;
    let path = added(&served, 3).await;
    let before = served.ask(Ask::get(ENTRIES)).await.json()["items"][0].clone();
    let change = |body: &str| Ask::new("PATCH", &path).json(body);
    let changed = served.ask(change(r#"{"title":"Example Agency, clip 13","labels":["x"]}"#)).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let now = changed.json();
    assert_eq!(
        (&now["metadata"]["title"], &now["metadata"]["source"]),
        (&json!("Example Agency, clip 13"), &json!(null))
    );
    assert_eq!((&now["id"], &now["sha256"]), (&before["id"], &before["sha256"]));
    assert_eq!(served.ask(Ask::get(ENTRIES)).await.json()["items"][0], now);
    for (body, code) in [
        (r#"{"title":" "}"#, "metadata-invalid"),
        (r#"{"title":"a","colour":"red"}"#, "body-invalid"),
        (r#"{"source":"a"}"#, "body-invalid"),
    ] {
        assert_eq!(served.ask(change(body)).await.code(), code, "{body}");
    }
    assert_eq!(served.ask(Ask::new("DELETE", &path)).await.status, 204);
    assert_eq!(served.ask(change(r#"{"title":"a"}"#)).await.code(), "entry-not-found");
}

#[tokio::test]
async fn people_say_why_they_take_an_entry_out() {
    let mut served = Served::with_bank().await;
    served.sign_in().await;
    let path = added(&served, 3).await;
    let remove = |query: &str| {
        let ask = Ask::new("DELETE", format!("{path}{query}")).nobody().header("Cookie", SESSION);
        ask.header("X-CSRF-Token", CSRF)
    };
    for query in ["", "?reason=", "?reason=%20"] {
        let refused = served.ask(remove(query)).await;
        assert_eq!((refused.status, refused.code().as_str()), (422, "reason-invalid"), "{query}");
    }
    assert_eq!(served.ask(remove("?why=x")).await.code(), "query-invalid");
    assert_eq!(served.ask(remove("?reason=banked%20by%20mistake")).await.status, 204);
    let other = added(&served, 5).await;
    assert_eq!(served.ask(Ask::new("DELETE", &other)).await.status, 204, "programs need not");
}
