//! What of a damaged picture was decoded before the decoder gave up.

use std::io::Cursor;

use image::{ColorType, DynamicImage, GrayImage, ImageDecoder, ImageReader, RgbImage, RgbaImage};

use super::decode::{check_memory, check_size, decoder_limits, image_format};
use crate::kind::ImageFormat;
use crate::limits::Limits;

/// The rows that are there, as grey, RGB or RGBA of eight bits, and black or transparent ones for the rest. None
/// where nothing is there; also of a format that is only decoded as a whole, as `WebP` is.
pub fn salvage(bytes: &[u8], format: ImageFormat, limits: &Limits) -> Option<DynamicImage> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), image_format(format)?);
    reader.limits(decoder_limits(limits));
    let decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits).ok()?;
    check_memory(decoder.total_bytes(), limits).ok()?;
    let color = decoder.color_type();
    let mut pixels = vec![0; usize::try_from(decoder.total_bytes()).ok()?];
    // It fails, or there would be nothing to salvage; what it wrote before stays.
    let _failed = decoder.read_image(&mut pixels);
    if pixels.iter().all(|&byte| byte == 0) {
        return None;
    }
    if matches!(color, ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16) {
        // Only PNG gives up before it has put the bytes into this machine's order.
        let first = usize::from(format != ImageFormat::Png && cfg!(target_endian = "little"));
        pixels = pixels.chunks_exact(2).map(|pair| pair[first]).collect();
    }
    Some(match color {
        ColorType::L8 | ColorType::L16 => GrayImage::from_raw(width, height, pixels)?.into(),
        ColorType::La8 | ColorType::La16 => {
            let grey = image::GrayAlphaImage::from_raw(width, height, pixels)?;
            DynamicImage::from(grey).into_rgba8().into()
        }
        ColorType::Rgb8 | ColorType::Rgb16 => RgbImage::from_raw(width, height, pixels)?.into(),
        ColorType::Rgba8 | ColorType::Rgba16 => RgbaImage::from_raw(width, height, pixels)?.into(),
        _ => return None,
    })
}
