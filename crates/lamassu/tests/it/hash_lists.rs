//! Lists of hashes become entries: matched, told line by line, and taken up again wherever they broke off.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::concurrency::Server;
use crate::kill::die_at;
use crate::pictures::{jpeg, png};
use crate::serving::Platform;
use crate::{Answered, Workplace};

/// Longer than any look-back here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// The PDQ hash of a picture in the folder.
fn pdq(place: &Workplace, file: &str) -> String {
    let told = place.run(["fingerprint", file, "--format", "json"]).expect_status(0).json().remove(0);
    told["frames"][0]["pdq"].as_str().expect("a hash").to_owned()
}

/// Hashes by formula: half of the bits set.
fn made_up(k: u64) -> String {
    let word = k.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (second, third, fourth) = (!word, word.rotate_left(17), !word.rotate_left(29));
    format!("{word:016x}{second:016x}{third:016x}{fourth:016x}")
}

fn counts(answered: &Answered) -> Value {
    answered.json().pop().expect("the counts come last")
}

#[test]
fn a_hash_of_a_list_is_found_in_what_comes() {
    let place = Workplace::with_bank();
    place.write("known.png", &png(1));
    place.write("copy.jpg", &jpeg(1));
    place.write("film.txt", b"an invented statement");
    let sha256 = place.run(["fingerprint", "film.txt", "--format", "json"]).expect_status(0).json().remove(0);
    let list = format!(
        "pdq,sha256,title,medium\n{},,Example Agency 07,\n,{},a statement,text\n",
        pdq(&place, "known.png"),
        sha256["sha256"].as_str().expect("a digest")
    );
    place.write("list.csv", list.as_bytes());
    let imported = place.run(["bank", "import", "known", "list.csv", "--format", "json"]).expect_status(0);
    assert_eq!(counts(&imported), json!({ "lines": 3, "added": 2, "already": 0, "rejected": 0 }));
    let (status, reports) = place.check(&[&place.path("copy.jpg"), &place.path("film.txt")]);
    assert_eq!(status, 1);
    let found = |at: usize| (&reports[at]["matches"][0]["title"], &reports[at]["matches"][0]["method"]);
    assert_eq!(found(0), (&json!("Example Agency 07"), &json!("pdq")));
    assert_eq!(found(1), (&json!("a statement"), &json!("sha256")));
    let shown = place.run(["bank", "show", "known", "--format", "json"]).expect_status(0).json();
    assert_eq!((&shown[0]["sha256"], &shown[0]["size_bytes"]), (&Value::Null, &json!(0)));
    assert_eq!((&shown[1]["sha256"], &shown[1]["medium"]), (&sha256["sha256"], &json!("text")));
    // The file itself is an addition all the same: more is known of it.
    place.run(["bank", "add", "known", "known.png"]).expect_status(0);
    assert_eq!(place.titles().len(), 3);
    let again = place.run(["bank", "import", "known", "list.csv", "--format", "json"]).expect_status(0);
    assert_eq!(counts(&again), json!({ "lines": 3, "added": 0, "already": 2, "rejected": 0 }));
    place.run(["audit", "verify"]).expect_status(0);
    place.run(["index", "verify"]).expect_status(0);
}

