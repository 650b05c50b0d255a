//! Fingerprinting the raw frames that `ffmpeg` writes into a pipe.

use std::fs::File;
use std::io::{self, Read};

use image::{DynamicImage, RgbImage};
use lamassu_fingerprint::{Channels, Frame, Picture, View};
use lamassu_fingerprint::{ReadFrame, encode_frames, frame, pdq, trim};

use super::message::{Answer, FrameStream};
use super::preview;
use crate::error::Refusal;
use crate::reading::Precision;

/// Quality from which a frame is good enough to show people what a video is about.
const PREVIEW_QUALITY_MIN: u8 = 50;

/// Reads frames until the pipe ends and fingerprints each.
pub fn fingerprint(mut pipe: File, stream: &FrameStream) -> Result<Answer, Refusal> {
    let side = stream.side_px as usize;
    let mut pixels = vec![0; side * side * 3];
    let mut found: Vec<ReadFrame> = Vec::new();
    let mut shown: Option<(u8, Vec<u8>)> = None;
    let mut count = 0_u64;
    while count < u64::from(stream.frames_max)
        && next(&mut pipe, &mut pixels).map_err(|_| Refusal::Malformed)?
    {
        let at_ms = |count: u64| (count * 1000 / u64::from(stream.frames_per_second)) as u32;
        let quality = views(&pixels, side, (at_ms(count), at_ms(count + 1)), &mut found);
        let better = shown.as_ref().is_none_or(|(best, _)| *best < PREVIEW_QUALITY_MIN && quality > *best);
        if stream.preview_px.is_some() && better {
            shown = Some((quality, pixels.clone()));
        }
        count += 1;
    }
    let duration_ms = (count * 1000 / u64::from(stream.frames_per_second)) as u32;
    let preview = match (stream.preview_px, shown) {
        (Some(size), Some((_, pixels))) => {
            let image =
                RgbImage::from_raw(stream.side_px, stream.side_px, pixels).ok_or(Refusal::Malformed)?;
            Some(preview::of(&DynamicImage::ImageRgb8(image), size, size.0.max(size.1))?)
        }
        _ => None,
    };
    let found = if stream.collapse { frame::collapse(&found) } else { found };
    let size_px = (stream.side_px, stream.side_px);
    Ok(Answer { size_px, duration_ms, precision: Precision::Full, frames: encode_frames(&found), preview })
}

/// Adds the frame, whole and without letterbox bars; gives the quality of the whole.
fn views(pixels: &[u8], side: usize, (start_ms, end_ms): (u32, u32), found: &mut Vec<ReadFrame>) -> u8 {
    let whole = Picture::new(pixels, side, side, Channels::Rgb).expect("the buffer was made for this size");
    let bars = trim::content_regions(&whole).into_iter().find(|(view, _)| *view == View::Trimmed);
    let pictures = [Some((View::Full, whole)), bars.map(|(view, region)| (view, whole.crop(region)))];
    let mut quality = 0;
    for (view, picture) in pictures.into_iter().flatten() {
        let Ok(hash) = pdq::pdq(&picture) else { continue };
        if view == View::Full {
            quality = hash.quality;
        }
        found.push(Frame { start_ms, end_ms, view, quality: hash.quality, bits: hash.bits });
    }
    quality
}

/// Fills `pixels` with the next frame; false at the end, also when the last frame is cut off.
fn next(pipe: &mut File, pixels: &mut [u8]) -> io::Result<bool> {
    match pipe.read_exact(pixels) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
