//! Time: of the processor and on the wall.

use lamassu_media::{Jail, JailConfig, Limits};

use crate::animations::endless_gif;
use crate::room::Room;
use crate::samples::{clip, jpeg, plain};

#[test]
fn a_picture_that_takes_too_long_is_given_up() {
    let room = Room::with(Limits { image_wall_ms_max: 1, ..Limits::default() });
    assert_eq!(room.outcome(&plain(8_000, 8_000)), "limit-deadline");
    assert!(room.children().is_empty(), "the child was ended");
}

#[test]
fn a_clip_that_takes_too_long_is_given_up() {
    let room = Room::with(Limits { media_wall_ms_max: 1, ..Limits::default() });
    assert_eq!(room.outcome(&clip(4, "mpeg4", "mp4")), "limit-deadline");
    assert!(room.children().is_empty(), "everything started for it was ended");
}

#[test]
fn a_picture_that_takes_too_much_work_is_given_up() {
    let room = Room::with(Limits {
        image_cpu_s_max: 1,
        animation_frames_max: u32::MAX,
        animation_pixels_max: u64::MAX,
        ..Limits::default()
    });
    assert_eq!(room.outcome(&endless_gif(2000, 10_000)), "limit-cpu");
    assert_eq!(room.outcome(&jpeg(1)), "image");
}

#[test]
fn a_program_that_is_no_child_is_told_from_a_bad_file() {
    let folder = tempfile::tempdir().unwrap();
    let item = lamassu_media::Sealed::copy(&jpeg(1)[..], folder.path(), &Limits::default()).unwrap();
    let read = |program: std::path::PathBuf| {
        let config = JailConfig {
            program,
            allow_without_landlock: false,
            fast_video: false,
            limits: Limits::default(),
        };
        Jail::new(config).read(&item, crate::room::ITEM).unwrap_err().code()
    };
    assert_eq!(read(folder.path().join("nothing")), "jail-failed");
    assert_eq!(read(lamassu_media::Tool::Ffprobe.find().unwrap()), "jail-failed");
}
