//! Decoding a picture and fingerprinting its views.

use std::fs::File;
use std::io::{Cursor, Read};
use std::os::unix::fs::FileExt;

use image::{ColorType, DynamicImage, ImageDecoder, ImageError, ImageReader, RgbImage};
use lamassu_fingerprint::local::{self, Features, KeyFrame};
use lamassu_fingerprint::pdq::DihedralPdq;
use lamassu_fingerprint::plain::PlainHash;
use lamassu_fingerprint::straighten::{Map, Straight};
use lamassu_fingerprint::{Channels, Grid, Picture, Region, View, encode_areas, encode_frames, plain, trim};

use super::animation::Animated;
use super::found::Found;
use super::layout::Layout;
use super::message::Answer;
use super::salvage::salvage;
use super::{animation, jpeg, preview};
use crate::error::{LimitName, Refusal};
use crate::kind::ImageFormat;
use crate::limits::Limits;
use crate::reading::{Precision, Purpose, Wanted};

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
    let mut picture = match animation::read(bytes, format, wanted, limits) {
        Ok(Some(Animated::Playing(answer))) => return Ok((whole_enough(answer, wanted)?, None)),
        Ok(Some(Animated::Still(picture))) => picture,
        // A first frame that is damaged may still be a part of a picture.
        Ok(None) | Err(Refusal::Malformed) => {
            // A preview is in colour.
            let precision = if wanted.preview { Precision::Full } else { wanted.precision };
            decoded(bytes, format, precision, limits)?
        }
        Err(refused) => return Err(refused),
    };
    let mut fingerprints = fingerprints(&picture.image, wanted.purpose);
    // What is plain is known by its colours.
    if fingerprints.may_be_plain() && picture.precision == Precision::Luma {
        picture = decoded(bytes, format, Precision::Full, limits)?;
        fingerprints = self::fingerprints(&picture.image, wanted.purpose);
    }
    described(picture, fingerprints, wanted, limits)
}

/// Fingerprints the raw picture of this size that comes out of `pipe`.
pub fn raw(
    pipe: File,
    (width, height): (u32, u32),
    wanted: Wanted,
    limits: &Limits,
) -> Result<Answered, Refusal> {
    check_size(width, height, limits)?;
    let size_bytes = u64::from(width) * u64::from(height) * 3;
    check_memory(size_bytes, limits)?;
    let mut pixels = Vec::new();
    pipe.take(size_bytes).read_to_end(&mut pixels).map_err(|_| Refusal::Malformed)?;
    let image = RgbImage::from_raw(width, height, pixels).ok_or(Refusal::Malformed)?.into();
    let fingerprints = fingerprints(&image, wanted.purpose);
    described(Decoded { image, precision: Precision::Full, truncated: false }, fingerprints, wanted, limits)
}

/// A picture, and how it was decoded.
pub struct Decoded {
    /// Grey, RGB or RGBA of eight bits.
    pub image: DynamicImage,
    /// Whether its colours were decoded.
    pub precision: Precision,
    /// Whether a part of it is missing.
    pub truncated: bool,
}

/// Decodes a picture that does not play, as far as it goes.
pub fn decoded(
    bytes: &[u8],
    format: ImageFormat,
    precision: Precision,
    limits: &Limits,
) -> Result<Decoded, Refusal> {
    if format == ImageFormat::Jpeg {
        return jpeg::decode(bytes, precision, limits);
    }
    let of = |image, truncated| Decoded { image, precision: Precision::Full, truncated };
    match full(bytes, format, limits) {
        Ok(image) => Ok(of(image, false)),
        Err(Refusal::Malformed) => {
            salvage(bytes, format, limits).map(|image| of(image, true)).ok_or(Refusal::Malformed)
        }
        Err(refused) => Err(refused),
    }
}

