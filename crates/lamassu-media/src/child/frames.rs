//! Fingerprinting the raw frames that `ffmpeg` writes into a pipe.

use std::fs::File;
use std::io::{self, Read};

use image::{DynamicImage, RgbImage};
use lamassu_fingerprint::local::encode_key_frames;
use lamassu_fingerprint::{Channels, Picture, View, encode_areas, encode_frames, trim};

use super::found::Found;
use super::key_frames::KeyFrames;
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
    let mut found = Found::default();
    let mut key_frames = stream.key_frames.map(KeyFrames::new);
    let mut shown: Option<(u8, Vec<u8>)> = None;
    let mut count = 0_u64;
    while count < u64::from(stream.frames_max)
        && next(&mut pipe, &mut pixels).map_err(|_| Refusal::Malformed)?
    {
        let at_ms = |count: u64| (count * 1000 / u64::from(stream.frames_per_second)) as u32;
        let quality = views(&pixels, side, (at_ms(count), at_ms(count + 1)), &mut found);
        if let Some(key_frames) = &mut key_frames {
            key_frames.see(&pixels, stream.side_px, &found);
        }
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
    let found = if stream.collapse { found.collapse() } else { found };
    let size_px = (stream.side_px, stream.side_px);
    let (frames, areas) = (encode_frames(&found.frames), encode_areas(&found.areas));
    let key_frames = key_frames.map(KeyFrames::found).unwrap_or_default();
    let (features, sound) = (encode_key_frames(&key_frames), Vec::new());
    Ok(Answer { size_px, duration_ms, precision: Precision::Full, frames, areas, features, sound, preview })
}

/// Adds the frame, whole and without letterbox bars; gives the quality of the whole.
fn views(pixels: &[u8], side: usize, span_ms: (u32, u32), found: &mut Found) -> u8 {
    let whole = Picture::new(pixels, side, side, Channels::Rgb).expect("the buffer was made for this size");
    let quality = found.add(&whole, View::Full, None, span_ms);
    let bars = trim::content_regions(&whole).into_iter().find(|(view, _)| *view == View::Trimmed);
    if let Some((view, region)) = bars {
        found.add(&whole, view, Some(region), span_ms);
    }
    quality.unwrap_or(0)
}

/// Fills `pixels` with the next frame; false at the end, also when the last frame is cut off.
fn next(pipe: &mut File, pixels: &mut [u8]) -> io::Result<bool> {
    match pipe.read_exact(pixels) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
