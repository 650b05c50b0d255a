//! Every command on its ordinary way, with what it prints and its exit status.

use image::ImageFormat;

use crate::Workplace;
use crate::pictures::{encode, jpeg, landscape, png};

#[test]
fn a_disguised_copy_is_found_and_a_stranger_is_not() {
    let place = Workplace::with_bank();
    let known = place.write("known.jpg", &jpeg(1));
    place.run(["bank", "add", "known", known.to_str().expect("text")]).expect_status(0);

    let original = landscape(1, 320, 240);
    let mirrored = place.write("mirrored.png", &encode(&original.fliph(), ImageFormat::Png));
    let turned = place.write("turned.webp", &encode(&original.rotate90(), ImageFormat::WebP));
    let small = place.write("small.gif", &encode(&original.thumbnail(160, 120), ImageFormat::Gif));
    let stranger = place.write("stranger.jpg", &jpeg(2));

    for copy in [&mirrored, &turned, &small] {
        let (status, reports) = place.check(&[copy]);
        assert_eq!(status, 1, "{reports:?}");
        assert_eq!(reports[0]["matches"][0]["title"], "known.jpg");
        assert_eq!(reports[0]["matches"][0]["method"], "pdq");
        assert!(reports[0]["matches"][0]["distance_bits"].as_u64().expect("a distance") <= 31);
    }
    let (status, reports) = place.check(&[&stranger]);
    assert_eq!((status, &reports[0]["outcome"]), (0, &"none".into()));
}

#[test]
fn a_report_has_exactly_the_promised_fields() {
    let place = Workplace::with_bank();
    let known = place.write("known.png", &png(1));
    place.run(["bank", "add", "known", known.to_str().expect("text")]).expect_status(0);
    let (_, reports) = place.check(&[&known]);
    let keys = |value: &serde_json::Value| {
        let mut keys: Vec<_> = value.as_object().expect("an object").keys().cloned().collect();
        keys.sort();
        keys.join(" ")
    };
    assert_eq!(keys(&reports[0]), "duration_ms error matches medium outcome path");
    let found = &reports[0]["matches"][0];
    assert_eq!(
        keys(found),
        "bank distance_bits entry entry_coverage item_coverage method score segments title"
    );
    assert_eq!(
        (&found["bank"], &found["method"], &found["score"]),
        (&"known".into(), &"sha256".into(), &1.0.into())
    );
    assert_eq!((&reports[0]["medium"], &reports[0]["outcome"]), (&"image".into(), &"review".into()));
    assert!(reports[0]["error"].is_null() && found["distance_bits"].is_null());
}

