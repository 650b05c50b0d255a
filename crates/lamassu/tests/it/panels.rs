//! Pictures inside pictures, for banks that have hashes only, as those of foreign lists do: each is compared as a whole.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, imageops};
use serde_json::Value;

use crate::Workplace;
use crate::parts::street;
use crate::pictures::encode;
use crate::video::{clip, release};

/// What is shown beside a release.
const FILM: [&str; 6] = ["-f", "lavfi", "-t", "6", "-i", "mandelbrot=size=320x360:rate=25:end_pts=400"];

/// A picture with something to see at its edges, too.
fn scene(seed: u64) -> DynamicImage {
    street(seed).crop_imm(24, 18, 432, 324)
}

/// A bank without local features that knows one picture and another one beside it.
fn hashes_of(known: &DynamicImage) -> Workplace {
    let place = Workplace::with_bank();
    place.write("data/policy.toml", b"[default]\nfeatures_max = 0\n");
    for (name, picture) in [("known.png", known), ("beside.png", &scene(62))] {
        place.write(name, &encode(picture, ImageFormat::Png));
        place.run(["bank", "add", "known", name]).expect_status(0);
    }
    place
}

fn resized(picture: &DynamicImage, width: u32, height: u32) -> RgbImage {
    picture.resize_exact(width, height, imageops::FilterType::Triangle).into_rgb8()
}

/// A page of this colour with pictures on it.
fn page((width, height): (u32, u32), colour: [u8; 3], pictures: &[(RgbImage, (i64, i64))]) -> DynamicImage {
    let mut page = RgbImage::from_pixel(width, height, Rgb(colour));
    for (picture, (x, y)) in pictures {
        imageops::replace(&mut page, picture, *x, *y);
    }
    page.into()
}

fn told(reports: &[Value]) -> (&str, &str) {
    let found = &reports[0]["matches"][0];
    (found["method"].as_str().unwrap_or("nothing"), found["title"].as_str().unwrap_or("nothing"))
}

#[test]
fn the_pictures_of_a_collage_a_split_screen_and_a_post_are_compared_each() {
    let known = scene(61);
    let place = hashes_of(&known);
    let of = |seed: u64| resized(&scene(seed), 320, 240);
    let own = || resized(&known, 320, 240);
    let gaps = [
        (of(63), (10, 10)),
        (of(64), (340, 10)),
        (resized(&known.fliph(), 320, 240), (10, 260)),
        (of(65), (340, 260)),
    ];
    let halves = [(of(63), (0, 0)), (own(), (320, 0))];
    let above = [(own(), (0, 0)), (of(64), (0, 240))];
    let mut words = RgbImage::from_pixel(260, 12, Rgb([250; 3]));
    for x in (0..252).step_by(18) {
        imageops::replace(&mut words, &RgbImage::from_pixel(10, 12, Rgb([30; 3])), x, 0);
    }
    let post = [
        (RgbImage::from_pixel(400, 60, Rgb([40, 70, 110])), (0, 0)),
        (resized(&known, 360, 270), (20, 90)),
        (words.clone(), (20, 400)),
        (words, (20, 430)),
    ];
    let items = [
        ("a collage", page((670, 510), [255; 3], &gaps)),
        ("a split screen", page((640, 240), [0; 3], &halves)),
        ("one above another", page((320, 480), [0; 3], &above)),
        ("a post", page((400, 700), [250; 3], &post)),
    ];
    for (what, item) in items {
        let item = place.write("item.jpg", &encode(&item, ImageFormat::Jpeg));
        let (status, reports) = place.check(&[&item]);
        assert_eq!((status, told(&reports)), (1, ("pdq", "known.png")), "{what}: {reports:?}");
    }
    let strangers = page((640, 240), [0; 3], &[(of(63), (0, 0)), (of(66), (320, 0))]);
    let strangers = place.write("strangers.jpg", &encode(&strangers, ImageFormat::Jpeg));
    assert_eq!(place.check(&[&strangers]).0, 0);
}

