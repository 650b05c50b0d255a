//! Reading video and sound: `ffprobe` tells what is there, `ffmpeg` decodes it into pipes, and fresh
//! children fingerprint what comes out. The parent sees no pixel, and hands samples
//! that people are to hear on as they come.

mod arguments;
pub(crate) mod excerpt;
pub(crate) mod pass;
pub(crate) mod probe;
pub(crate) mod single;
mod sound;
pub(crate) mod still;

use lamassu_fingerprint::local::decode_key_frames;
use lamassu_fingerprint::{decode_areas, decode_frames};

use crate::child::message::Answer;
use crate::error::{ReadError, Refusal};
use crate::jail::JailConfig;
use crate::kind::Container;
use crate::progress::Progress;
use crate::reading::{Precision, Purpose, Reading, Wanted};
use crate::sealed::Sealed;
use arguments::Input;
use pass::{Parts, Passed};
use probe::{Picture, Probe, Sound};

/// An item that is to be read.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// How the jail is built.
    pub config: &'a JailConfig,
    /// The item.
    pub item: &'a Sealed,
    /// What the reading is to give.
    pub wanted: Wanted,
    /// Is told how far it is.
    pub progress: &'a Progress,
}

/// Decodes and fingerprints the video or sound of `job`.
pub fn read(job: &Job<'_>, container: Container) -> Result<Reading, ReadError> {
    let Job { config, item, wanted, progress } = *job;
    let fast = config.fast_video && wanted.purpose == Purpose::Item;
    let run = || {
        let Probe { picture, sound, duration_ms, .. } = probe::probe(config, item, container)?;
        let decode = |parts| {
            progress.begin(duration_ms, config.limits.duration_ms_read());
            pass::decode(job, Input { container, fast }, parts)
        };
        let mut passed = decode(Parts { picture, sound })?;
        // `ffmpeg` gives up on all of it when it cannot make anything of the sound: the picture counts all the same.
        if !passed.content && picture.is_some() && sound.is_some() {
            let again = decode(Parts { picture, sound: None })?;
            passed = Passed { sound: passed.sound, ..again };
        }
        reading(item, (picture, sound), &passed)
    };
    run().map_err(|error: ReadError| error.within(config.limits.media_wall_ms_max))
}

fn reading(
    item: &Sealed,
    (picture, sound): (Option<Picture>, Option<Sound>),
    passed: &Passed,
) -> Result<Reading, ReadError> {
    let heard = passed.sound.as_ref().filter(|answer| answer.duration_ms > 0);
    let seen = passed.picture.as_ref().filter(|answer| answer.duration_ms > 0);
    // Sound alone is told from its own beginning, as players play it.
    let late_ms = picture.and(sound).and_then(|sound| sound.start_ms).unwrap_or(0);
    let sound = heard.map(|answer| sound::tracks(answer, late_ms)).transpose()?.unwrap_or_default();
    // A program that complains after giving something read a file that is cut off: what is there counts.
    let truncated = !passed.content;
    match (picture, seen, heard) {
        (Some(picture), Some(answer), _) => Ok(Reading { truncated, sound, ..video(item, picture, answer)? }),
        (None, _, Some(answer)) => Ok(Reading { truncated, sound, ..audio(item, answer.duration_ms) }),
        _ if passed.content => Err(Refusal::NoStreams.into()),
        _ => Err(Refusal::Malformed.into()),
    }
}

fn video(item: &Sealed, picture: Picture, answer: &Answer) -> Result<Reading, ReadError> {
    let damaged = |_| ReadError::Crashed { signal: 0 };
    Ok(Reading {
        medium: "video",
        size_px: Some((picture.width, picture.height)),
        frames: decode_frames(&answer.frames).map_err(damaged)?,
        areas: decode_areas(&answer.areas).map_err(damaged)?,
        shots: answer.shots.clone(),
        features: decode_key_frames(&answer.features).map_err(damaged)?,
        preview: answer.preview.clone(),
        ..audio(item, answer.duration_ms)
    })
}

fn audio(item: &Sealed, duration_ms: u32) -> Reading {
    Reading {
        medium: "audio",
        digest: item.digest,
        size_bytes: item.size_bytes,
        size_px: None,
        duration_ms,
        truncated: false,
        precision: Precision::Full,
        frames: Vec::new(),
        areas: Vec::new(),
        shots: Vec::new(),
        features: Vec::new(),
        sound: Vec::new(),
        preview: None,
    }
}

/// The size of `picture` with no side longer than `side_px_max`.
fn shrunk(picture: Picture, side_px_max: u32) -> (u32, u32) {
    let longest = picture.width.max(picture.height).max(1);
    let side_max = side_px_max.min(longest);
    let scaled = |side: u32| (u64::from(side) * u64::from(side_max) / u64::from(longest)).max(1) as u32;
    (scaled(picture.width), scaled(picture.height))
}