/// The fingerprints of a picture that does not play, and whatever else is wanted of it.
fn described(
    decoded: Decoded,
    fingerprints: Fingerprints,
    wanted: Wanted,
    limits: &Limits,
) -> Result<Answered, Refusal> {
    let Decoded { image, precision, truncated } = decoded;
    let size_px = (image.width(), image.height());
    let preview =
        wanted.preview.then(|| preview::of(&image, size_px, limits.preview_side_px_max)).transpose()?;
    let local = local::Wanted { features_max: wanted.features_max.into(), ..local::Wanted::ENTRY };
    // What is transparent comes back on one ground or the other.
    let grounds = match wanted.purpose {
        Purpose::Entry => grounds(&image),
        Purpose::Item => on_white(&image).into_iter().collect(),
    };
    let features: Vec<Features> = match wanted.features_max {
        0 => Vec::new(),
        _ => grounds.iter().map(|picture| local::extract(*picture, &local)).collect(),
    };
    let hashes = match wanted.purpose {
        Purpose::Entry if fingerprints.is_plain(features.iter().map(|all| all.len()).max()) => {
            grounds.iter().flat_map(plain::of_entry).collect()
        }
        Purpose::Entry => Vec::new(),
        Purpose::Item => grounds.iter().flat_map(|picture| fingerprints.plain_views(picture)).collect(),
    };
    let mut found = fingerprints.found;
    found.add_plain(hashes);
    let (frames, areas) = (encode_frames(&found.frames), encode_areas(&found.areas));
    let seen = features.into_iter().filter(|features| !features.is_empty());
    let key_frames: Vec<KeyFrame> = seen.map(KeyFrame::from).collect();
    let features = local::encode_key_frames(&key_frames);
    let answer = Answer { truncated, precision, frames, areas, features, ..Answer::still(size_px, preview) };
    Ok((whole_enough(answer, wanted)?, Some(image)))
}

/// Refuses an entry of which a part is missing: where nothing is, all such pictures look alike.
fn whole_enough(answer: Answer, wanted: Wanted) -> Result<Answer, Refusal> {
    if answer.truncated && wanted.purpose == Purpose::Entry { Err(Refusal::Truncated) } else { Ok(answer) }
}

/// The local features of `image`, laid on white where it is transparent.
pub fn features(image: &DynamicImage, wanted: &local::Wanted) -> Features {
    on_white(image).map(|picture| local::extract(picture, wanted)).unwrap_or_default()
}

/// The hashes of parts of `image`, pulled straight by each map.
pub fn straightened(image: &DynamicImage, maps: &[Map]) -> Found {
    let mut found = Found::default();
    for map in maps {
        let straight = on_white(image).map(|picture| Straight::of(&picture, map));
        straight.and_then(|it| found.add(&it.picture(), View::Straightened, None, (0, 0)));
    }
    found
}

/// The pixels of `image`, laid on white where it is transparent; none of what has no pixels.
pub fn on_white(image: &DynamicImage) -> Option<Picture<'_>> {
    laid(image, Channels::RgbaOnWhite)
}

/// The pixels of `image` on white, and on black too where it is transparent; none of what has no pixels.
fn grounds(image: &DynamicImage) -> Vec<Picture<'_>> {
    let black = is_transparent(image).then(|| laid(image, Channels::RgbaOnBlack)).flatten();
    on_white(image).into_iter().chain(black).collect()
}

fn laid(image: &DynamicImage, transparent: Channels) -> Option<Picture<'_>> {
    let (pixels, channels) = pixels(image)?;
    let channels = if channels == Channels::Rgba { transparent } else { channels };
    Picture::new(pixels, image.width() as usize, image.height() as usize, channels).ok()
}

fn is_transparent(image: &DynamicImage) -> bool {
    image.as_rgba8().is_some_and(|image| image.pixels().any(|pixel| pixel.0[3] < 255))
}

fn pixels(image: &DynamicImage) -> Option<(&[u8], Channels)> {
    match image {
        DynamicImage::ImageLuma8(pixels) => Some((pixels.as_raw(), Channels::Gray)),
        DynamicImage::ImageRgb8(pixels) => Some((pixels.as_raw(), Channels::Rgb)),
        DynamicImage::ImageRgba8(pixels) => Some((pixels.as_raw(), Channels::Rgba)),
        _ => None,
    }
}

