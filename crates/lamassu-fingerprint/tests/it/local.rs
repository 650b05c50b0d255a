//! Local features: found again after changes, safe on any picture, the same for ever.

use lamassu_fingerprint::local::{Feature, Features, KeyFrame, LOCAL_CODEC_VERSION, Wanted, decode_features};
use lamassu_fingerprint::local::{decode_key_frames, encode_features, encode_key_frames, extract};
use lamassu_fingerprint::{DecodeError, Digest};
use proptest::prelude::*;

use crate::pictures::{Pixels, noise};

/// Blocks of many sizes and shades: corners and blobs at many scales.
fn blocks(seed: u64, width: usize, height: usize) -> Pixels {
    let mut next = noise(seed);
    let mut pixels = Pixels::gray(width, height, |_, _| 128);
    for _ in 0..150 {
        let side = 6 + (next() * next() * 60.0) as usize;
        let (x, y) = ((next() * width as f64) as usize, (next() * height as f64) as usize);
        let shade = (next() * 255.0) as u8;
        for row in y..(y + side).min(height) {
            for column in x..(x + side).min(width) {
                pixels.bytes[row * width + column] = shade;
            }
        }
    }
    pixels
}

/// Share of the features of `a` that have a feature of `b` in their place that looks alike.
fn repeated(a: &Features, b: &Features, place: impl Fn(&Feature) -> (f32, f32)) -> f64 {
    let found = a.iter().filter(|known| {
        let (x, y) = place(known);
        b.iter().any(|seen| {
            let off = (f32::from(seen.x) - x).hypot(f32::from(seen.y) - y);
            off < 500.0 && seen.bits.distance(known.bits) < 50
        })
    });
    found.count() as f64 / a.len() as f64
}

#[test]
fn the_same_for_ever() {
    // When this changes, stored features no longer compare, and LOCAL_VERSION must change with them.
    let features = extract(blocks(1, 400, 300).picture(), &Wanted::ENTRY);
    let known = (features.len(), Digest::of(&encode_features(&features)).to_string());
    assert_eq!(known, (COUNT, DIGEST.to_owned()));
}

const COUNT: usize = 300;
const DIGEST: &str = "af6d5272aaa9af8b3ef84e19a588eb675b01277a9db5b917cd18c8c2e7178c7d";

#[test]
fn most_are_found_again_in_a_smaller_picture() {
    let whole = blocks(2, 480, 360);
    let half = Pixels::gray(240, 180, |x, y| {
        let sum: u32 = [(0, 0), (1, 0), (0, 1), (1, 1)]
            .iter()
            .map(|&(u, v)| u32::from(whole.at(2 * x + u, 2 * y + v)))
            .sum();
        (sum / 4) as u8
    });
    let (known, seen) = (extract(whole.picture(), &Wanted::ENTRY), extract(half.picture(), &Wanted::ITEM));
    let share = repeated(&known, &seen, |it| (f32::from(it.x), f32::from(it.y)));
    assert!(share > 0.4, "{share}");
}

#[test]
fn mirroring_features_is_mirroring_the_picture() {
    let picture = blocks(3, 400, 300);
    let flipped = Pixels::gray(400, 300, |x, y| picture.at(399 - x, y));
    let known = extract(picture.picture(), &Wanted::ENTRY).mirrored();
    let seen = extract(flipped.picture(), &Wanted::ENTRY);
    let share = repeated(&known, &seen, |it| (f32::from(it.x), f32::from(it.y)));
    assert!(share > 0.85, "{share}");
    assert_eq!(known.mirrored(), extract(picture.picture(), &Wanted::ENTRY));
}

#[test]
fn only_a_still_picture_is_seen_in_two_ways_at_once() {
    let features = extract(blocks(5, 200, 150).picture(), &Wanted::ENTRY);
    let both_at = |at_ms: u32| vec![KeyFrame { at_ms, features: features.clone() }; 2];
    assert_eq!(decode_key_frames(&encode_key_frames(&both_at(0))), Ok(both_at(0)));
    assert_eq!(decode_key_frames(&encode_key_frames(&both_at(40))), Err(DecodeError::Damaged));
}

#[test]
fn the_features_of_a_negative_are_those_of_the_picture_seen_from_behind() {
    let picture = blocks(3, 400, 300);
    let inverted = Pixels::gray(400, 300, |x, y| 255 - picture.at(x, y));
    let known = extract(picture.picture(), &Wanted::ENTRY);
    let seen = extract(inverted.picture(), &Wanted::ENTRY);
    let share = repeated(&known.negative(), &seen, |it| (f32::from(it.x), f32::from(it.y)));
    assert!(share > 0.9, "{share}");
    assert!(repeated(&known, &seen, |it| (f32::from(it.x), f32::from(it.y))) < 0.1);
    assert_eq!(known.negative().negative(), known);
}

