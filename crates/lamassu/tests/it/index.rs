//! The index on disk: sealed beside everything else, opened at a start, and built anew where it is damaged.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use image::ImageFormat;
use serde_json::Value;

use crate::Workplace;
use crate::concurrency::Server;
use crate::parts::street;
use crate::pictures::{encode, png};

/// Longer than an index of ten pictures takes to be built.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a segment's header tells of its sections: an offset, a length and a checksum of 8 bytes each.
const LINES_AT: usize = 64;
const LINE_BYTES: usize = 24;
const SECTIONS: usize = 11;

/// A workplace whose index is sealed with every addition, with three pictures in its bank.
fn sealed() -> Workplace {
    let place = Workplace::new();
    fs_err::create_dir(place.data()).expect("a folder");
    fs_err::write(place.data().join("lamassu.toml"), "[index]\nsealed_at = 2\n").expect("is written");
    place.run(["bank", "create", "known"]).expect_status(0);
    for seed in 1..=3 {
        place.write(format!("{seed}.png"), &png(seed));
        place.run(["bank", "add", "known", &format!("{seed}.png")]).expect_status(0);
    }
    place
}

fn segments(place: &Workplace) -> Vec<PathBuf> {
    files(place, "segment-")
}

fn files(place: &Workplace, prefix: &str) -> Vec<PathBuf> {
    let files = fs_err::read_dir(place.data().join("index")).expect("is there");
    let paths = files.map(|file| file.expect("a file").path());
    paths
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)))
        .collect()
}

/// Which of the three pictures are found.
fn found(place: &Workplace) -> Vec<u32> {
    (1..=3).filter(|seed| place.check(&[&place.path(format!("{seed}.png"))]).0 == 1).collect()
}

fn report(place: &Workplace, verb: &str, status: i32) -> Value {
    place.run(["index", verb, "--format", "json"]).expect_status(status).json().remove(0)
}

#[test]
fn what_is_sealed_is_found_with_what_came_after_it() {
    let place = sealed();
    let told = report(&place, "verify", 0);
    assert_eq!((&told["entries"], &told["sequence"]), (&3.into(), &3.into()), "{told}");
    assert!(told["sealed_sequence"].as_u64() >= Some(2) && told["segments"].as_u64() >= Some(1), "{told}");
    assert_eq!(found(&place), [1, 2, 3]);

    let shown = place.run(["bank", "show", "known", "--format", "json"]).json();
    let first = shown.iter().find(|row| row["metadata"]["title"] == "1.png").expect("is listed");
    place.run(["bank", "remove", "known", first["entry"].as_str().expect("an id")]).expect_status(0);
    assert_eq!(found(&place), [2, 3]);
    place.write("4.png", &png(4));
    place.run(["bank", "add", "known", "4.png"]).expect_status(0);
    assert_eq!(found(&place), [2, 3], "the removal is kept when more is sealed");
    let told = report(&place, "verify", 0);
    assert_eq!(
        (&told["entries"], &told["sequence"], &told["damage"]),
        (&3.into(), &5.into(), &Value::Array(vec![]))
    );
}

#[test]
fn a_flipped_bit_in_any_section_costs_no_answer() {
    let place = sealed();
    let path =
        segments(&place).into_iter().max_by_key(|path| fs_err::metadata(path).expect("is there").len());
    let path = path.expect("something is sealed");
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let sound = fs_err::read(&path).expect("is read");
    let manifest = fs_err::read(place.data().join("index/manifest")).expect("is read");
    let number = |at: usize| u64::from_le_bytes(sound[at..at + 8].try_into().expect("eight bytes")) as usize;
    let sections =
        (0..SECTIONS).map(|k| (number(LINES_AT + LINE_BYTES * k), number(LINES_AT + LINE_BYTES * k + 8)));
    let mut tried = 0;
    for at in
        sections.filter(|(_, length)| *length > 0).map(|(offset, length)| offset + length / 2).chain([17])
    {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x10;
        fs_err::write(&path, &bytes).expect("is written");
        fs_err::write(place.data().join("index/manifest"), &manifest).expect("is written");
        // Whatever was found wrong is built anew before the first answer; a line in the log says what it was.
        let told = place.run(["index", "verify", "--format", "json"]).expect_status(0);
        assert!(told.json()[0]["entries"] == 3, "{told:?}");
        assert_eq!(found(&place), [1, 2, 3], "after damage at {at}");
        assert!(!path.exists(), "{name} was thrown away");
        tried += 1;
    }
    assert!(tried >= 8, "only {tried} sections have bytes");
}

