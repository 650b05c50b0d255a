//! How probable it is that a match is right: one scale for every way of matching.
//!
//! A score of 0.9 is meant to say that nine of ten such matches show what the entry shows, whatever found them, if as
//! many right as wrong candidates come in. The curves are logistic. Those of pictures and of local features were fitted
//! on one half of the sources of a background set (photographs of the Berkeley Segmentation Dataset, of the samples of
//! `OpenCV`, of Meta's PDQ tests and of GNOME's backgrounds, edited in 41 ways, and drawn cards with look-alikes) and
//! judged on the other half, by a script that is not kept here; those of frames, sound, marks and plain pictures are set by
//! hand.
//!
//! `cargo xtask calibrate` judges them on a folder of photographs. On 26 November 2026, with `--pictures 96` of that
//! background set and its groups, no PDQ of an unrelated photograph came within 63 bits, and of unrelated drawn cards none
//! within 41. Of 170,480 unrelated pairs with a photograph the strongest by local features had 6.2 bits, a third of what
//! a score of one half takes, which 510 of 534 right ones had: of photographs the curve says too little rather than too
//! much. Of pairs of drawn cards it says too much: cards that share bars and the first line of a template are parts of
//! each other, and score like copies that are covered elsewhere. The curves were left as they are, since no curve of this
//! number tells these apart.

use crate::evidence::Method;

/// Which curves these are. What is approved is approved under them, so that other curves need a new approval.
pub const CALIBRATION: u32 = 1;

/// Whether the curve of a method was fitted on a background set; the others are set by hand, and never act.
pub fn is_fitted(method: Method) -> bool {
    match method {
        Method::Sha256 | Method::Pdq | Method::Local => true,
        Method::Plain | Method::Frames | Method::Sound | Method::Logo => false,
    }
}

/// What was seen of a match, in the numbers that its score is computed from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Seen {
    /// The same bytes.
    Digest,
    /// One picture near another one.
    Picture {
        /// PDQ distance in bits.
        distance_bits: u32,
        /// The lower PDQ quality of both.
        quality: u8,
    },
    /// A plain picture like another one.
    Plain {
        /// Bits that differ, as a share of those that the pictures are known by.
        difference: f64,
    },
    /// Several frames in a row near frames of the entry.
    Frames {
        /// How many.
        frames: u32,
        /// Their mean PDQ distance in bits.
        distance_bits: u32,
        /// The lower PDQ quality of the nearest pair.
        quality: u8,
    },
    /// Some seconds of sound.
    Sound {
        /// How long, in milliseconds.
        duration_ms: u32,
        /// Mean distance of its blocks in bits.
        distance_bits: u32,
    },
    /// Local features of the entry in their place in the item.
    Local(SeenFeatures),
    /// The same of a mark.
    Logo(SeenFeatures),
}

/// What was seen of a match by local features; see `Placement` of lamassu-index for each number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeenFeatures {
    /// Features of the entry found in their place.
    pub inliers: u32,
    /// Features of the entry that could have been found.
    pub visible: u32,
    /// Features of the entry in all.
    pub entry_features: u32,
    /// Median distance of the inliers in bits.
    pub distance_bits: u32,
    /// Over how much of what is visible the inliers are spread, 0 to 1.
    pub spread: f32,
    /// How much less likely the inliers would be by chance, in bits.
    pub evidence_bits: f32,
}

/// Inliers that a match needs: fewer are an accident of a few corners.
const INLIERS_MIN: u32 = 7;
/// Below these shares of what could be found, a match counts for less in proportion.
const FOUND_SHARE: f64 = 0.35;
const SPREAD: f64 = 0.4;
/// Entries of fewer features are drawn or smooth, and look like others of the same template.
const RICH_FEATURES: u32 = 150;
/// At this median distance a poor entry is no match at all.
const POOR_DISTANCE_BITS: f64 = 40.0;

