//! What is known to be legitimate: it opens nothing, explains what harmful entries share with it, and lends its seconds.

use std::path::PathBuf;

use image::{DynamicImage, ImageFormat, Rgb, imageops};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::concurrency::Server;
use crate::pictures::{encode, jpeg, landscape, png};
use crate::serving::Platform;
use crate::{Answered, Workplace, program};

const POLICY: &str = "[banks.film]\npurpose = 'context'\n";

/// With the banks `known` and `film`, whose entries are context.
fn workplace(policy: &str) -> Workplace {
    let place = Workplace::with_bank();
    place.run(["bank", "create", "film"]).expect_status(0);
    fs_err::write(place.data().join("policy.toml"), policy).expect("is written");
    place
}

/// The same, where a platform sends items in.
fn served(policy: &str) -> (Workplace, Platform) {
    let place = Workplace::new();
    let platform = Platform::on(&place);
    place.run(["bank", "create", "film"]).expect_status(0);
    fs_err::write(place.data().join("policy.toml"), policy).expect("is written");
    (place, platform)
}

/// Adds a file, and answers the entry's id.
fn add(place: &Workplace, bank: &str, file: &str) -> String {
    let added = place.run(["bank", "add", bank, file, "--format", "json"]).expect_status(0).json().remove(0);
    added["entry"]["entry"].as_str().expect("an id").to_owned()
}

/// The report on one file, and the exit status.
fn check(place: &Workplace, file: &str) -> (i32, Value) {
    let (status, mut reports) = place.check(&[&place.path(file)]);
    (status, reports.remove(0))
}

fn ffmpeg(place: &Workplace, name: &str, arguments: &[&str]) -> PathBuf {
    let mut ffmpeg = program("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-y"]).args(arguments).arg(name).current_dir(place.path(""));
    Answered::of(&mut ffmpeg).expect_status(0);
    place.path(name)
}

#[test]
fn a_picture_is_explained_and_a_copy_of_what_is_legitimate_is_passed() {
    let place = workplace(POLICY);
    place.write("still.png", &png(5));
    // A harmful copy of it, with something of its own in a corner.
    let mut copy = landscape(5, 320, 240).into_rgb8();
    imageops::replace(&mut copy, &image::RgbImage::from_pixel(28, 18, Rgb([200, 30, 30])), 4, 4);
    place.write("copy.png", &encode(&DynamicImage::from(copy), ImageFormat::Png));
    add(&place, "known", "copy.png");
    let context = add(&place, "film", "still.png");

    place.write("again.jpg", &jpeg(5));
    let (status, report) = check(&place, "again.jpg");
    assert_eq!((status, &report["outcome"]), (1, &json!("review")), "people decide: {report}");
    assert_eq!(report["matches"].as_array().map(Vec::len), Some(1), "{report}");
    assert_eq!(report["matches"][0]["explained_by"], json!(context), "{report}");
    assert_eq!(report["context"][0]["entry"], json!(context), "{report}");

    let (status, report) = check(&place, "still.png");
    assert_eq!((status, &report["matches"]), (0, &json!([])), "filed as legitimate already: {report}");
    assert_eq!(report["context"][0]["method"], "sha256");
    place.write("other.png", &png(6));
    let (status, report) = check(&place, "other.png");
    assert_eq!((status, report.get("context")), (0, None), "{report}");
    // Taken out, it explains nothing.
    place.run(["bank", "remove", "film", &context]).expect_status(0);
    let (status, report) = check(&place, "still.png");
    assert_eq!((status, report.get("context")), (1, None), "{report}");
}

#[test]
fn a_context_part_hides_no_harmful_one_and_none_hides_it() {
    let place = workplace(POLICY);
    place.write("news.png", &png(7));
    place.write("harmful.png", &encode(&crate::parts::street(1), ImageFormat::Png));
    add(&place, "film", "news.png");
    add(&place, "known", "harmful.png");
    // The news picture, found as a whole, with the harmful one in a corner.
    let mut both = landscape(7, 960, 720).into_rgb8();
    let small = crate::parts::street(1).resize_exact(240, 180, imageops::FilterType::Triangle);
    imageops::replace(&mut both, &small.to_rgb8(), 20, 20);
    place.write("both.png", &encode(&DynamicImage::from(both), ImageFormat::Png));
    let (status, report) = check(&place, "both.png");
    assert_eq!((status, &report["matches"][0]["method"]), (1, &json!("local")), "{report}");
    assert_eq!(report["matches"][0].get("explained_by"), None, "it was pasted over: {report}");
    // And the other way round: found as a whole, and explained by a larger picture that it is a part of.
    let large = crate::parts::street(3);
    place.write("large.png", &encode(&large, ImageFormat::Png));
    place.write("cut.png", &encode(&large.crop_imm(60, 40, 300, 240), ImageFormat::Png));
    add(&place, "known", "cut.png");
    let context = add(&place, "film", "large.png");
    place.write("cut.jpg", &encode(&large.crop_imm(60, 40, 300, 240), ImageFormat::Jpeg));
    let (status, report) = check(&place, "cut.jpg");
    assert_eq!((status, &report["matches"][0]["method"]), (1, &json!("pdq")), "{report}");
    assert_eq!(report["matches"][0]["explained_by"], json!(context), "{report}");
}

