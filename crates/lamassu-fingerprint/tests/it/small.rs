//! The smallest pictures, and sizes that do not fit their bytes.

use lamassu_fingerprint::pdq::{TooSmall, pdq};
use lamassu_fingerprint::{Channels, Picture, PictureError};

use crate::pictures::{Pixels, blobs};

fn hash(width: usize, height: usize) -> Result<u8, TooSmall> {
    let bytes = blobs(1, width, height);
    pdq(&Pixels { bytes, width, height, channels: Channels::Gray }.picture()).map(|hashes| hashes.quality)
}

#[test]
fn five_pixels_a_side_are_enough_and_four_are_not() {
    assert!(hash(5, 5).is_ok());
    assert!(hash(5, 2000).is_ok());
    assert_eq!(hash(4, 2000), Err(TooSmall));
    assert_eq!(hash(2000, 4), Err(TooSmall));
    assert_eq!(hash(1, 1), Err(TooSmall));
}

#[test]
fn one_colour_has_no_quality() {
    let pixels = Pixels::gray(300, 200, |_, _| 77);
    let hashes = pdq(&pixels.picture()).expect("large enough");
    assert_eq!(hashes.quality, 0);
}

#[test]
fn a_size_that_does_not_fit_is_refused() {
    let refused =
        |bytes: usize, width, height| Picture::new(&vec![0; bytes], width, height, Channels::Rgb).err();
    assert_eq!(refused(11, 2, 2), Some(PictureError { width: 2, height: 2, actual: 11 }));
    assert!(refused(0, 0, 5).is_some());
    assert!(refused(0, 5, 0).is_some());
    assert!(refused(12, usize::MAX, 2).is_some(), "the product would overflow");
    assert!(refused(12, 2, 2).is_none());
}
