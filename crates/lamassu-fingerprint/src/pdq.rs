//! PDQ: a 256-bit perceptual hash of one picture, with a quality of 0 to 100.
//!
//! The steps are those of Meta's paper "The TMK+PDQF video-hashing algorithm and the PDQ
//! image-hashing algorithm" (2019) and of its reference program: luma, two passes of a box filter
//! in each direction, 64 x 64 samples, a 16 x 16 corner of the discrete cosine transform without its
//! first row and column, each coefficient compared with the median. The filter and the sampling are
//! both linear and work on rows and columns apart, so they are done here as one pair of sparse
//! matrices, which touches each pixel once (`resample`).

mod dct;
mod firm;
mod resample;

use crate::bits::Bits256;
use crate::picture::Picture;

/// Sides shorter than this, in pixels, cannot be hashed: the reference refuses them too.
pub const SIDE_PX_MIN: usize = 5;

/// A picture too small to be hashed: a side is shorter than [`SIDE_PX_MIN`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a picture needs at least {SIDE_PX_MIN} pixels on each side")]
pub struct TooSmall;

/// The eight ways to turn and mirror a picture: the dihedral group of the square.
///
/// The picture is first mirrored left to right if the name says so, then turned clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Orientation {
    /// As it is.
    Upright = 0,
    /// Turned by a quarter.
    Quarter = 1,
    /// Turned by a half.
    Half = 2,
    /// Turned by three quarters.
    ThreeQuarters = 3,
    /// Mirrored left to right.
    Mirrored = 4,
    /// Mirrored, then turned by a quarter.
    MirroredQuarter = 5,
    /// Mirrored, then turned by a half: upside down.
    MirroredHalf = 6,
    /// Mirrored, then turned by three quarters.
    MirroredThreeQuarters = 7,
}

impl Orientation {
    /// All eight, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Upright,
        Self::Quarter,
        Self::Half,
        Self::ThreeQuarters,
        Self::Mirrored,
        Self::MirroredQuarter,
        Self::MirroredHalf,
        Self::MirroredThreeQuarters,
    ];

    /// A word for people and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upright => "upright",
            Self::Quarter => "quarter",
            Self::Half => "half",
            Self::ThreeQuarters => "three-quarters",
            Self::Mirrored => "mirrored",
            Self::MirroredQuarter => "mirrored-quarter",
            Self::MirroredHalf => "mirrored-half",
            Self::MirroredThreeQuarters => "mirrored-three-quarters",
        }
    }

    /// The one that takes what this one did back.
    #[must_use]
    pub fn inverse(self) -> Self {
        match self {
            Self::Quarter => Self::ThreeQuarters,
            Self::ThreeQuarters => Self::Quarter,
            // The others are their own: half turns and reflections.
            own => own,
        }
    }

    /// As (transpose, then reverse rows, then reverse columns).
    pub(crate) fn steps(self) -> (bool, bool, bool) {
        match self {
            Self::Upright => (false, false, false),
            Self::Quarter => (true, false, true),
            Self::Half => (false, true, true),
            Self::ThreeQuarters => (true, true, false),
            Self::Mirrored => (false, false, true),
            Self::MirroredQuarter => (true, true, true),
            Self::MirroredHalf => (false, true, false),
            Self::MirroredThreeQuarters => (true, false, false),
        }
    }

    /// Which axes of the original end up reversed: (its rows' order, its columns' order).
    fn mirrored_axes(self) -> (bool, bool) {
        let (transpose, rows, columns) = self.steps();
        if transpose { (columns, rows) } else { (rows, columns) }
    }
}

/// PDQ of one picture in all eight orientations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DihedralPdq {
    /// Meta's quality, 0 to 100: how much structure the picture has. Below 50 a match says little.
    pub quality: u8,
    /// How many bits stand for more than noise: of a picture that changes along one side only, none does.
    pub firm_bits: u16,
    /// The same once one of the corners is painted over, where a mark may be: the fewest of all corners and of none.
    pub firm_bits_unmarked: u16,
    /// How much of the picture is smooth, in hundredths: all but its edges, of one that is drawn.
    pub smooth_percent: u8,
    /// One hash per [`Orientation`], in the order of [`Orientation::ALL`].
    pub bits: [Bits256; 8],
}

/// Hashes `picture` in all eight orientations, for less than the price of two.
///
/// Each hash is the one that the turned picture itself would have, but for rounding: mirrored axes
/// are sampled where the mirrored picture would be sampled.
///
/// # Errors
/// [`TooSmall`] when a side is under [`SIDE_PX_MIN`] pixels.
pub fn pdq(picture: &Picture<'_>) -> Result<DihedralPdq, TooSmall> {
    if picture.width().min(picture.height()) < SIDE_PX_MIN {
        return Err(TooSmall);
    }
    let samples = resample::to_64x64(picture);
    let coefficients = [false, true]
        .map(|rows| [false, true].map(|columns| dct::low_frequencies(samples.get((rows, columns)))));
    let bits = Orientation::ALL.map(|orientation| {
        let (rows, columns) = orientation.mirrored_axes();
        threshold(&dct::orient(&coefficients[rows as usize][columns as usize], orientation.steps()))
    });
    let (upright, coefficients) = (samples.get((false, false)), &coefficients[0][0]);
    let smooth_percent = firm::smooth_percent(upright);
    Ok(DihedralPdq {
        quality: quality(upright),
        firm_bits: firm::bits(coefficients),
        firm_bits_unmarked: firm::unmarked(upright, coefficients, smooth_percent),
        smooth_percent,
        bits,
    })
}

/// Sum of the whole-percent steps between neighbours of the 64 x 64 samples, divided by 90, at most 100.
///
/// Steps are truncated before they are added: many faint ones are no structure.
fn quality(samples: &resample::Samples) -> u8 {
    let step = |a: f32, b: f32| ((a - b) * 100.0 / 255.0) as i32;
    let mut sum = 0;
    for (y, row) in samples.iter().enumerate() {
        sum += row.windows(2).map(|pair| step(pair[0], pair[1]).abs()).sum::<i32>();
        if let Some(below) = samples.get(y + 1) {
            sum += row.iter().zip(below).map(|(&a, &b)| step(a, b).abs()).sum::<i32>();
        }
    }
    (sum / 90).min(100) as u8
}

fn median(coefficients: &dct::Coefficients) -> f32 {
    let mut sorted = *coefficients.as_flattened().first_chunk::<256>().expect("16 x 16 are 256");
    *sorted.select_nth_unstable_by(127, f32::total_cmp).1
}

/// Bit `16 * row + column` says whether that coefficient is above the lower median of the 256.
fn threshold(coefficients: &dct::Coefficients) -> Bits256 {
    let median = median(coefficients);
    let mut bits = Bits256::default();
    for (k, coefficient) in coefficients.as_flattened().iter().enumerate() {
        if *coefficient > median {
            bits.set(k);
        }
    }
    bits
}
