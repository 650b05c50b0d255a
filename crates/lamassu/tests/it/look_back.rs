//! What became known later is found in what came in before, and what rises together becomes one case.

use std::time::{Duration, Instant};

use image::ImageFormat;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::Workplace;
use crate::concurrency::Server;
use crate::pictures::{encode, jpeg, landscape, png};
use crate::serving::Platform;

/// Longer than any look-back here takes.
const PATIENCE: Duration = Duration::from_secs(30);

fn outcome(answer: &(u16, Value)) -> &Value {
    assert_eq!(answer.0, 200, "{answer:?}");
    &answer.1["item"]["outcome"]
}

/// Asks until the entry was looked for.
fn look_back(platform: &Platform, port: u16, entry: &str) -> Value {
    let start = Instant::now();
    loop {
        let told = platform.get(port, &format!("/api/v1/banks/known/entries/{entry}/look-back"));
        if told["done"] == true || start.elapsed() > PATIENCE {
            return told;
        }
        std::thread::yield_now();
    }
}

fn added(place: &Workplace, file: &str) -> String {
    let added =
        place.run(["bank", "add", "known", file, "--format", "json"]).expect_status(0).json().remove(0);
    added["entry"]["entry"].as_str().expect("an id").to_owned()
}

#[test]
fn a_new_entry_opens_cases_for_what_came_in_before_it() {
    let place = Workplace::new();
    let platform = Platform::on(&place);
    let server = Server::start(&place);
    let port = server.port;
    let mirrored = encode(&landscape(5, 320, 240).fliph(), ImageFormat::Png);
    let mut negative = landscape(5, 320, 240).rotate90();
    negative.invert();
    let negative = encode(&negative, ImageFormat::Png);
    let earlier = [("copy", jpeg(5)), ("mirrored", mirrored), ("negative", negative), ("other", png(6))];
    for (reference, file) in &earlier {
        let answer = platform.upload(port, reference, file, "?wait_ms=30000").expect("it answers");
        assert_eq!(outcome(&answer), "none", "{reference}");
    }
    place.write("5.png", &png(5));
    let entry = added(&place, "5.png");
    let told = look_back(&platform, port, &entry);
    assert_eq!(told, json!({ "done": true, "items": 3, "cases": 3 }));
    let cases = platform.get(port, "/api/v1/cases?state=open");
    let mut references: Vec<(&str, &str, bool)> = cases["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|case| {
            let found = &case["matches"][0];
            let turned = found["views"]["orientation"].as_str().unwrap_or("?");
            let negative = found["negative"].as_bool().expect("it is told");
            (case["item"]["reference"].as_str().expect("a reference"), turned, negative)
        })
        .collect();
    references.sort_unstable();
    assert_eq!(
        references,
        [("copy", "upright", false), ("mirrored", "mirrored", false), ("negative", "three-quarters", true)]
    );
    let opened = platform.until(|event, data| event == "case.opened" && data["reference"] == "mirrored");
    assert!(!opened.is_empty());
    // What is found again in the same item opens nothing twice: the same entry in another bank changes the case.
    place.run(["bank", "create", "second"]).expect_status(0);
    place.run(["bank", "add", "second", "5.png"]).expect_status(0);
    let start = Instant::now();
    let matches =
        || platform.get(port, "/api/v1/cases?state=open")["items"][0]["matches"].as_array().map(Vec::len);
    while matches() != Some(2) {
        assert!(start.elapsed() < PATIENCE, "the case tells of the second entry, too");
        std::thread::yield_now();
    }
    assert_eq!(platform.get(port, "/api/v1/cases?state=open")["items"].as_array().map(Vec::len), Some(3));
    assert_eq!(server.end(Signal::TERM), Some(0));
    place.run(["audit", "verify"]).expect_status(0);
}

#[test]
fn a_look_back_that_was_cut_off_is_done_at_the_next_start() {
    let place = Workplace::new();
    let platform = Platform::on(&place);
    let server = Server::start(&place);
    let answer = platform.upload(server.port, "copy", &jpeg(5), "?wait_ms=30000").expect("it answers");
    assert_eq!(outcome(&answer), "none");
    let answer = platform.upload(server.port, "mistaken", &jpeg(6), "?wait_ms=30000").expect("it answers");
    assert_eq!(outcome(&answer), "none");
    assert_eq!(server.end(Signal::KILL), None);
    // Without a server nobody looks back; the entry waits in the store.
    place.write("5.png", &png(5));
    let entry = added(&place, "5.png");
    place.write("6.png", &png(6));
    let mistaken = added(&place, "6.png");
    place.run(["bank", "remove", "known", &mistaken]).expect_status(0);
    let server = Server::start(&place);
    let told = look_back(&platform, server.port, &entry);
    assert_eq!(told, json!({ "done": true, "items": 1, "cases": 1 }));
    let told = look_back(&platform, server.port, &mistaken);
    assert_eq!(told, json!({ "done": true, "items": 0, "cases": 0 }), "what was taken out opens no case");
    assert_eq!(server.end(Signal::TERM), Some(0));
}

#[test]
fn near_identical_items_of_several_accounts_become_one_case() {
    let place = Workplace::new();
    let platform = Platform::on(&place);
    let policy = "[rising]\nitems_min = 4\naccounts_min = 3\n";
    fs_err::write(place.data().join("policy.toml"), policy).expect("is written");
    let server = Server::start(&place);
    let port = server.port;
    let upload = |account: &str, reference: &str, file: &[u8]| {
        let answer =
            platform.upload_of(account, port, (reference, file), "?wait_ms=30000").expect("it answers");
        outcome(&answer).clone()
    };
    let release = |k: u32| encode(&landscape(7, 320 + k, 240), ImageFormat::Png);
    // One account alone is no burst, and neither are other pictures.
    for k in 0..5 {
        assert_eq!(
            upload("one", &format!("alone-{k}"), &encode(&landscape(8, 300 + k, 240), ImageFormat::Png)),
            "none"
        );
        assert_eq!(upload(&format!("other-{k}"), &format!("other-{k}"), &png(20 + k)), "none");
    }
    for k in 0..3 {
        assert_eq!(upload(&format!("account-{k}"), &format!("release-{k}"), &release(k)), "none");
    }
    assert_eq!(upload("account-1", "release-3", &release(3)), "review", "the fourth, of three accounts");
    assert_eq!(upload("account-9", "release-4", &release(4)), "none", "its case is open already");
    let cases = platform.get(port, "/api/v1/cases?state=open");
    assert_eq!(cases["items"].as_array().map(Vec::len), Some(1), "{cases}");
    let case = &cases["items"][0];
    assert_eq!((&case["rising"]["items"], &case["rising"]["accounts"]), (&json!(5), &json!(4)), "{case}");
    assert_eq!(case["matches"], json!([]));
    // One request makes the reviewed variant an entry; the others of the burst get cases of their own.
    let variant = json!({ "bank": "known", "metadata": { "title": "Example Agency, new release" } });
    let path = format!("/api/v1/cases/{}/entry", case["id"].as_str().expect("an id"));
    let (status, answer) = platform.post(port, &path, &variant).expect("it answers");
    assert_eq!(status, 201, "{answer}");
    let told = look_back(&platform, port, answer["entry"]["id"].as_str().expect("an id"));
    assert_eq!(told, json!({ "done": true, "items": 5, "cases": 5 }));
    assert_eq!(upload("account-10", "release-5", &release(5)), "review");
    assert_eq!(server.end(Signal::TERM), Some(0));
}