/// A template that very many entries share: each bank's nearest are told, and no upload costs what all of them would.
#[test]
fn of_a_crowd_of_entries_the_nearest_of_each_bank_are_told() {
    const CROWD: usize = 1_000;
    const TOLD_MAX: usize = 200;
    let place = Workplace::with_bank();
    place.run(["bank", "create", "others"]).expect_status(0);
    place.write("known.png", &png(1));
    let hash = pdq(&place, "known.png");
    // Each differs in two digits, another pair in each: at most eight bits.
    let digit = |at: usize| u8::from_str_radix(&hash[at..=at], 16).expect("a digit");
    let turned = |k: usize| {
        let (first, second) = (k % 60, 60 + k / 60 % 4);
        let (by, also) = (1 + k / 240, 1);
        let mut digits: Vec<u8> = (0..64).map(digit).collect();
        (digits[first], digits[second]) = (digits[first] ^ by as u8, digits[second] ^ also);
        digits.iter().fold(String::new(), |text, digit| format!("{text}{digit:x}"))
    };
    let crowd: Vec<String> = (0..CROWD).map(turned).collect();
    place.write("crowd.txt", crowd.join("\n").as_bytes());
    let imported = place.run(["bank", "import", "known", "crowd.txt", "--format", "json"]).expect_status(0);
    assert_eq!(counts(&imported)["added"], json!(CROWD));
    // Farther than all of the crowd, but alone in its bank.
    let mut far: Vec<u8> = (0..64).map(digit).collect();
    far[..5].iter_mut().for_each(|digit| *digit ^= 7);
    let far = far.iter().fold(String::new(), |text, digit| format!("{text}{digit:x}"));
    place.write("far.txt", far.as_bytes());
    place.run(["bank", "import", "others", "far.txt", "--title", "alone"]).expect_status(0);
    place.write("copy.jpg", &jpeg(1));
    let (status, reports) = place.check(&[&place.path("copy.jpg")]);
    assert_eq!(status, 1);
    let matches = reports[0]["matches"].as_array().expect("matches");
    let of = |bank: &str| matches.iter().filter(|it| it["bank"] == bank).collect::<Vec<_>>();
    assert_eq!((of("known").len(), of("others").len()), (TOLD_MAX, 1));
    let bits = |it: &&Value| it["distance_bits"].as_u64().expect("a distance");
    let farthest = of("known").iter().map(bits).max().expect("some");
    assert!(farthest < of("others").iter().map(bits).max().expect("one"), "{farthest}");
    place.run(["audit", "verify"]).expect_status(0);
}

#[test]
fn lines_that_are_not_taken_are_told_and_stop_nothing() {
    let place = Workplace::with_bank();
    let list = format!("{}\nnonsense\n\n{}\n{}\nmd5 00\n{}", made_up(1), made_up(2), made_up(1), made_up(3));
    place.write("list.txt", list.as_bytes());
    let imported = place.run(["bank", "import", "known", "list.txt", "--title", "a list"]).expect_status(2);
    assert_eq!(
        imported.stdout,
        "error  line 2  fingerprint-invalid\nerror  line 6  kind-unsupported\n\
         3 added, 1 held already, 2 rejected, of 7 lines\n"
    );
    assert_eq!(place.titles(), ["a list"; 3]);
    place.write("empty", b"");
    let empty = place.run(["bank", "import", "known", "empty", "--format", "json"]).expect_status(0);
    assert_eq!(counts(&empty)["lines"], 0);
    // Not a line in so many bytes is no list.
    place.write("long", &vec![b'x'; 5 << 20]);
    let long = place.run(["bank", "import", "known", "long"]).expect_status(2);
    assert!(long.stderr.contains("list-unreadable"), "{long:?}");
    let unknown = place.run(["bank", "import", "nobody", "list.txt"]).expect_status(2);
    assert!(unknown.stderr.contains("bank-not-found"), "{unknown:?}");
    let missing = place.run(["bank", "import", "known", "missing"]).expect_status(2);
    assert!(missing.stderr.contains("unreadable"), "{missing:?}");
    let folder = place.run(["bank", "import", "known", "."]).expect_status(2);
    assert!(folder.stderr.contains("unreadable"), "{folder:?}");
}

/// Long enough for several stretches of a file, each of several transactions.
const LONG: u64 = 25_000;

