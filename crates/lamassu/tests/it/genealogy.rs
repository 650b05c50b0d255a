//! Which releases re-use which: compared once, also when nobody served at the time.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::concurrency::Server;
use crate::serving::Platform;
use crate::video::{clip, release};
use crate::{Answered, Workplace};

/// Longer than any comparison here takes.
const PATIENCE: Duration = Duration::from_mins(1);

fn genealogy(platform: &Platform, port: u16) -> Value {
    platform.get(port, "/api/v1/banks/known/genealogy")
}

/// Asks until every entry was compared.
fn compared(platform: &Platform, port: u16) -> Value {
    let start = Instant::now();
    loop {
        let told = genealogy(platform, port);
        if told["waiting"] == 0 || start.elapsed() > PATIENCE {
            return told;
        }
        std::thread::yield_now();
    }
}

fn near(value: &Value, expected: f64) {
    let value = value.as_f64().expect("seconds");
    assert!((value - expected).abs() <= 0.7, "{value} is not near {expected}");
}

#[test]
fn a_release_knows_what_it_was_cut_from() {
    let place = Workplace::new();
    let platform = Platform::on(&place);
    let text = |path: &std::path::Path| path.to_str().expect("text").to_owned();
    let first = text(&release(&place, "first.mp4"));
    // Mirrored, from the second 3 on, after two seconds of something else.
    let joined = "[1:v]hflip,format=yuv420p,setsar=1[b];[0:v]format=yuv420p,setsar=1[a];[a][b]concat=n=2";
    let other = "testsrc2=size=320x180:rate=25";
    let inputs = ["-f", "lavfi", "-t", "2", "-i", other, "-ss", "3", "-t", "5", "-i", &first];
    let cut = text(&clip(&place, "cut.mp4", &[&inputs[..], &["-filter_complex", joined]].concat()));
    // The one that was banked first was released last: it is the younger one.
    let add = |file: &str, title: &str, published: &str| {
        let words = ["bank", "add", "known", file, "--title", title, "--published", published];
        Answered::of(&mut place.command(words)).expect_status(0);
    };
    add(&cut, "Example Agency: a cut", "2026-05-01");
    add(&first, "Example Agency: the film", "2026-01-01");
    // Nobody served: both wait in the store, also through a server that was ended before it could begin.
    let server = Server::start(&place);
    assert_eq!(server.end(Signal::KILL), None);
    let server = Server::start(&place);
    let told = compared(&platform, server.port);
    let titles: Vec<&Value> =
        told["releases"].as_array().expect("a list").iter().map(|it| &it["metadata"]["title"]).collect();
    assert_eq!(titles, ["Example Agency: the film", "Example Agency: a cut"], "{told:#}");
    let shared = told["shared"].as_array().expect("a list");
    assert_eq!((shared.len(), &shared[0]["layer"]), (1, &"picture".into()), "{told:#}");
    assert_eq!(shared[0]["older"], told["releases"][0]["id"]);
    near(&shared[0]["shared_s"], 5.0);
    let segment = &shared[0]["segments"][0];
    near(&segment["younger"]["start_s"], 2.0);
    near(&segment["older"]["start_s"], 3.0);
    near(&segment["older"]["end_s"], 8.0);
    // What is taken out is told no more.
    let film = told["releases"][0]["id"].as_str().expect("an id");
    place.run(["bank", "remove", "known", film]).expect_status(0);
    assert_eq!(genealogy(&platform, server.port)["shared"], Value::Array(Vec::new()));
    assert_eq!(server.end(Signal::TERM), Some(0));
}
