//! Shots: every one of a video is seen, however short, and black and flat frames say nothing.

use lamassu_fingerprint::Bits256;
use lamassu_media::{Purpose, Reading, Wanted};

use crate::room::{ITEM, Room, whole};
use crate::samples::{encode, ffmpeg, smooth};

/// A film that shows each of so many pictures for `frames` twelfths of a second, black before and after.
fn film(pictures: u32, frames: u32) -> Vec<u8> {
    coded(pictures, frames, &["-c:v", "mpeg4", "-q:v", "2"])
}

fn coded(pictures: u32, frames: u32, codec: &[&str]) -> Vec<u8> {
    filtered(pictures, frames, "tpad=start_duration=1:stop_duration=1:color=black", codec)
}

fn filtered(pictures: u32, frames: u32, filter: &str, codec: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pictures");
    let files: Vec<u8> = (0..pictures)
        .flat_map(|seed| encode(&smooth(160, 120, seed * 5 + 1).into(), image::ImageFormat::Png))
        .collect();
    fs_err::write(&path, files).unwrap();
    let rate = format!("12/{frames}");
    let input = ["-f", "image2pipe", "-framerate", &rate, "-c:v", "png", "-i", path.to_str().unwrap()];
    let filter = format!("fps=12,{filter}");
    ffmpeg(&[&input[..], &["-vf", &filter], codec].concat(), "mp4")
}

/// The hashes of moments that say something.
fn good(reading: &Reading) -> Vec<Bits256> {
    whole(reading).filter(|frame| frame.quality >= 50).map(|frame| frame.bits[0]).collect()
}

#[test]
fn a_shot_that_lies_between_two_samples_is_seen_all_the_same() {
    let room = Room::new();
    // Twelve shots of a third of a second: samples twice a second meet two of three.
    let bytes = film(12, 4);
    let item = room.read(&bytes).unwrap();
    let entry = room.read_from(&bytes[..], Wanted { purpose: Purpose::Entry, ..ITEM }).unwrap();
    let (seen, known) = (good(&item), good(&entry));
    assert!(known.len() >= 12, "{}", known.len());
    for bits in known {
        assert!(seen.iter().any(|it| it.distance(bits) <= 31), "a shot was missed");
    }
    assert_eq!((item.shots.len(), item.shots == entry.shots), (12, true), "{:?}", item.shots);
    for (k, shot) in item.shots.iter().enumerate() {
        assert!(shot.start_ms.abs_diff(1_000 + k as u32 * 333) <= 170, "{k}: {shot:?}");
        assert!(shot.start_ms <= shot.key_ms && shot.key_ms < shot.end_ms);
    }
    // More frames than by time alone, and none where one by time shows the same.
    let frames = whole(&item).count();
    assert!((12 + 4..=12 + 4 + 4).contains(&frames), "{frames}");
}

#[test]
fn in_fast_mode_shots_of_a_second_are_seen_where_they_are() {
    // With frames that no other one needs, which are left out.
    let bytes = coded(8, 12, &["-c:v", "libx264", "-bf", "2"]);
    let [item, fast] = [Room::new(), Room::fast()].map(|room| room.read(&bytes).unwrap());
    assert_eq!((fast.duration_ms, fast.shots.len()), (item.duration_ms, item.shots.len()));
    for (shot, fast) in item.shots.iter().zip(&fast.shots) {
        assert!(shot.start_ms.abs_diff(fast.start_ms) <= 250, "{shot:?} {fast:?}");
        assert!(fast.start_ms.is_multiple_of(250), "not looked at four times a second: {fast:?}");
    }
    let seen = good(&fast);
    assert!(seen.len() >= 8, "{}", seen.len());
    for bits in good(&item) {
        assert!(seen.iter().any(|it| it.distance(bits) <= 31), "a shot was missed");
    }
}

#[test]
fn a_long_shot_adds_no_frame() {
    let item = Room::new().read(&film(2, 24)).unwrap();
    let starts: Vec<u32> = whole(&item).map(|frame| frame.start_ms).collect();
    assert!(starts.iter().all(|start| start.is_multiple_of(500)), "{starts:?}");
    assert_eq!(item.shots.len(), 2);
}

#[test]
fn what_flashes_at_the_pace_of_the_samples_hides_nothing() {
    let codec = ["-c:v", "mpeg4", "-q:v", "2"];
    let shown = Room::new().read(&filtered(3, 24, "null", &codec)).unwrap();
    // A twelfth of each half second, where the samples are, shows nothing, or something else.
    let flashes = "enable='lt(mod(t,0.5),0.08)'";
    for (what, flash) in [
        ("black", format!("drawbox=color=black:t=fill:{flashes}")),
        ("white", format!("drawbox=color=white:t=fill:{flashes}")),
        ("another picture", format!("drawgrid=width=40:height=30:thickness=12:color=red:{flashes}")),
    ] {
        let flashing = Room::new().read(&filtered(3, 24, &flash, &codec)).unwrap();
        let seen = good(&flashing);
        for bits in good(&shown) {
            assert!(seen.iter().any(|it| it.distance(bits) <= 31), "{what} hides a picture");
        }
    }
}

#[test]
fn moments_follow_each_other_without_gap() {
    let item = Room::new().read(&film(9, 4)).unwrap();
    let frames: Vec<_> = whole(&item).collect();
    assert!(frames.windows(2).all(|pair| pair[0].end_ms == pair[1].start_ms));
    assert_eq!((frames[0].start_ms, frames[frames.len() - 1].end_ms), (0, item.duration_ms));
}

#[test]
fn black_says_nothing() {
    let source = ["-f", "lavfi", "-i", "color=black:size=160x120:rate=10:duration=2", "-c:v", "mpeg4"];
    let item = Room::new().read(&ffmpeg(&source, "mp4")).unwrap();
    assert!(whole(&item).all(|frame| frame.quality == 0) && item.shots.is_empty());
}
