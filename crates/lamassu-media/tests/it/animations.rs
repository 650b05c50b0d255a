//! Pictures that play: their frames, their times, and the ones without an end.

use std::sync::Arc;

use image::codecs::gif::GifEncoder;
use image::{Delay, DynamicImage, Frame, ImageFormat};
use lamassu_media::{Limits, Progress, Reading, Sealed, Wanted};

use crate::room::{ITEM, Room, first_hash, whole};
use crate::samples::{encode, ffmpeg, grainy, grey};

/// Milliseconds that each frame is shown.
const SHOWN_MS: u32 = 300;

/// A GIF that shows each picture for so long.
pub fn gif(pictures: &[DynamicImage]) -> Vec<u8> {
    gif_of(pictures.iter().map(|picture| (picture, SHOWN_MS)))
}

/// A GIF that shows each picture for so many milliseconds.
fn gif_of<'a>(shown: impl IntoIterator<Item = (&'a DynamicImage, u32)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    let frames = shown
        .into_iter()
        .map(|(picture, ms)| Frame::from_parts(picture.to_rgba8(), 0, 0, Delay::from_numer_denom_ms(ms, 1)));
    encoder.encode_frames(frames).unwrap();
    drop(encoder);
    bytes
}

/// A GIF of one frame, `count` times over: `side_px` on each side, a few bytes a frame.
pub fn endless_gif(side_px: u32, count: usize) -> Vec<u8> {
    let picture = DynamicImage::ImageLuma8(image::GrayImage::new(side_px, side_px));
    let once = gif(std::slice::from_ref(&picture));
    let twice = gif(&[picture.clone(), picture]);
    // What a second frame added; the last byte of a GIF ends it.
    let (start, frame) = (&once[..once.len() - 1], &twice[once.len() - 1..twice.len() - 1]);
    [start, &frame.repeat(count - 1), &[0x3b]].concat()
}

fn pictures() -> Vec<DynamicImage> {
    (0..5).map(|seed| grey(160, 120, seed * 3 + 1).into()).collect()
}

/// The pictures as PNG files one after the other, played by `ffmpeg` into this format.
fn played(codec: &[&str], format: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pictures");
    let files = pictures().iter().flat_map(|picture| encode(picture, ImageFormat::Png)).collect::<Vec<_>>();
    fs_err::write(&path, files).unwrap();
    let rate = format!("1000/{SHOWN_MS}");
    let input = ["-f", "image2pipe", "-framerate", &rate, "-c:v", "png", "-i", path.to_str().unwrap()];
    ffmpeg(&[&input[..], codec].concat(), format)
}

/// The third picture is found in the third place, bit for bit.
fn assert_third_found(room: &Room, reading: &Reading) {
    let third = room.read(&encode(&pictures()[2], ImageFormat::Png)).unwrap();
    let frame = whole(reading).nth(2).expect("five pictures give five frames");
    assert_eq!(frame.bits[0], first_hash(&third));
    let near = |found: u32, expected: u32| found.abs_diff(expected) <= 10;
    assert!(near(frame.start_ms, 2 * SHOWN_MS) && near(frame.end_ms, 3 * SHOWN_MS), "{frame:?}");
    assert!(near(reading.duration_ms, 5 * SHOWN_MS), "{}", reading.duration_ms);
    assert_eq!((reading.medium, reading.size_px), ("image", Some((160, 120))));
}

#[test]
fn a_picture_is_found_in_the_third_frame_of_a_gif() {
    let room = Room::new();
    assert_third_found(&room, &room.read(&gif(&pictures())).unwrap());
}

#[test]
fn a_picture_is_found_in_the_third_frame_of_an_animated_png() {
    let room = Room::new();
    assert_third_found(&room, &room.read(&played(&["-plays", "0"], "apng")).unwrap());
}

