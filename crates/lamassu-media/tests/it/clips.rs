//! Video and sound: what is measured, not what is claimed.

use lamassu_media::{Limits, Purpose, Wanted};

use crate::room::{ITEM, Room, whole};
use crate::samples::{clip, ffmpeg, png, tone};

/// Writes `duration` into every box of this name, `offset` bytes after the name.
fn claim(bytes: &mut [u8], name: [u8; 4], offset: usize, duration: u32) {
    let places: Vec<usize> = (0..bytes.len() - 4).filter(|&at| bytes[at..at + 4] == name).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at + offset..at + offset + 4].copy_from_slice(&duration.to_be_bytes());
    }
}

#[test]
fn a_clip_gives_frames_at_the_pace_that_was_asked_for() {
    let room = Room::new();
    let bytes = clip(3, "libx264", "mp4");
    for purpose in [Purpose::Item, Purpose::Entry] {
        let reading = room.read_from(&bytes[..], Wanted { purpose, preview: true, ..ITEM }).unwrap();
        assert_eq!((reading.medium, reading.size_px), ("video", Some((160, 120))));
        assert_eq!(reading.duration_ms, 3000);
        let starts: Vec<u32> = whole(&reading).map(|frame| frame.start_ms).collect();
        if purpose == Purpose::Item {
            assert_eq!(starts, [0, 500, 1000, 1500, 2000, 2500]);
        }
        assert!(starts.len() <= 18 && starts.is_sorted());
        let shown = image::load_from_memory(&reading.preview.unwrap().jpeg).unwrap();
        assert_eq!((shown.width(), shown.height()), (160, 120));
    }
}

#[test]
fn a_clip_of_a_single_frame_is_read() {
    let source = ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25", "-frames:v", "1", "-c:v", "mpeg4"];
    let reading = Room::new().read(&ffmpeg(&source, "mp4")).unwrap();
    assert_eq!((reading.duration_ms, whole(&reading).count()), (500, 1));
}

#[test]
fn a_length_that_is_only_claimed_does_not_count() {
    let room = Room::new();
    let honest = clip(2, "mpeg4", "mp4");
    let mut lying = honest.clone();
    claim(&mut lying, *b"mvhd", 20, 100 * 3600 * 1000);
    claim(&mut lying, *b"tkhd", 24, 100 * 3600 * 1000);
    claim(&mut lying, *b"mdhd", 20, 100 * 3600 * 10_000);
    let (honest, lying) = (room.read(&honest).unwrap(), room.read(&lying).unwrap());
    assert_eq!((honest.duration_ms, lying.duration_ms), (2000, 2000));
    assert_eq!(honest.frames, lying.frames);
}

#[test]
fn a_clip_longer_than_allowed_is_refused_and_the_longest_is_not() {
    let room = Room::with(Limits { duration_s_max: 2, ..Limits::default() });
    assert_eq!(room.outcome(&clip(2, "mpeg4", "mp4")), "video");
    assert_eq!(room.outcome(&clip(4, "mpeg4", "mp4")), "limit-duration");
    assert_eq!(room.outcome(&clip(4, "mpeg4", "avi")), "limit-duration");
}

#[test]
fn sound_alone_is_audio() {
    let room = Room::new();
    for format in ["wav", "ogg"] {
        let reading = room.read(&tone(2, format)).unwrap();
        assert_eq!((reading.medium, reading.size_px, reading.frames.len()), ("audio", None, 0));
        assert!(reading.duration_ms.abs_diff(2000) < 100, "{} ms", reading.duration_ms);
    }
}

#[test]
fn a_cover_makes_no_video_of_a_song() {
    let folder = tempfile::tempdir().unwrap();
    let cover = folder.path().join("cover.png");
    fs_err::write(&cover, png(1)).unwrap();
    let song =
        ["-f", "lavfi", "-i", "sine=duration=1", "-i", cover.to_str().unwrap(), "-map", "0", "-map", "1"];
    let as_cover = ["-c:v", "copy", "-id3v2_version", "3", "-disposition:v", "attached_pic"];
    let bytes = ffmpeg(&[&song[..], &as_cover].concat(), "mp3");
    let reading = Room::new().read(&bytes).unwrap();
    assert_eq!((reading.medium, reading.frames.len()), ("audio", 0));
}

#[test]
fn more_streams_than_allowed_are_refused() {
    let room = Room::new();
    let streams = |count: usize| {
        let source = ["-f", "lavfi", "-i", "testsrc2=size=32x32:rate=5:duration=0.2"];
        let maps = ["-map", "0"].repeat(count);
        ffmpeg(&[&source[..], &maps, &["-c:v", "mpeg4", "-threads", "1"]].concat(), "matroska")
    };
    assert_eq!(room.outcome(&streams(3)), "video");
    assert_eq!(room.outcome(&streams(65)), "limit-streams");
}

#[test]
fn too_large_a_picture_in_a_clip_is_refused_before_it_is_decoded() {
    let room = Room::with(Limits { side_px_max: 100, ..Limits::default() });
    assert_eq!(room.outcome(&clip(1, "mpeg4", "mp4")), "limit-side");
    let room = Room::with(Limits { image_pixels_max: 100 * 100, ..Limits::default() });
    assert_eq!(room.outcome(&clip(1, "mpeg4", "mp4")), "limit-pixels");
}
