//! Files that are broken, lie, or are not files: each a typed error on that file only.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use image::ImageFormat;

use crate::Workplace;
use crate::pictures::{encode, jpeg, landscape, png};

/// A PNG whose header claims another size; its checksum is made right.
fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(1);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&bytes[12..29]).to_be_bytes();
    bytes[29..33].copy_from_slice(&checksum);
    bytes
}

/// CRC-32 as PNG uses it (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 },
        )
    })
}

#[test]
fn each_broken_file_has_its_code() {
    let place = Workplace::with_bank();
    let refusal = |name: &str, bytes: &[u8]| place.refusal(&place.write(name, bytes));
    assert_eq!(refusal("empty.jpg", b""), "empty");
    assert_eq!(refusal("noise.jpg", &[0x00, 0x01, 0x80, 0x81, 0x00]), "unsupported");
    assert_eq!(refusal("truncated.png", &png(1)[..500]), "malformed");
    assert_eq!(refusal("header-only.jpg", &jpeg(1)[..20]), "malformed");
    assert_eq!(refusal("claim.png", &png_claiming(20_000, 20_000)), "limit-pixels");
    assert_eq!(refusal("long-claim.png", &png_claiming(2_000_000, 1)), "limit-side");
    assert_eq!(refusal("header-only.mkv", b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f"), "malformed");
    let no_samples = b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\x08mdat";
    assert_eq!(refusal("no-samples.mp4", no_samples), "malformed");
}

#[test]
fn a_small_file_that_grows_huge_is_stopped() {
    let place = Workplace::with_bank();
    // 144 million pixels of one colour in less than a hundredth of the bytes.
    let bomb = encode(&image::DynamicImage::new_luma8(12_000, 12_000), ImageFormat::Png);
    assert!(bomb.len() * 100 < 12_000 * 12_000, "{} bytes", bomb.len());
    assert_eq!(place.refusal(&place.write("bomb.png", &bomb)), "limit-pixels");
    // Within the limit on pixels but over a tighter one on memory.
    fs_err::write(place.data().join("lamassu.toml"), "[limits]\ndecoded_bytes_max = 1000000\n")
        .expect("written");
    let wide = encode(&image::DynamicImage::new_rgb8(2_000, 2_000), ImageFormat::Png);
    assert_eq!(place.refusal(&place.write("wide.png", &wide)), "limit-memory");
}

#[test]
fn an_endless_animation_is_stopped() {
    let place = Workplace::with_bank();
    fs_err::write(place.data().join("lamassu.toml"), "[limits]\nanimation_frames_max = 50\n")
        .expect("written");
    let mut bytes = Vec::new();
    {
        let mut gif = image::codecs::gif::GifEncoder::new(&mut bytes);
        let frames = (0..60).map(|_| image::Frame::new(landscape(1, 16, 16).into_rgba8()));
        gif.encode_frames(frames).expect("written");
    }
    assert_eq!(place.refusal(&place.write("endless.gif", &bytes)), "limit-frames");
}

#[test]
fn the_bytes_count_and_not_the_name() {
    let place = Workplace::with_bank();
    place.write("known.jpg", &jpeg(1));
    place.run(["bank", "add", "known", "known.jpg"]).expect_status(0);
    let misnamed = place.write("film.mp4", &encode(&landscape(1, 320, 240), ImageFormat::Png));
    let (status, reports) = place.check(&[&misnamed]);
    assert_eq!((status, &reports[0]["medium"]), (1, &"image".into()));
    // A JPEG with another format after it is what a viewer shows: the JPEG.
    let mut two = jpeg(1);
    two.extend(b"PK\x03\x04 and more");
    two.extend(png(2));
    let two = place.write("two.zip", &two);
    let (status, reports) = place.check(&[&two]);
    assert_eq!((status, &reports[0]["matches"][0]["distance_bits"]), (1, &0.into()));
}

#[test]
fn media_without_fingerprints_are_found_by_their_digest() {
    let place = Workplace::with_bank();
    place.write("weekly.pdf", b"%PDF-1.7\nan invented weekly paper");
    place.write("statement.txt", "an invented statement — بيان".as_bytes());
    place.run(["bank", "add", "known", "weekly.pdf", "statement.txt"]).expect_status(0);
    let (status, reports) = place.check(&[&place.path("weekly.pdf"), &place.path("statement.txt")]);
    assert_eq!(status, 1);
    let media: Vec<_> = reports.iter().map(|report| report["medium"].as_str().expect("a medium")).collect();
    assert_eq!(media, ["document", "text"]);
    assert!(reports.iter().all(|report| report["matches"][0]["method"] == "sha256"));
}

#[test]
fn what_is_no_readable_file_is_told_apart() {
    let place = Workplace::with_bank();
    assert_eq!(place.refusal(&place.path("absent.jpg")), "unreadable");
    // Opening a pipe must not wait for a writer.
    let pipe = place.path("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a pipe");
    assert_eq!(place.refusal(&pipe), "unreadable");
    // A file whose reading fails, for root too.
    assert_eq!(place.refusal(Path::new("/proc/self/mem")), "unreadable");
    let closed = place.write("closed.png", &png(1));
    fs_err::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).expect("closed");
    if rustix::process::getuid().is_root() {
        // Root reads everything: then it is a picture like any other.
        assert_eq!(place.check(&[&closed]).0, 0);
    } else {
        assert_eq!(place.refusal(&closed), "unreadable");
    }
}

#[test]
fn broken_and_hostile_names_are_only_names() {
    let place = Workplace::with_bank();
    place.write(OsStr::from_bytes(b"not\xfftext.png"), &png(1));
    place.write("red\u{1b}[31m\u{202e}gnp.png", &png(2));
    place.run(["bank", "add", "known", "."]).expect_status(2);
    // The data folder lies below: its own files are no media, which is the 2. The pictures are in.
    let titles = place.titles();
    assert!(titles.contains(&"not\u{fffd}text.png".to_owned()), "{titles:?}");
    let shown = place.run(["bank", "show", "known"]).expect_status(0);
    assert!(!shown.stdout.contains('\u{1b}') && !shown.stdout.contains('\u{202e}'), "{shown:?}");
    assert!(shown.stdout.contains("red\\u{1b}[31m\\u{202e}gnp.png"), "{shown:?}");
}

#[test]
fn one_bad_file_does_not_hide_the_others() {
    let place = Workplace::with_bank();
    place.write("known.png", &png(1));
    place.run(["bank", "add", "known", "known.png"]).expect_status(0);
    fs_err::create_dir(place.path("in")).expect("a folder");
    place.write("in/1-empty.png", b"");
    place.write("in/2-known.png", &png(1));
    place.write("in/3-other.png", &png(2));
    let (status, reports) = place.check(&[&place.path("in")]);
    assert_eq!(status, 2, "an error wins over a match");
    let outcomes: Vec<_> = reports.iter().map(|report| report["outcome"].as_str().expect("text")).collect();
    assert_eq!(outcomes, ["none", "review", "none"]);
}

#[test]
fn a_folder_of_a_hundred_thousand_files_goes_through() {
    let place = Workplace::with_bank();
    place.write("known.png", &png(1));
    place.run(["bank", "add", "known", "known.png"]).expect_status(0);
    let folder = place.path("many");
    fs_err::create_dir(&folder).expect("a folder");
    // Links cost less than files, but a file takes no more than 65,000 of them.
    let empty = ["empty-0", "empty-1"].map(|name| place.write(name, b""));
    for k in 0..100_000 {
        fs_err::hard_link(&empty[k % 2], folder.join(format!("{k:06}"))).expect("a link");
    }
    fs_err::copy(place.path("known.png"), folder.join("050000x")).expect("a copy");
    let answered =
        crate::Answered::of(place.command(["check", "--format", "json"]).arg(&folder)).expect_status(2);
    assert_eq!(answered.stdout.lines().count(), 100_001);
    let found: Vec<_> = answered.stdout.lines().filter(|line| line.contains("\"review\"")).collect();
    assert!(found.len() == 1 && found[0].contains("050000x"), "{found:?}");
}

/// A command under a kernel that answers like one without landlock.
fn without_landlock(place: &Workplace, arguments: &[&str]) -> crate::Answered {
    let mut strace = crate::program("strace");
    strace.args(["-f", "-qq", "-o"]).arg(place.path("trace"));
    strace.args(["-e", "trace=landlock_create_ruleset", "-e", "inject=landlock_create_ruleset:error=ENOSYS"]);
    strace.arg(env!("CARGO_BIN_EXE_lamassu")).args(arguments).arg("--data").arg(place.data());
    crate::Answered::of(strace.current_dir(place.path("")))
}

#[test]
fn without_landlock_nothing_is_decoded_unless_the_settings_say_so() {
    let place = Workplace::with_bank();
    place.write("picture.png", &png(1));
    let refused = without_landlock(&place, &["check", "picture.png"]).expect_status(2);
    assert!(refused.stdout.contains("(no-landlock)"), "{refused:?}");
    let examined = without_landlock(&place, &["doctor"]).expect_status(2);
    assert!(examined.stdout.contains("mend  jail"), "{examined:?}");
    let settings = "[jail]\nallow_without_landlock = true\n";
    fs_err::write(place.data().join("lamassu.toml"), settings).expect("written");
    without_landlock(&place, &["check", "picture.png"]).expect_status(0);
    let examined = without_landlock(&place, &["doctor"]).expect_status(2);
    assert!(examined.stdout.contains("mend  jail"), "allowed, and still told: {examined:?}");
}
