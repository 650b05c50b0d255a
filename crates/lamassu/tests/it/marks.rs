//! Marks: named beside what was found, and nothing by themselves.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, imageops};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::Workplace;
use crate::concurrency::Server;
use crate::pictures::{encode, landscape};
use crate::serving::Platform;

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
