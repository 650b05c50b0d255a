//! Marks: named beside what was found, and nothing by themselves.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, imageops};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::Workplace;
use crate::concurrency::Server;
use crate::pictures::{encode, landscape};
use crate::serving::Platform;
use crate::video::{clip, release};

const POLICY: &str = "[banks.outlets]\npurpose = 'logo'\n";

/// A made-up outlet's mark: a red disc with a ring, and white strokes in it.
fn mark() -> DynamicImage {
    let mut picture = RgbImage::from_pixel(240, 240, Rgb([255, 255, 255]));
    let strokes =
        [(70, 70, 16, 100), (70, 70, 60, 16), (70, 110, 44, 16), (150, 90, 16, 80), (126, 154, 64, 16)];
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let (dx, dy) = (f64::from(x) - 119.5, f64::from(y) - 119.5);
        let radius = dx.hypot(dy);
        let in_stroke = strokes.iter().any(|&(left, top, width, height)| {
            (left..left + width).contains(&x) && (top..top + height).contains(&y)
        });
        let white = radius > 112.0 || (92.0..99.0).contains(&radius) || in_stroke;
        *pixel = if white { Rgb([255, 255, 255]) } else { Rgb([190, 20, 40]) };
    }
    picture.into()
}

/// A landscape with the mark in its upper left corner, so wide as a share of it.
fn marked(seed: u32, share: f64) -> DynamicImage {
    let mut picture = landscape(seed, 800, 600).into_rgb8();
    let side = (800.0 * share) as u32;
    let small = mark().resize_exact(side, side, imageops::FilterType::Triangle).into_rgb8();
    imageops::replace(&mut picture, &small, 24, 24);
    picture.into()
}

fn banked(place: &Workplace) {
    place.run(["bank", "create", "outlets"]).expect_status(0);
    fs_err::write(place.data().join("policy.toml"), POLICY).expect("is written");
    place.write("mark.png", &encode(&mark(), ImageFormat::Png));
    place.run(["bank", "add", "outlets", "mark.png"]).expect_status(0);
    place.write("7.png", &encode(&landscape(7, 800, 600), ImageFormat::Png));
    place.run(["bank", "add", "known", "7.png"]).expect_status(0);
}

#[test]
fn a_mark_beside_what_is_known_is_named_and_alone_it_is_nothing() {
    let place = Workplace::with_bank();
    banked(&place);
    let check = |name: &str, picture: &DynamicImage| {
        let path = place.write(name, &encode(picture, ImageFormat::Jpeg));
        let (status, mut reports) = place.check(&[&path]);
        (status, reports.remove(0))
    };
    for share in [0.15, 0.25] {
        let (status, report) = check("marked.jpg", &marked(7, share));
        assert_eq!((status, &report["matches"][0]["title"]), (1, &json!("7.png")), "{share}: {report}");
        let logos = report["logos"].as_array().expect("a list");
        assert_eq!((logos.len(), &logos[0]["title"]), (1, &json!("mark.png")), "{share}: {report}");
        assert_eq!(logos[0]["method"], "logo");
    }
    let (status, report) = check("plain.jpg", &landscape(7, 640, 480));
    assert_eq!((status, report.get("logos")), (1, None), "no mark is there: {report}");
    for (name, picture) in [
        ("unknown.jpg", marked(8, 0.25)),
        ("alone.jpg", mark().resize_exact(400, 400, imageops::FilterType::Triangle)),
    ] {
        let (status, report) = check(name, &picture);
        assert_eq!(
            (status, &report["outcome"], &report["matches"]),
            (0, &json!("none"), &json!([])),
            "{name}: {report}"
        );
    }
}

#[test]
fn a_mark_that_stays_in_a_video_is_named_with_its_seconds() {
    let place = Workplace::with_bank();
    banked(&place);
    let release = release(&place, "release.mp4");
    let known = release.to_str().expect("text");
    place.run(["bank", "add", "known", known]).expect_status(0);
    let mark = place.path("mark.png");
    let mark = mark.to_str().expect("text");
    // A quarter of the width, from the third second on.
    let marked = "[0:v]scale=800:-2[a];[1:v]scale=200:-2[b];[a][b]overlay=24:24:enable='gte(t,3)'";
    let other = ["-f", "lavfi", "-t", "8", "-i", "testsrc2=size=320x180:rate=25"];
    let made = |name: &str, input: &[&str]| {
        clip(
            &place,
            name,
            &[input, &["-i", mark, "-filter_complex", marked, "-preset", "ultrafast"]].concat(),
        )
    };
    let (status, reports) = place.check(&[&made("marked.mp4", &["-i", known])]);
    assert_eq!((status, &reports[0]["matches"][0]["title"]), (1, &json!("release.mp4")), "{reports:?}");
    let logos = reports[0]["logos"].as_array().unwrap_or_else(|| panic!("no mark: {reports:?}"));
    assert_eq!((logos.len(), &logos[0]["title"]), (1, &json!("mark.png")), "{logos:?}");
    let seconds = |end: &str| logos[0]["segments"][0][end].as_f64().expect("seconds");
    assert!((2.0..=4.5).contains(&seconds("item_start_s")), "{logos:?}");
    assert!(seconds("item_end_s") >= 8.0, "{logos:?}");
    let (status, reports) = place.check(&[&made("other.mp4", &other)]);
    assert_eq!((status, &reports[0]["matches"]), (0, &json!([])), "a mark alone is nothing: {reports:?}");
    let (status, reports) = place.check(&[&clip(&place, "small.mp4", &["-i", known, "-vf", "scale=240:-2"])]);
    assert_eq!((status, reports[0].get("logos")), (1, None), "no mark is there: {reports:?}");
}

#[test]
fn a_case_with_a_mark_comes_before_the_others() {
    let place = Workplace::new();
    let platform = Platform::on(&place);
    banked(&place);
    let server = Server::start(&place);
    for (reference, picture) in [("plain", landscape(7, 640, 480)), ("marked", marked(7, 0.2))] {
        let file = encode(&picture, ImageFormat::Png);
        let answer = platform.upload(server.port, reference, &file, "?wait_ms=30000").expect("it answers");
        assert_eq!(answer.1["item"]["outcome"], "review", "{reference}: {}", answer.1);
    }
    let cases = platform.get(server.port, "/api/v1/cases?state=open");
    let told = |k: usize| -> (&Value, &Value) {
        (&cases["items"][k]["item"]["reference"], &cases["items"][k]["priority"])
    };
    assert_eq!(told(0), (&json!("marked"), &json!("raised")), "{cases}");
    assert_eq!(told(1), (&json!("plain"), &json!("normal")), "{cases}");
    let placed = &cases["items"][0]["logos"][0]["placed"];
    let scale = placed["scale"].as_f64().expect("a number");
    assert!((scale - 0.2).abs() < 0.03, "its size is told: {placed}");
    let corner = placed["item_outline"][0].as_array().expect("a place");
    assert!(corner.iter().all(|at| at.as_f64().is_some_and(|at| at < 0.08)), "and its place: {placed}");
    assert_eq!(server.end(Signal::TERM), Some(0));
}