#[test]
fn a_quarter_turn_turns_places_and_directions_only() {
    let picture = blocks(4, 400, 300);
    let turned = Pixels::gray(300, 400, |x, y| picture.at(y, 299 - x));
    let known = extract(picture.picture(), &Wanted::ENTRY);
    let seen = extract(turned.picture(), &Wanted::ENTRY);
    let height = f32::from(known.height);
    let share = repeated(&known, &seen, |it| (height - f32::from(it.y), f32::from(it.x)));
    assert!(share > 0.9, "{share}");
}

#[test]
fn smooth_and_tiny_pictures_have_none() {
    for (width, height) in [(1, 1), (2, 1), (1, 300), (3000, 2), (11, 11), (64, 64), (500, 5)] {
        for wanted in [Wanted::ENTRY, Wanted::ITEM] {
            let features = extract(Pixels::gray(width, height, |_, _| 77).picture(), &wanted);
            assert_eq!(features.len(), 0, "{width} x {height}");
            assert_eq!(features.width.max(features.height), u16::MAX);
        }
    }
}

#[test]
fn long_and_large_pictures_are_bounded() {
    for (width, height) in [(6000, 60), (60, 6000), (3000, 2000)] {
        let mut next = noise(5);
        let bytes: Vec<u8> = (0..width * height).map(|_| (next() * 255.0) as u8).collect();
        let pixels = Pixels::gray(width, height, |x, y| bytes[y * width + x]);
        let features = extract(pixels.picture(), &Wanted::ITEM);
        assert!(features.len() <= Wanted::ITEM.features_max);
        assert!(features.iter().all(|it| it.x <= features.width && it.y <= features.height));
    }
}

fn features() -> impl Strategy<Value = Features> {
    let feature = (any::<u16>(), 0..=30_000_u16, 1..=u16::MAX, any::<u8>(), any::<[u64; 4]>());
    prop::collection::vec(feature, 0..20).prop_map(|all| {
        let all = all.into_iter().map(|(x, y, scale, angle, bits)| Feature {
            x,
            y,
            scale,
            angle,
            bits: lamassu_fingerprint::Bits256(bits),
        });
        Features { width: u16::MAX, height: 30_000, all: all.collect() }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(features in features()) {
        let bytes = encode_features(&features);
        prop_assert!(bytes.len() <= 5 + 40 * features.len());
        prop_assert_eq!(decode_features(&bytes), Ok(features.clone()));
        prop_assert_eq!(features.mirrored().mirrored(), features);
    }

    #[test]
    fn damage_is_told_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut bytes = bytes;
        if let Ok(features) = decode_features(&bytes) {
            prop_assert_eq!(encode_features(&features), bytes.clone());
        }
        if let Some(version) = bytes.first_mut() {
            *version = LOCAL_CODEC_VERSION + 1;
            prop_assert_eq!(decode_features(&bytes), Err(DecodeError::Version(LOCAL_CODEC_VERSION + 1)));
        }
    }

    #[test]
    fn a_cut_is_damage(features in features(), cut in 1..39_usize) {
        let bytes = encode_features(&features);
        prop_assume!(bytes.len() > cut + 5);
        prop_assert_eq!(decode_features(&bytes[..bytes.len() - cut]), Err(DecodeError::Damaged));
    }

    #[test]
    fn moments_are_written_and_read(pictures in prop::collection::vec((0..5_000_u32, features()), 0..6), cut in 1..9_usize) {
        let mut at_ms = 0;
        let frames: Vec<KeyFrame> = pictures
            .into_iter()
            .map(|(step, features)| {
                at_ms += step + 1;
                KeyFrame { at_ms, features }
            })
            .collect();
        let bytes = encode_key_frames(&frames);
        prop_assert_eq!(decode_key_frames(&bytes), Ok(frames.clone()));
        if !frames.is_empty() {
            prop_assert!(decode_key_frames(&bytes[..bytes.len() - cut.min(5)]).is_err());
        }
    }

    #[test]
    fn a_still_picture_is_written_as_before(features in features()) {
        let bytes = encode_key_frames(&[features.clone().into()]);
        prop_assert_eq!(&bytes, &encode_features(&features));
        prop_assert_eq!(decode_key_frames(&bytes), Ok(vec![features.into()]));
    }

    #[test]
    fn damaged_moments_are_told(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut bytes = bytes;
        if let Some(version) = bytes.first_mut() {
            *version = 2;
        }
        if let Ok(frames) = decode_key_frames(&bytes) {
            prop_assert!(frames.windows(2).all(|pair| pair[0].at_ms < pair[1].at_ms || pair[1].at_ms == 0));
        }
    }

    #[test]
    fn any_picture_is_safe(width in 1..90_usize, height in 1..90_usize, seed: u64) {
        let mut next = noise(seed);
        let bytes: Vec<u8> = (0..width * height).map(|_| (next() * 255.0) as u8).collect();
        let pixels = Pixels::gray(width, height, |x, y| bytes[y * width + x]);
        let features = extract(pixels.picture(), &Wanted::ITEM);
        prop_assert!(features.iter().all(|it| it.x <= features.width && it.y <= features.height && it.scale > 0));
        prop_assert_eq!(decode_features(&encode_features(&features)), Ok(features));
    }
}
