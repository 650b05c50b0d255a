//! Laws of bits and digests, and of PDQ for any picture.

use lamassu_fingerprint::pdq::{SIDE_PX_MIN, TooSmall, pdq};
use lamassu_fingerprint::{Bits256, Channels, Digest, Digester, Picture, Region};
use proptest::prelude::*;

use crate::pictures::{Pixels, blob_picture, noise};

pub fn any_bits() -> impl Strategy<Value = Bits256> {
    any::<[u64; 4]>().prop_map(Bits256)
}

proptest! {
    #[test]
    fn distance_is_a_metric(a in any_bits(), b in any_bits(), c in any_bits()) {
        prop_assert_eq!(a.distance(a), 0);
        prop_assert_eq!(a.distance(b), b.distance(a));
        prop_assert_eq!(a.distance(b) == 0, a == b);
        prop_assert!(a.distance(c) <= a.distance(b) + b.distance(c));
        prop_assert!(a.distance(b) <= 256);
    }

    #[test]
    fn setting_a_bit_moves_by_one(a in any_bits(), k in 0_usize..256) {
        let mut b = a;
        b.set(k);
        prop_assert_eq!(a.distance(b), u32::from(a.0[k / 64] >> (k % 64) & 1 == 0));
    }

    #[test]
    fn bits_survive_bytes_and_text(a in any_bits()) {
        prop_assert_eq!(Bits256::from_bytes(&a.to_bytes()), a);
        prop_assert_eq!(a.to_string().parse(), Ok(a));
        prop_assert_eq!(a.to_string().to_uppercase().parse(), Ok(a));
    }

    #[test]
    fn text_that_is_no_hash_is_refused(text in "\\PC{0,70}") {
        let valid = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        prop_assert_eq!(text.parse::<Bits256>().is_ok(), valid);
    }

    #[test]
    fn pieces_digest_like_the_whole(bytes: Vec<u8>, at: prop::sample::Index) {
        let (head, tail) = bytes.split_at(at.index(bytes.len() + 1));
        let mut digester = Digester::default();
        digester.update(head);
        digester.update(tail);
        let digest = digester.finish();
        prop_assert_eq!(digest, Digest::of(&bytes));
        prop_assert_eq!(digest.to_string().parse(), Ok(digest));
    }

    #[test]
    fn any_pixels_hash_or_are_too_small(width in 1_usize..90, height in 1_usize..90, seed: u64, contrast in 0.0..256.0) {
        let mut next = noise(seed);
        let pixels: Vec<u8> = (0..width * height).map(|_| (next() * contrast) as u8).collect();
        let picture = Picture::new(&pixels, width, height, Channels::Gray).expect("the size fits");
        match pdq(&picture) {
            Err(TooSmall) => prop_assert!(width.min(height) < SIDE_PX_MIN),
            Ok(hashes) => {
                prop_assert!(width.min(height) >= SIDE_PX_MIN);
                prop_assert!(hashes.quality <= 100);
            }
        }
    }

    #[test]
    fn a_crop_hashes_like_its_copy(seed in 0_u64..1000, x in 0_usize..40, y in 0_usize..40) {
        let whole = blob_picture(seed, 120, 100, Channels::Rgb);
        let region = Region { x, y, width: 70, height: 55 };
        let copy: Vec<u8> = (y..y + 55)
            .flat_map(|row| whole.bytes[(row * 120 + x) * 3..(row * 120 + x + 70) * 3].iter().copied())
            .collect();
        let copy = Picture::new(&copy, 70, 55, Channels::Rgb).expect("the size fits");
        prop_assert_eq!(pdq(&whole.picture().crop(region)), pdq(&copy));
    }
}

#[test]
fn alpha_counts_only_on_a_ground() {
    let mut pixels = blob_picture(7, 80, 60, Channels::Rgba);
    let rgb: Vec<u8> = pixels.bytes.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    let plain = Picture::new(&rgb, 80, 60, Channels::Rgb).map(|p| pdq(&p)).expect("the size fits");
    assert_eq!(pdq(&pixels.picture()), plain, "alpha is ignored");

    pixels.channels = Channels::RgbaOnWhite;
    assert_ne!(pdq(&pixels.picture()), plain, "a translucent picture looks different on white");
    pixels.bytes.chunks_exact_mut(4).for_each(|p| p[3] = 255);
    assert_eq!(pdq(&pixels.picture()), plain, "an opaque picture does not");
    pixels.bytes.chunks_exact_mut(4).for_each(|p| p[3] = 0);
    assert_eq!(pdq(&pixels.picture()).map(|p| p.quality), Ok(0), "a transparent one is white");

    // Light shapes: nothing is seen of them on white.
    for (k, pixel) in pixels.bytes.chunks_exact_mut(4).enumerate() {
        let is_shape = (k % 80 / 16 + k / 80 / 12) % 3 == 0;
        pixel.copy_from_slice(&[255, 255, 255, if is_shape { 255 } else { 0 }]);
    }
    let quality = |pixels: &Pixels| pdq(&pixels.picture()).expect("large enough").quality;
    assert_eq!(quality(&pixels), 0);
    pixels.channels = Channels::RgbaOnBlack;
    assert!(quality(&pixels) > 50);
}
