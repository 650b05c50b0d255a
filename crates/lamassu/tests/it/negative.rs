//! Negatives: what is known, shown with its tones inverted, whole and in parts, still and playing.

use image::{DynamicImage, ImageFormat, imageops};
use serde_json::Value;

use crate::Workplace;
use crate::parts::street;
use crate::pictures::encode;
use crate::video::{clip, release};

fn negative(of: &DynamicImage) -> DynamicImage {
    let mut inverted = of.clone();
    inverted.invert();
    inverted
}

fn told(reports: &[Value]) -> (&str, &str) {
    let found = &reports[0]["matches"][0];
    (found["method"].as_str().unwrap_or("nothing"), found["title"].as_str().unwrap_or("nothing"))
}

#[test]
fn a_negative_of_a_picture_is_found_and_that_of_a_stranger_is_not() {
    let place = Workplace::with_bank();
    let known = street(51);
    for (name, picture) in [("known.png", &known), ("beside.png", &street(52))] {
        place.write(name, &encode(picture, ImageFormat::Png));
        place.run(["bank", "add", "known", name]).expect_status(0);
    }
    let mut framed = image::RgbImage::from_pixel(560, 440, image::Rgb([255; 3]));
    imageops::replace(&mut framed, &known.fliph().into_rgb8(), 40, 40);
    let mut pasted = street(54).into_rgb8();
    let small =
        negative(&known.crop_imm(90, 60, 300, 240)).resize_exact(240, 192, imageops::FilterType::Triangle);
    imageops::replace(&mut pasted, &small.into_rgb8(), 220, 30);
    let items = [
        ("whole", negative(&known), "pdq"),
        ("without colours, turned", negative(&known).grayscale().rotate90(), "pdq"),
        ("mirrored, in a frame", negative(&framed.into()), "pdq"),
        ("its middle", negative(&known.crop_imm(80, 60, 330, 250)), "local"),
        ("its middle, mirrored", negative(&known.crop_imm(80, 60, 330, 250).fliph()), "local"),
        ("a part of it, in another picture", pasted.into(), "local"),
    ];
    for (what, item, method) in items {
        let item = place.write("item.jpg", &encode(&item, ImageFormat::Jpeg));
        let (status, reports) = place.check(&[&item]);
        assert_eq!((status, told(&reports)), (1, (method, "known.png")), "{what}: {reports:?}");
    }
    let stranger = place.write("stranger.jpg", &encode(&negative(&street(53)), ImageFormat::Jpeg));
    assert_eq!(place.check(&[&stranger]).0, 0);
}

#[test]
fn seconds_of_a_negative_of_a_video_are_told() {
    let place = Workplace::with_bank();
    let release = release(&place, "release.mp4");
    place.run(["bank", "add", "known", "release.mp4"]).expect_status(0);
    let release = release.to_str().expect("text");
    let cut = [
        "-ss",
        "3",
        "-t",
        "6",
        "-i",
        release,
        "-vf",
        "negate,hflip",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
    ];
    let item = clip(&place, "negative.mp4", &cut);
    let (status, reports) = place.check(&[&item]);
    assert_eq!((status, told(&reports)), (1, ("frames", "release.mp4")), "{reports:?}");
    let segment = &reports[0]["matches"][0]["segments"][0];
    for (field, expected) in
        [("item_start_s", 0.0), ("item_end_s", 6.0), ("entry_start_s", 3.0), ("entry_end_s", 9.0)]
    {
        let told = segment[field].as_f64().expect("seconds");
        assert!((told - expected).abs() <= 1.0, "{field}: {segment}");
    }
}