#[test]
fn seconds_in_one_half_of_a_split_screen_are_told_whatever_is_in_the_other_one() {
    let place = Workplace::with_bank();
    place.write("data/policy.toml", b"[default]\nfeatures_max = 0\n[banks.film]\npurpose = 'context'\n");
    let release = release(&place, "release.mp4");
    place.run(["bank", "add", "known", "release.mp4"]).expect_status(0);
    let release = release.to_str().expect("text");
    let halves = "[0:v]scale=320:360,setsar=1,fps=25[a];[1:v]setsar=1[b];[b][a]hstack=shortest=1";
    let item = clip(
        &place,
        "beside.mp4",
        &[&["-ss", "3", "-t", "6", "-i", release], &FILM[..], &["-filter_complex", halves]].concat(),
    );
    let assert_told = || {
        let (status, mut reports) = place.check(&[&item]);
        assert_eq!((status, told(&reports)), (1, ("frames", "release.mp4")), "{reports:?}");
        let segments = reports[0]["matches"][0]["segments"].as_array().expect("a list").clone();
        assert_eq!(segments.len(), 1, "{segments:?}");
        for (field, expected) in
            [("item_start_s", 0.0), ("item_end_s", 6.0), ("entry_start_s", 3.0), ("entry_end_s", 9.0)]
        {
            let told = segments[0][field].as_f64().expect("seconds");
            assert!((told - expected).abs() <= 1.0, "{field}: {segments:?}");
        }
        reports.remove(0)
    };
    assert_told();
    // A film beside it is found as well, and lends it none of its seconds.
    clip(&place, "film.mp4", &FILM);
    place.run(["bank", "create", "film"]).expect_status(0);
    place.run(["bank", "add", "film", "film.mp4"]).expect_status(0);
    let report = assert_told();
    assert_eq!(report["context"][0]["title"], "film.mp4", "{report}");
}

/// Six seconds of three pictures; answers what makes ffmpeg read them again.
fn slides(place: &Workplace) -> [String; 4] {
    for (number, seed) in (0..).zip(71..74) {
        place.write(format!("scene{number}.png"), &encode(&street(seed), ImageFormat::Png));
    }
    let scenes = place.path("scene%d.png").to_str().expect("text").to_owned();
    let read = ["-framerate".to_owned(), "0.5".to_owned(), "-i".to_owned(), scenes];
    clip(place, "release.mp4", &[&read.each_ref().map(String::as_str)[..], &["-r", "25"]].concat());
    place.run(["bank", "add", "known", "release.mp4"]).expect_status(0);
    read
}

#[test]
fn what_the_policy_does_not_take_for_told_is_looked_for_in_parts() {
    let place = Workplace::with_bank();
    // Whole frames must be the same to the bit, and another bank has them compared from farther away.
    place.write("data/policy.toml", b"[banks.known]\nradius_bits = 0\nframe_radius_bits = 0\n");
    let read = slides(&place);
    let read = read.each_ref().map(String::as_str);
    let shown = [&read[..], &["-vf", "drawbox=w=iw*0.3:h=ih*0.3:color=red:t=fill", "-r", "25"]].concat();
    let item = clip(&place, "noisy.mp4", &shown);
    let (status, reports) = place.check(&[&item]);
    assert_eq!((status, told(&reports)), (1, ("local", "release.mp4")), "{reports:?}");
}

#[test]
fn a_film_in_one_half_hides_no_part_of_a_release_in_the_other_one() {
    let place = Workplace::with_bank();
    place.write("data/policy.toml", b"[banks.film]\npurpose = 'context'\n");
    let release = slides(&place);
    let release = release.each_ref().map(String::as_str);
    clip(&place, "film.mp4", &FILM);
    place.run(["bank", "create", "film"]).expect_status(0);
    place.run(["bank", "add", "film", "film.mp4"]).expect_status(0);
    let part = "[0:v]crop=iw*0.6:ih*0.6,scale=320:360,setsar=1,fps=25[a]";
    let halves = format!("{part};[1:v]setsar=1[b];[b][a]hstack=shortest=1");
    let item = clip(&place, "beside.mp4", &[&release[..], &FILM[..], &["-filter_complex", &halves]].concat());
    let (status, reports) = place.check(&[&item]);
    assert_eq!(reports[0]["context"][0]["title"], "film.mp4", "{reports:?}");
    assert_eq!((status, told(&reports)), (1, ("local", "release.mp4")), "{reports:?}");
}
