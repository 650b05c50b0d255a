//! Pictures as they are sent and rarely thought of: what each is read as.

use image::{DynamicImage, GrayImage, ImageEncoder, ImageFormat, Luma};
use lamassu_fingerprint::Bits256;
use lamassu_media::Reading;

use crate::blocks::{Coding, jpeg_of_blocks};
use crate::room::{Room, first_hash, whole};
use crate::samples::{encode, ffmpeg, noise, smooth};

fn read(bytes: &[u8]) -> Reading {
    Room::new().read(bytes).unwrap()
}

/// The least distance of `hash` to the first picture of `reading`, however that is turned.
fn distance(hash: Bits256, reading: &Reading) -> u32 {
    let frame = whole(reading).next().expect("there is a picture");
    frame.bits.iter().map(|bits| bits.distance(hash)).min().expect("there are eight")
}

/// Means of 60 x 45 blocks, and the picture that they make.
fn mosaic(seed: u32) -> (Vec<u8>, DynamicImage) {
    let mut next = noise(seed);
    let blocks: Vec<u8> = (0..60 * 45).map(|_| next()).collect();
    let picture = GrayImage::from_fn(480, 360, |x, y| Luma([blocks[(y / 8 * 60 + x / 8) as usize]]));
    (blocks, picture.into())
}

#[test]
fn a_progressive_jpeg_is_read_as_any_other() {
    let (blocks, picture) = mosaic(1);
    let expected = first_hash(&read(&encode(&picture, ImageFormat::Png)));
    for coding in [Coding::Baseline, Coding::Progressive] {
        let reading = read(&jpeg_of_blocks(std::slice::from_ref(&blocks), 60, coding));
        assert!(distance(expected, &reading) <= 4 && !reading.truncated);
    }
}

#[test]
fn a_jpeg_for_print_is_read_by_its_colours() {
    // Four inks, stored inverted: 255 is none. Only black is used.
    let (blocks, picture) = mosaic(2);
    let none = vec![255; blocks.len()];
    let reading = read(&jpeg_of_blocks(&[none.clone(), none.clone(), none, blocks], 60, Coding::Baseline));
    let expected = first_hash(&read(&encode(&picture, ImageFormat::Png)));
    assert!(distance(expected, &reading) <= 8, "{} bits", distance(expected, &reading));
}

#[test]
fn sixteen_bits_are_read_as_eight() {
    let picture = DynamicImage::from(smooth(400, 300, 3));
    let expected = first_hash(&read(&encode(&picture, ImageFormat::Png)));
    for (deep, format) in [
        (DynamicImage::from(picture.to_rgb16()), ImageFormat::Png),
        (DynamicImage::from(picture.to_rgba16()), ImageFormat::Png),
        (DynamicImage::from(picture.to_rgb16()), ImageFormat::Tiff),
    ] {
        assert!(distance(expected, &read(&encode(&deep, format))) <= 4, "{format:?}");
    }
}

#[test]
fn a_palette_with_a_transparent_colour_is_read_as_it_stands_and_on_white() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.png");
    let picture = DynamicImage::from(smooth(400, 300, 4));
    let mut clear = picture.to_rgba8();
    clear.enumerate_pixels_mut().filter(|(x, _, _)| *x < 100).for_each(|(_, _, pixel)| pixel.0[3] = 0);
    fs_err::write(&path, encode(&clear.into(), ImageFormat::Png)).unwrap();
    let palette = "split[a][b];[a]palettegen=reserve_transparent=1[p];[b][p]paletteuse";
    let bytes = ffmpeg(&["-i", path.to_str().unwrap(), "-lavfi", palette, "-c:v", "png"], "image2");
    assert_eq!(bytes[25], 3, "it has a palette");
    let reading = read(&bytes);
    let views: Vec<&str> = reading.frames.iter().map(|frame| frame.view.name()).collect();
    assert!(views.contains(&"full") && views.contains(&"on-white"), "{views:?}");
}

#[test]
fn a_colour_profile_changes_nothing() {
    let picture = smooth(400, 300, 5);
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 90);
    encoder.set_icc_profile(vec![7; 3_000]).unwrap();
    encoder.encode_image(&picture).unwrap();
    let mut plain = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut plain, 90).encode_image(&picture).unwrap();
    assert!(bytes.len() > plain.len() + 3_000);
    assert_eq!(read(&bytes).frames, read(&plain).frames);
}

#[test]
fn a_picture_that_says_it_lies_on_its_side_is_found_as_turned() {
    let picture = DynamicImage::from(smooth(400, 300, 6));
    let bytes = encode(&picture, ImageFormat::Jpeg);
    // One entry in big-endian order: orientation is 6, a quarter to the right.
    let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = ((exif.len() + 2) as u16).to_be_bytes();
    let marked = [&bytes[..2], b"\xff\xe1", &length, &exif[..], &bytes[2..]].concat();
    let shown = encode(&picture.rotate90(), ImageFormat::Png);
    let reading = read(&marked);
    assert_eq!(reading.frames, read(&bytes).frames, "the pixels are read as they are stored");
    assert!(distance(first_hash(&read(&shown)), &reading) <= 10, "what people see is one of the eight");
}

#[test]
fn very_small_flat_and_long_pictures_do_no_harm() {
    let grey =
        |width, height| encode(&GrayImage::from_pixel(width, height, Luma([90])).into(), ImageFormat::Png);
    let one = read(&grey(1, 1));
    assert_eq!((one.medium, one.frames.len(), one.size_px), ("image", 0, Some((1, 1))));
    assert!(read(&grey(300, 300)).frames.iter().all(|frame| frame.quality == 0), "flat: nothing to go by");
    for (width, height) in [(3_000, 30), (30, 3_000)] {
        let reading = read(&encode(&smooth(width, height, 7).into(), ImageFormat::Jpeg));
        assert_eq!(reading.size_px, Some((width, height)));
        assert!(whole(&reading).count() == 1, "a panorama has its hash");
    }
}
