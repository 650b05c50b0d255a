//! Plain pictures, such as flags and dark frames: found by where which brightness and colour is.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, imageops};
use serde_json::json;

use crate::Workplace;
use crate::pictures::encode;

const RED: [u8; 3] = [200, 30, 40];
const GREEN: [u8; 3] = [20, 120, 60];
const WHITE: [u8; 3] = [255; 3];
const BLACK: [u8; 3] = [0; 3];

/// Four stripes, one above the other, with a disc.
fn flag(stripes: [[u8; 3]; 4], disc: [u8; 3]) -> RgbImage {
    RgbImage::from_fn(640, 480, |x, y| {
        let off = f64::from(x.abs_diff(320)).hypot(f64::from(y.abs_diff(240)));
        Rgb(if off < 90.0 { disc } else { stripes[(y / 120) as usize] })
    })
}

/// Faint lights with soft edges on a dark ground.
fn dark(lights: &[(f64, f64)]) -> RgbImage {
    RgbImage::from_fn(640, 480, |x, y| {
        let light = lights.iter().map(|(left, top)| {
            let off = (f64::from(x) - left).hypot(f64::from(y) - top);
            26.0 / (1.0 + ((off - 70.0) / 12.0).exp())
        });
        Rgb([8 + light.fold(0.0, f64::max) as u8; 3])
    })
}

/// The same in front of a sky that grows brighter to one corner: of one that is flat, edges are taken for a border.
fn bright(lights: &[(f64, f64)]) -> RgbImage {
    let mut picture = dark(lights);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        *pixel = Rgb(pixel.0.map(|value| 70 + 2 * value + (x / 12 + y / 12) as u8));
    }
    picture
}

/// Such a picture between black bars, and below a caption.
fn beside_bars(picture: &RgbImage) -> [(&'static str, RgbImage); 2] {
    let mut letterboxed = RgbImage::from_pixel(640, 640, Rgb(BLACK));
    imageops::replace(&mut letterboxed, picture, 0, 80);
    let mut captioned = RgbImage::from_pixel(640, 580, Rgb(WHITE));
    imageops::replace(&mut captioned, picture, 0, 100);
    for (x, y) in (40..500).flat_map(|x| (36..60).map(move |y| (x, y))).filter(|(x, _)| x % 24 < 9) {
        captioned.put_pixel(x, y, Rgb(BLACK));
    }
    [("letterboxed", letterboxed), ("captioned", captioned)]
}

#[test]
fn a_plain_picture_is_found_beside_bars_and_a_caption() {
    let place = Workplace::with_bank();
    let known = bright(&[(180.0, 140.0), (460.0, 330.0), (520.0, 110.0)]);
    place.write("sky.png", &encode(&DynamicImage::from(known.clone()), ImageFormat::Png));
    place.run(["bank", "add", "known", "sky.png"]).expect_status(0);
    for (done, copy) in beside_bars(&known) {
        let path = place.write("item.jpg", &encode(&copy.into(), ImageFormat::Jpeg));
        let (status, reports) = place.check(&[&path]);
        assert_eq!(
            (status, &reports[0]["matches"][0]["method"]),
            (1, &json!("plain")),
            "{done}: {reports:?}"
        );
    }
    for (done, other) in beside_bars(&bright(&[(320.0, 100.0), (140.0, 380.0), (560.0, 260.0)])) {
        let path = place.write("item.jpg", &encode(&other.into(), ImageFormat::Jpeg));
        assert_eq!(place.check(&[&path]).0, 0, "{done}");
    }
}

/// What happens to such pictures on their way.
fn copies(picture: &RgbImage) -> Vec<(&'static str, RgbImage)> {
    let mut bordered = RgbImage::from_pixel(760, 570, Rgb([0; 3]));
    imageops::replace(&mut bordered, picture, 60, 45);
    let mut marked = picture.clone();
    for (x, y) in (0..90).flat_map(|x| (0..90).map(move |y| (x, y))) {
        marked.put_pixel(530 + x, 20 + y, Rgb([255, 190 + (x % 7 * 9) as u8, (y * 2) as u8]));
    }
    vec![
        ("half", imageops::resize(picture, 320, 240, imageops::FilterType::Triangle)),
        ("mirrored", imageops::flip_horizontal(picture)),
        ("turned", imageops::rotate90(picture)),
        ("cropped", imageops::crop_imm(picture, 30, 26, 578, 432).to_image()),
        ("bordered", bordered),
        ("marked", marked),
    ]
}

#[test]
fn plain_pictures_are_found_and_those_that_look_alike_are_not() {
    let place = Workplace::with_bank();
    let known = [
        ("flag.png", flag([WHITE, RED, BLACK, WHITE], GREEN)),
        ("dark.png", dark(&[(180.0, 140.0), (460.0, 330.0), (520.0, 110.0)])),
    ];
    for (name, picture) in &known {
        place.write(name, &encode(&DynamicImage::from(picture.clone()), ImageFormat::Png));
        place.run(["bank", "add", "known", name]).expect_status(0);
    }
    let check = |picture: RgbImage| {
        let path = place.write("item.jpg", &encode(&picture.into(), ImageFormat::Jpeg));
        let (status, mut reports) = place.check(&[&path]);
        (status, reports.remove(0))
    };
    for (title, picture) in &known {
        for (done, copy) in copies(picture) {
            let (status, report) = check(copy);
            let found = &report["matches"][0];
            assert_eq!(
                (status, &found["title"], &found["method"]),
                (1, &json!(title), &json!("plain")),
                "{done}: {report}"
            );
        }
    }
    for other in [
        flag([WHITE, GREEN, BLACK, WHITE], RED),
        flag([RED, WHITE, BLACK, RED], GREEN),
        dark(&[(180.0, 340.0), (330.0, 130.0), (560.0, 240.0)]),
        RgbImage::from_fn(640, 480, |x, y| Rgb([(x / 6) as u8, (y / 4) as u8, 60])),
        RgbImage::from_pixel(640, 480, Rgb([9; 3])),
    ] {
        let (status, report) = check(other);
        assert_eq!((status, &report["outcome"]), (0, &json!("none")), "{report}");
    }
    fs_err::write(place.data().join("policy.toml"), "[default]\nplain_difference = 0.0\n")
        .expect("is written");
    let (status, report) = check(imageops::flip_horizontal(&known[1].1));
    assert_eq!(status, 0, "switched off: {report}");
}

#[test]
fn hashes_of_plain_pictures_are_told_apart_from_pdq() {
    let place = Workplace::with_bank();
    let picture = flag([WHITE, RED, BLACK, WHITE], GREEN);
    place.write("flag.png", &encode(&picture.into(), ImageFormat::Png));
    let report = place.run(["fingerprint", "flag.png", "--format", "json"]).expect_status(0).json().remove(0);
    let frames = report["frames"].as_array().expect("a list");
    let of = |view: &str| frames.iter().find(|frame| frame["view"] == view).expect("such a frame");
    assert!(of("plain")["plain"].is_string() && of("plain").get("pdq").is_none(), "{report}");
    assert!(of("full")["pdq"].is_string(), "{report}");
    assert!(
        of("full")["quality"].as_u64().is_some_and(|quality| quality < 50),
        "stripes say nothing: {report}"
    );
}
