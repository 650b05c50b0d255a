//! Short stretches of sound for people: from the moment that was asked for, and no more than allowed.

use lamassu_media::{Limits, Sealed};

use crate::room::Room;
use crate::samples::{clip, ffmpeg, png};

/// Samples in a second of what is given out.
const RATE_HZ: usize = 16_000;

/// What is heard of `bytes` from a moment on, as samples; none where there is nothing.
fn heard(room: &Room, bytes: &[u8], at_ms: u32) -> Option<Vec<i16>> {
    let item = Sealed::copy(bytes, room.folder(), room.jail.limits()).unwrap();
    let excerpt = room.jail.hear(&item, at_ms).unwrap()?;
    let (head, samples) = excerpt.wav.split_at(44);
    let number = |at: usize| u32::from_le_bytes(*head[at..].first_chunk().unwrap()) as usize;
    assert_eq!((&head[..4], &head[8..16], &head[36..40]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
    assert_eq!((number(4), number(40)), (excerpt.wav.len() - 8, samples.len()));
    // Plain samples on one channel; so many a second; two bytes each.
    assert_eq!((number(20), number(24), number(28)), (1 << 16 | 1, RATE_HZ, 2 * RATE_HZ));
    assert_eq!(excerpt.duration_ms as usize, samples.len() * 1000 / (2 * RATE_HZ));
    Some(samples.as_chunks().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect())
}

/// The tone in the middle of each second, in hertz: how often the samples go through zero upwards. None of silence.
fn tones_hz(samples: &[i16]) -> Vec<Option<usize>> {
    samples
        .chunks_exact(RATE_HZ)
        .map(|second| {
            let middle = &second[RATE_HZ / 4..RATE_HZ * 3 / 4];
            let loudest = middle.iter().map(|it| it.unsigned_abs()).max().unwrap();
            let ups = middle.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count();
            (loudest > 300).then_some(ups * 2)
        })
        .collect()
}

fn is_near(tones_hz: &[Option<usize>], expected_hz: &[Option<usize>]) -> bool {
    tones_hz.len() == expected_hz.len()
        && tones_hz.iter().zip(expected_hz).all(|(one, other)| match (one, other) {
            (Some(one), Some(other)) => one.abs_diff(*other) <= 8,
            (one, other) => one == other,
        })
}

/// Four seconds of one tone and four of another, under a picture; the sound begins so late.
fn film(late_s: &str, format: &str, codec: &str) -> Vec<u8> {
    let tones = "sine=frequency=400:duration=4[a];sine=frequency=1000:duration=4[b];[a][b]concat=n=2:v=0:a=1";
    let inputs = [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=160x120:rate=10:duration=8",
        "-itsoffset",
        late_s,
        "-f",
        "lavfi",
        "-i",
        tones,
    ];
    ffmpeg(&[&inputs[..], &["-c:v", "mpeg4", "-c:a", codec]].concat(), format)
}

const LOW: Option<usize> = Some(400);
const HIGH: Option<usize> = Some(1000);

#[test]
fn it_begins_at_the_moment_that_was_asked_for() {
    let room = Room::with(Limits { review_sound_ms_max: 3_000, ..Limits::default() });
    for (format, codec) in [
        ("mp4", "aac"),
        ("matroska", "mp2"),
        ("mpegts", "mp2"),
        ("avi", "mp2"),
        ("avi", "pcm_s16le"),
        ("mpeg", "mp2"),
        ("asf", "wmav2"),
    ] {
        let film = film("0", format, codec);
        for (at_ms, expected_hz) in [(0, [LOW; 3]), (2_000, [LOW, LOW, HIGH]), (3_000, [LOW, HIGH, HIGH])] {
            let samples = heard(&room, &film, at_ms).unwrap();
            let tones_hz = tones_hz(&samples);
            assert!(is_near(&tones_hz, &expected_hz), "{format}, {codec}, {at_ms} ms: {tones_hz:?}");
            assert_eq!(samples.len(), 3 * RATE_HZ, "{format}: no more than the limit");
        }
        // As much as there is.
        let end = heard(&room, &film, 6_500).map_or(0, |samples| samples.len());
        assert!((RATE_HZ..2 * RATE_HZ).contains(&end), "{format}, {codec}: {end} samples");
        assert!(heard(&room, &film, 60_000).is_none(), "{format}, {codec}: beyond its end");
    }
}

#[test]
fn sound_files_are_heard_as_films_are() {
    let room = Room::new();
    let tones = "sine=frequency=400:duration=2[a];sine=frequency=1000:duration=3[b];[a][b]concat=n=2:v=0:a=1";
    for format in ["wav", "flac", "mp3", "ogg", "adts", "aiff"] {
        let bytes = ffmpeg(&["-f", "lavfi", "-i", tones], format);
        let samples = heard(&room, &bytes, 1_000).unwrap();
        let tones_hz = tones_hz(&samples);
        assert!(is_near(&tones_hz[..3], &[LOW, HIGH, HIGH]), "{format}: {tones_hz:?}");
    }
}

#[test]
fn before_a_sound_that_begins_later_is_silence() {
    let room = Room::with(Limits { review_sound_ms_max: 4_000, ..Limits::default() });
    for format in ["matroska", "mp4", "mpegts"] {
        let tones_hz = tones_hz(&heard(&room, &film("3", format, "mp2"), 1_000).unwrap());
        assert!(is_near(&tones_hz, &[None, None, LOW, LOW]), "{format}: {tones_hz:?}");
    }
}

#[test]
fn what_has_no_sound_gives_none() {
    let room = Room::new();
    for bytes in [clip(2, "mpeg4", "mp4"), png(1), b"a text".to_vec()] {
        assert_eq!(heard(&room, &bytes, 0), None);
    }
}

#[test]
fn damage_is_an_error_and_not_a_crash() {
    let room = Room::new();
    let film = film("0", "matroska", "mp2");
    let item = Sealed::copy(&film[..600], room.folder(), room.jail.limits()).unwrap();
    let code = room.jail.hear(&item, 0).map(|excerpt| excerpt.is_some()).map_err(|error| error.code());
    assert!(matches!(code, Ok(false) | Err("malformed")), "{code:?}");
}
