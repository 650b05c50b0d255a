//! Files cut off at many places, and with bytes turned over: a reading or a refusal, never a crash.

use image::ImageFormat;

use crate::room::Room;
use crate::samples::{clip, encode, ffmpeg, smooth};

/// About this many places a file.
const PLACES: usize = 24;

/// What a damaged file may come to: it is read as far as it goes, or refused.
fn assert_harmless(room: &Room, bytes: &[u8], allowed: &[&str]) {
    let outcome = room.outcome(bytes);
    assert!(allowed.contains(&outcome), "{outcome} after {} bytes", bytes.len());
}

fn cuts(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    // Close together in the headers, then all over the file, and just before its end.
    let length = bytes.len();
    let spread = (1..PLACES).map(move |k| length * k / PLACES);
    (16..40).step_by(3).chain(spread).chain([length - 2, length - 1]).map(|end| &bytes[..end])
}

#[test]
fn pictures_cut_off_are_read_or_malformed() {
    let room = Room::new();
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let bytes = encode(&smooth(160, 120, 2).into(), format);
        cuts(&bytes).for_each(|cut| assert_harmless(&room, cut, &["image", "malformed"]));
        assert_eq!(room.outcome(&bytes), "image");
    }
}

#[test]
fn playing_pictures_cut_off_are_read_or_malformed() {
    let room = Room::new();
    let source = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=5:duration=1"];
    for format in ["gif", "apng", "webp"] {
        let bytes = ffmpeg(&source, format);
        cuts(&bytes).for_each(|cut| assert_harmless(&room, cut, &["image", "malformed"]));
        assert_eq!(room.outcome(&bytes), "image", "{format}");
    }
}

#[test]
fn pictures_with_bytes_turned_over_are_read_or_refused() {
    let room = Room::new();
    let allowed = ["image", "malformed", "unsupported", "limit-side", "limit-pixels", "limit-memory"];
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Bmp]
    {
        let bytes = encode(&smooth(64, 48, 2).into(), format);
        for k in 0..PLACES {
            let mut damaged = bytes.clone();
            damaged[12 + (bytes.len() - 12) * k / PLACES] ^= 0xff;
            assert_harmless(&room, &damaged, &allowed);
        }
    }
}

#[test]
fn clips_cut_off_are_read_as_far_as_they_go() {
    let room = Room::new();
    for format in ["mp4", "matroska", "avi", "mpegts"] {
        let bytes = clip(1, "mpeg4", format);
        for k in 1..6 {
            let cut = &bytes[..bytes.len() * k / 6];
            assert_harmless(&room, cut, &["video", "malformed", "no-streams"]);
        }
    }
}