#[test]
fn what_a_running_server_finds_damaged_while_it_seals_is_built_anew() {
    let place = sealed();
    let (whole, part) = (street(7), street(7).crop_imm(60, 40, 200, 160));
    place.write("street.png", &encode(&whole, ImageFormat::Png));
    place.write("part.png", &encode(&part, ImageFormat::Png));
    place.run(["bank", "add", "known", "street.png"]).expect_status(0);
    let _server = Server::start(&place);
    // A part of one of them: the server looks for local features, and finds their file sound.
    assert_eq!(place.check(&[&place.path("part.png")]).0, 1);
    let parts = files(&place, "features-");
    for path in &parts {
        let mut bytes = fs_err::read(path).expect("is read");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        // In place: the server has it mapped.
        let mut file = fs_err::OpenOptions::new().write(true).open(path).expect("is there");
        file.write_all(&bytes).expect("is written");
    }
    report(&place, "verify", 2);
    for seed in 4..=9 {
        place.write(format!("{seed}.png"), &png(seed));
        place.run(["bank", "add", "known", &format!("{seed}.png")]).expect_status(0);
    }
    // It is sealed beside what goes on.
    let is_sound = || place.run(["index", "verify"]).status == 0;
    let begun = Instant::now();
    while !is_sound() {
        assert!(begun.elapsed() < PATIENCE, "it is not built anew");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(parts.iter().all(|path| !path.exists()), "damaged files are gone");
    assert_eq!(place.check(&[&place.path("part.png")]).0, 1);
}

#[test]
fn a_missing_file_a_damaged_manifest_and_another_store_cost_no_answer() {
    let place = sealed();
    for path in segments(&place) {
        fs_err::remove_file(path).expect("is removed");
    }
    assert_eq!(found(&place), [1, 2, 3]);
    fs_err::write(place.data().join("index/manifest"), "nonsense").expect("is written");
    assert_eq!(found(&place), [1, 2, 3]);

    // The index of one folder beside the database of another.
    let other = Workplace::new();
    fs_err::create_dir(other.data()).expect("a folder");
    fs_err::write(other.data().join("lamassu.toml"), "[index]\nsealed_at = 2\n").expect("is written");
    other.run(["bank", "create", "known"]).expect_status(0);
    for seed in 4..=6 {
        other.write(format!("{seed}.png"), &png(seed));
        other.run(["bank", "add", "known", &format!("{seed}.png")]).expect_status(0);
    }
    fs_err::remove_dir_all(place.data().join("index")).expect("is removed");
    fs_err::rename(other.data().join("index"), place.data().join("index")).expect("is moved");
    assert_eq!(found(&place), [1, 2, 3]);
    assert_eq!(place.check(&[&other.path("4.png")]).0, 0);
}

#[test]
fn it_is_verified_and_built_anew_on_demand() {
    let place = sealed();
    let before = segments(&place);
    let told = report(&place, "rebuild", 0);
    assert_eq!((&told["entries"], &told["damage"]), (&3.into(), &Value::Array(vec![])), "{told}");
    assert!(before.iter().all(|path| !path.exists()), "old files are gone");
    assert!(!segments(&place).is_empty(), "new ones are there");
    assert_eq!(found(&place), [1, 2, 3]);
    let human = place.run(["index", "verify"]).expect_status(0);
    assert!(human.stdout.starts_with("3 entries with"), "{human:?}");
}

#[test]
fn a_search_is_measured() {
    let place = Workplace::new();
    let told = place
        .run(["bench", "index", "--entries", "3000", "--format", "json"])
        .expect_status(0)
        .json()
        .remove(0);
    assert_eq!(told["recall"], 1.0, "{told}");
    for figure in ["single_us", "batch_us", "scan_us", "add_us", "bytes", "build_s"] {
        assert!(told[figure].as_f64().is_some_and(|value| value > 0.0), "{figure} of {told}");
    }
    assert!(!place.data().exists(), "no data folder is made");
}
