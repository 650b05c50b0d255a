//! Found in parts: a piece of a picture inside another one, and seconds of a sound in another codec at another speed.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, imageops};
use rustix::process::Signal;
use serde_json::Value;

use crate::concurrency::Server;
use crate::pictures::encode;
use crate::{Answered, Workplace, program};

/// Numbers by a linear congruence (Knuth's MMIX), the same for the same seed.
fn numbers(seed: u64) -> impl FnMut(u32) -> u32 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % u64::from(below)) as u32
    }
}

/// A picture of many small things, like a street: rectangles of all sizes and colours.
fn street(seed: u64) -> DynamicImage {
    let (width, height) = (480, 360);
    let mut next = numbers(seed);
    let mut picture = RgbImage::from_pixel(width, height, Rgb([120, 130, 140]));
    for _ in 0..260 {
        let (w, h) = (6 + next(60), 6 + next(60));
        let (left, top) = (next(width - w), next(height - h));
        let colour = Rgb([next(256) as u8, next(256) as u8, next(256) as u8]);
        for y in top..top + h {
            for x in left..left + w {
                picture.put_pixel(x, y, colour);
            }
        }
    }
    DynamicImage::from(picture).blur(0.8)
}

/// Sixteen-bit mono at 22,050 Hz: notes of chords that change four times a second, with a little noise.
fn music(seed: u64, seconds: u32) -> Vec<u8> {
    const RATE: u32 = 22_050;
    let mut next = numbers(seed);
    let mut samples: Vec<i16> = Vec::new();
    for _ in 0..4 * seconds {
        let notes = [0; 4].map(|_: u32| 220.0 * f64::from(next(36)).mul_add(1.0 / 12.0, 0.0).exp2());
        for at in 0..RATE / 4 {
            let t = f64::from(at) / f64::from(RATE);
            let sum: f64 = notes.iter().map(|hz| (std::f64::consts::TAU * hz * t).sin()).sum();
            samples.push((sum * 5_000.0 + f64::from(next(600))) as i16);
        }
    }
    let bytes = samples.len() as u32 * 2;
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + bytes).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(RATE.to_le_bytes());
    wav.extend((2 * RATE).to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(bytes.to_le_bytes());
    for sample in samples {
        wav.extend(sample.to_le_bytes());
    }
    wav
}

fn first_match(reports: &[Value]) -> &Value {
    &reports[0]["matches"][0]
}

#[test]
fn a_piece_inside_another_picture_is_found_and_gone_when_its_entry_is() {
    let place = Workplace::with_bank();
    let known = street(1);
    place.write("known.png", &encode(&known, ImageFormat::Png));
    place.write("unrelated.png", &encode(&street(2), ImageFormat::Png));
    // The middle of it, mirrored, smaller and turned, in the corner of something else.
    let piece =
        known.crop_imm(90, 60, 300, 240).fliph().resize_exact(225, 180, imageops::FilterType::Triangle);
    let mut other = street(3).into_rgb8();
    imageops::replace(&mut other, &piece.to_rgb8(), 240, 30);
    let item = place.write("item.jpg", &encode(&other.into(), ImageFormat::Jpeg));

    let server = Server::start(&place);
    place.run(["bank", "add", "known", "unrelated.png"]).expect_status(0);
    assert_eq!(place.check(&[&item]).0, 0, "nothing of it is known yet");
    let added = place.run(["bank", "add", "known", "known.png", "--format", "json"]).expect_status(0).json();
    let (status, reports) = place.check(&[&item]);
    assert_eq!(status, 1, "an entry that was added is found at once: {reports:?}");
    let found = first_match(&reports);
    assert_eq!((&found["method"], &found["title"]), (&"local".into(), &"known.png".into()), "{found}");
    assert!(found["score"].as_f64().is_some_and(|score| score > 0.9), "{found}");
    let entry = added[0]["entry"]["entry"].as_str().expect("an id");
    place.run(["bank", "remove", "known", entry]).expect_status(0);
    assert_eq!(place.check(&[&item]).0, 0, "and is gone at once");
    assert_eq!(server.end(Signal::TERM), Some(0));

    // Without a server, and in a bank that keeps none.
    place.run(["bank", "add", "known", "known.png"]).expect_status(0);
    assert_eq!(place.check(&[&item]).0, 1);
    place.run(["bank", "create", "hashes"]).expect_status(0);
    fs_err::write(place.data().join("policy.toml"), "[banks.hashes]\nfeatures_max = 0\n")
        .expect("is written");
    place.run(["bank", "add", "hashes", "known.png"]).expect_status(0);
    let only = ["check", "--bank", "hashes", "item.jpg"];
    assert_eq!(place.run(only).status, 0);
}

