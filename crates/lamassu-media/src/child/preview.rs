//! The small picture that people may see: encoded anew from decoded pixels.

use image::DynamicImage;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;

use crate::error::Refusal;
use crate::reading::Preview;

const JPEG_QUALITY: u8 = 70;

/// `image`, stretched to the shape of `size_px` and no side longer than `side_px_max`.
pub fn of(image: &DynamicImage, size_px: (u32, u32), side_px_max: u32) -> Result<Preview, Refusal> {
    let longest = size_px.0.max(size_px.1).max(1);
    let side_px_max = side_px_max.min(longest);
    let scaled = |side: u32| (u64::from(side) * u64::from(side_px_max) / u64::from(longest)).max(1) as u32;
    let small = image.resize_exact(scaled(size_px.0), scaled(size_px.1), FilterType::Triangle).into_rgb8();
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)
        .encode_image(&small)
        .map_err(|_| Refusal::Malformed)?;
    Ok(Preview { jpeg })
}
