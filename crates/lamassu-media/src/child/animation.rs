//! Animated GIF, PNG and WebP: pictures that play are fingerprinted frame by frame.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, DynamicImage, Frames, ImageDecoder, ImageResult};
use lamassu_fingerprint::{encode_areas, encode_frames};

use super::decode::{check_size, decoder_limits, refusal, views};
use super::found::Found;
use super::message::Answer;
use super::preview;
use crate::error::{LimitName, Refusal};
use crate::kind::ImageFormat;
use crate::limits::Limits;
use crate::reading::{Purpose, Wanted};

/// Frames shown for a shorter time than this are shown for this long, as browsers do.
const FRAME_MS_MIN: u32 = 20;

/// The fingerprints of an animated picture; `None` when it is a still one.
pub fn fingerprint(
    bytes: &[u8],
    format: ImageFormat,
    wanted: Wanted,
    limits: &Limits,
) -> Result<Option<Answer>, Refusal> {
    let opened = open(bytes, format, limits)?;
    opened.map(|(frames, size_px)| play(frames, size_px, wanted, limits)).transpose()
}

/// What of an animated picture is seen at `at_ms`; its last frame if that is beyond its end, and `None` when it
/// is a still one.
pub fn at(
    bytes: &[u8],
    format: ImageFormat,
    at_ms: u32,
    limits: &Limits,
) -> Result<Option<DynamicImage>, Refusal> {
    let Some((frames, size_px)) = open(bytes, format, limits)? else { return Ok(None) };
    let (mut seen, mut clock_ms) = (None, 0_u32);
    for (count, frame) in frames.enumerate() {
        within(limits, count as u64 + 1, size_px)?;
        let Some(frame) = readable(frame, count, limits)? else { break };
        clock_ms = clock_ms.saturating_add(shown_ms(&frame));
        seen = Some(frame);
        if clock_ms > at_ms {
            break;
        }
    }
    let seen = seen.ok_or(Refusal::Malformed)?;
    Ok(Some(DynamicImage::ImageRgba8(seen.into_buffer())))
}

/// Frames to be decoded, and the size that each of them has.
type Sized<'a> = (Frames<'a>, (u32, u32));

/// The frames of an animated picture; `None` when it is a still one.
fn open<'a>(bytes: &'a [u8], format: ImageFormat, limits: &Limits) -> Result<Option<Sized<'a>>, Refusal> {
    let refuse = |error: image::ImageError| refusal(&error, limits);
    let cursor = Cursor::new(bytes);
    match format {
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(cursor).map_err(refuse)?;
            let size = sized(&mut decoder, limits)?;
            Ok(Some((decoder.into_frames(), size)))
        }
        ImageFormat::Png => {
            let mut decoder = PngDecoder::with_limits(cursor, decoder_limits(limits)).map_err(refuse)?;
            if !decoder.is_apng().map_err(refuse)? {
                return Ok(None);
            }
            let size = sized(&mut decoder, limits)?;
            Ok(Some((decoder.apng().map_err(refuse)?.into_frames(), size)))
        }
        ImageFormat::WebP => {
            let mut decoder = WebPDecoder::new(cursor).map_err(refuse)?;
            if !decoder.has_animation() {
                return Ok(None);
            }
            let size = sized(&mut decoder, limits)?;
            Ok(Some((decoder.into_frames(), size)))
        }
        ImageFormat::Jpeg | ImageFormat::Bmp | ImageFormat::Tiff | ImageFormat::Heif => Ok(None),
    }
}

/// How long a frame is shown, in milliseconds.
fn shown_ms(frame: &image::Frame) -> u32 {
    let (numerator, denominator) = frame.delay().numer_denom_ms();
    (numerator / denominator.max(1)).max(FRAME_MS_MIN)
}

fn sized(decoder: &mut impl ImageDecoder, limits: &Limits) -> Result<(u32, u32), Refusal> {
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    decoder.set_limits(decoder_limits(limits)).map_err(|error| refusal(&error, limits))?;
    Ok((width, height))
}

/// Fingerprints the first frame and then one whenever enough time has passed since the last.
fn play(frames: Frames<'_>, size_px: (u32, u32), wanted: Wanted, limits: &Limits) -> Result<Answer, Refusal> {
    let interval_ms = 1000 / Purpose::Entry.frames_per_second();
    let (mut found, mut first, mut clock_ms, mut next_ms) = (Found::default(), None, 0_u32, 0_u32);
    let mut truncated = false;
    for (count, frame) in frames.enumerate() {
        within(limits, count as u64 + 1, size_px)?;
        let Some(frame) = readable(frame, count, limits)? else {
            truncated = true;
            break;
        };
        let end_ms = clock_ms.saturating_add(shown_ms(&frame));
        if clock_ms >= next_ms {
            let image = DynamicImage::ImageRgba8(frame.into_buffer());
            views(&image, (clock_ms, end_ms), &mut found);
            first.get_or_insert(image);
            next_ms = clock_ms + interval_ms;
        }
        clock_ms = end_ms;
    }
    let first = first.ok_or(Refusal::Malformed)?;
    for frame in &mut found.frames {
        // A frame holds until the next one that was looked at, and the last one to the end.
        frame.end_ms = clock_ms;
    }
    found.end_at_next();
    let still = found.frames.iter().all(|frame| frame.start_ms == 0);
    if still {
        for frame in &mut found.frames {
            frame.end_ms = 0;
        }
    }
    let preview =
        wanted.preview.then(|| preview::of(&first, size_px, limits.preview_side_px_max)).transpose()?;
    let found = found.collapse();
    Ok(Answer {
        duration_ms: if still { 0 } else { clock_ms },
        truncated,
        frames: encode_frames(&found.frames),
        areas: encode_areas(&found.areas),
        ..Answer::still(size_px, preview)
    })
}

fn within(limits: &Limits, frames: u64, (width, height): (u32, u32)) -> Result<(), Refusal> {
    let pixels = frames * u64::from(width) * u64::from(height);
    if frames > u64::from(limits.animation_frames_max) {
        let max = u64::from(limits.animation_frames_max);
        return Err(Refusal::Limit { limit: LimitName::Frames, found: frames, max });
    }
    if frames > 1 && pixels > limits.animation_pixels_max {
        let max = limits.animation_pixels_max;
        return Err(Refusal::Limit { limit: LimitName::Pixels, found: pixels, max });
    }
    Ok(())
}

/// A frame that cannot be decoded ends the picture, as it does where people look at it; if it is the
/// first one there is nothing to see.
fn readable(
    frame: ImageResult<image::Frame>,
    count: usize,
    limits: &Limits,
) -> Result<Option<image::Frame>, Refusal> {
    match frame {
        Ok(frame) => Ok(Some(frame)),
        Err(error) if count == 0 => Err(refusal(&error, limits)),
        Err(_) => Ok(None),
    }
}