#[test]
fn what_is_left_of_a_picture_is_found_and_told_beside_the_error() {
    let place = Workplace::with_bank();
    let known = street(1);
    place.write("known.png", &encode(&known, ImageFormat::Png));
    place.run(["bank", "add", "known", "known.png"]).expect_status(0);
    for format in [ImageFormat::Jpeg, ImageFormat::Png] {
        let bytes = encode(&known, format);
        let item = place.write("item", &bytes[..bytes.len() * 6 / 10]);
        let (status, reports) = place.check(&[&item]);
        assert_eq!(status, 2, "an error wins: {reports:?}");
        assert_eq!(
            (&reports[0]["error"]["code"], &reports[0]["medium"]),
            (&"truncated".into(), &"image".into())
        );
        assert_eq!(
            (&first_match(&reports)["title"], &reports[0]["outcome"]),
            (&"known.png".into(), &"review".into())
        );
        let other = encode(&street(2), format);
        let item = place.write("item", &other[..other.len() * 6 / 10]);
        let (status, reports) = place.check(&[&item]);
        assert_eq!((status, &reports[0]["error"]["code"]), (2, &"truncated".into()));
        assert_eq!(reports[0]["matches"].as_array().map(Vec::len), Some(0), "{reports:?}");
        let refused = place.run(["bank", "add", "known", "item", "--format", "json"]).expect_status(2).json();
        assert_eq!(refused[0]["error"]["code"], "truncated");
    }
}

#[test]
fn seconds_of_a_sound_are_found_in_another_codec_and_under_a_picture() {
    let place = Workplace::with_bank();
    place.write("known.wav", &music(1, 20));
    place.write("unrelated.wav", &music(2, 20));
    for file in ["known.wav", "unrelated.wav"] {
        place.run(["bank", "add", "known", file]).expect_status(0);
    }
    let make = |arguments: &[&str]| {
        let mut ffmpeg = program("ffmpeg");
        ffmpeg.args(["-v", "error", "-nostdin", "-y"]).args(arguments).current_dir(place.path(""));
        Answered::of(&mut ffmpeg).expect_status(0);
    };
    make(&[
        "-ss",
        "6",
        "-t",
        "8",
        "-i",
        "known.wav",
        "-af",
        "asetrate=22491,aresample=22050",
        "-b:a",
        "64k",
        "piece.mp3",
    ]);
    let picture = "testsrc=size=160x120:rate=10:duration=8";
    make(&["-f", "lavfi", "-i", picture, "-ss", "6", "-t", "8", "-i", "known.wav", "-shortest", "film.mp4"]);
    place.write("other.wav", &music(3, 12));

    for item in ["piece.mp3", "film.mp4"] {
        let (status, reports) = place.check(&[&place.path(item)]);
        assert_eq!(status, 1, "{item}: {reports:?}");
        let found = first_match(&reports);
        assert_eq!(
            (&found["method"], &found["title"]),
            (&"sound".into(), &"known.wav".into()),
            "{item}: {found}"
        );
        let segment = &found["segments"][0];
        let at = |field: &str| segment[field].as_f64().expect("seconds");
        assert!((at("entry_start_s") - 6.0).abs() < 0.8 && at("item_start_s") < 0.8, "{item}: {segment}");
        assert!((at("entry_end_s") - 14.0).abs() < 1.0, "{item}: {segment}");
    }
    assert_eq!(place.check(&[&place.path("other.wav")]).0, 0);
}
