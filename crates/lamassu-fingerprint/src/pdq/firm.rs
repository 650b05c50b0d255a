//! How many bits of PDQ stand for more than noise, and how much of a picture is smooth.

use super::dct::{self, Coefficients};
use super::median;
use super::resample::Samples;

/// A coefficient nearer to the median may lie on its other side when the picture is saved again, in luma steps: twice
/// what JPEG of middling quality does to a sample, which is what it does to a coefficient.
const FIRM_STEPS: f32 = 4.0;
/// Samples along a side of a picture, and of the corner in which a mark may lie.
const SIDE: usize = 64;
const CORNER: usize = SIDE / 4;
/// A sample is smooth where its neighbours' mean is so near, in luma steps.
const SMOOTH_STEPS: f32 = 3.0;
/// Where fewer samples of a hundred are smooth, a mark is not all that there is to see.
const MARKED_PERCENT: u8 = 50;

/// Those of the picture as it is.
pub fn bits(coefficients: &Coefficients) -> u16 {
    let median = median(coefficients);
    coefficients.as_flattened().iter().filter(|&&it| (it - median).abs() >= FIRM_STEPS).count() as u16
}

/// The fewest of the picture as it is and with each corner painted over, in the colours beside it.
pub fn unmarked(samples: &Samples, coefficients: &Coefficients, smooth_percent: u8) -> u16 {
    let whole = bits(coefficients);
    if smooth_percent < MARKED_PERCENT {
        return whole;
    }
    let corners = (0..8).map(|k| (k & 1 > 0, k & 2 > 0, k & 4 > 0));
    let painted = corners.map(|corner| bits(&dct::low_frequencies(&painted(samples, corner))));
    painted.fold(whole, u16::min)
}

/// How many of a hundred samples are smooth.
pub fn smooth_percent(samples: &Samples) -> u8 {
    let inner = 1..SIDE - 1;
    let places = inner.clone().flat_map(|y| inner.clone().map(move |x| (x, y)));
    let smooth = places.filter(|&(x, y)| {
        let around = samples[y - 1][x] + samples[y + 1][x] + samples[y][x - 1] + samples[y][x + 1];
        (0.25 * around - samples[y][x]).abs() <= SMOOTH_STEPS
    });
    (100 * smooth.count() / (inner.len() * inner.len())) as u8
}

/// The samples with the right or left, lower or upper corner in the colours beside it, or above and below it: stripes go
/// on in one of both.
fn painted(samples: &Samples, (right, bottom, down): (bool, bool, bool)) -> Samples {
    let corner = |far: bool| if far { SIDE - CORNER..SIDE } else { 0..CORNER };
    let beside = |far: bool| if far { SIDE - CORNER - 1 } else { CORNER };
    let mut painted = *samples;
    for y in corner(bottom) {
        for x in corner(right) {
            painted[y][x] = if down { samples[beside(bottom)][x] } else { samples[y][beside(right)] };
        }
    }
    painted
}
