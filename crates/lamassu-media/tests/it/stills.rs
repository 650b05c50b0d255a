//! One picture of a moment: which one, how large, and of what there is none.

use image::{ImageFormat, RgbImage};
use lamassu_media::{Limits, Sealed};

use crate::animations::gif;
use crate::room::Room;
use crate::samples::{clip, encode, ffmpeg, grey, png, smooth, tone};

/// What is seen of `bytes` at `at_ms`.
fn show(room: &Room, bytes: &[u8], at_ms: u32) -> Option<RgbImage> {
    let item = Sealed::copy(bytes, room.folder(), room.jail.limits()).unwrap();
    let shown = room.jail.show(&item, at_ms).unwrap()?;
    let image = image::load_from_memory_with_format(&shown.jpeg, ImageFormat::Jpeg).unwrap();
    Some(image.into_rgb8())
}

/// Average difference of two pictures of one size, in steps of 255.
fn difference(one: &RgbImage, other: &RgbImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let sum: u64 = one.iter().zip(other.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.len() as f64
}

/// Three colours, a second each: red, green, blue.
fn colours() -> Vec<u8> {
    let inputs =
        ["red", "lime", "blue"].map(|colour| format!("color=c={colour}:size=160x120:rate=10:duration=1"));
    let mut arguments = Vec::new();
    for input in &inputs {
        arguments.extend(["-f", "lavfi", "-i", input]);
    }
    arguments.extend(["-filter_complex", "[0][1][2]concat=n=3", "-c:v", "libx264", "-g", "300"]);
    ffmpeg(&arguments, "mp4")
}

fn is_mostly(image: &RgbImage, channel: usize) -> bool {
    let pixel = image.get_pixel(80, 60).0;
    (0..3).all(|other| if other == channel { pixel[other] > 200 } else { pixel[other] < 60 })
}

#[test]
fn a_video_shows_the_frame_of_the_time() {
    let (room, bytes) = (Room::new(), colours());
    for (at_ms, channel) in [(0, 0), (900, 0), (1_000, 1), (1_550, 1), (2_900, 2)] {
        let shown = show(&room, &bytes, at_ms).expect("there is a picture");
        assert_eq!(shown.dimensions(), (160, 120));
        assert!(is_mostly(&shown, channel), "{at_ms}: {:?}", shown.get_pixel(80, 60));
    }
    for beyond in [3_000, 3_400, u32::MAX] {
        let shown = show(&room, &bytes, beyond).expect("there is a picture");
        assert!(is_mostly(&shown, if beyond == u32::MAX { 0 } else { 2 }), "{beyond}");
    }
}

/// The same film, to be shown turned by a quarter: the matrix of its track says so.
fn turned(mut bytes: Vec<u8>) -> Vec<u8> {
    let name = bytes.windows(4).position(|window| window == b"tkhd").expect("there is a track");
    let matrix = [0, 1 << 16, 0, u32::MAX << 16, 0, 0, 0, 0, 1 << 30];
    for (at, word) in matrix.into_iter().enumerate() {
        bytes[name + 44 + 4 * at..][..4].copy_from_slice(&u32::to_be_bytes(word));
    }
    bytes
}

#[test]
fn a_film_on_its_side_is_shown_as_players_show_it() {
    let room = Room::new();
    let shown = show(&room, &turned(clip(1, "mpeg4", "mp4")), 500).expect("there is a picture");
    assert_eq!(shown.dimensions(), (120, 160));
}

#[test]
fn an_animation_shows_the_frame_of_the_time() {
    let room = Room::new();
    let pictures: Vec<_> = (0..4).map(|seed| grey(160, 120, seed * 3 + 1)).collect();
    let bytes = gif(&pictures.iter().map(|picture| picture.clone().into()).collect::<Vec<_>>());
    for (at_ms, expected) in [(0, 0), (299, 0), (300, 1), (1_199, 3), (1_200, 3), (u32::MAX, 3)] {
        let shown = show(&room, &bytes, at_ms).expect("there is a picture");
        assert!(difference(&shown, &pictures[expected]) < 8.0, "{at_ms}");
    }
}

#[test]
fn a_still_has_no_times() {
    let (room, bytes) = (Room::new(), png(5));
    let first = show(&room, &bytes, 0).expect("there is a picture");
    assert_eq!(show(&room, &bytes, 9_000), Some(first));
}

#[test]
fn it_is_large_enough_to_judge_and_no_larger() {
    let room = Room::with(Limits { review_side_px_max: 400, ..Limits::default() });
    let large = encode(&smooth(1_600, 800, 1).into(), ImageFormat::Png);
    assert_eq!(show(&room, &large, 0).expect("there is a picture").dimensions(), (400, 200));
    let source = ["-f", "lavfi", "-i", "testsrc2=size=640x320:rate=5:duration=1", "-c:v", "mpeg4"];
    assert_eq!(
        show(&room, &ffmpeg(&source, "mp4"), 500).expect("there is a picture").dimensions(),
        (400, 200)
    );
    assert_eq!(
        show(&room, &clip(1, "mpeg4", "avi"), 0).expect("there is a picture").dimensions(),
        (160, 120)
    );
}

#[test]
fn what_is_not_seen_shows_nothing() {
    let room = Room::new();
    assert_eq!(show(&room, &tone(1, "wav"), 0), None);
    assert_eq!(show(&room, b"an invented statement", 0), None);
    assert_eq!(show(&room, b"%PDF-1.7 and more", 0), None);
}

#[test]
fn damaged_files_are_refused() {
    let room = Room::new();
    let cut = &png(1)[..60];
    let item = Sealed::copy(cut, room.folder(), room.jail.limits()).unwrap();
    assert_eq!(room.jail.show(&item, 0).unwrap_err().code(), "malformed");
    let whole = clip(2, "mpeg4", "matroska");
    let item = Sealed::copy(&whole[..200], room.folder(), room.jail.limits()).unwrap();
    assert!(room.jail.show(&item, 0).is_err());
}
