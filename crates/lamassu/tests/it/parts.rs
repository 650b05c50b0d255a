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
pub fn street(seed: u64) -> DynamicImage {
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
    found_in_disguise(&Workplace::with_bank());
}

/// The same where sounds are so many that they are found by their words first.
#[test]
fn sounds_beyond_those_compared_one_by_one_are_found_by_their_words() {
    let place = Workplace::with_bank();
    let settings = "[index]\nsound_blocks_max = 0\n";
    fs_err::write(place.data().join("lamassu.toml"), settings).expect("is written");
    for seed in 4..7 {
        place.write(format!("{seed}.wav"), &music(seed, 20));
        place.run(["bank", "add", "known", &format!("{seed}.wav")]).expect_status(0);
    }
    found_in_disguise(&place);
    let is_found = |seed: u32| {
        let (file, piece) = (format!("{seed}.wav"), format!("{seed}.mp3"));
        make(&place, &["-ss", "5", "-t", "9", "-i", &file, "-b:a", "64k", &piece]);
        place.check(&[&place.path(piece)]).0 == 1
    };
    assert_eq!([4, 5, 6].map(is_found), [true; 3]);
    // What was removed is gone at once, and the others stay.
    let entries = place.run(["bank", "show", "known", "--format", "json"]).expect_status(0).json();
    for entry in entries.iter().filter(|entry| entry["metadata"]["title"] != "6.wav") {
        place.run(["bank", "remove", "known", entry["entry"].as_str().expect("an id")]).expect_status(0);
    }
    assert_eq!([4, 5, 6].map(is_found), [false, false, true]);
}

fn make(place: &Workplace, arguments: &[&str]) {
    let mut ffmpeg = program("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-y"]).args(arguments).current_dir(place.path(""));
    Answered::of(&mut ffmpeg).expect_status(0);
}