#[test]
fn what_people_read() {
    let place = Workplace::with_bank();
    place.write("Example Agency 07.png", &png(7));
    place.write("other.png", &png(8));
    place.write("broken.png", &png(9)[..200]);
    let added = place.run([
        "bank",
        "add",
        "known",
        "Example Agency 07.png",
        "--label",
        "film",
        "--outlet",
        "Example Agency",
    ]);
    let checked = place.run(["check", "Example Agency 07.png", "other.png", "broken.png"]);
    let listed = place.run(["bank", "list"]);
    let shown = place.run(["bank", "show", "known"]);
    let text = [added, checked, listed, shown].map(|answered| answered.stdout).join("---\n");
    insta::with_settings!({filters => vec![(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[id]")]}, {
        insta::assert_snapshot!(text, @r"
        added  [id]  Example Agency 07.png
        ---
        review  Example Agency 07.png
                1.00  known / Example Agency 07.png  sha256  [id]
        none    other.png
        error   broken.png  the file is damaged, cut off, or not what its first bytes claim; have it sent again (malformed)
        ---
               1 entries  known
        ---
        [id]  image    Example Agency 07.png  (Example Agency)
        ");
    });
}

#[test]
fn an_entry_that_is_removed_is_not_found_any_more() {
    let place = Workplace::with_bank();
    let known = place.write("known.png", &png(3));
    let added = place.run(["bank", "add", "known", "known.png", "--format", "json"]).expect_status(0).json();
    let id = added[0]["entry"]["entry"].as_str().expect("an id");
    assert_eq!(place.check(&[&known]).0, 1);
    place.run(["bank", "remove", "known", id]).expect_status(0);
    assert_eq!(place.check(&[&known]).0, 0);
    assert!(place.titles().is_empty());
    let again = place.run(["bank", "remove", "known", id]).expect_status(2);
    assert!(again.stderr.contains("(entry-not-found)"), "{again:?}");
}

#[test]
fn the_same_file_twice_is_one_entry() {
    let place = Workplace::with_bank();
    place.write("a.png", &png(3));
    place.write("b.png", &png(3));
    let added =
        place.run(["bank", "add", "known", "a.png", "b.png", "--format", "json"]).expect_status(0).json();
    let held: Vec<_> = added.iter().filter(|row| row["already"] == true).collect();
    assert_eq!(held.len(), 1);
    assert_eq!(added[0]["entry"]["entry"], added[1]["entry"]["entry"]);
    assert_eq!(place.titles().len(), 1);
}

#[test]
fn a_check_can_be_limited_to_one_bank() {
    let place = Workplace::with_bank();
    let known = place.write("known.png", &png(3));
    place.run(["bank", "create", "other"]).expect_status(0);
    place.run(["bank", "add", "known", "known.png"]).expect_status(0);
    let limited = |bank: &str| {
        let mut command = place.command(["check", "--bank", bank]);
        crate::Answered::of(command.arg(&known))
    };
    limited("known").expect_status(1);
    limited("other").expect_status(0);
    let absent = limited("absent").expect_status(2);
    assert!(absent.stdout.contains("(bank-not-found)"), "{absent:?}");
}

#[test]
fn banks_have_one_name_each_and_names_are_plain() {
    let place = Workplace::with_bank();
    let twice = place.run(["bank", "create", "known"]).expect_status(2);
    assert!(twice.stderr.contains("(bank-exists)"), "{twice:?}");
    let odd = place.run(["bank", "create", "../known"]).expect_status(2);
    assert!(odd.stderr.contains("a bank name is"), "{odd:?}");
    let absent = place.run(["bank", "add", "absent", "x"]).expect_status(2);
    assert!(absent.stderr.contains("(bank-not-found)"), "{absent:?}");
}

#[test]
fn a_policy_that_makes_no_sense_is_refused() {
    let place = Workplace::with_bank();
    fs_err::write(place.data().join("policy.toml"), "[default]\nradius_bits = 200\n").expect("written");
    let refused = place.run(["bank", "list"]).expect_status(2);
    assert!(refused.stderr.contains("(policy-invalid)"), "{refused:?}");
    fs_err::write(place.data().join("policy.toml"), "").expect("written");
    fs_err::write(place.data().join("lamassu.toml"), "[limits]\nimage_bites_max = 1\n").expect("written");
    let refused = place.run(["bank", "list"]).expect_status(2);
    assert!(refused.stderr.contains("(settings-invalid)"), "{refused:?}");
}

#[test]
fn the_radius_of_the_policy_counts() {
    let place = Workplace::with_bank();
    place.write("known.png", &png(3));
    place.run(["bank", "add", "known", "known.png"]).expect_status(0);
    let blurred = place.write("blurred.png", &encode(&landscape(3, 320, 240).blur(9.0), ImageFormat::Png));
    let (_, reports) = place.check(&[&blurred]);
    let distance = reports[0]["matches"][0]["distance_bits"].as_u64().expect("found at the default radius");
    assert!(distance > 0, "the test needs a copy that is not exact");
    let policy = format!("[banks.known]\nscore_min = 1.0\nradius_bits = {}\n", distance - 1);
    fs_err::write(place.data().join("policy.toml"), policy).expect("written");
    assert_eq!(place.check(&[&blurred]).0, 0);
}

#[test]
fn fingerprints_and_a_safe_preview_come_without_a_data_folder() {
    let place = Workplace::new();
    place.write("picture.png", &png(5));
    let read = place
        .run(["fingerprint", "picture.png", "--preview", "small.jpg", "--format", "json"])
        .expect_status(0);
    let row = &read.json()[0];
    assert_eq!(row["frames"][0]["pdq"].as_str().expect("a hash").len(), 64);
    let preview = image::open(place.path("small.jpg")).expect("a picture");
    assert_eq!((preview.width(), preview.height()), (320, 240));
    assert!(!place.data().exists());
}

#[test]
fn doctor_tells_what_this_machine_has() {
    let place = Workplace::new();
    let healthy = place.run(["doctor"]).expect_status(0);
    assert!(healthy.stdout.lines().all(|line| line.starts_with("ok")), "{healthy:?}");
    let without = crate::Answered::of(place.command(["doctor"]).env("PATH", "")).expect_status(2);
    assert!(without.stdout.contains("mend  ffmpeg"), "{without:?}");
}

#[test]
fn the_audit_log_is_verified_and_shows_tampering() {
    let place = Workplace::with_bank();
    place.write("known.png", &png(5));
    place.run(["bank", "add", "known", "known.png"]).expect_status(0);
    let whole = place.run(["audit", "verify", "--format", "json"]).expect_status(0).json();
    // The policy, the bank and the entry.
    assert_eq!(whole[0]["records"], 3);
    // Somebody edits the file itself: the actor of one record, in place.
    let database = place.data().join("lamassu.db");
    let mut bytes = fs_err::read(&database).expect("read");
    let actor = format!("cli:uid={}bank.created", rustix::process::getuid().as_raw());
    let at = bytes.windows(actor.len()).position(|window| window == actor.as_bytes()).expect("the record");
    bytes[at] = b'C';
    fs_err::write(&database, bytes).expect("written");
    let broken = place.run(["audit", "verify"]).expect_status(2);
    assert!(broken.stderr.contains("(audit-broken)") && broken.stderr.contains("record 2"), "{broken:?}");
}

#[test]
fn the_full_decode_decides_what_lies_close_to_the_radius() {
    let mut differing = 0;
    for seed in 0..8 {
        // One entry only: another one near the radius would call for the full decode as well.
        let place = Workplace::with_bank();
        let policy = |radius: u64| {
            let text = format!("[default]\nradius_bits = {radius}\n");
            fs_err::write(place.data().join("policy.toml"), text).expect("written");
        };
        let distance = |path: &std::path::Path, title: &str| {
            let (_, reports) = place.check(&[path]);
            let matches = reports[0]["matches"].as_array().expect("matches").clone();
            let found = matches.into_iter().find(|found| found["title"] == title)?;
            found["distance_bits"].as_u64()
        };
        let (known, copy) = (format!("{seed}.png"), place.path(format!("{seed}.jpg")));
        place.write(&known, &encode(&landscape(seed, 320, 240), ImageFormat::Png));
        place.run(["bank", "add", "known", &known]).expect_status(0);
        let large = grainy(&landscape(seed, 320, 240), 1600, 1200);
        fs_err::write(&copy, encode(&large, ImageFormat::Jpeg)).expect("written");
        // Far from the radius the luma decode is enough.
        policy(96);
        let luma = distance(&copy, &known).expect("within 96 bits");
        // At the radius itself the full decode is asked, and says the same as `fingerprint` does.
        policy(luma + 10);
        let full = distance(&copy, &known).expect("within ten bits more");
        let hashes = |path: &std::path::Path| -> Vec<lamassu_fingerprint::Bits256> {
            let mut command = place.command(["fingerprint", "--format", "json"]);
            let row = crate::Answered::of(command.arg(path)).expect_status(0).json().remove(0);
            let frames = row["frames"].as_array().expect("views").clone();
            frames
                .iter()
                .map(|frame| frame["pdq"].as_str().expect("a hash").parse().expect("256 bits"))
                .collect()
        };
        let known_views = hashes(&place.path(&known));
        let distances = hashes(&copy)
            .into_iter()
            .flat_map(|view| known_views.iter().map(move |known| view.distance(*known)));
        assert_eq!(full, u64::from(distances.min().expect("a pair of views")));
        differing += u32::from(full != luma);
    }
    assert!(differing > 0, "the luma decode never differed, so this test showed nothing");
}

/// Enlarged in grain of pure colours: JPEG's coarse colours leave the screen's range, where a full decode clips
/// them and the luma alone is not touched.
fn grainy(image: &image::DynamicImage, width: u32, height: u32) -> image::DynamicImage {
    let large = image.resize_exact(width, height, image::imageops::FilterType::Triangle).into_luma8();
    let grain = |x: u32, y: u32, channel: u32| {
        (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519) ^ channel.wrapping_mul(3_266_489_917))
            .wrapping_mul(0x9e37_79b1)
            >> 24
    };
    image::RgbImage::from_fn(width, height, |x, y| {
        let bright = u32::from(large.get_pixel(x, y)[0]);
        image::Rgb([0, 1, 2].map(|channel| if bright > grain(x, y, channel) { 255 } else { 0 }))
    })
    .into()
}
