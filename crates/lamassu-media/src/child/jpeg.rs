//! JPEG: its luma alone, and what of it there is when it is cut off.

use std::borrow::Cow;

use image::DynamicImage;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};

use super::decode::{Decoded, check_memory, check_size, full};
use crate::error::Refusal;
use crate::kind::ImageFormat;
use crate::limits::Limits;
use crate::reading::Precision;

/// The marker that ends a picture.
const END: [u8; 2] = [0xff, 0xd9];
/// What the decoder fills in for what is missing.
const MISSING: u8 = 128;

/// Decodes a JPEG; one that is cut off as far as it goes.
pub fn decode(bytes: &[u8], precision: Precision, limits: &Limits) -> Result<Decoded, Refusal> {
    let ended = is_ended(bytes);
    // Without an end, the decoder takes a progressive picture for damaged as a whole.
    let with_end = if ended { Cow::Borrowed(bytes) } else { Cow::Owned([bytes, &END].concat()) };
    let only_luma = if precision == Precision::Luma { luma(&with_end, limits) } else { None };
    let precision = if only_luma.is_some() { Precision::Luma } else { Precision::Full };
    let image = only_luma.map_or_else(|| full(&with_end, ImageFormat::Jpeg, limits), Ok)?;
    if ended {
        return Ok(Decoded { image, precision, truncated: false });
    }
    if image.as_bytes().iter().all(|&value| value == MISSING) {
        return Err(Refusal::Malformed);
    }
    Ok(Decoded { image, precision, truncated: !is_complete(bytes) })
}

/// The luma of a JPEG that keeps it apart from its colours: every pixel that PDQ looks at, for half of
/// the work. `None` for other JPEGs and for what does not decode: the full decode is to judge.
fn luma(bytes: &[u8], limits: &Limits) -> Option<DynamicImage> {
    let options = options(false).jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    if !matches!(decoder.input_colorspace()?, ColorSpace::YCbCr | ColorSpace::Luma) {
        return None;
    }
    let (width, height) = decoder.dimensions().map(|(width, height)| (width as u32, height as u32))?;
    check_size(width, height, limits).ok()?;
    check_memory(decoder.output_buffer_size()? as u64, limits).ok()?;
    Some(image::GrayImage::from_raw(width, height, decoder.decode().ok()?)?.into())
}

/// Whether nothing but the end is missing: a strict decoder meets it in the middle of a picture otherwise.
fn is_complete(bytes: &[u8]) -> bool {
    JpegDecoder::new_with_options(ZCursor::new(bytes), options(true)).decode().is_ok()
}

fn options(strict: bool) -> DecoderOptions {
    let sides = usize::from(u16::MAX);
    DecoderOptions::default().set_strict_mode(strict).set_max_width(sides).set_max_height(sides)
}

/// Whether the picture has its end. That of a small one in its metadata does not count: segments are skipped as
/// wholes.
fn is_ended(bytes: &[u8]) -> bool {
    // Within a scan those two bytes never follow each other.
    bytes.ends_with(&END) || find_end(bytes).is_some()
}

/// Where the picture ends, when more follows.
fn find_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| byte == 0xff)?;
        let marker = *bytes.get(at + 1)?;
        at += match marker {
            0xd9 => return Some(at),
            // Filling, and a byte of a scan that happens to look like a marker.
            0xff => 1,
            0x00 | 0x01 | 0xd0..=0xd8 => 2,
            // A scan follows its header as bytes without markers, which the search above passes over.
            _ => 2 + usize::from(u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?])),
        };
    }
}
