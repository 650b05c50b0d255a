//! Local features: small places of a picture that are found again when it is cropped, turned, scaled, pasted
//! into another one or written over, each with 256 bits that describe its surroundings.
//!
//! The steps are those of the scale-invariant feature transform (Lowe, "Distinctive image features from
//! scale-invariant keypoints", IJCV 2004): extrema of differences of Gaussians over place and scale, a main
//! direction, a histogram of 4 x 4 x 8 gradients. The histogram is then written as 256 bits: which of its 128
//! values lie above their median, and which above their upper quartile (Zhou et al., "Scalar quantization for
//! large scale image search", ACM MM 2012). What differs: the surroundings are sampled on a fixed turned grid,
//! gradients are split into two directions without an arc tangent, and features are spread over the picture.
//!
//! Only basic arithmetic and square roots are used, so that all processors give the same bits. The inner loops are
//! compiled for several processors all the same: the wider ones do the same steps on more values at a time.

#![expect(clippy::inline_always, reason = "what is not inlined is not compiled for the processor at hand")]

mod angle;
mod blur;
mod codec;
mod descriptor;
mod direction;
mod extrema;
mod plane;
mod selection;

pub use codec::{FEATURES_MAX, LOCAL_CODEC_VERSION, decode_features, decode_key_frames};
pub use codec::{encode_features, encode_key_frames};

use std::ops::Deref;

use crate::bits::Bits256;
use crate::picture::Picture;
use extrema::Keypoint;

/// Names the algorithm behind stored features; a part of the fingerprint version.
///
/// Changes whenever the same pixels could give other features.
pub const LOCAL_VERSION: &str = "local-1";

/// The longer side of a picture in the unit of [`Feature`]'s places.
pub const LONGER_SIDE: u16 = u16::MAX;

/// A place of a picture and what it looks like there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// From the left edge, in 65,535ths of the picture's longer side.
    pub x: u16,
    /// From the upper edge, in the same unit.
    pub y: u16,
    /// Standard deviation of the blur at which it stands out, in the same unit.
    pub scale: u16,
    /// Main direction, in 256ths of a turn, from the x axis towards the y axis.
    pub angle: u8,
    /// Bit `k` and bit `128 + k` say whether gradient `k` lies above the median and above the upper quartile;
    /// `k` is `(4 * row + column) * 8 + direction`, all of it as seen along the main direction.
    pub bits: Bits256,
}

/// The features of one picture, and its shape, without which places could not be put in proportion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Features {
    /// Width in 65,535ths of the longer side; at least 1, but 0 where there was no picture.
    pub width: u16,
    /// Height in the same unit.
    pub height: u16,
    /// The features, the most salient first.
    pub all: Vec<Feature>,
}

impl Deref for Features {
    type Target = [Feature];

    fn deref(&self) -> &[Feature] {
        &self.all
    }
}

/// The features of a moment of something that plays, or of a still picture, which has two if it is transparent: on white and
/// on black.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyFrame {
    /// The moment in milliseconds; 0 for a still picture.
    pub at_ms: u32,
    /// What is seen then.
    pub features: Features,
}

impl From<Features> for KeyFrame {
    fn from(features: Features) -> Self {
        Self { at_ms: 0, features }
    }
}

/// How many features are wanted, and of how large a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// At most so many features.
    pub features_max: usize,
    /// The longer side is scaled down to this, in pixels.
    pub side_px: usize,
    /// A shorter longer side is scaled up to this, in pixels, by at most a factor of 2.
    pub enlarged_px: usize,
}

impl Wanted {
    /// For what is banked: enough to be found by, few enough for millions.
    pub const ENTRY: Self = Self { features_max: 300, side_px: 480, enlarged_px: 320 };
    /// For what comes in: larger and more, as an entry may be a part of it.
    pub const ITEM: Self = Self { features_max: 600, side_px: 640, enlarged_px: 400 };

    /// The longer side at which a picture of this longer side is looked at, in pixels.
    fn side_for(&self, longer_px: usize) -> usize {
        longer_px.max(self.enlarged_px.min(2 * longer_px)).min(self.side_px)
    }
}

/// The features of `picture`; fewer than wanted, or none, where it is small or smooth.
///
/// Deterministic. Time and memory grow with the pixels of the picture, and otherwise with `wanted` only.
pub fn extract(picture: Picture<'_>, wanted: &Wanted) -> Features {
    let (width, height) = (picture.width(), picture.height());
    let longer = width.max(height);
    let side_px = wanted.side_for(longer).max(1);
    let mut features =
        Features { width: share(width, longer), height: share(height, longer), all: Vec::new() };
    let base = plane::scaled(&picture, side_px);
    let octaves = extrema::octaves(base, (side_px as f32 / longer as f32).max(1.0));
    let keypoints = selection::select(extrema::all(&octaves), wanted.features_max);
    let unit = f32::from(LONGER_SIDE) / side_px as f32;
    for keypoint in &keypoints {
        let level = octaves[keypoint.octave].level(keypoint.level);
        for angle in direction::main_directions(level, keypoint) {
            if features.all.len() < wanted.features_max {
                let bits = descriptor::describe(level, keypoint, angle);
                features.all.push(feature(keypoint, angle, bits, unit));
            }
        }
    }
    features
}

fn share(side: usize, longer: usize) -> u16 {
    ((side * usize::from(LONGER_SIDE)).div_ceil(longer)).min(usize::from(LONGER_SIDE)) as u16
}

fn feature(keypoint: &Keypoint, angle: f32, bits: Bits256, unit: f32) -> Feature {
    let stretch = unit * (1_u32 << keypoint.octave) as f32;
    // Pixel centres of an octave lie at the places of the base that they were taken from.
    let place = |at: f32| ((at * stretch + 0.5 * unit) + 0.5) as u16;
    Feature {
        x: place(keypoint.x),
        y: place(keypoint.y),
        scale: ((keypoint.sigma * stretch + 0.5) as u16).max(1),
        angle: angle::to_byte(angle),
        bits,
    }
}

/// The feature that the negative of the picture has in the place of `feature`: all gradients point the other way, so
/// that its main direction does, and its surroundings are seen from the other side.
fn negative(feature: &Feature) -> Feature {
    Feature {
        angle: feature.angle.wrapping_add(128),
        bits: descriptor::seen_from_behind(feature.bits),
        ..*feature
    }
}

/// The feature that the picture mirrored left to right has in the place of `feature`.
///
/// `width` is that of the picture, in the unit of places.
#[must_use]
pub fn mirrored(feature: &Feature, width: u16) -> Feature {
    Feature {
        x: width.saturating_sub(feature.x),
        angle: 128_u8.wrapping_sub(feature.angle),
        bits: descriptor::mirrored(feature.bits),
        ..*feature
    }
}

impl Features {
    /// The features of the picture mirrored left to right.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let all = self.all.iter().map(|feature| mirrored(feature, self.width)).collect();
        Self { all, ..*self }
    }

    /// The features of the picture's negative.
    #[must_use]
    pub fn negative(&self) -> Self {
        Self { all: self.all.iter().map(negative).collect(), ..*self }
    }
}
