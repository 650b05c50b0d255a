//! The folder of sealed segments: what counts, what is left over, and what damage is told as.

use std::fs::OpenOptions;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::PathBuf;

use lamassu_fingerprint::local::{Feature, Features};
use lamassu_fingerprint::{Bits256, Digest, StoredFrame, View};
use lamassu_index::local::{LocalIndex, Part};
use lamassu_index::{Change, ChangeKind, Filter, Index, SealedFile as _, Segment, SegmentId};
use lamassu_store::{Manifest, SealedFeatures, SealedSegment, SegmentFolder, SegmentsError};
use tempfile::TempDir;

use crate::samples::{bank_name, entry_id};

struct Place {
    folder: TempDir,
    segments: SegmentFolder,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let segments = SegmentFolder::open(&folder.path().join("index")).expect("is made");
        Self { folder, segments }
    }

    fn file(&self, id: SegmentId) -> PathBuf {
        self.folder.path().join(format!("index/segment-{id:032x}"))
    }

    /// The names in the folder, in order.
    fn files(&self) -> Vec<String> {
        let files = fs_err::read_dir(self.folder.path().join("index")).expect("is there");
        let mut names: Vec<String> =
            files.map(|file| file.expect("a file").file_name().into_string().expect("text")).collect();
        names.sort();
        names
    }

    /// Seals `count` entries under a name.
    fn seal(&self, id: SegmentId, count: u64) -> Segment {
        let index = Index::default();
        index.apply((1..=count).map(added)).expect("in order");
        self.segments.write(id, index.plan(true).expect("there is something").draft()).expect("is written")
    }
}

fn hash(entry: u64) -> Bits256 {
    Bits256([entry.wrapping_mul(0x9e37_79b9_7f4a_7c15), !entry, entry << 40, 7])
}

fn added(entry: u64) -> Change {
    let frame = StoredFrame { start_ms: 0, end_ms: 0, view: View::Full, quality: 90, bits: [hash(entry)] };
    let digest = Digest::of(&entry.to_le_bytes());
    Change { sequence: entry, kind: ChangeKind::Added { entry, bank: 0, digest, frames: vec![frame] } }
}

fn manifest(ids: &[SegmentId]) -> Manifest {
    Manifest {
        sealed_sequence: 9,
        witness: Some(entry_id(4)),
        banks: vec![bank_name("known"), bank_name("other")],
        segments: ids.iter().map(|&id| SealedSegment { id, removed: vec![3, u64::MAX] }).collect(),
        ..Manifest::default()
    }
}

#[test]
fn a_manifest_comes_back_and_its_segments_are_searched_as_they_were() {
    let place = Place::new();
    assert_eq!(place.segments.manifest().expect("none is no error"), None);
    let id = u128::MAX - 5;
    let written = place.seal(id, 20);
    place.segments.swap(&manifest(&[id])).expect("is swapped");

    let again = SegmentFolder::open(&place.folder.path().join("index")).expect("opens");
    assert_eq!(again.manifest().expect("is read"), Some(manifest(&[id])));
    let mapped: Segment = again.map(id).expect("is mapped");
    assert_eq!(mapped.bytes(), written.bytes());
    again.check(&mapped).expect("is sound");
    for segment in [again.in_memory(&mapped).expect("is copied"), mapped] {
        let index = Index::default();
        index.restore([(segment, vec![7])], 20);
        for entry in 1..=20 {
            let mut hits = Vec::new();
            index.snapshot().search(hash(entry), 0, &Filter::AllBanks, &mut hits);
            let found: Vec<u64> = hits.iter().map(|hit| hit.entry).collect();
            assert_eq!(found, if entry == 7 { vec![] } else { vec![entry] });
        }
    }
}

#[test]
fn only_what_a_manifest_names_stays() {
    let place = Place::new();
    place.seal(1, 3);
    place.segments.swap(&manifest(&[1])).expect("is swapped");
    // A program that ended before its manifest leaves these.
    place.seal(2, 4);
    fs_err::write(place.folder.path().join("index/manifest.draft"), "half").expect("is written");
    let read = place.segments.manifest().expect("is read").expect("is there");
    place.segments.sweep(&read).expect("is swept");
    assert_eq!(place.files(), ["manifest".to_owned(), format!("segment-{:032x}", 1)]);

    place.seal(3, 5);
    place.segments.swap(&manifest(&[3])).expect("is swapped");
    assert_eq!(place.files(), ["manifest".to_owned(), format!("segment-{:032x}", 3)]);

    place.segments.clear().expect("is cleared");
    assert!(place.files().is_empty());
}

