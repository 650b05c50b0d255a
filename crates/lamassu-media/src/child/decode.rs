//! Decoding a picture and fingerprinting its views.

use std::fs::File;
use std::io::Cursor;
use std::os::unix::fs::FileExt;

use image::{ColorType, DynamicImage, ImageDecoder, ImageError, ImageReader};
use lamassu_fingerprint::local::{self, Features};
use lamassu_fingerprint::{Channels, Picture, View, encode_areas, encode_frames, trim};
use zune_jpeg::zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};

use super::found::Found;
use super::message::Answer;
use super::{animation, preview};
use crate::error::{LimitName, Refusal};
use crate::kind::ImageFormat;
use crate::limits::Limits;
use crate::reading::{Precision, Wanted};

/// An answer, and the picture that it is about, if it is a single one.
type Answered = (Answer, Option<DynamicImage>);

/// Reads, decodes and fingerprints the picture in `file`.
pub fn picture(
    file: &File,
    format: ImageFormat,
    wanted: Wanted,
    limits: &Limits,
) -> Result<Answered, Refusal> {
    bytes(&read(file, limits)?, format, wanted, limits)
}

/// Decodes and fingerprints the picture that is `bytes`.
pub fn bytes(
    bytes: &[u8],
    format: ImageFormat,
    wanted: Wanted,
    limits: &Limits,
) -> Result<Answered, Refusal> {
    if let Some(answer) = animation::fingerprint(bytes, format, wanted, limits)? {
        return Ok((answer, None));
    }
    let luma = match (format, wanted.precision) {
        // A preview is in colour.
        (ImageFormat::Jpeg, Precision::Luma) if !wanted.preview => jpeg_luma(bytes, limits),
        _ => None,
    };
    let precision = if luma.is_some() { Precision::Luma } else { Precision::Full };
    let image = luma.map_or_else(|| full(bytes, format, limits), Ok)?;
    let size_px = (image.width(), image.height());
    let mut found = Found::default();
    views(&image, (0, 0), &mut found);
    let preview =
        wanted.preview.then(|| preview::of(&image, size_px, limits.preview_side_px_max)).transpose()?;
    let (frames, areas) = (encode_frames(&found.frames), encode_areas(&found.areas));
    let local = local::Wanted { features_max: wanted.features_max.into(), ..local::Wanted::ENTRY };
    let features = if wanted.features_max == 0 { Features::default() } else { features(&image, &local) };
    let features = local::encode_features(&features);
    let sound = Vec::new();
    Ok((Answer { size_px, duration_ms: 0, precision, frames, areas, features, sound, preview }, Some(image)))
}

/// The local features of `image`, laid on white where it is transparent.
pub fn features(image: &DynamicImage, wanted: &local::Wanted) -> Features {
    let Some((pixels, channels)) = pixels(image) else { return Features::default() };
    let channels = if channels == Channels::Rgba { Channels::RgbaOnWhite } else { channels };
    let picture = Picture::new(pixels, image.width() as usize, image.height() as usize, channels);
    picture.map(|picture| local::extract(picture, wanted)).unwrap_or_default()
}

fn pixels(image: &DynamicImage) -> Option<(&[u8], Channels)> {
    match image {
        DynamicImage::ImageLuma8(pixels) => Some((pixels.as_raw(), Channels::Gray)),
        DynamicImage::ImageRgb8(pixels) => Some((pixels.as_raw(), Channels::Rgb)),
        DynamicImage::ImageRgba8(pixels) => Some((pixels.as_raw(), Channels::Rgba)),
        _ => None,
    }
}

/// Adds the fingerprints of every view of `image` that is worth one.
pub fn views(image: &DynamicImage, span_ms: (u32, u32), found: &mut Found) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let Some((pixels, channels)) = pixels(image) else { return };
    let picture = |channels| Picture::new(pixels, width, height, channels);
    let Ok(whole) = picture(channels) else { return };
    found.add(&whole, View::Full, None, span_ms);
    for (view, region) in trim::content_regions(&whole) {
        found.add(&whole, view, Some(region), span_ms);
    }
    if channels == Channels::Rgba && pixels.chunks_exact(4).any(|pixel| pixel[3] < 255) {
        let on_white = picture(Channels::RgbaOnWhite).expect("it is as large as the whole");
        found.add(&on_white, View::OnWhite, None, span_ms);
    }
}

