//! Still pictures: what they claim, what they unpack to, how exactly they are read, and what is shown.

use image::{ImageFormat, Rgb, RgbImage};
use lamassu_fingerprint::View;
use lamassu_media::{Limits, Precision, Purpose, Wanted};

use crate::room::{ITEM, Room, first_hash, whole};
use crate::samples::{encode, grainy, jpeg, plain, png, png_claiming, smooth};

#[test]
fn a_size_that_is_only_claimed_costs_no_memory() {
    // The child could not hold 20,000 x 20,000 pixels: it must refuse before it tries.
    let room = Room::with(Limits { child_memory_bytes_max: 256 << 20, ..Limits::default() });
    assert_eq!(room.outcome(&png_claiming(20_000, 20_000)), "limit-pixels");
    assert_eq!(room.outcome(&png_claiming(40_000, 2)), "limit-side");
    assert_eq!(room.outcome(&png_claiming(u32::MAX >> 1, u32::MAX >> 1)), "limit-memory");
    assert_eq!(room.outcome(&png(1)), "image");
}

#[test]
fn a_picture_that_unpacks_to_much_more_is_held_to_memory() {
    let bomb = plain(12_000, 9_000);
    assert!(bomb.len() < 1 << 20, "{} bytes", bomb.len());
    assert_eq!(Room::new().outcome(&bomb), "image");
    let room = Room::with(Limits { decoded_bytes_max: 16 << 20, ..Limits::default() });
    assert_eq!(room.outcome(&bomb), "limit-memory");
    assert_eq!(room.outcome(&png(1)), "image");
}

#[test]
fn a_picture_of_more_bytes_than_allowed_is_not_copied() {
    let room = Room::with(Limits { image_bytes_max: 500, ..Limits::default() });
    assert_eq!(room.outcome(&jpeg(1)), "limit-bytes");
    assert_eq!(room.outcome("words ".repeat(200).as_bytes()), "text");
}

#[test]
fn luma_alone_gives_nearly_the_hashes_of_all_colours() {
    let room = Room::new();
    let mut compared = 0;
    for picture in [smooth(400, 300, 0), grainy(1600, 1200, 1)] {
        let bytes = encode(&picture.into(), ImageFormat::Jpeg);
        let read = |precision| {
            let reading = room.read_from(&bytes[..], Wanted { precision, ..ITEM }).unwrap();
            assert_eq!(reading.precision, precision);
            reading
        };
        let (full, luma) = (read(Precision::Full), read(Precision::Luma));
        assert_eq!(full.size_px, luma.size_px);
        for (full, luma) in whole(&full).zip(whole(&luma)).filter(|(it, _)| it.quality >= 50) {
            compared += 1;
            for (a, b) in full.bits.iter().zip(luma.bits) {
                assert!(a.distance(b) <= 2, "{} bits", a.distance(b));
            }
        }
    }
    assert_eq!(compared, 2, "both pictures are good enough to be compared");
}

#[test]
fn what_keeps_no_luma_apart_is_read_by_its_colours() {
    // Red, green and blue as they are, which an Adobe segment says.
    let mut bytes = encode(&smooth(400, 300, 0).into(), ImageFormat::Jpeg);
    let adobe = [&[0xff, 0xee, 0, 14][..], b"Adobe", &[0, 100, 0, 0, 0, 0, 0]].concat();
    bytes.splice(2..2, adobe);
    let wanted = Wanted { precision: Precision::Luma, ..ITEM };
    for bytes in [bytes, png(1)] {
        assert_eq!(Room::new().read_from(&bytes[..], wanted).unwrap().precision, Precision::Full);
    }
}

#[test]
fn a_preview_is_small_and_holds_nothing_of_the_original_bytes() {
    const WORDS: &[u8] = b"written by the camera";
    let picture = encode(&smooth(1200, 700, 4).into(), ImageFormat::Jpeg);
    let exif = [b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0", WORDS].concat();
    let length = ((exif.len() + 2) as u16).to_be_bytes();
    let marked = [&picture[..2], b"\xff\xe1", &length, &exif, &picture[2..]].concat();
    let reading = Room::new().read_from(&marked[..], Wanted { preview: true, ..ITEM }).unwrap();
    let jpeg = reading.preview.expect("it was wanted").jpeg;
    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(holds(&marked, WORDS) && !holds(&jpeg, WORDS) && !holds(&jpeg, b"Exif"));
    let shown = image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).unwrap();
    assert_eq!((shown.width(), shown.height()), (320, 186));
    let small = Room::new().read_from(&png(1)[..], Wanted { preview: true, ..ITEM }).unwrap();
    let shown = image::load_from_memory(&small.preview.unwrap().jpeg).unwrap();
    assert_eq!((shown.width(), shown.height()), (160, 120), "a small picture is not blown up");
}

#[test]
fn pictures_read_at_once_are_read_as_one_by_one() {
    let room = Room::new();
    let files: Vec<Vec<u8>> = (0..50).map(jpeg).collect();
    let alone: Vec<_> = files.iter().map(|bytes| room.read(bytes).unwrap()).collect();
    assert_ne!(first_hash(&alone[0]), first_hash(&alone[1]));
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (room, files, alone) = (&room, &files, &alone);
            scope.spawn(move || {
                for k in (0..50).map(|k| (k + thread * 7) % 50) {
                    assert_eq!(room.read(&files[k]).unwrap(), alone[k]);
                }
            });
        }
    });
    assert!(room.children().len() <= 8, "no more children than were busy at once");
}

#[test]
fn a_part_of_a_flag_is_known_as_plain_whatever_its_pdq_says() {
    // A disc off the middle gives PDQ as many firm bits as a photograph has.
    let flag = RgbImage::from_fn(360, 270, |x, y| {
        let is_disc = (f64::from(x) - 160.0).hypot(f64::from(y) - 120.0) < 45.0;
        Rgb(if is_disc {
            [20, 120, 60]
        } else {
            [[200, 30, 40], [255; 3], [0; 3]][(x as usize + 40) * 3 / 400]
        })
    });
    let room = Room::new();
    let plain = |picture: &RgbImage, wanted: Wanted| {
        let bytes = encode(&picture.clone().into(), ImageFormat::Jpeg);
        let reading = room.read_from(&bytes[..], wanted).unwrap();
        reading.frames.iter().filter(|frame| frame.view == View::Plain).count()
    };
    let entry = Wanted { purpose: Purpose::Entry, ..ITEM };
    assert!(plain(&flag, Wanted { precision: Precision::Luma, ..ITEM }) > 0, "it is asked for");
    assert!(plain(&flag, Wanted { features_max: 300, ..entry }) > 0, "its features are few");
    assert_eq!(plain(&flag, entry), 0, "nothing is known of its features");
    for wanted in [ITEM, Wanted { features_max: 300, ..entry }] {
        assert_eq!(plain(&grainy(400, 300, 1), wanted), 0);
    }
}
