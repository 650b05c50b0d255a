//! What is heard of items and entries: short stretches, to whoever may look at them, and each in the log.

use lamassu_case::Scope;
use serde_json::{Value, json};

use crate::clips::Clips;
use crate::entries::bmp;
use crate::multipart::{Parts, post};
use crate::wire::Answer;
use crate::{Ask, Served};

/// A server that knows a film with sound, in a case of which it was found; and the paths of the entry and of the case.
async fn knowing() -> (Served, String, String) {
    let served = Served::with_bank().await;
    let clips = Clips::new();
    let film = fs_err::read(clips.sounding("film.mp4")).expect("the film");
    let body = Parts::new().text("metadata", r#"{"title":"Example Agency"}"#).file("file", &film).end();
    let added = served.ask(post("/api/v1/banks/known/entries", &body)).await.json();
    let entry = added["entry"]["id"].as_str().unwrap_or_else(|| panic!("an entry: {added}"));
    let body = Parts::new().text("item", r#"{"reference":"post-1"}"#).file("file", &film).end();
    let sent = served.ask(post("/api/v1/items?wait_ms=30000", &body)).await.json();
    let case = sent["item"]["case"].as_str().unwrap_or_else(|| panic!("a case: {sent}"));
    (served, format!("/api/v1/banks/known/entries/{entry}"), format!("/api/v1/cases/{case}"))
}

/// The samples of a WAVE file, 16,000 a second, and the tone of its first second in hertz.
fn heard(answer: &Answer) -> (usize, usize) {
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("audio/wav")), "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!((&answer.body[..4], &answer.body[8..16]), (&b"RIFF"[..], &b"WAVEfmt "[..]));
    let samples: Vec<i16> =
        answer.body[44..].as_chunks().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
    let second = &samples[..16_000];
    (samples.len(), second.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count())
}

#[tokio::test]
async fn both_sides_are_heard_from_the_moment_that_is_asked_for() {
    let (served, entry, case) = knowing().await;
    for path in [&entry, &case] {
        for (at_ms, seconds, tone_hz) in [(0, 10, 400), (5_500, 4, 1_000)] {
            let (samples, ups) = heard(&served.ask(Ask::get(format!("{path}/sound?at_ms={at_ms}"))).await);
            assert!((seconds * 16_000..=(seconds + 1) * 16_000).contains(&samples), "{path}: {samples}");
            assert!(ups.abs_diff(tone_hz) < 20, "{path}, {at_ms} ms: {ups}");
        }
        let beyond = served.ask(Ask::get(format!("{path}/sound?at_ms=60000"))).await;
        assert_eq!((beyond.status, beyond.code().as_str()), (404, "no-sound"));
        for query in ["at_ms=-1", "at_ms=x", "second=1"] {
            assert_eq!(served.ask(Ask::get(format!("{path}/sound?{query}"))).await.code(), "query-invalid");
        }
    }
    // Each stretch that somebody heard is told, and nothing that nobody heard.
    let history = served.ask(Ask::get(format!("{case}/history"))).await.json();
    let told: Vec<&Value> =
        history["items"].as_array().unwrap().iter().filter(|row| row["change"] == "heard").collect();
    assert_eq!(told.len(), 2, "{history}");
    assert_eq!(told[1]["detail"]["at_ms"], json!(5_500));
    assert!((4_000..=5_000).contains(&told[1]["detail"]["heard_ms"].as_u64().unwrap()), "{history}");
}

#[tokio::test]
async fn who_may_look_may_hear_and_nobody_else() {
    let (mut served, entry, case) = knowing().await;
    served.key("{banks}", &[Scope::BanksRead]).await;
    served.key("{cases}", &[Scope::CasesRead]).await;
    served.key("{items}", &[Scope::Items]).await;
    let of_entry = || Ask::get(format!("{entry}/sound"));
    let of_case = || Ask::get(format!("{case}/sound"));
    for (key, entry, case) in [("{banks}", 200, 403), ("{cases}", 200, 200), ("{items}", 403, 403)] {
        assert_eq!(served.ask(of_entry().key(key)).await.status, entry, "{key}");
        assert_eq!(served.ask(of_case().key(key)).await.status, case, "{key}");
    }
    assert_eq!(served.ask(Ask::new("DELETE", &entry)).await.status, 204);
    assert_eq!(served.ask(of_entry()).await.status, 200, "what was taken out is kept");
    let elsewhere = entry.replace("known", "other");
    assert_eq!(served.ask(Ask::post("/api/v1/banks").json(r#"{"name":"other"}"#)).await.status, 201);
    assert_eq!(served.ask(Ask::get(format!("{elsewhere}/sound"))).await.code(), "entry-not-found");
}

#[tokio::test]
async fn what_is_silent_or_not_kept_says_so() {
    let served = Served::with_bank().await;
    let body = Parts::new().text("metadata", r#"{"title":"a picture"}"#).file("file", &bmp(3)).end();
    let added = served.ask(post("/api/v1/banks/known/entries", &body)).await.json();
    let path = format!("/api/v1/banks/known/entries/{}/sound", added["entry"]["id"].as_str().unwrap());
    assert_eq!(served.ask(Ask::get(&path)).await.code(), "no-sound");
    let list = format!("pdq\n{}\n", "0f1e2d3c".repeat(8));
    let import = Ask::post("/api/v1/banks/known/entries/import").header("Content-Type", "text/csv");
    let imported = served.ask(import.body(list.as_bytes())).await;
    assert_eq!(imported.json()["added"], 1, "{imported:?}");
    let entries = served.ask(Ask::get("/api/v1/banks/known/entries")).await.json();
    let listed = entries["items"].as_array().unwrap().iter().find(|entry| entry["size_bytes"] == 0);
    let id = listed.unwrap_or_else(|| panic!("it was imported: {entries}"))["id"].as_str().unwrap();
    let answer = served.ask(Ask::get(format!("/api/v1/banks/known/entries/{id}/sound"))).await;
    assert_eq!(answer.code(), "media-not-kept");
}