#[test]
fn a_picture_is_found_in_the_third_frame_of_an_animated_webp() {
    let room = Room::new();
    let bytes = played(&["-c:v", "libwebp_anim", "-lossless", "1"], "webp");
    assert_third_found(&room, &room.read(&bytes).unwrap());
}

#[test]
fn a_gif_of_one_frame_does_not_play() {
    let reading = Room::new().read(&gif(&pictures()[..1])).unwrap();
    assert_eq!((reading.duration_ms, whole(&reading).count()), (0, 1));
    assert!(reading.frames.iter().all(|frame| (frame.start_ms, frame.end_ms) == (0, 0)));
}

#[test]
fn a_frame_that_flashes_by_hides_none() {
    let room = Room::new();
    let [flash, shown, ..] = &pictures()[..] else { panic!("five pictures") };
    let is_seen = |bytes: &[u8]| {
        let expected = first_hash(&room.read(&gif(std::slice::from_ref(shown))).unwrap());
        whole(&room.read(bytes).unwrap()).any(|frame| frame.bits[0] == expected)
    };
    assert!(is_seen(&gif_of([(flash, 20), (shown, 2_000)])), "it comes after");
    assert!(is_seen(&gif_of([(flash, 100), (shown, 100)])), "both as long, in a sixth of a second");
    let between = [(flash, 20), (shown, 60), (flash, 20), (shown, 60)];
    assert!(is_seen(&gif_of(between)), "it comes in between");
    let later: Vec<_> = (0..40).flat_map(|_| [(flash, 20), (flash, 20), (shown, 60)]).collect();
    assert!(is_seen(&gif_of(later)));
}

#[test]
fn what_of_a_picture_that_plays_is_a_part_of_another_one_has_details() {
    let room = Room::new();
    let detailed: Vec<DynamicImage> =
        (0..3).map(|seed| DynamicImage::from(grainy(320, 240, seed)).blur(1.5)).collect();
    let wanted = Wanted { features_max: 300, key_features_max: 100, ..ITEM };
    let read = |bytes: &[u8]| room.read_from(bytes, wanted).unwrap();
    let told = |reading: &Reading| -> Vec<(u32, usize)> {
        reading.features.iter().map(|frame| (frame.at_ms, frame.features.len())).collect()
    };
    for (format, bytes) in [
        ("GIF", gif_of(detailed.iter().map(|picture| (picture, 1_500)))),
        ("GIF of short shots", gif_of(detailed.iter().map(|picture| (picture, 500)))),
    ] {
        let found = told(&read(&bytes));
        assert_eq!(found.len(), 3, "{format}: {found:?}");
        assert!(found.iter().all(|(_, features)| (20..=100).contains(features)), "{format}: {found:?}");
    }
    // One frame is a still picture, with what still pictures have.
    let still = read(&gif(&detailed[..1]));
    assert!(matches!(told(&still)[..], [(0, 101..)]), "{:?}", told(&still));
    let item = Sealed::copy(&gif(&detailed[..1])[..], room.folder(), room.jail.limits()).unwrap();
    let (_, mut opened) = Arc::new(room.jail).open(&item, ITEM, &Progress::default()).unwrap();
    assert!(opened.features().unwrap().len() > 100);
}

#[test]
fn a_gif_without_an_end_meets_the_limit_on_frames() {
    let room = Room::with(Limits { animation_frames_max: 1000, ..Limits::default() });
    assert_eq!(room.outcome(&endless_gif(16, 1000)), "image");
    assert_eq!(room.outcome(&endless_gif(16, 1001)), "limit-frames");
    assert_eq!(room.outcome(&endless_gif(16, 40_000)), "limit-frames");
}

#[test]
fn a_gif_of_many_large_frames_meets_the_limit_on_pixels() {
    let room = Room::with(Limits { animation_pixels_max: 100 * 64 * 64, ..Limits::default() });
    assert_eq!(room.outcome(&endless_gif(64, 100)), "image");
    assert_eq!(room.outcome(&endless_gif(64, 101)), "limit-pixels");
}
