//! Reading video and sound: `ffprobe` tells what is there, `ffmpeg` decodes it into a pipe, and a
//! fresh child fingerprints what comes out. The parent sees no pixel.

pub(crate) mod probe;
mod sound;
pub(crate) mod still;

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};

use lamassu_fingerprint::local::decode_key_frames;
use lamassu_fingerprint::sound::SoundTrack;
use lamassu_fingerprint::{decode_areas, decode_frames};
use rustix::pipe::PipeFlags;

use crate::child::message::{Answer, FrameStream, KeyFramesWanted, Request};
use crate::error::{ReadError, Refusal};
use crate::jail::{Child, JailConfig, Program, Tool, deadline_after};
use crate::kind::Container;
use crate::reading::{Precision, Purpose, Reading, Wanted};
use crate::sealed::Sealed;
use probe::{Picture, Probe};

/// Frames are scaled to a square of this many pixels before they are hashed: four times the grid that
/// PDQ samples, so that its filter still has something to do.
const FRAME_SIDE_PX: u32 = 256;
/// Threads that `ffmpeg` decodes with.
const DECODER_THREADS: u32 = 2;

/// Decodes and fingerprints the video or sound `item`.
pub fn read(
    config: &JailConfig,
    item: &Sealed,
    container: Container,
    wanted: Wanted,
) -> Result<Reading, ReadError> {
    let limits = &config.limits;
    let deadline_ms = limits.media_wall_ms_max;
    let run = || {
        let probe = probe::probe(config, item, container)?;
        match probe {
            Probe { picture: Some(picture), sound, .. } => {
                let answer = frames(config, item, container, wanted, picture)?;
                // A sound that cannot be decoded leaves the picture as it is.
                let heard = if sound {
                    heard(sound::listen(config, item, container, wanted.purpose))?
                } else {
                    Vec::new()
                };
                Ok(Reading { sound: heard, ..video(item, picture, answer)? })
            }
            Probe { sound: true, .. } => {
                let (duration_ms, heard) = sound::listen(config, item, container, wanted.purpose)?;
                Ok(Reading { sound: heard, ..audio(item, duration_ms) })
            }
            Probe { .. } => Err(Refusal::NoStreams.into()),
        }
    };
    run().map_err(|error: ReadError| error.within(deadline_ms))
}

fn video(item: &Sealed, picture: Picture, answer: Answer) -> Result<Reading, ReadError> {
    let damaged = |_| ReadError::Crashed { signal: 0 };
    Ok(Reading {
        medium: "video",
        digest: item.digest,
        size_bytes: item.size_bytes,
        size_px: Some((picture.width, picture.height)),
        duration_ms: answer.duration_ms,
        precision: Precision::Full,
        frames: decode_frames(&answer.frames).map_err(damaged)?,
        areas: decode_areas(&answer.areas).map_err(damaged)?,
        features: decode_key_frames(&answer.features).map_err(damaged)?,
        sound: Vec::new(),
        preview: answer.preview,
    })
}

/// The tracks; none of a sound that is refused.
fn heard(listened: Result<(u32, Vec<SoundTrack>), ReadError>) -> Result<Vec<SoundTrack>, ReadError> {
    match listened {
        Ok((_, tracks)) => Ok(tracks),
        Err(ReadError::Refused(Refusal::Malformed | Refusal::NoStreams | Refusal::Unsupported)) => {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

fn audio(item: &Sealed, duration_ms: u32) -> Reading {
    Reading {
        medium: "audio",
        digest: item.digest,
        size_bytes: item.size_bytes,
        size_px: None,
        duration_ms,
        precision: Precision::Full,
        frames: Vec::new(),
        areas: Vec::new(),
        features: Vec::new(),
        sound: Vec::new(),
        preview: None,
    }
}

fn frames(
    config: &JailConfig,
    item: &Sealed,
    container: Container,
    wanted: Wanted,
    picture: Picture,
) -> Result<Answer, ReadError> {
    let limits = &config.limits;
    let frames_per_second = wanted.purpose.frames_per_second();
    let frames_max = limits.duration_s_max * frames_per_second;
    let stream = FrameStream {
        side_px: FRAME_SIDE_PX,
        frames_per_second,
        // One more than allowed tells a video of just the longest length from a longer one.
        frames_max: frames_max + 1,
        collapse: wanted.purpose == Purpose::Entry,
        key_frames: KeyFramesWanted::of(wanted, (picture.width, picture.height)),
        preview_px: wanted.preview.then(|| shrunk(picture, limits.preview_side_px_max)),
    };
    let deadline = deadline_after(limits.media_wall_ms_max);
    let mut child = Child::start(config)?;
    let (output, input) = pipe()?;
    let arguments = decode_arguments(container, picture, &stream);
    let program = Program::start(config, Tool::Ffmpeg, &arguments, item.open()?, input)?;
    let answer =
        child.ask(&Request::Frames(stream), Some(output.as_fd()), limits.media_cpu_s_max, deadline)?;
    if u64::from(answer.duration_ms) > u64::from(limits.duration_s_max) * 1000 {
        let (found, max) = (u64::from(answer.duration_ms) / 1000, u64::from(limits.duration_s_max));
        return Err(Refusal::Limit { limit: crate::LimitName::Duration, found, max }.into());
    }
    // A program that complains after giving frames read a file that is cut off: what is there counts.
    let content = program.finish(deadline)?;
    match (answer.duration_ms, content) {
        (0, true) => Err(Refusal::NoStreams.into()),
        (0, false) => Err(Refusal::Malformed.into()),
        _ => Ok(answer),
    }
}

/// The read end and the write end.
fn pipe() -> std::io::Result<(File, OwnedFd)> {
    let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
    Ok((File::from(read), write))
}

fn decode_arguments(container: Container, picture: Picture, stream: &FrameStream) -> Vec<String> {
    let FrameStream { side_px, frames_per_second, frames_max, .. } = stream;
    let mut arguments = probe::input_arguments(container);
    arguments.splice(0..0, ["-nostdin", "-threads"].map(str::to_owned));
    arguments.insert(2, DECODER_THREADS.to_string());
    // `pass`: a clip shorter than half a step gives its frame, too.
    let pace = format!("fps={frames_per_second}:start_time=0:eof_action=pass");
    let filter = format!("{pace},scale={side_px}:{side_px}:flags=area,format=rgb24");
    let map = format!("0:{}", picture.index);
    let frames_max = frames_max.to_string();
    let rest = [
        "-map",
        &map,
        "-an",
        "-sn",
        "-dn",
        "-vf",
        &filter,
        "-frames:v",
        &frames_max,
        "-f",
        "rawvideo",
        "pipe:1",
    ];
    arguments.extend(rest.map(str::to_owned));
    arguments
}

/// The size of `picture` with no side longer than `side_px_max`.
fn shrunk(picture: Picture, side_px_max: u32) -> (u32, u32) {
    let longest = picture.width.max(picture.height).max(1);
    let side_max = side_px_max.min(longest);
    let scaled = |side: u32| (u64::from(side) * u64::from(side_max) / u64::from(longest)).max(1) as u32;
    (scaled(picture.width), scaled(picture.height))
}