/// Refuses sides and areas beyond the limits, before anything of that size is allocated.
pub fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), Refusal> {
    let over = |limit, found, max| Err(Refusal::Limit { limit, found, max });
    let (side, area) = (u64::from(width.max(height)), u64::from(width) * u64::from(height));
    if side > u64::from(limits.side_px_max) {
        return over(LimitName::Side, side, u64::from(limits.side_px_max));
    }
    if area > limits.image_pixels_max {
        return over(LimitName::Pixels, area, limits.image_pixels_max);
    }
    Ok(())
}

/// Refuses pixels that take more memory than the limit.
fn check_memory(found: u64, limits: &Limits) -> Result<(), Refusal> {
    let max = limits.decoded_bytes_max;
    if found > max { Err(Refusal::Limit { limit: LimitName::Memory, found, max }) } else { Ok(()) }
}

/// What a decoder's error means for the sender.
pub fn refusal(error: &ImageError, limits: &Limits) -> Refusal {
    let max = limits.decoded_bytes_max;
    match error {
        ImageError::Limits(_) => Refusal::Limit { limit: LimitName::Memory, found: max + 1, max },
        ImageError::Unsupported(_) => Refusal::Unsupported,
        _ => Refusal::Malformed,
    }
}

/// Memory limits for the decoders of the `image` crate. Sides are for [`check_size`], which tells them
/// apart from memory.
pub fn decoder_limits(limits: &Limits) -> image::Limits {
    let mut result = image::Limits::default();
    result.max_alloc = Some(limits.decoded_bytes_max);
    result
}

/// All bytes of a picture that is not too large.
pub fn read(file: &File, limits: &Limits) -> Result<Vec<u8>, Refusal> {
    let size = file.metadata().map_err(|_| Refusal::Malformed)?.len();
    if size > limits.image_bytes_max {
        let max = limits.image_bytes_max;
        return Err(Refusal::Limit { limit: LimitName::Bytes, found: size, max });
    }
    let mut bytes = vec![0; size as usize];
    file.read_exact_at(&mut bytes, 0).map_err(|_| Refusal::Malformed)?;
    Ok(bytes)
}

/// The luma of a JPEG that keeps it apart from its colours: every pixel that PDQ looks at, for half of
/// the work. `None` for other JPEGs and for what does not decode: the full decode is to judge.
fn jpeg_luma(bytes: &[u8], limits: &Limits) -> Option<DynamicImage> {
    let sides = usize::from(u16::MAX);
    let options = DecoderOptions::default().set_strict_mode(false).set_max_width(sides).set_max_height(sides);
    let options = options.jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    if !matches!(decoder.input_colorspace()?, ColorSpace::YCbCr | ColorSpace::Luma) {
        return None;
    }
    let (width, height) = decoder.dimensions().map(|(width, height)| (width as u32, height as u32))?;
    check_size(width, height, limits).ok()?;
    check_memory(decoder.output_buffer_size()? as u64, limits).ok()?;
    Some(image::GrayImage::from_raw(width, height, decoder.decode().ok()?)?.into())
}

/// Decodes all pixels, as grey, RGB or RGBA of eight bits.
pub fn full(bytes: &[u8], format: ImageFormat, limits: &Limits) -> Result<DynamicImage, Refusal> {
    let refuse = |error: ImageError| refusal(&error, limits);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), image_format(format));
    reader.limits(decoder_limits(limits));
    let decoder = reader.into_decoder().map_err(refuse)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    // The decoders hold only what they need besides the pixels to the limit on memory.
    check_memory(decoder.total_bytes(), limits)?;
    let image = DynamicImage::from_decoder(decoder).map_err(refuse)?;
    Ok(match image.color() {
        ColorType::L8 | ColorType::Rgb8 | ColorType::Rgba8 => image,
        color if color.has_alpha() => image.into_rgba8().into(),
        ColorType::L16 => image.into_luma8().into(),
        _ => image.into_rgb8().into(),
    })
}

fn image_format(format: ImageFormat) -> image::ImageFormat {
    match format {
        ImageFormat::Jpeg => image::ImageFormat::Jpeg,
        ImageFormat::Png => image::ImageFormat::Png,
        ImageFormat::Gif => image::ImageFormat::Gif,
        ImageFormat::WebP => image::ImageFormat::WebP,
        ImageFormat::Bmp => image::ImageFormat::Bmp,
        ImageFormat::Tiff => image::ImageFormat::Tiff,
    }
}
