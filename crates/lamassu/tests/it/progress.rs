//! How far the reading of a long video is, while it is read.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::concurrency::Server;
use crate::serving::Platform;
use crate::video::clip;
use crate::{Answered, Workplace, program};

/// Two minutes that are cheap to make and to read.
fn film(place: &Workplace) -> std::path::PathBuf {
    let source = "testsrc2=size=64x64:rate=1:duration=120";
    clip(place, "film.mp4", &["-f", "lavfi", "-i", source, "-c:v", "mpeg4"])
}

#[test]
fn an_item_tells_how_far_its_reading_is_until_it_is_decided() {
    let place = Workplace::new();
    let platform = Platform::on(&place);
    let server = Server::start(&place);
    let bytes = fs_err::read(film(&place)).expect("the film");
    let (_, answer) = platform.upload(server.port, "film", &bytes, "").expect("it answers");
    let path =
        format!("/api/v1/items/{}?wait_ms=20", answer["item"]["id"].as_str().expect("the item has an id"));
    let mut told: Vec<Value> = Vec::new();
    let decided = loop {
        let item = platform.get(server.port, &path);
        if item["state"] != "queued" {
            break item;
        }
        told.extend(Some(item["progress"].clone()).filter(|progress| !progress.is_null()));
    };
    assert_eq!((&decided["state"], &decided["progress"]), (&json!("decided"), &Value::Null));
    assert!(!told.is_empty());
    let read = |progress: &Value| progress["read_s"].as_f64().expect("seconds");
    assert!(told.is_sorted_by_key(read), "{told:?}");
    for progress in &told {
        assert!((5.0..=120.0).contains(&read(progress)) && progress["total_s"] == 120.0, "{progress}");
    }
    assert_eq!(server.end(Signal::TERM), Some(0));
}

/// What a terminal shows while a command works on the film.
fn shown(place: &Workplace, command: &str) -> String {
    let command = format!("{} {command} film.mp4 --data data", env!("CARGO_BIN_EXE_lamassu"));
    let mut terminal = program("script");
    terminal.args(["-qec", &command, "typescript"]).current_dir(place.path("")).env("TERM", "xterm");
    Answered::of(&mut terminal).expect_status(0).stdout
}

#[test]
fn a_terminal_shows_how_far_the_reading_is_and_a_file_does_not() {
    let place = Workplace::new();
    film(&place);
    let shown = shown(&place, "fingerprint");
    assert!(shown.contains("; film.mp4 ") && shown.contains(" of 2:00"), "{shown}");
    assert_eq!(place.run(["fingerprint", "film.mp4"]).expect_status(0).stderr, "");
}

#[test]
fn a_terminal_shows_the_same_of_what_a_server_reads() {
    let place = Workplace::with_bank();
    film(&place);
    let server = Server::start(&place);
    for command in ["check", "bank add known"] {
        let shown = shown(&place, command);
        assert!(shown.contains("; film.mp4 ") && shown.contains(" of 2:00"), "{command}: {shown}");
    }
    assert_eq!(server.end(Signal::TERM), Some(0));
}
