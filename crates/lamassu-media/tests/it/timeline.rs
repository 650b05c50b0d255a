//! The timeline: picture and sound are told where they are played, and how far the reading is.

use std::sync::atomic::{AtomicBool, Ordering};

use lamassu_fingerprint::sound::{STEP_MS, SoundTrack};
use lamassu_media::{Limits, Progress, Reading, Sealed, SoFar};

use crate::room::{ITEM, Room, whole};
use crate::samples::{ffmpeg, tone};

/// Seconds of picture and of sound.
const SECONDS: usize = 6;

/// A film of which the picture begins `picture_s` and the sound `sound_s` after zero.
fn film(picture_s: f64, sound_s: f64, format: &str, more: &[&str]) -> Vec<u8> {
    let (picture_s, sound_s) = (picture_s.to_string(), sound_s.to_string());
    let picture = format!("testsrc2=size=160x120:rate=12:duration={SECONDS}");
    let sound = format!("anoisesrc=seed=7:color=pink:sample_rate=44100:duration={SECONDS}");
    let inputs = [
        &["-itsoffset", &picture_s, "-f", "lavfi", "-i", &picture][..],
        &["-itsoffset", &sound_s, "-f", "lavfi", "-i", &sound],
        &["-c:v", "mpeg4", "-q:v", "2", "-c:a", "mp2"],
        more,
    ];
    ffmpeg(&inputs.concat(), format)
}

/// A film as an AVI whose header says that the sound begins `sound_s` after zero, as a whole number of its samples.
fn avi(sound_s: u32, codec: &str) -> Vec<u8> {
    let mut bytes = film(0.0, 0.0, "avi", &["-c:a", codec]);
    let header = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(b"strh")).nth(1).unwrap();
    // After its name and length: kind, codec and eight more bytes; then how long a sample is (scale, rate), and the start.
    let fields = header + 8 + 20;
    let number = |at: usize| u32::from_le_bytes(*bytes[at..].first_chunk().unwrap());
    let (scale, rate) = (number(fields), number(fields + 4));
    bytes[fields + 8..fields + 12].copy_from_slice(&(sound_s * rate / scale).to_le_bytes());
    bytes
}

fn plain(reading: &Reading) -> &SoundTrack {
    &reading.sound[0]
}

/// How much later than `early` the same is heard in `late`, in milliseconds: where most words are alike.
fn heard_later_ms(early: &SoundTrack, late: &SoundTrack) -> u32 {
    let differing = |by: usize| {
        let pairs = early.words.iter().zip(&late.words[by..]);
        let (count, bits) =
            pairs.fold((0_u32, 0), |(count, bits), (a, b)| (count + 1, bits + (a ^ b).count_ones()));
        if (count as usize) < early.words.len() / 2 { f64::MAX } else { f64::from(bits) / f64::from(count) }
    };
    let by = (0..late.words.len()).min_by(|&a, &b| differing(a).total_cmp(&differing(b))).unwrap();
    assert!(differing(by) < 3.0, "{} bits of a word differ", differing(by));
    assert!(late.audible[..by.saturating_sub(3)].iter().all(|heard| !heard), "nothing is heard before");
    by as u32 * STEP_MS
}

#[test]
fn a_sound_that_begins_later_than_its_picture_is_told_where_it_is_played() {
    let room = Room::new();
    let reference = room.read(&film(0.0, 0.0, "matroska", &[])).unwrap();
    let hours = ["-output_ts_offset", "36000"];
    let films = [
        ("matroska", film(0.0, 3.0, "matroska", &[]), 3_000),
        ("mp4", film(0.0, 3.0, "mp4", &[]), 3_000),
        ("transport stream, which begins at 1.4 s", film(0.0, 3.0, "mpegts", &[]), 3_000),
        ("transport stream that begins at ten hours", film(0.0, 3.0, "mpegts", &hours), 3_000),
        ("FLV", film(0.0, 3.0, "flv", &["-c:v", "flv", "-c:a", "pcm_s16le"]), 3_000),
        ("Windows media", film(0.0, 3.0, "asf", &["-c:v", "wmv2"]), 3_000),
        ("Ogg", film(0.0, 3.0, "ogg", &["-c:v", "libtheora", "-c:a", "libvorbis"]), 3_000),
        ("program stream", film(0.0, 3.0, "mpeg", &["-c:v", "mpeg2video", "-r", "25"]), 3_000),
        ("QuickTime", film(0.0, 3.0, "mov", &["-c:a", "pcm_s16le"]), 3_000),
        ("AVI of packets", avi(3, "mp2"), 3_000),
        ("AVI of samples", avi(3, "pcm_s16le"), 3_000),
        // It is played at once: what was laid out where does not count.
        ("AVI that says nothing of it", film(0.0, 3.0, "avi", &[]), 0),
        ("both at once, at ten hours", film(0.0, 0.0, "mpegts", &hours), 0),
        ("from zero, what lies before is cut off", film(-3.0, 0.0, "mp4", &[]), 0),
    ];
    for (name, bytes, expected_ms) in films {
        let reading = room.read(&bytes).unwrap();
        let later_ms = heard_later_ms(plain(&reference), plain(&reading));
        assert!(later_ms.abs_diff(expected_ms) <= STEP_MS, "{name}: {later_ms} ms");
        // Each variant hears it at the same time.
        for track in &reading.sound {
            let first = track.audible.iter().position(|heard| *heard).unwrap();
            let at_ms = track.blocks(1)[first].start_ms;
            assert!(at_ms.abs_diff(expected_ms) <= 4 * STEP_MS, "{name}, {:?}: {at_ms} ms", track.variant);
        }
    }
}