#[test]
fn a_long_list_goes_through_a_server_and_is_live() {
    let place = Workplace::with_bank();
    let label = "x".repeat(200);
    let lines: Vec<String> = (0..LONG).map(|k| format!("{label},{}", made_up(k))).collect();
    place.write("list.txt", format!("# a list\nlabels,hash\n{}\n", lines.join("\n")).as_bytes());
    let server = Server::start(&place);
    let imported = place.run(["bank", "import", "known", "list.txt", "--format", "json"]).expect_status(0);
    assert_eq!(counts(&imported), json!({ "lines": LONG + 2, "added": LONG, "already": 0, "rejected": 0 }));
    assert_eq!(server.end(Signal::TERM), Some(0));
    let verified = place.run(["index", "verify", "--format", "json"]).expect_status(0).json();
    assert_eq!(verified[0]["entries"], LONG);
    place.run(["audit", "verify"]).expect_status(0);
}

/// System calls that change what is on disk.
const WRITES: &str = "pwrite64,fsync,fdatasync";

#[test]
fn killed_at_any_write_a_list_is_taken_up_again() {
    let lines: Vec<String> = (0..200).map(made_up).collect();
    let mut died = 0;
    // Early, in the middle and late; the database writes some dozens of times.
    for when in [1, 2, 3, 5, 8, 13, 21, 34, 55] {
        let place = Workplace::with_bank();
        fs_err::write(place.data().join("lamassu.toml"), "[index]\nsealed_at = 1\n").expect("is written");
        place.write("list.txt", lines.join("\n").as_bytes());
        let killed = die_at(&place, (WRITES, when), &["bank", "import", "known", "list.txt"]);
        died += u32::from(killed.status != 0);
        let acknowledged = !killed.stdout.is_empty();
        let held = place.titles().len();
        assert!(held == 0 || held == lines.len(), "a batch is whole or not there: {held} after write {when}");
        assert!(!acknowledged || held == lines.len(), "what was acknowledged is gone after write {when}");
        let again = place.run(["bank", "import", "known", "list.txt", "--format", "json"]).expect_status(0);
        let told = counts(&again);
        assert_eq!((&told["added"], &told["already"]), (&json!(lines.len() - held), &json!(held)));
        place.run(["audit", "verify"]).expect_status(0);
        place.run(["index", "verify"]).expect_status(0);
    }
    assert!(died > 3, "only {died} were killed");
}

#[test]
fn a_list_is_looked_for_in_what_came_in_before() {
    let place = Workplace::new();
    let platform = Platform::on(&place);
    let server = Server::start(&place);
    for (reference, file) in [("copy", jpeg(5)), ("other", png(6))] {
        let answer = platform.upload(server.port, reference, &file, "?wait_ms=30000").expect("it answers");
        assert_eq!(answer.1["item"]["outcome"], "none", "{reference}");
    }
    place.write("5.png", &png(5));
    let hashes = [made_up(1), pdq(&place, "5.png"), made_up(2)];
    place.write("list.txt", hashes.join("\n").as_bytes());
    place.run(["bank", "import", "known", "list.txt", "--title", "a hash"]).expect_status(0);
    let start = Instant::now();
    let cases = loop {
        let cases = platform.get(server.port, "/api/v1/cases?state=open");
        if cases["items"][0].is_object() || start.elapsed() > PATIENCE {
            break cases;
        }
        std::thread::yield_now();
    };
    assert_eq!(cases["items"].as_array().map(Vec::len), Some(1), "{cases}");
    assert_eq!(cases["items"][0]["item"]["reference"], "copy");
    assert_eq!(cases["items"][0]["matches"][0]["title"], "a hash");
    assert_eq!(server.end(Signal::KILL), None);
    // Without a server, what came in before is looked at as well; the next start opens the case.
    place.write("6.png", &png(6));
    place.write("list.txt", pdq(&place, "6.png").as_bytes());
    place.run(["bank", "import", "known", "list.txt"]).expect_status(0);
    let server = Server::start(&place);
    let start = Instant::now();
    let opened = || platform.get(server.port, "/api/v1/cases?state=open")["items"].as_array().map(Vec::len);
    while opened() != Some(2) {
        assert!(start.elapsed() < PATIENCE, "the other item has a case");
        std::thread::yield_now();
    }
    assert_eq!(server.end(Signal::TERM), Some(0));
}
