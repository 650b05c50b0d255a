//! Near misses: in a queue of their own, a few a day, told to nobody outside, and entries in one request.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::Workplace;
use crate::concurrency::Server;
use crate::pictures::{encode, landscape, png};
use crate::serving::Platform;

const PATIENCE: Duration = Duration::from_secs(30);
/// Only what is the same counts, and what is a little different is a near miss. Nothing is looked for in parts.
const POLICY: &str =
    "[default]\nradius_bits = 0\nnear_miss_bits = 30\nfeatures_max = 0\n[near_miss]\ncases_a_day = 1\n";

fn differs(seed: u32) -> Vec<u8> {
    encode(&landscape(seed, 200, 150), image::ImageFormat::Jpeg)
}

fn place(policy: &str) -> (Workplace, Platform) {
    let place = Workplace::new();
    let platform = Platform::on(&place);
    fs_err::write(place.data().join("policy.toml"), policy).expect("is written");
    for seed in [5, 6] {
        let file = format!("{seed}.png");
        place.write(&file, &png(seed));
        place.run(["bank", "add", "known", &file]).expect_status(0);
    }
    (place, platform)
}

fn sent(platform: &Platform, port: u16, reference: &str, file: &[u8]) -> Value {
    let (status, answer) = platform.upload(port, reference, file, "?wait_ms=30000").expect("it answers");
    assert_eq!(status, 200, "{answer}");
    answer["item"].clone()
}

#[test]
fn a_near_miss_is_shown_apart_and_becomes_an_entry() {
    let (place, platform) = place(POLICY);
    let server = Server::start(&place);
    let port = server.port;
    let item = sent(&platform, port, "near", &differs(5));
    assert_eq!((&item["outcome"], &item["case"], &item["banks"]), (&json!("none"), &Value::Null, &json!([])));
    let queue = || platform.get(port, "/api/v1/queue");
    assert_eq!(queue(), json!({ "open": 0, "decided_today": 0, "near_misses": 1 }));
    assert_eq!(platform.get(port, "/api/v1/cases")["items"], json!([]));
    let near = platform.get(port, "/api/v1/cases?state=open&kind=near-miss")["items"][0].clone();
    assert_eq!(
        (&near["kind"], &near["matches"][0]["title"]),
        (&json!("near-miss"), &json!("5.png")),
        "{near}"
    );
    // Today's are full.
    sent(&platform, port, "more", &differs(6));
    assert_eq!(queue()["near_misses"], 1);
    // Messages come in any order.
    let mut awaited = vec!["near", "more"];
    let told = platform.until(|event, data| {
        awaited.retain(|it| event != "item.decided" || data["reference"] != **it);
        awaited.is_empty()
    });
    assert!(told.iter().all(|(_, message)| message["type"] != "case.opened"), "{told:?}");
    let about = &told.iter().find(|(_, it)| it["data"]["reference"] == "near").expect("was told").1["data"];
    assert_eq!((&about["outcome"], &about["case"]), (&json!("none"), &Value::Null));

    let path = format!("/api/v1/cases/{}/entry", near["id"].as_str().expect("an id"));
    let variant = json!({ "bank": "known", "metadata": { "title": "the reviewed variant" } });
    assert_eq!(platform.post(port, &path, &variant).expect("it answers").0, 201);
    // Looked for in what came in, it is found in the item itself: the same case is one of the queue now.
    let start = Instant::now();
    while queue() != json!({ "open": 1, "decided_today": 0, "near_misses": 0 }) {
        assert!(start.elapsed() < PATIENCE, "the near miss becomes what it is: {}", queue());
        std::thread::yield_now();
    }
    let case = platform.get(port, "/api/v1/cases?state=open")["items"][0].clone();
    assert_eq!((&case["id"], &case["matches"][0]["title"]), (&near["id"], &json!("the reviewed variant")));
    let opened = platform.until(|event, _| event == "case.opened");
    assert_eq!(opened.last().expect("came").1["data"]["case"], near["id"]);
    assert_eq!(
        sent(&platform, port, "again", &differs(5))["outcome"],
        "review",
        "it is found like this from now on"
    );
    assert_eq!(server.end(Signal::TERM), Some(0));
    place.run(["audit", "verify"]).expect_status(0);
}

#[test]
fn near_misses_can_be_decided_and_are_counted_nowhere() {
    let (place, platform) = place(POLICY);
    let server = Server::start(&place);
    let port = server.port;
    sent(&platform, port, "near", &differs(5));
    let near = platform.get(port, "/api/v1/cases?kind=near-miss")["items"][0].clone();
    let path = format!("/api/v1/cases/{}/review", near["id"].as_str().expect("an id"));
    let review = json!({ "verdict": "not-violating", "reason": "another valley" });
    let (status, decided) = platform.post(port, &path, &review).expect("it answers");
    assert_eq!((status, &decided["state"]), (200, &json!("decided")), "{decided}");
    assert_eq!(
        platform.get(port, "/api/v1/queue"),
        json!({ "open": 0, "decided_today": 0, "near_misses": 0 })
    );
    assert_eq!(platform.get(port, "/api/v1/cases?state=decided")["items"], json!([]));
    // Decided or not, today's are full.
    sent(&platform, port, "more", &differs(6));
    assert_eq!(platform.get(port, "/api/v1/queue")["near_misses"], 0);
    assert_eq!(server.end(Signal::TERM), Some(0));
}

#[test]
fn switched_off_there_are_none() {
    let (place, platform) = place(&POLICY.replace("cases_a_day = 1", "cases_a_day = 0"));
    let server = Server::start(&place);
    sent(&platform, server.port, "near", &differs(5));
    assert_eq!(platform.get(server.port, "/api/v1/queue")["near_misses"], 0);
    assert_eq!(server.end(Signal::TERM), Some(0));
    let (_, reports) = place.check(&[&place.write("near.jpg", &differs(5))]);
    assert_eq!(reports[0].get("near"), None, "{reports:?}");
}
