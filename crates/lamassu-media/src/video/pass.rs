//! One pass over a container: `ffmpeg` decodes picture and sound at once, into a pipe each, and a fresh child
//! fingerprints each of them.
//!
//! `ffmpeg` writes to both pipes from one thread, so whoever reads one of them must never wait for the other. Two
//! children read on their own; the parent asks both, and waits for their answers only then.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use rustix::pipe::PipeFlags;

use super::arguments::{self, Input};
use super::probe::{Picture, Sound};
use super::{Job, shrunk, sound};
use crate::child::message::{Answer, FrameStream, KeyFramesWanted, Request};
use crate::error::{LimitName, ReadError, Refusal};
use crate::jail::{Child, JailConfig, Program, Streams, Tool, deadline_after};
use crate::limits::Limits;
use crate::reading::{Purpose, Wanted};

/// Frames taken from a second of video: those of an entry, and enough of an item to see where shots begin.
const FRAMES_PER_SECOND: u32 = Purpose::Entry.frames_per_second();
/// The same where the work counts: scaling them down is a tenth of what is left of it.
const FAST_FRAMES_PER_SECOND: u32 = 2 * Purpose::Item.frames_per_second();
/// Frames are scaled to a square of this many pixels before they are hashed: four times the grid that
/// PDQ samples, so that its filter still has something to do.
const FRAME_SIDE_PX: u32 = 256;

/// What is decoded of a container.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// The picture, if it is wanted.
    pub picture: Option<Picture>,
    /// The sound, if it is wanted.
    pub sound: Option<Sound>,
}

/// What came out of one pass.
#[derive(Debug)]
pub struct Passed {
    /// Of the picture.
    pub picture: Option<Answer>,
    /// Of the sound.
    pub sound: Option<Answer>,
    /// Whether `ffmpeg` had nothing to complain about.
    pub content: bool,
}

/// Decodes and fingerprints these parts of the item of `job`.
pub fn decode(job: &Job<'_>, input: Input, parts: Parts) -> Result<Passed, ReadError> {
    let Job { config, item, wanted, .. } = *job;
    let limits = &config.limits;
    let deadline = deadline_after(limits.media_wall_ms_max);
    let per_second = if input.fast { FAST_FRAMES_PER_SECOND } else { FRAMES_PER_SECOND };
    let stream = parts.picture.map(|picture| frames(picture, wanted, per_second, limits));
    let arguments = arguments::decode(input, parts, stream.as_ref());
    let mut outputs = Vec::new();
    let watcher = stream.map(|stream| ask(config, &Request::Frames(stream), &mut outputs)).transpose()?;
    let request = parts.sound.map(|_| sound::request(wanted.purpose, parts.picture.is_none(), limits));
    let listener = request.map(|request| ask(config, &request, &mut outputs)).transpose()?;
    let mut outputs = outputs.into_iter();
    let (Some(output), second) = (outputs.next(), outputs.next()) else {
        return Err(Refusal::NoStreams.into());
    };
    let streams = Streams { input: item.open()?, output, second };
    let program = Program::start(config, Tool::Ffmpeg, &arguments, streams)?;
    // Each child reads until its pipe ends or it has had enough, whatever the other one does.
    let picture = watcher.map(|child| answer(child, deadline, job)).transpose()?;
    let sound = listener.map(|child| answer(child, deadline, job)).transpose()?;
    let content = program.finish(deadline)?;
    Ok(Passed { picture, sound, content })
}

/// Starts a child and asks it about what will come out of a new pipe, whose other end is added to `outputs`.
fn ask(config: &JailConfig, request: &Request, outputs: &mut Vec<OwnedFd>) -> Result<Child, ReadError> {
    let mut child = Child::start(config)?;
    let (output, input) = pipe()?;
    child.send(request, Some(output.as_fd()), config.limits.media_cpu_s_max)?;
    outputs.push(input);
    // The child alone holds the end that is read: when it stops, the program does.
    Ok(child)
}

fn answer(mut child: Child, deadline: Instant, job: &Job<'_>) -> Result<Answer, ReadError> {
    let answer = child.answer(deadline, job.progress)?;
    let (found_ms, max) = (u64::from(answer.duration_ms), u64::from(job.config.limits.duration_s_max));
    if found_ms > max * 1000 {
        return Err(Refusal::Limit { limit: LimitName::Duration, found: found_ms / 1000, max }.into());
    }
    Ok(answer)
}

fn frames(picture: Picture, wanted: Wanted, per_second: u32, limits: &Limits) -> FrameStream {
    FrameStream {
        size_px: (FRAME_SIDE_PX, FRAME_SIDE_PX),
        matrix: picture.matrix,
        frames_per_second: per_second,
        step: per_second / wanted.purpose.frames_per_second(),
        // One more than allowed tells a video of just the longest length from a longer one.
        frames_max: limits.duration_s_max * per_second + 1,
        purpose: wanted.purpose,
        preview_px: wanted.preview.then(|| shrunk(picture, limits.preview_side_px_max)),
        key_frames: KeyFramesWanted::of(wanted, (picture.width, picture.height)),
    }
}

/// The read end and the write end.
pub fn pipe() -> std::io::Result<(File, OwnedFd)> {
    let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
    Ok((File::from(read), write))
}
