//! Entries: files in, fingerprints kept, metadata out as it came in.

use serde_json::json;

use crate::multipart::{Parts, post};
use crate::{Ask, Served};

const ENTRIES: &str = "/api/v1/banks/known/entries";
const METADATA: &str = r#"{"title":"Example Agency, clip 12","source":"a","outlet":"b","published":"c","event":"d","labels":["e","f"]}"#;

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
