//! Pictures that play: their frames, their times, and the ones without an end.

use image::codecs::gif::GifEncoder;
use image::{Delay, DynamicImage, Frame, ImageFormat};
use lamassu_media::{Limits, Reading};

use crate::room::{Room, first_hash, whole};
use crate::samples::{encode, ffmpeg, grey};

/// Milliseconds that each frame is shown.
const SHOWN_MS: u32 = 300;

/// A GIF that shows each picture for so long.
pub fn gif(pictures: &[DynamicImage]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    let delay = || Delay::from_numer_denom_ms(SHOWN_MS, 1);
    let frames = pictures.iter().map(|picture| Frame::from_parts(picture.to_rgba8(), 0, 0, delay()));
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
