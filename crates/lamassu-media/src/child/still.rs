//! One picture for people to look at, of a moment of what they ask for.

use std::fs::File;
use std::io::Read;

use image::{DynamicImage, RgbImage};

use super::message::Answer;
use super::{animation, decode, preview};
use crate::error::Refusal;
use crate::kind::ImageFormat;
use crate::limits::Limits;
use crate::reading::Precision;

/// What of the picture in `file` is seen at `at_ms`.
pub fn picture(file: &File, format: ImageFormat, at_ms: u32, limits: &Limits) -> Result<Answer, Refusal> {
    let bytes = decode::read(file, limits)?;
    let image = match animation::at(&bytes, format, at_ms, limits)? {
        Some(image) => image,
        None => decode::decoded(&bytes, format, Precision::Full, limits)?.image,
    };
    let size_px = (image.width(), image.height());
    Ok(Answer::still(size_px, Some(preview::of(&image, size_px, limits.review_side_px_max)?)))
}

/// The one raw frame of this size that comes out of `pipe`; nothing if none does.
pub fn raw(pipe: File, (width, height): (u32, u32)) -> Result<Answer, Refusal> {
    let size_bytes = u64::from(width) * u64::from(height) * 3;
    let mut pixels = Vec::new();
    pipe.take(size_bytes).read_to_end(&mut pixels).map_err(|_| Refusal::Malformed)?;
    let size_px = (width, height);
    let Some(image) = RgbImage::from_raw(width, height, pixels) else {
        return Ok(Answer::still(size_px, None));
    };
    let shown = preview::of(&DynamicImage::ImageRgb8(image), size_px, width.max(height))?;
    Ok(Answer::still(size_px, Some(shown)))
}
