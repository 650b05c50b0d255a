//! One frame of a video, for people to look at.

use super::probe::{self, Picture, Probe};
use super::{DECODER_THREADS, pipe, shrunk};
use std::os::fd::AsFd;

use crate::child::message::Request;
use crate::error::{ReadError, Refusal};
use crate::jail::{Child, JailConfig, Program, Tool, deadline_after};
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
    // One frame may cost what a picture may, not what a film may.
    let (media_cpu_s_max, media_wall_ms_max) =
        (config.limits.image_cpu_s_max, config.limits.image_wall_ms_max);
    let limits = Limits { media_cpu_s_max, media_wall_ms_max, ..config.limits.clone() };
    let config = JailConfig { limits, ..config.clone() };
    let run = || {
        let picture = match probe::probe(&config, item, container)? {
            Probe { picture: Some(picture), .. } => picture,
            Probe { sound: true, .. } => return Ok(None),
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
    run().map_err(|error: ReadError| error.within(media_wall_ms_max))
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
    let arguments = arguments(container, picture, size_px, at_ms);
    let program = Program::start(config, Tool::Ffmpeg, &arguments, item.open()?, input)?;
    let answer =
        child.ask(&Request::RawStill { size_px }, Some(output.as_fd()), limits.image_cpu_s_max, deadline)?;
    // A time beyond the end gives no frame and may be complained about; a frame is a frame.
    let _content = program.finish(deadline)?;
    Ok(answer.preview)
}

fn arguments(container: Container, picture: Picture, (width, height): (u32, u32), at_ms: u32) -> Vec<String> {
    let from = format!("{}.{:03}", at_ms / 1000, at_ms % 1000);
    let filter = format!("scale={width}:{height}:flags=area,format=rgb24");
    let threads = DECODER_THREADS.to_string();
    let mut arguments: Vec<String> =
        ["-nostdin", "-threads", &threads, "-ss", &from].map(str::to_owned).into();
    arguments.extend(probe::input_arguments(container));
    let map = format!("0:{}", picture.index);
    let rest =
        ["-map", &map, "-an", "-sn", "-dn", "-vf", &filter, "-frames:v", "1", "-f", "rawvideo", "pipe:1"];
    arguments.extend(rest.map(str::to_owned));
    arguments
}