#[test]
fn parts_of_features_are_kept_and_swept_like_segments() {
    let place = Place::new();
    let index = LocalIndex::default();
    let feature = Feature { x: 1, y: 2, scale: 300, angle: 4, bits: hash(5) };
    index.add(6, 0, &Features { width: u16::MAX, height: 40_000, all: vec![feature; 3] });
    let merge = index.plan(true).expect("there is something");
    let written = place.segments.write(8, merge.draft()).expect("is written");
    place.segments.write(9, merge.draft()).expect("is written");
    place.seal(1, 3);
    let parts = vec![SealedSegment { id: 8, removed: vec![] }];
    let features = SealedFeatures { sealed_sequence: 4, witness: Some(entry_id(6)), parts };
    let manifest = Manifest { features, ..manifest(&[1]) };
    place.segments.swap(&manifest).expect("is swapped");
    assert_eq!(place.segments.manifest().expect("is read"), Some(manifest));
    let names = [format!("features-{:032x}", 8), "manifest".to_owned(), format!("segment-{:032x}", 1)];
    assert_eq!(place.files(), names);
    let mapped: Part = place.segments.map(8).expect("is mapped");
    assert_eq!(mapped.bytes(), written.bytes());
    place.segments.check(&mapped).expect("is sound");
    let error = place.segments.map::<Segment>(8).expect_err("is no segment").to_string();
    assert_eq!(error, format!("segment-{:032x} is missing from the index", 8));
}

#[test]
fn a_manifest_of_which_one_bit_is_another_is_refused() {
    let place = Place::new();
    place.segments.swap(&manifest(&[])).expect("is swapped");
    let path = place.folder.path().join("index/manifest");
    let sound = fs_err::read(&path).expect("is read");
    for at in 0..sound.len() {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        fs_err::write(&path, &bytes).expect("is written");
        let error = place.segments.manifest().expect_err("is damaged");
        assert!(matches!(error, SegmentsError::Manifest), "{error} at {at}");
    }
    for length in 0..sound.len() {
        fs_err::write(&path, &sound[..length]).expect("is written");
        assert_eq!(place.segments.manifest().expect_err("is cut").code(), "index-damaged");
    }
}

#[test]
fn damage_is_told_by_file_and_part() {
    let place = Place::new();
    place.seal(1, 30);
    let told = |id| place.segments.map::<Segment>(id).expect_err("cannot be used").to_string();
    assert_eq!(told(5), format!("segment-{:032x} is missing from the index", 5));

    let file = OpenOptions::new().write(true).open(place.file(1)).expect("opens");
    let sound = fs_err::read(place.file(1)).expect("is read");
    file.write_all_at(&[sound[600] ^ 4], 600).expect("is written");
    let mapped: Segment = place.segments.map(1).expect("its header is sound");
    let error = place.segments.check(&mapped).expect_err("a section is damaged").to_string();
    assert_eq!(
        error,
        format!("segment-{:032x} of the index cannot be used: its section first-halves is damaged", 1)
    );

    file.write_all_at(&sound, 0).expect("is written");
    file.write_all_at(&[sound[20] ^ 1], 20).expect("is written");
    assert!(told(1).ends_with("its header is damaged"));
    file.write_all_at(&sound, 0).expect("is written");
    file.set_len(sound.len() as u64 - 64).expect("is cut");
    assert!(told(1).contains("bytes long instead of"), "{}", told(1));
    file.set_len(0).expect("is emptied");
    assert!(told(1).ends_with("it is no segment of this version"), "{}", told(1));
}

#[test]
fn a_large_segment_is_read_again_when_it_changed_and_after_a_day() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    let place = Place::new();
    place.seal(1, 60_000);
    let mapped: Segment = place.segments.map(1).expect("its header is sound");
    assert!(mapped.bytes().len() > 4 << 20, "{}", mapped.bytes().len());
    let changed_ms = fs_err::metadata(place.file(1)).expect("is there").ctime() * 1_000;
    let check = |now_ms| place.segments.check_if_due(&mapped, now_ms);
    let note = place.folder.path().join(format!("index/checked-segment-{:032x}", 1));

    check(changed_ms + 1_900).expect("is sound");
    assert!(!note.exists(), "what is only just written may change within a step of its time");
    let now_ms = changed_ms + 5_000;
    check(now_ms).expect("is sound");
    place.segments.swap(&manifest(&[1])).expect("is swapped");
    assert!(note.exists(), "it stays as long as its segment");

    let mut noted: serde_json::Value =
        serde_json::from_slice(&fs_err::read(&note).expect("is read")).expect("is JSON");
    let file = OpenOptions::new().write(true).open(place.file(1)).expect("opens");
    file.write_all_at(&[mapped.bytes()[600] ^ 4], 600).expect("is written");
    check(now_ms).expect_err("it changed since");
    assert!(!note.exists(), "what was found damaged is not trusted any more");

    // As if the disk had lost a bit behind the kernel's back.
    let told = fs_err::metadata(place.file(1)).expect("is there");
    noted["identity"]["changed"] = serde_json::json!([told.ctime(), told.ctime_nsec()]);
    let is_noted = || fs_err::write(&note, noted.to_string()).expect("is written");
    is_noted();
    check(now_ms + DAY_MS - 1).expect("is not read within a day");
    check(now_ms + DAY_MS).expect_err("a day is over");
    is_noted();
    check(now_ms - 1).expect_err("a clock that went back says nothing");
    is_noted();
    place.segments.check(&mapped).expect_err("whoever merges or verifies reads it");
    check(now_ms).expect_err("and the next start does");
    fs_err::write(&note, "{").expect("is written");
    check(now_ms).expect_err("a note that cannot be read says nothing");

    is_noted();
    place.segments.clear().expect("is cleared");
    assert!(!note.exists(), "it goes with its segment");
}
