//! AVIF and HEIC: pictures that are coded as one frame of video.

use image::ImageFormat;
use lamassu_media::{ImageFormat as Format, Kind, Limits, Sealed, Wanted};

use crate::room::{ITEM, Room, first_hash};
use crate::samples::{ffmpeg, tone};

const AVIF: &[u8] = include_bytes!("../../../../testdata/stills/still.avif");
const HEIC: &[u8] = include_bytes!("../../../../testdata/stills/still.heic");

#[test]
fn each_is_read_where_the_installed_decoder_can_and_refused_clearly_where_not() {
    let room = Room::new();
    let report = room.jail.examine().unwrap();
    for (bytes, decoded) in [(AVIF, report.avif), (HEIC, report.heic)] {
        let item = Sealed::copy(bytes, room.folder(), room.jail.limits()).unwrap();
        assert_eq!(item.kind, Kind::Image(Format::Heif));
        assert_eq!(room.outcome(bytes), if decoded { "image" } else { "unsupported-kind" });
        assert_eq!(room.jail.show(&item, 0).is_ok(), decoded);
    }
}

#[test]
fn an_avif_is_read_as_the_picture_that_it_is() {
    let room = Room::new();
    if !room.jail.examine().unwrap().avif {
        return;
    }
    let source = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=1:duration=1", "-frames:v", "1"];
    let coded = ["-c:v", "libaom-av1", "-cpu-used", "8", "-crf", "20", "-still-picture", "1"];
    let avif = ffmpeg(&[&source[..], &coded].concat(), "avif");
    let png = ffmpeg(&[&source[..], &["-c:v", "png"]].concat(), "image2");
    let wanted = Wanted { preview: true, features_max: 50, ..ITEM };
    let (reading, plain) = (room.read_from(&avif[..], wanted).unwrap(), room.read(&png).unwrap());
    assert!(first_hash(&reading).distance(first_hash(&plain)) <= 10);
    assert_eq!((reading.medium, reading.size_px), ("image", Some((320, 240))));
    assert_eq!((reading.duration_ms, reading.truncated), (0, false));
    assert!(!reading.features.is_empty(), "its details are found as well");
    let shown = image::load_from_memory_with_format(&reading.preview.unwrap().jpeg, ImageFormat::Jpeg);
    assert_eq!(shown.unwrap().width(), 320);
}

#[test]
fn the_limits_on_pictures_hold() {
    let limits =
        |image_pixels_max, image_bytes_max| Limits { image_pixels_max, image_bytes_max, ..Limits::default() };
    if !Room::new().jail.examine().unwrap().avif {
        return;
    }
    assert_eq!(Room::with(limits(1_000, 1 << 20)).outcome(AVIF), "limit-pixels");
    assert_eq!(Room::with(limits(1 << 20, 200)).outcome(AVIF), "limit-bytes");
}

#[test]
fn what_only_says_that_it_is_one_is_refused() {
    let room = Room::new();
    let mut sound = tone(1, "ipod");
    sound[8..12].copy_from_slice(b"heic");
    assert_eq!(room.outcome(&sound), "unsupported-kind");
    for length in [20, 100, 200, AVIF.len() - 200] {
        let outcome = room.outcome(&AVIF[..length]);
        assert!(["unsupported-kind", "malformed"].contains(&outcome), "{length}: {outcome}");
    }
}
