//! Animated GIF, PNG and WebP: pictures that play are fingerprinted moment by moment, and details of key frames kept.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, DynamicImage, Frames, ImageDecoder};
use lamassu_fingerprint::local::encode_key_frames;
use lamassu_fingerprint::shot::{Seen, Shots};
use lamassu_fingerprint::{encode_areas, encode_frames};

use super::decode::{Decoded, check_size, decoder_limits, on_white, refusal, views};
use super::found::Found;
use super::key_frames::KeyFrames;
use super::layout::Layout;
use super::message::{Answer, KeyFramesWanted};
use super::preview;
use crate::error::{LimitName, Refusal};
use crate::kind::ImageFormat;
use crate::limits::Limits;
use crate::reading::{Precision, Purpose, Wanted};

/// Frames shown for a shorter time than this are shown for this long, as browsers do.
const FRAME_MS_MIN: u32 = 20;
/// Of each such while one frame is looked at.
const INTERVAL_MS: u32 = 1000 / Purpose::Entry.frames_per_second();

/// An animated picture that was read.
pub enum Animated {
    /// It plays; its fingerprints.
    Playing(Answer),
    /// All that is seen of it is its first frame.
    Still(Decoded),
}

/// Reads an animated picture; `None` when its format, or its header, says that it is a still one.
pub fn read(
    bytes: &[u8],
    format: ImageFormat,
    wanted: Wanted,
    limits: &Limits,
) -> Result<Option<Animated>, Refusal> {
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
        // One that cannot be decoded ends the picture, as it does where people look at it.
        let frame = match frame {
            Err(error) if count == 0 => return Err(refusal(&error, limits)),
            Err(_) => break,
            Ok(frame) => frame,
        };
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

/// When a frame is shown: from when, and until when, in milliseconds.
type Span = (u32, u32);

/// The frame that is shown longest in a while.
struct Longest {
    /// None when it was looked at already.
    frame: Option<(DynamicImage, Span)>,
    lasts_ms: u32,
    /// When the while is over.
    until_ms: u32,
}

impl Longest {
    /// Takes the next frame; gives the longest of a while that is over.
    fn offer(&mut self, image: DynamicImage, span_ms: Span) -> Option<(DynamicImage, Span)> {
        let mut over = None;
        if span_ms.0 >= self.until_ms {
            over = self.frame.take();
            (self.lasts_ms, self.until_ms) = (0, span_ms.0.saturating_add(INTERVAL_MS));
        }
        let lasts_ms = span_ms.1 - span_ms.0;
        if lasts_ms >= self.lasts_ms {
            (self.frame, self.lasts_ms) = (Some((image, span_ms)), lasts_ms);
        }
        over
    }
}

/// What was seen of an animated picture so far.
struct Watched {
    count: u32,
    found: Found,
    /// Where the pictures inside it lie, if they are looked at.
    layout: Option<Layout>,
    shots: Shots,
    key_frames: Option<KeyFrames>,
}

impl Watched {
    fn see(&mut self, image: &DynamicImage, span_ms: Span) {
        self.count += 1;
        let quality = views(image, span_ms, self.layout.as_mut(), &mut self.found)
            .first()
            .map_or(0, |whole| whole.hash.quality);
        let Some(key_frames) = &mut self.key_frames else { return };
        // What stays for long stands for two frames of a video.
        let times = 1 + usize::from(span_ms.1 - span_ms.0 > INTERVAL_MS);
        let picture = on_white(image);
        for picture in picture.iter().flat_map(|picture| std::iter::repeat_n(picture, times)) {
            if matches!(self.shots.push(picture), Seen::New(_)) {
                key_frames.begin_shot();
            }
        }
        if key_frames.is_due(span_ms.0, quality) {
            key_frames.take(image, span_ms.0);
        }
    }

    /// What is said of a picture of this length; the rest as in `still`.
    fn answer(mut self, duration_ms: u32, still: Answer) -> Answer {
        for frame in &mut self.found.frames {
            // A frame holds until the next one that was looked at, and the last one to the end.
            frame.end_ms = duration_ms;
        }
        self.found.end_at_next();
        let found = self.found.collapse();
        let key_frames = self.key_frames.map(KeyFrames::found).unwrap_or_default();
        let (frames, areas) = (encode_frames(&found.frames), encode_areas(&found.areas));
        Answer { duration_ms, frames, areas, features: encode_key_frames(&key_frames), ..still }
    }
}

/// Looks at the first frame, which is what people see of what does not play for them, and in each while at the one that
/// is shown longest: one that flashes by hides no other.
fn play(
    frames: Frames<'_>,
    size_px: (u32, u32),
    wanted: Wanted,
    limits: &Limits,
) -> Result<Animated, Refusal> {
    let mut frames = frames.peekable();
    let still = |image, truncated| Animated::Still(Decoded { image, precision: Precision::Full, truncated });
    within(limits, 1, size_px)?;
    let first = frames.next().ok_or(Refusal::Malformed)?;
    let first = first.map_err(|error| refusal(&error, limits))?;
    let mut clock_ms = shown_ms(&first);
    let first = DynamicImage::ImageRgba8(first.into_buffer());
    if frames.peek().is_none() {
        return Ok(still(first, false));
    }
    let key_frames = KeyFramesWanted::of(wanted, size_px).map(KeyFrames::new);
    let mut watched = Watched {
        count: 0,
        found: Found::default(),
        layout: Layout::of(wanted.purpose),
        shots: Shots::default(),
        key_frames,
    };
    watched.see(&first, (0, clock_ms));
    let mut longest = Longest { frame: None, lasts_ms: clock_ms, until_ms: INTERVAL_MS };
    let mut truncated = false;
    for (count, frame) in (2..).zip(frames) {
        within(limits, count, size_px)?;
        // As in `at`.
        let Ok(frame) = frame else {
            truncated = true;
            break;
        };
        let span_ms = (clock_ms, clock_ms.saturating_add(shown_ms(&frame)));
        clock_ms = span_ms.1;
        if let Some((image, span_ms)) = longest.offer(DynamicImage::ImageRgba8(frame.into_buffer()), span_ms)
        {
            watched.see(&image, span_ms);
        }
    }
    if let Some((image, span_ms)) = longest.frame {
        watched.see(&image, span_ms);
    }
    if watched.count == 1 {
        return Ok(still(first, truncated));
    }
    let preview =
        wanted.preview.then(|| preview::of(&first, size_px, limits.preview_side_px_max)).transpose()?;
    Ok(Animated::Playing(Answer { truncated, ..watched.answer(clock_ms, Answer::still(size_px, preview)) }))
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
