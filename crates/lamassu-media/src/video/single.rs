//! A picture that is coded as one frame of video: AVIF and HEIC.

use std::os::fd::AsFd;

use super::pass::pipe;
use super::probe::{self, Picture, Probe};
use super::{arguments, shrunk, still};
use crate::child::message::{Answer, Request};
use crate::error::{ReadError, Refusal};
use crate::jail::{Child, JailConfig, Program, Streams, Tool, deadline_after};
use crate::kind::Container;
use crate::reading::{Preview, Wanted};
use crate::sealed::Sealed;

/// The container that such pictures come in.
const CONTAINER: Container = Container::Mov;

/// Decodes and fingerprints the picture `item`, in full; the child still holds it.
pub fn fingerprint(config: &JailConfig, item: &Sealed, wanted: Wanted) -> Result<(Answer, Child), ReadError> {
    read(config, item, |picture, config| {
        let size_px = (picture.width, picture.height);
        (size_px, Request::RawPicture { size_px, wanted, limits: config.limits.clone() })
    })
}

/// Shows the picture `item`.
pub fn show(config: &JailConfig, item: &Sealed) -> Result<Option<Preview>, ReadError> {
    let (answer, _child) = read(config, item, |picture, config| {
        let size_px = shrunk(picture, config.limits.review_side_px_max);
        (size_px, Request::RawStill { size_px })
    })?;
    answer.preview.map(Some).ok_or(Refusal::Malformed.into())
}

/// What a child answers about the frame, in the size that `asked` gives beside the question.
fn read(
    config: &JailConfig,
    item: &Sealed,
    asked: impl FnOnce(Picture, &JailConfig) -> ((u32, u32), Request),
) -> Result<(Answer, Child), ReadError> {
    let config = still::as_a_picture(config);
    let limits = &config.limits;
    let run = || {
        let picture = only_picture(&config, item)?;
        let ((width, height), request) = asked(picture, &config);
        let filter = format!("scale={width}:{height}:flags=area,format=rgb24");
        let arguments = arguments::one_frame(CONTAINER, picture.index, &filter, None);
        let deadline = deadline_after(limits.media_wall_ms_max);
        let mut child = Child::start(&config)?;
        let (output, input) = pipe()?;
        let streams = Streams { input: item.open()?, output: input, second: None };
        let program = Program::start(&config, Tool::Ffmpeg, &arguments, streams)?;
        let answer = child.ask(&request, Some(output.as_fd()), limits.image_cpu_s_max, deadline)?;
        // A frame is a frame, whatever else there is to complain about.
        let truncated = !program.finish(deadline)?;
        Ok((Answer { truncated, ..answer }, child))
    };
    run().map_err(|error: ReadError| error.within(limits.media_wall_ms_max))
}

/// The one picture in the container. Where there are several, each is a tile of what people see, and to look at one
/// of them alone would be to look at another picture.
fn only_picture(config: &JailConfig, item: &Sealed) -> Result<Picture, ReadError> {
    match probe::probe(config, item, CONTAINER) {
        // Cut off before it says how large it is.
        Ok(Probe { picture: Some(Picture { width: 0, .. } | Picture { height: 0, .. }), .. }) => {
            Err(Refusal::Malformed.into())
        }
        Ok(Probe { picture: Some(picture), pictures: 1, .. }) => Ok(picture),
        // A container that is damaged looks the same as one that this `ffmpeg` does not know.
        Ok(_) | Err(ReadError::Refused(Refusal::Malformed)) => Err(Refusal::UnsupportedKind.into()),
        Err(error) => Err(error),
    }
}