fn found_in_disguise(place: &Workplace) {
    place.write("known.wav", &music(1, 20));
    place.write("unrelated.wav", &music(2, 20));
    for file in ["known.wav", "unrelated.wav"] {
        place.run(["bank", "add", "known", file]).expect_status(0);
    }
    let speed = "asetrate=22491,aresample=22050";
    make(place, &["-ss", "6", "-t", "8", "-i", "known.wav", "-af", speed, "-b:a", "64k", "piece.mp3"]);
    let picture = ["-f", "lavfi", "-i", "testsrc=size=160x120:rate=10:duration=8"];
    let under = ["-ss", "6", "-t", "8", "-i", "known.wav", "-shortest", "film.mp4"];
    make(place, &[&picture[..], &under].concat());
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

#[test]
fn sealed_features_answer_after_a_start_and_damage_costs_nothing() {
    let place = Workplace::new();
    fs_err::create_dir(place.data()).expect("a folder");
    fs_err::write(place.data().join("lamassu.toml"), "[index]\nsealed_at = 2\n").expect("is written");
    place.run(["bank", "create", "known"]).expect_status(0);
    let piece = |seed| street(seed).crop_imm(150, 100, 240, 200);
    let mut entries = Vec::new();
    for seed in 1..=5 {
        place.write(format!("{seed}.png"), &encode(&street(seed), ImageFormat::Png));
        place.write(format!("piece-{seed}.png"), &encode(&piece(seed), ImageFormat::Png));
        let file = format!("{seed}.png");
        let added = place.run(["bank", "add", "known", &file, "--format", "json"]).expect_status(0).json();
        entries.push(added[0]["entry"]["entry"].as_str().expect("an id").to_owned());
    }
    let found = || -> Vec<u32> {
        (1..=5).filter(|seed| place.check(&[&place.path(format!("piece-{seed}.png"))]).0 == 1).collect()
    };
    let parts = || -> Vec<std::path::PathBuf> {
        let files = fs_err::read_dir(place.data().join("index")).expect("is there");
        let paths = files.map(|file| file.expect("a file").path());
        paths.filter(|path| path.to_string_lossy().contains("features-")).collect()
    };
    assert!(!parts().is_empty(), "features are sealed by whoever adds");
    place.run(["bank", "remove", "known", &entries[1]]).expect_status(0);
    assert_eq!(found(), [1, 3, 4, 5], "what was removed of a sealed part stays away");

    let (path, manifest) = (parts().remove(0), place.data().join("index/manifest"));
    let (sound, named) = (fs_err::read(&path).expect("is read"), fs_err::read(&manifest).expect("is read"));
    for at in [17, 600, sound.len() / 2, sound.len() - 100] {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x10;
        fs_err::write(&path, &bytes).expect("is written");
        fs_err::write(&manifest, &named).expect("is written");
        assert_eq!(found(), [1, 3, 4, 5], "after damage at {at}");
    }
    fs_err::write(&manifest, &named).expect("is written");
    fs_err::write(&path, &sound[..700]).expect("is cut");
    let told = place.run(["index", "verify", "--format", "json"]).expect_status(2);
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(told.stdout.contains(&name), "{told:?}");
    place.run(["index", "rebuild"]).expect_status(0);
    place.run(["index", "verify"]).expect_status(0);
    assert!(!path.exists(), "what was damaged is gone");
    assert_eq!(found(), [1, 3, 4, 5]);
}

/// A film of stills, each shown for four seconds.
fn film(place: &Workplace, name: &str, stills: &[DynamicImage]) {
    let list = stills.iter().enumerate().map(|(number, still)| {
        let file = format!("{name}-{number}.png");
        let still = still.resize_exact(480, 360, imageops::FilterType::Triangle);
        place.write(&file, &encode(&still, ImageFormat::Png));
        format!("file '{file}'\nduration 4\n")
    });
    // The length of the last one counts only when it is followed by something.
    let list = list.collect::<String>() + &format!("file '{name}-0.png'\n");
    place.write(format!("{name}.txt"), list.as_bytes());
    let mut ffmpeg = program("ffmpeg");
    ffmpeg.args(["-v", "error", "-nostdin", "-y", "-f", "concat", "-safe", "0"]).current_dir(place.path(""));
    ffmpeg.args(["-i", &format!("{name}.txt"), "-vf", "fps=12", "-pix_fmt", "yuv420p", name]);
    Answered::of(&mut ffmpeg).expect_status(0);
}

#[test]
fn cropped_seconds_of_a_video_are_found_by_their_key_frames() {
    let place = Workplace::with_bank();
    film(&place, "known.mp4", &[street(1), street(2), street(3)]);
    place.write("still.png", &encode(&street(7), ImageFormat::Png));
    for file in ["known.mp4", "still.png"] {
        place.run(["bank", "add", "known", file]).expect_status(0);
    }
    let piece = |seed: u64| street(seed).crop_imm(180, 60, 260, 220);
    film(&place, "item.mp4", &[street(11), piece(2).fliph(), street(12), piece(7)]);
    film(&place, "other.mp4", &[street(11), street(12), street(13)]);

    let (status, reports) = place.check(&[&place.path("item.mp4")]);
    assert_eq!(status, 1, "{reports:?}");
    let matches = reports[0]["matches"].as_array().expect("a list");
    let told = |title: &str| {
        let found = matches.iter().find(|it| it["title"] == title).unwrap_or_else(|| panic!("{reports:?}"));
        assert_eq!(found["method"], "local", "{found}");
        let segments = found["segments"].as_array().expect("a list").clone();
        assert_eq!(segments.len(), 1, "{found}");
        ["item_start_s", "item_end_s", "entry_start_s", "entry_end_s"]
            .map(|field| segments[0][field].as_f64().expect("seconds"))
    };
    let near = |found: [f64; 4], expected: [f64; 4], by: f64| {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= by), "{found:?} {expected:?}");
    };
    // Nothing moves, so that any seconds of the shot would do.
    let [item_start, item_end, entry_start, entry_end] = told("known.mp4");
    near([item_start, item_end, 0.0, 0.0], [4.0, 8.0, 0.0, 0.0], 0.6);
    assert!(entry_start > 1.9 && entry_end < 10.1, "{reports:?}");
    near(told("still.png"), [12.0, 16.0, 0.0, 0.0], 0.6);
    assert_eq!(place.check(&[&place.path("other.mp4")]).0, 0);

    // Where nothing is sure enough they are near misses.
    let policy = "[default]\nscore_min = 1\nnear_miss_score = 0.5\n";
    fs_err::write(place.data().join("policy.toml"), policy).expect("is written");
    let (status, reports) = place.check(&[&place.path("item.mp4")]);
    assert_eq!((status, &reports[0]["matches"]), (0, &serde_json::json!([])), "{reports:?}");
    let near = reports[0]["near"].as_array().unwrap_or_else(|| panic!("near misses: {reports:?}"));
    let titles: Vec<_> = near.iter().map(|it| it["title"].as_str().expect("a title")).collect();
    assert!(titles.contains(&"known.mp4") && titles.contains(&"still.png"), "{titles:?}");
}