#[test]
fn a_sound_that_begins_far_behind_the_picture_is_found_there() {
    // More of the picture comes first than `ffprobe` looks at.
    let more = ["-b:v", "8M", "-g", "1", "-t", "26", "-filter:v", "loop=3:72"];
    let room = Room::new();
    let reference = room.read(&film(0.0, 0.0, "matroska", &[])).unwrap();
    for format in ["matroska", "mpegts"] {
        let reading = room.read(&film(0.0, 18.0, format, &more)).unwrap();
        let later_ms = heard_later_ms(plain(&reference), plain(&reading));
        assert!(later_ms.abs_diff(18_000) <= STEP_MS, "{format}: {later_ms} ms");
    }
}

#[test]
fn a_picture_that_begins_later_is_told_where_it_is_played() {
    let room = Room::new();
    let reference = room.read(&film(0.0, 0.0, "matroska", &[])).unwrap();
    for format in ["matroska", "mp4", "mpegts"] {
        let reading = room.read(&film(3.0, 0.0, format, &[])).unwrap();
        assert!(heard_later_ms(plain(&reference), plain(&reading)) <= STEP_MS, "{format}");
        let first = whole(&reading).find(|frame| frame.start_ms >= 3_500).unwrap();
        let same = whole(&reference).find(|frame| frame.start_ms == first.start_ms - 3_000).unwrap();
        let other = whole(&reference).find(|frame| frame.start_ms == first.start_ms).unwrap();
        let bits = first.bits[0].distance(same.bits[0]);
        assert!(bits <= 12 && bits < first.bits[0].distance(other.bits[0]), "{format}: {bits}");
        assert!(reading.duration_ms.abs_diff(9_000) <= 500, "{format}: {} ms", reading.duration_ms);
    }
}

#[test]
fn a_beginning_that_cannot_be_moves_nothing() {
    let room = Room::with(Limits { duration_s_max: 10, ..Limits::default() });
    let reference = room.read(&film(0.0, 0.0, "matroska", &[])).unwrap();
    let reading = room.read(&film(0.0, 11.0, "matroska", &[])).unwrap();
    assert!(heard_later_ms(plain(&reference), plain(&reading)) <= STEP_MS);
}

#[test]
fn how_far_the_reading_of_a_long_video_is_can_be_seen_meanwhile() {
    let source = ["-f", "lavfi", "-i", "testsrc2=size=64x64:rate=1:duration=600", "-c:v", "mpeg4"];
    let bytes = ffmpeg(&source, "mp4");
    let room = Room::new();
    let item = Sealed::copy(&bytes[..], room.folder(), room.jail.limits()).unwrap();
    let (progress, is_done) = (Progress::default(), AtomicBool::new(false));
    let seen = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut seen: Vec<SoFar> = Vec::new();
            while !is_done.load(Ordering::Relaxed) {
                seen.extend(progress.so_far().filter(|so_far| seen.last() != Some(so_far)));
                std::thread::yield_now();
            }
            seen
        });
        let reading = room.jail.read_telling(&item, ITEM, &progress).unwrap();
        is_done.store(true, Ordering::Relaxed);
        assert_eq!(reading.duration_ms, 600_000);
        watcher.join().unwrap()
    });
    assert!(seen.len() > 1 && seen.is_sorted_by_key(|it| it.read_ms), "{seen:?}");
    assert!(seen.iter().all(|it| it.total_ms == Some(600_000)), "{seen:?}");
    assert_eq!(progress.so_far(), Some(SoFar { read_ms: 600_000, total_ms: Some(600_000) }));
}

#[test]
fn sound_alone_tells_how_far_it_is_too() {
    let room = Room::new();
    let item = Sealed::copy(&tone(30, "wav")[..], room.folder(), room.jail.limits()).unwrap();
    let progress = Progress::default();
    room.jail.read_telling(&item, ITEM, &progress).unwrap();
    let so_far = progress.so_far().unwrap();
    assert!(so_far.read_ms >= 25_000 && so_far.total_ms == Some(30_000), "{so_far:?}");
}
