//! The hash of a turned picture is the turned hash of the picture.

use lamassu_fingerprint::Channels;
use lamassu_fingerprint::pdq::{Orientation, pdq};

use crate::pictures::{Pixels, blobs, texture, waves};

/// Only the order of additions differs, which turns bits that lie on the median.
const TURNED_BITS_MAX: u32 = 4;

/// The quality under which bits are noise.
const QUALITY_MIN: u8 = 50;

/// Really mirrors and turns: first left to right if the orientation says so, then clockwise.
fn turned(original: &Pixels, orientation: Orientation) -> Pixels {
    let number = orientation as usize;
    let mut now = original.clone();
    if number >= 4 {
        now = Pixels::gray(now.width, now.height, |x, y| now.at(now.width - 1 - x, y));
    }
    for _ in 0..number % 4 {
        now = Pixels::gray(now.height, now.width, |x, y| now.at(y, now.height - 1 - x));
    }
    now
}

fn check(pixels: &Pixels) {
    let hashes = pdq(&pixels.picture()).expect("large enough");
    assert!(hashes.quality >= QUALITY_MIN, "the picture is too flat to say anything");
    for orientation in Orientation::ALL {
        let really = pdq(&turned(pixels, orientation).picture()).expect("large enough");
        let distance = hashes.bits[orientation as usize].distance(really.bits[0]);
        assert!(
            distance <= TURNED_BITS_MAX,
            "{}x{} {} is {distance} bits off",
            pixels.width,
            pixels.height,
            orientation.name()
        );
    }
}

#[test]
fn a_turn_of_the_picture_is_a_turn_of_the_hash() {
    for (seed, (width, height)) in
        (0_u64..).zip([(512, 512), (768, 768), (640, 480), (601, 907), (1280, 720), (1023, 641)])
    {
        for make in [blobs, waves] {
            let bytes = make(100 + seed, width, height);
            check(&Pixels { bytes, width, height, channels: Channels::Gray });
        }
        check(&texture(200 + seed, width, height));
    }
}

#[test]
fn a_negative_has_the_other_bits_in_every_orientation() {
    let positive = texture(6, 640, 480);
    let inverted = Pixels::gray(640, 480, |x, y| 255 - positive.at(x, y));
    let [positive, inverted] = [positive, inverted].map(|it| pdq(&it.picture()).expect("large enough"));
    for (bits, inverted) in positive.bits.into_iter().zip(inverted.bits) {
        assert!((!bits).distance(inverted) <= TURNED_BITS_MAX);
    }
    assert_eq!(positive.quality, inverted.quality);
}

#[test]
fn the_eight_orientations_are_told_apart() {
    let pixels = texture(5, 400, 300);
    let hashes = pdq(&pixels.picture()).expect("large enough");
    for (k, a) in hashes.bits.iter().enumerate() {
        for b in &hashes.bits[k + 1..] {
            assert!(a.distance(*b) > 64, "two orientations of a picture without symmetry look alike");
        }
    }
}
