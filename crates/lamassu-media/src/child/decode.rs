//! Decoding a picture and fingerprinting its views.

use std::fs::File;
use std::io::Cursor;
use std::os::unix::fs::FileExt;

use image::{ColorType, DynamicImage, ImageDecoder, ImageError, ImageReader};
use lamassu_fingerprint::{Channels, Frame, Picture, ReadFrame, View, encode_frames, pdq, trim};

use super::message::Answer;
use super::{animation, preview};
use crate::error::{LimitName, Refusal};
use crate::kind::ImageFormat;
use crate::limits::Limits;
use crate::reading::{Precision, Wanted};

/// Shorter side, in pixels, down to which a reduced decode may go. PDQ samples 64 x 64 points.
const REDUCED_SIDE_PX_MIN: u16 = 256;

/// What a reduced decode may divide the sides by. Not by two: at half the scale it costs more than the
/// full decode, whose decoder is the faster one.
const REDUCED_DIVISORS: [u16; 2] = [4, 8];

/// Reads, decodes and fingerprints the picture in `file`.
pub fn picture(file: &File, format: ImageFormat, wanted: Wanted, limits: &Limits) -> Result<Answer, Refusal> {
    bytes(&read(file, limits)?, format, wanted, limits)
}

/// Decodes and fingerprints the picture that is `bytes`.
pub fn bytes(bytes: &[u8], format: ImageFormat, wanted: Wanted, limits: &Limits) -> Result<Answer, Refusal> {
    if let Some(answer) = animation::fingerprint(bytes, format, wanted, limits)? {
        return Ok(answer);
    }
    let reduced = match (format, wanted.precision) {
        (ImageFormat::Jpeg, Precision::Reduced) => reduced_jpeg(bytes, limits),
        _ => None,
    };
    let Decoded { image, divisor, size_px } = match reduced {
        Some(decoded) => decoded,
        None => full(bytes, format, limits).map(Decoded::whole)?,
    };
    let precision = if divisor > 1 { Precision::Reduced } else { Precision::Full };
    let frames = views(&image, divisor, size_px, (0, 0));
    let preview =
        wanted.preview.then(|| preview::of(&image, size_px, limits.preview_side_px_max)).transpose()?;
    Ok(Answer { size_px, duration_ms: 0, precision, frames: encode_frames(&frames), preview })
}

/// A picture, each pixel of which stands for `divisor` x `divisor` pixels of one of `size_px`.
struct Decoded {
    image: DynamicImage,
    divisor: usize,
    size_px: (u32, u32),
}

impl Decoded {
    fn whole(image: DynamicImage) -> Self {
        let size_px = (image.width(), image.height());
        Self { image, divisor: 1, size_px }
    }
}

/// The fingerprints of every view of `image` that is worth one; its pixels stand for `divisor` pixels a
/// side of a picture of `size_px`.
pub fn views(
    image: &DynamicImage,
    divisor: usize,
    size_px: (u32, u32),
    (start_ms, end_ms): (u32, u32),
) -> Vec<ReadFrame> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let (pixels, channels) = match image {
        DynamicImage::ImageLuma8(pixels) => (pixels.as_raw(), Channels::Gray),
        DynamicImage::ImageRgb8(pixels) => (pixels.as_raw(), Channels::Rgb),
        DynamicImage::ImageRgba8(pixels) => (pixels.as_raw(), Channels::Rgba),
        _ => return Vec::new(),
    };
    let picture = |channels| {
        let picture = Picture::new(pixels, width, height, channels)?;
        picture.reduced_from(divisor, size_px.0 as usize, size_px.1 as usize)
    };
    let Ok(whole) = picture(channels) else { return Vec::new() };
    let mut pictures = vec![(View::Full, whole)];
    let regions = trim::content_regions(&whole);
    pictures.extend(regions.into_iter().map(|(view, region)| (view, whole.crop(region))));
    if channels == Channels::Rgba && pixels.chunks_exact(4).any(|pixel| pixel[3] < 255) {
        pictures.extend(picture(Channels::RgbaOnWhite).map(|picture| (View::OnWhite, picture)));
    }
    let hashed = pictures.into_iter().filter_map(|(view, picture)| Some((view, pdq::pdq(&picture).ok()?)));
    hashed
        .map(|(view, hash)| Frame { start_ms, end_ms, view, quality: hash.quality, bits: hash.bits })
        .collect()
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

fn read(file: &File, limits: &Limits) -> Result<Vec<u8>, Refusal> {
    let size = file.metadata().map_err(|_| Refusal::Malformed)?.len();
    if size > limits.image_bytes_max {
        let max = limits.image_bytes_max;
        return Err(Refusal::Limit { limit: LimitName::Bytes, found: size, max });
    }
    let mut bytes = vec![0; size as usize];
    file.read_exact_at(&mut bytes, 0).map_err(|_| Refusal::Malformed)?;
    Ok(bytes)
}

/// Decodes at an eighth or a quarter of the scale; `None` when that is not possible or not worth it,
/// and the full decode is to judge.
fn reduced_jpeg(bytes: &[u8], limits: &Limits) -> Option<Decoded> {
    let mut decoder = jpeg_decoder::Decoder::new(Cursor::new(bytes));
    decoder.set_max_decoding_buffer_size(limits.decoded_bytes_max as usize);
    decoder.read_info().ok()?;
    let size = decoder.info().map(|info| (info.width, info.height))?;
    check_size(size.0.into(), size.1.into(), limits).ok()?;
    // The decoder takes the smallest scale that is no smaller than asked for on both sides.
    let (width, height) = decoder.scale(REDUCED_SIDE_PX_MIN, REDUCED_SIDE_PX_MIN).ok()?;
    let divides = |divisor: &u16| (size.0.div_ceil(*divisor), size.1.div_ceil(*divisor)) == (width, height);
    let divisor = REDUCED_DIVISORS.into_iter().find(divides)?;
    let pixels = decoder.decode().ok()?;
    let (width, height) = (u32::from(width), u32::from(height));
    let image = match decoder.info()?.pixel_format {
        jpeg_decoder::PixelFormat::L8 => image::GrayImage::from_raw(width, height, pixels)?.into(),
        jpeg_decoder::PixelFormat::RGB24 => image::RgbImage::from_raw(width, height, pixels)?.into(),
        // Rare; the full decode knows what to do with inks and deep greys.
        jpeg_decoder::PixelFormat::L16 | jpeg_decoder::PixelFormat::CMYK32 => return None,
    };
    Some(Decoded { image, divisor: divisor.into(), size_px: (size.0.into(), size.1.into()) })
}

/// Decodes all pixels, as grey, RGB or RGBA of eight bits.
fn full(bytes: &[u8], format: ImageFormat, limits: &Limits) -> Result<DynamicImage, Refusal> {
    let refuse = |error: ImageError| refusal(&error, limits);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), image_format(format));
    reader.limits(decoder_limits(limits));
    let decoder = reader.into_decoder().map_err(refuse)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    // The decoders hold only what they need besides the pixels to the limit on memory.
    let (found, max) = (decoder.total_bytes(), limits.decoded_bytes_max);
    if found > max {
        return Err(Refusal::Limit { limit: LimitName::Memory, found, max });
    }
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
