//! Pictures of which a part is missing: what is there counts, and the reading says that it is not all.

use image::{DynamicImage, ImageFormat};
use lamassu_fingerprint::Bits256;
use lamassu_media::{Limits, Precision, Purpose, Sealed, Wanted};

use crate::animations::gif;
use crate::blocks::{Coding, jpeg_of_blocks};
use crate::room::{ITEM, Room, first_hash, whole};
use crate::samples::{encode, grainy, grey, noise, smooth};

/// Distance within which two pictures are one.
const NEAR_BITS: u32 = 31;

fn large(seed: u32) -> DynamicImage {
    grainy(640, 480, seed).into()
}

/// The first `percent` of the bytes.
fn part(bytes: &[u8], percent: usize) -> &[u8] {
    &bytes[..bytes.len() * percent / 100]
}

/// The hash of the whole picture as it was decoded, if any of it was missing.
fn hash_of_part(room: &Room, bytes: &[u8], wanted: Wanted) -> Bits256 {
    let reading = room.read_from(bytes, wanted).unwrap();
    assert!(reading.truncated, "it says that it is not all");
    first_hash(&reading)
}

#[test]
fn a_jpeg_that_lacks_its_last_rows_is_found() {
    let room = Room::new();
    let bytes = encode(&large(1), ImageFormat::Jpeg);
    let all = room.read(&bytes).unwrap();
    assert!(!all.truncated);
    for precision in [Precision::Luma, Precision::Full] {
        let wanted = Wanted { precision, ..ITEM };
        assert!(hash_of_part(&room, part(&bytes, 97), wanted).distance(first_hash(&all)) <= NEAR_BITS);
        // Of half a picture the size is known, and the half.
        let half = room.read_from(part(&bytes, 50), wanted).unwrap();
        assert_eq!((half.truncated, half.size_px, half.precision), (true, Some((640, 480)), precision));
    }
}

#[test]
fn what_is_left_of_a_jpeg_is_where_it_was() {
    let room = Room::new();
    let bytes = encode(&large(1), ImageFormat::Jpeg);
    let show = |bytes: &[u8]| {
        let item = Sealed::copy(bytes, room.folder(), room.jail.limits()).unwrap();
        let shown = room.jail.show(&item, 0).unwrap().unwrap();
        image::load_from_memory_with_format(&shown.jpeg, ImageFormat::Jpeg).unwrap().into_luma8()
    };
    let (all, half) = (show(&bytes), show(part(&bytes, 50)));
    let upper = |y: u32| (0..640).all(|x| all.get_pixel(x, y).0[0].abs_diff(half.get_pixel(x, y).0[0]) < 24);
    assert!((0..200).all(upper), "the upper rows are the same");
}

#[test]
fn a_jpeg_without_its_end_marker_is_all_there() {
    let room = Room::new();
    let bytes = encode(&large(2), ImageFormat::Jpeg);
    let all = room.read(&bytes).unwrap();
    for bytes in [&bytes[..bytes.len() - 2], &bytes[..bytes.len() - 1]] {
        let reading = room.read(bytes).unwrap();
        assert_eq!((reading.truncated, &reading.frames), (false, &all.frames));
    }
    let followed = [&bytes[..], b"what a camera adds behind the picture"].concat();
    let reading = room.read(&followed).unwrap();
    assert_eq!((reading.truncated, &reading.frames), (false, &all.frames));
}

#[test]
fn a_progressive_jpeg_is_read_as_far_as_its_scans_go() {
    let room = Room::new();
    let mut next = noise(3);
    let blocks: Vec<u8> = (0..60 * 45).map(|_| next()).collect();
    let bytes = jpeg_of_blocks(&[blocks], 60, Coding::Progressive);
    let all = room.read(&bytes).unwrap();
    assert!(!all.truncated);
    // Within the last scan: all means but their last bits.
    assert!(hash_of_part(&room, part(&bytes, 95), ITEM).distance(first_hash(&all)) <= 4);
    // Within the first one: the upper rows.
    let few = room.read(part(&bytes, 40)).unwrap();
    assert_eq!((few.truncated, few.size_px), (true, Some((480, 360))));
}

