//! The disk of a running server fills up: senders are told, nothing accepted is lost, and work goes on later.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::Signal;
use serde_json::json;

use crate::concurrency::Server;
use crate::pictures::png;
use crate::serving::Platform;
use crate::{Answered, Workplace, program};

/// Serves a copy of the data folder from a file system of its own that holds 24 MiB.
const SCENARIO: &str = r#"
set -e
mount -t tmpfs -o size=24m tmpfs "$MOUNT"
cp -a "$DATA/." "$MOUNT/"
exec "$LAMASSU" serve --listen 127.0.0.1:0 --data "$MOUNT"
"#;

fn serve(place: &Workplace) -> Command {
    fs_err::create_dir(place.path("mount")).expect("a folder");
    // A mount of one's own: root may, others may inside a user namespace.
    let namespace = if rustix::process::getuid().is_root() { "-m" } else { "-rm" };
    let mut scenario = program("unshare");
    scenario.args([namespace, "sh", "-c", SCENARIO]).env("LAMASSU", env!("CARGO_BIN_EXE_lamassu"));
    scenario.env("DATA", place.data()).env("MOUNT", place.path("mount"));
    scenario
}

#[test]
fn a_full_disk_under_a_running_server_loses_nothing_it_accepted() {
    let place = Workplace::new();
    let platform = Platform::on(&place);
    let server = Server::of(&mut serve(&place));
    // What the server sees of its file system, from outside of its namespace.
    let seen = PathBuf::from(format!("/proc/{}/root", server.pid()));
    let folder = seen.join(place.path("mount").strip_prefix("/").expect("an absolute path"));
    let mut accepted = BTreeMap::new();
    let mut send = |reference: &str, file: &[u8]| {
        let (status, answer) = platform.upload(server.port, reference, file, "").expect("it answers");
        if status < 300 {
            let item = answer["item"]["id"].as_str().expect("an id").to_owned();
            accepted.insert(item, reference.to_owned());
        }
        (status, answer)
    };
    assert!(send("before", &png(1)).0 < 300);

    let filler = folder.join("filler");
    let mut file = fs_err::File::create(&filler).expect("is made");
    let full = loop {
        if let Err(error) = file.write_all(&[7; 4096]) {
            break error;
        }
    };
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    drop(file);
    // A small upload takes a row, a large one a file. The database may still have pages to spare, but not for so
    // many: more than the whole disk holds.
    let padded = |bytes: usize| [png(1), vec![0; bytes]].concat();
    let (small, large) = (padded(256 << 10), padded(2 << 20));
    let refused = (0..100).find_map(|k| {
        let reference = format!("small while full {k}");
        let (status, answer) = send(&reference, &small);
        (status >= 300).then_some((reference, status, answer))
    });
    let (small_reference, status, answer) = refused.expect("there is an end to it");
    assert_eq!((status, &answer["error"]["code"]), (507, &json!("disk-full")), "{answer}");
    let (status, answer) = send("large while full", &large);
    assert_eq!((status, &answer["error"]["code"]), (507, &json!("disk-full")), "{answer}");
    platform.get(server.port, "/api/v1/cases");

    fs_err::remove_file(&filler).expect("is removed");
    for (reference, file) in [(small_reference.as_str(), &small), ("large while full", &large)] {
        let (status, answer) = send(reference, file);
        assert!(status < 300, "{reference}: {answer}");
    }
    for item in accepted.keys() {
        let told = platform.get(server.port, &format!("/api/v1/items/{item}?wait_ms=30000"));
        assert_eq!(told["state"], "decided", "{told}");
    }
    // Everybody is told of each, under one id; what could not be noted on the full disk was sent again.
    let mut left = accepted.clone();
    platform.until(|event, data| {
        if event == "item.decided" {
            left.remove(data["item"].as_str().expect("an id"));
        }
        left.is_empty()
    });
    let mut verify = program(env!("CARGO_BIN_EXE_lamassu"));
    Answered::of(verify.args(["audit", "verify", "--data"]).arg(&folder)).expect_status(0);
    assert_eq!(server.end(Signal::TERM), Some(0));
}