impl SeenFeatures {
    /// How much speaks for the match, from 0: the evidence, less where it is only a part of what should be there.
    pub fn strength(&self) -> f64 {
        if self.inliers < INLIERS_MIN {
            return 0.0;
        }
        let found = f64::from(self.inliers) / f64::from(self.visible.max(1));
        let whole = (found / FOUND_SHARE).min(1.0) * (f64::from(self.spread) / SPREAD).min(1.0);
        let poor = (1.0 - f64::from(self.distance_bits) / POOR_DISTANCE_BITS).max(0.0) / 3.5;
        let rich = if self.entry_features < RICH_FEATURES { poor } else { 1.0 };
        f64::from(self.evidence_bits).max(0.0) * whole * rich
    }

    /// How much speaks for a mark, from 0: as for a picture, but marks are drawn, and where one is small only few of its
    /// features can be seen.
    pub fn mark_strength(&self) -> f64 {
        let found = f64::from(self.inliers) / f64::from(self.visible.max(1));
        let whole = (found / FOUND_SHARE).min(1.0) * (f64::from(self.spread) / SPREAD).min(1.0);
        f64::from(self.evidence_bits).max(0.0) * whole
    }
}

/// Where a logistic curve is one half, and how steep it is there.
#[derive(Debug, Clone, Copy)]
struct Curve {
    half: f64,
    slope: f64,
}

impl Curve {
    fn at(self, x: f64) -> f64 {
        1.0 / (1.0 + (-self.slope * (x - self.half)).exp())
    }
}

/// Of the PDQ distance in bits, as fitted on 1,036 pairs. In the other half of the sources, scores of 0.8 and more were
/// 0.95 on average and right in 0.96 of the pairs, those of 0.4 to 0.6 were right in 0.46.
const PICTURE: Curve = Curve { half: 50.0, slope: -0.0776 };
/// Of the natural logarithm of 1 and the strength, as fitted on 2,742 candidates, but for its middle: the fit had it at
/// 2.38, and in the other half candidates between there and here, a strength of 18, were right in one of seven only.
const LOCAL: Curve = Curve { half: 2.94, slope: 2.23 };
/// Of the difference of plain pictures. Set by hand.
const PLAIN: Curve = Curve { half: 0.22, slope: -20.0 };
/// However alike they are: two plain pictures may be the same by accident.
const PLAIN_MAX: f64 = 0.9;
/// Of the strength of a mark. Set by hand: of six drawn marks, looked for in 118 photographs without them, the strongest
/// false find had 6.1; laid on photographs, what was found at all mostly had more than 8.
const LOGO: Curve = Curve { half: 8.0, slope: 0.8 };
/// Of the contrast of a sound: the bits by which it lies below chance, times the root of its seconds. Set by hand: on
/// two kits unrelated recordings of one speaker reached 115, all others 74.
const SOUND: Curve = Curve { half: 116.0, slope: 0.15 };
/// Mean distance of unrelated content in bits.
const CHANCE_BITS: f64 = 128.0;
/// A picture of less PDQ quality says little: its score is at most this.
const UNCLEAR_MAX: f64 = 0.5;
/// PDQ quality from which on distances are meaningful.
const QUALITY_MIN: u8 = 50;
/// Frames in a row beyond the first that count as further evidence.
const FRAMES_MAX: u32 = 8;

/// The probability that a match is right, 0 to 1.
///
/// Frames take the curve of pictures, moved by a few bits for each further frame; that move is set by hand, as the
/// background set has no videos.
pub fn probability(seen: &Seen) -> f64 {
    let clear = |quality: u8, score: f64| if quality < QUALITY_MIN { score.min(UNCLEAR_MAX) } else { score };
    match *seen {
        Seen::Digest => 1.0,
        Seen::Picture { distance_bits, quality } => clear(quality, PICTURE.at(f64::from(distance_bits))),
        Seen::Plain { difference } => PLAIN.at(difference).min(PLAIN_MAX),
        Seen::Frames { frames, distance_bits, quality } => {
            let more = f64::from(frames.saturating_sub(1).min(FRAMES_MAX));
            clear(quality, PICTURE.at(f64::from(distance_bits) - more))
        }
        Seen::Sound { duration_ms, distance_bits } => {
            let seconds = f64::from(duration_ms) / 1000.0;
            SOUND.at((CHANCE_BITS - f64::from(distance_bits)) * seconds.sqrt())
        }
        Seen::Local(features) => LOCAL.at((1.0 + features.strength()).ln()),
        Seen::Logo(features) => LOGO.at(features.mark_strength()),
    }
}