#[test]
fn a_small_picture_inside_is_never_taken_for_the_picture() {
    let room = Room::new();
    let bytes = encode(&large(4), ImageFormat::Jpeg);
    let other = encode(&smooth(160, 120, 9).into(), ImageFormat::Jpeg);
    let exif = [b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0", &other[..]].concat();
    let length = ((exif.len() + 2) as u16).to_be_bytes();
    let marked = [&bytes[..2], b"\xff\xe1", &length, &exif, &bytes[2..]].concat();
    assert_eq!(room.read(&marked).unwrap().frames, room.read(&bytes).unwrap().frames);
    // Its end is not the end of the picture, and where nothing of the picture is left there is nothing.
    let near = hash_of_part(&room, part(&marked, 97), ITEM);
    assert!(near.distance(first_hash(&room.read(&bytes).unwrap())) <= NEAR_BITS);
    let head = 2 + 2 + 2 + exif.len();
    for end in [head - 20, head, head + 40] {
        assert_eq!(room.outcome(&marked[..end]), "malformed");
    }
}

#[test]
fn a_png_that_lacks_its_last_rows_is_found() {
    let room = Room::new();
    let sixteen = DynamicImage::from(large(5).into_rgb16());
    let grey = DynamicImage::from(large(5).into_luma8());
    let clear = DynamicImage::from(large(5).into_rgba8());
    for picture in [large(5), sixteen, grey, clear] {
        let bytes = encode(&picture, ImageFormat::Png);
        let all = room.read(&bytes).unwrap();
        assert!(!all.truncated);
        let near = hash_of_part(&room, part(&bytes, 98), ITEM);
        assert!(near.distance(first_hash(&all)) <= NEAR_BITS, "{:?}", picture.color());
        assert_eq!(room.read(part(&bytes, 50)).unwrap().size_px, Some((640, 480)));
    }
}

#[test]
fn a_bitmap_that_lacks_a_few_rows_is_found() {
    let room = Room::new();
    let bytes = encode(&large(9), ImageFormat::Bmp);
    let near = hash_of_part(&room, part(&bytes, 98), ITEM);
    assert!(near.distance(first_hash(&room.read(&bytes).unwrap())) <= NEAR_BITS);
}

#[test]
fn a_playing_picture_counts_up_to_where_it_is_cut() {
    let room = Room::new();
    let pictures: Vec<DynamicImage> = (0..5).map(|seed| grey(160, 120, seed * 3 + 1).into()).collect();
    let bytes = gif(&pictures);
    let (all, some) = (room.read(&bytes).unwrap(), room.read(part(&bytes, 50)).unwrap());
    assert!(!all.truncated && some.truncated);
    assert!(some.duration_ms < all.duration_ms && whole(&some).count() >= 2);
    assert_eq!(whole(&some).next().unwrap().bits, whole(&all).next().unwrap().bits);
}

#[test]
fn what_is_decoded_as_a_whole_is_malformed_when_a_part_is_missing() {
    let room = Room::new();
    let bytes = encode(&large(6), ImageFormat::WebP);
    assert_eq!(room.outcome(part(&bytes, 90)), "malformed");
}

#[test]
fn an_entry_must_be_whole() {
    let room = Room::new();
    let entry = Wanted::of(Purpose::Entry, Precision::Full);
    let still = |format| encode(&large(7), format);
    let pictures: Vec<DynamicImage> = (0..5).map(|seed| grey(160, 120, seed).into()).collect();
    for bytes in [still(ImageFormat::Jpeg), still(ImageFormat::Png), gif(&pictures)] {
        assert!(room.read_from(&bytes[..], entry).is_ok());
        assert_eq!(room.read_from(part(&bytes, 60), entry).unwrap_err().code(), "truncated");
    }
}

#[test]
fn what_is_left_of_a_picture_meets_the_limits_all_the_same() {
    let room = Room::with(Limits { image_pixels_max: 100 * 100, ..Limits::default() });
    for format in [ImageFormat::Jpeg, ImageFormat::Png] {
        assert_eq!(room.outcome(part(&encode(&large(8), format), 60)), "limit-pixels");
    }
}
