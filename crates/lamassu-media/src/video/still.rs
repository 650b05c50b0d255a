//! One frame of a video, for people to look at.

use std::os::fd::AsFd;

use super::pass::pipe;
use super::probe::{self, Picture, Probe};
use super::{arguments, shrunk};

use crate::child::message::Request;
use crate::error::{ReadError, Refusal};
use crate::jail::{Child, JailConfig, Program, Streams, Tool, deadline_after};
use crate::kind::Container;
use crate::limits::Limits;
use crate::reading::Preview;
use crate::sealed::Sealed;

/// How far before the end to look when there is no frame at the time asked for, in milliseconds: lengths are
/// counted in frames that were sampled, so they may be longer than the video by one of those.
const BACK_MS: u32 = 1_000;

/// Shows the frame of `item` at `at_ms` or the first one after it; where there is none, of the second before, or else
/// its first one. None for sound.
pub fn show(
    config: &JailConfig,
    item: &Sealed,
    container: Container,
    at_ms: u32,
) -> Result<Option<Preview>, ReadError> {
    let config = as_a_picture(config);
    let run = || {
        let picture = match probe::probe(&config, item, container)? {
            Probe { picture: Some(picture), .. } => picture,
            Probe { sound: Some(_), .. } => return Ok(None),
            Probe { .. } => return Err(Refusal::NoStreams.into()),
        };
        let mut times_ms = vec![at_ms, at_ms.saturating_sub(BACK_MS), 0];
        times_ms.dedup();
        for at_ms in times_ms {
            if let Some(shown) = frame(&config, item, (container, picture), at_ms)? {
                return Ok(Some(shown));
            }
        }
        Err(Refusal::Malformed.into())
    };
    run().map_err(|error: ReadError| error.within(config.limits.media_wall_ms_max))
}

/// One frame may cost what a picture may, not what a film may.
pub fn as_a_picture(config: &JailConfig) -> JailConfig {
    let (media_cpu_s_max, media_wall_ms_max) =
        (config.limits.image_cpu_s_max, config.limits.image_wall_ms_max);
    let limits = Limits { media_cpu_s_max, media_wall_ms_max, ..config.limits.clone() };
    JailConfig { limits, ..config.clone() }
}

fn frame(
    config: &JailConfig,
    item: &Sealed,
    (container, picture): (Container, Picture),
    at_ms: u32,
) -> Result<Option<Preview>, ReadError> {
    let limits = &config.limits;
    let size_px = shrunk(picture, limits.review_side_px_max);
    let deadline = deadline_after(limits.media_wall_ms_max);
    let mut child = Child::start(config)?;
    let (output, input) = pipe()?;
    let (width, height) = size_px;
    let filter = format!("scale={width}:{height}:flags=area,format=rgb24");
    let arguments = arguments::one_frame(container, picture.index, &filter, Some(at_ms));
    let streams = Streams { input: item.open()?, output: input, second: None };
    let program = Program::start(config, Tool::Ffmpeg, &arguments, streams)?;
    let answer =
        child.ask(&Request::RawStill { size_px }, Some(output.as_fd()), limits.image_cpu_s_max, deadline)?;
    // A time beyond the end gives no frame and may be complained about; a frame is a frame.
    let _content = program.finish(deadline)?;
    Ok(answer.preview)
}