#[test]
fn a_release_that_shows_a_film_does_not_bank_the_film() {
    let place = workplace(POLICY);
    let fractal = "mandelbrot=size=320x180:rate=25:start_scale=0.3:end_scale=0.01:end_pts=250";
    ffmpeg(&place, "film.mp4", &["-f", "lavfi", "-i", fractal, "-t", "10", "-preset", "ultrafast"]);
    let own = "mandelbrot=size=320x180:rate=25:start_scale=0.02:end_scale=0.0005:end_pts=250:start_x=-0.745:start_y=-0.11:maxiter=400";
    ffmpeg(&place, "own.mp4", &["-f", "lavfi", "-i", own, "-t", "6", "-preset", "ultrafast"]);
    // Five seconds of the film, then six of its own.
    let both = ["-ss", "2", "-t", "5", "-i", "film.mp4", "-i", "own.mp4", "-filter_complex", "concat=n=2"];
    ffmpeg(&place, "release.mp4", &[&both[..], &["-preset", "ultrafast"]].concat());
    add(&place, "known", "release.mp4");
    let context = add(&place, "film", "film.mp4");

    ffmpeg(&place, "again.mp4", &["-i", "release.mp4", "-vf", "scale=240:-2", "-preset", "ultrafast"]);
    let (status, report) = check(&place, "again.mp4");
    assert_eq!((status, report["matches"].as_array().map(Vec::len)), (1, Some(1)), "{report}");
    let found = &report["matches"][0];
    let counted: Vec<f64> = found["segments"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|it| it["item_start_s"].as_f64())
        .collect();
    assert!(counted.iter().all(|start_s| *start_s > 3.5), "only its own seconds count: {found}");
    assert_eq!(found["borrowed"][0]["from"], json!(context), "{found}");
    let borrowed_s = found["borrowed"][0]["item_end_s"].as_f64().expect("seconds");
    assert!((borrowed_s - 5.0).abs() < 1.5, "{found}");
    assert!(found["item_coverage"].as_f64().expect("a share") < 0.75, "{found}");

    ffmpeg(&place, "trailer.mp4", &["-ss", "3", "-t", "3", "-i", "film.mp4", "-preset", "ultrafast"]);
    let (status, report) = check(&place, "trailer.mp4");
    assert_eq!((status, &report["outcome"], &report["matches"]), (0, &json!("none"), &json!([])), "{report}");
    assert_eq!(report["context"][0]["entry"], json!(context), "{report}");
    let human = place.run(["check", "again.mp4", "trailer.mp4"]).expect_status(1).stdout;
    assert!(human.contains("borrowed from context") && human.contains("context "), "{human}");
}

#[test]
fn a_context_entry_opens_no_cases_and_platforms_are_not_told_of_it() {
    let rising = "[rising]\nitems_min = 3\naccounts_min = 2\n";
    let (place, platform) = served(&format!("{POLICY}{rising}"));
    let server = Server::start(&place);
    let port = server.port;
    let upload = |account: &str, reference: &str, file: &[u8]| {
        let answer =
            platform.upload_of(account, port, (reference, file), "?wait_ms=30000").expect("it answers");
        answer.1["item"]["outcome"].clone()
    };
    let still = |k: u32| encode(&landscape(5, 320 + k, 240), ImageFormat::Png);
    assert_eq!(upload("a", "before", &still(1)), "none");
    place.write("5.png", &png(5));
    add(&place, "film", "5.png");
    // Many share it, of many accounts: it is known, and rises no more.
    for k in 2..6 {
        assert_eq!(upload(&format!("account-{k}"), &format!("after-{k}"), &still(k)), "none");
    }
    assert_eq!(platform.get(port, "/api/v1/cases"), json!({ "items": [], "next": null }));
    let fingerprint =
        place.run(["fingerprint", "5.png", "--format", "json"]).expect_status(0).json().remove(0);
    let pdq = &fingerprint["frames"][0]["pdq"];
    let found = |asked: Value| {
        platform.post(port, "/api/v1/lookup", &asked).expect("it answers").1["matches"].clone()
    };
    assert_eq!(found(json!({ "pdq": pdq })), json!([]), "whoever acts on lookups acts on nothing legitimate");
    assert_eq!(found(json!({ "sha256": fingerprint["sha256"] })), json!([]));
    assert_eq!(found(json!({ "pdq": pdq, "bank": "film" }))[0]["bank"], "film");
    let purposes = platform.get(port, "/api/v1/banks");
    let purposes: Vec<&Value> = (0..2).map(|k| &purposes["items"][k]["purpose"]).collect();
    assert_eq!(purposes, ["context", "harmful"]);
    assert_eq!(server.end(Signal::TERM), Some(0));
}

#[test]
fn what_is_explained_waits_behind_the_others() {
    let (place, platform) = served(POLICY);
    for (seed, bank) in [(5, "known"), (5, "film"), (6, "known")] {
        let file = format!("{seed}-{bank}.png");
        let size = if bank == "film" { 330 } else { 320 };
        place.write(&file, &encode(&landscape(seed, size, 240), ImageFormat::Png));
        add(&place, bank, &file);
    }
    let server = Server::start(&place);
    let port = server.port;
    for (reference, file) in [("explained", jpeg(5)), ("first", jpeg(6)), ("second", png(6))] {
        let answer = platform.upload(port, reference, &file, "?wait_ms=30000").expect("it answers");
        assert_eq!(answer.1["item"]["outcome"], "review", "{reference}: {}", answer.1);
    }
    let mut order = Vec::new();
    let mut after = String::new();
    loop {
        let page = platform.get(port, &format!("/api/v1/cases?state=open&limit=1{after}"));
        let row = &page["items"][0];
        let Some(reference) = row["item"]["reference"].as_str() else { break };
        order.push((reference.to_owned(), row["priority"].as_str().expect("a word").to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    let expected = [("first", "normal"), ("second", "normal"), ("explained", "lowered")];
    assert_eq!(order, expected.map(|(reference, priority)| (reference.to_owned(), priority.to_owned())));
    assert_eq!(server.end(Signal::TERM), Some(0));
}