/// The fingerprints of a picture's views.
struct Fingerprints {
    found: Found,
    views: Vec<Viewed>,
}

impl Fingerprints {
    /// Whether a view of it may be too plain to be known by them.
    fn may_be_plain(&self) -> bool {
        self.views.iter().any(|view| plain::may_be_plain(&view.hash))
    }

    /// Whether all of it is, by its features, too, where they are known.
    fn is_plain(&self, features: Option<usize>) -> bool {
        let has_few = || features.is_some_and(plain::are_few);
        self.views.first().is_some_and(|Viewed { hash: whole, .. }| {
            plain::is_plain(whole) || plain::may_be_plain(whole) && has_few()
        })
    }

    /// What those views of `picture` that may be plain are known by.
    fn plain_views(&self, picture: &Picture<'_>) -> Vec<PlainHash> {
        let plain = self.views.iter().filter(|view| plain::may_be_plain(&view.hash));
        let seen = plain.map(|view| view.region.map_or(*picture, |region| picture.crop(region)));
        seen.flat_map(|view| plain::of_item(&view)).collect()
    }
}

fn fingerprints(image: &DynamicImage, purpose: Purpose) -> Fingerprints {
    let mut found = Found::default();
    let mut layout = Layout::of(purpose);
    let views = views(image, (0, 0), layout.as_mut(), &mut found);
    if views.first().is_some_and(|whole| plain::is_noise(&whole.hash)) {
        found.doubt();
    }
    Fingerprints { found, views }
}

/// A view of a picture that was hashed.
pub struct Viewed {
    /// Where it lies; none for all of the picture.
    region: Option<Region>,
    /// Its PDQ.
    pub hash: DihedralPdq,
}

/// Adds the fingerprints of every view of `image` that is worth one, and of the pictures inside it if there is a layout;
/// gives the views, that of all of it first.
pub fn views(
    image: &DynamicImage,
    span_ms: (u32, u32),
    layout: Option<&mut Layout>,
    found: &mut Found,
) -> Vec<Viewed> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let Some((pixels, channels)) = pixels(image) else { return Vec::new() };
    let picture = |channels| Picture::new(pixels, width, height, channels);
    let Ok(whole) = picture(channels) else { return Vec::new() };
    let grid = Grid::sample(&whole);
    let regions = trim::content_regions(&grid).into_iter().map(|(view, region)| (view, Some(region)));
    let regions = [(View::Full, None)].into_iter().chain(regions);
    let viewed = regions.filter_map(|(view, region)| {
        let hash = found.add(&whole, view, region, span_ms)?;
        Some(Viewed { region, hash })
    });
    let viewed: Vec<Viewed> = viewed.collect();
    let known: Vec<Region> = viewed.iter().filter_map(|view| view.region).collect();
    found.add_panels(&whole, &grid, (layout, &known), span_ms);
    if is_transparent(image) {
        let on_white = picture(Channels::RgbaOnWhite).expect("it is as large as the whole");
        found.add(&on_white, View::OnWhite, None, span_ms);
    }
    viewed
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
pub fn check_memory(found: u64, limits: &Limits) -> Result<(), Refusal> {
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

/// Decodes all pixels, as grey, RGB or RGBA of eight bits.
pub fn full(bytes: &[u8], format: ImageFormat, limits: &Limits) -> Result<DynamicImage, Refusal> {
    let refuse = |error: ImageError| refusal(&error, limits);
    let format = image_format(format).ok_or(Refusal::Unsupported)?;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
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

/// What the `image` crate calls this format; none for what it does not decode.
pub fn image_format(format: ImageFormat) -> Option<image::ImageFormat> {
    Some(match format {
        ImageFormat::Jpeg => image::ImageFormat::Jpeg,
        ImageFormat::Png => image::ImageFormat::Png,
        ImageFormat::Gif => image::ImageFormat::Gif,
        ImageFormat::WebP => image::ImageFormat::WebP,
        ImageFormat::Bmp => image::ImageFormat::Bmp,
        ImageFormat::Tiff => image::ImageFormat::Tiff,
        ImageFormat::Heif => return None,
    })
}
