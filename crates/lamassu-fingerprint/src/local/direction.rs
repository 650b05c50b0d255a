//! The main directions of the surroundings of a place.

use std::f32::consts::TAU;

use multiversion::multiversion;

use super::angle;
use super::extrema::Keypoint;
use super::plane::Plane;

const BINS: usize = 36;
/// Samples along a side of the square that is looked at, and their distance in units of the blur.
const SIDE: usize = 13;
const STEP_SIGMAS: f32 = 0.75;
/// Standard deviation of the weights, in samples: 1.5 times the blur.
const WEIGHT_SIGMA: f32 = 2.0;
const MIDDLE: f32 = (SIDE / 2) as f32;
/// The weight of a gradient by its place in the square: nearly a bell, and 0 outside the circle.
const FADE: [[f32; SIDE]; SIDE] = {
    let mut fade = [[0.0; SIDE]; SIDE];
    let mut k = 0;
    while k < SIDE * SIDE {
        let (u, v) = ((k % SIDE) as f32 - MIDDLE, (k / SIDE) as f32 - MIDDLE);
        let square = u * u + v * v;
        if square <= MIDDLE * MIDDLE + 1.0 {
            let third = 1.0 - square / (12.0 * WEIGHT_SIGMA * WEIGHT_SIGMA);
            let cube = third * third * third;
            fade[k / SIDE][k % SIDE] = cube * cube;
        }
        k += 1;
    }
    fade
};
/// A second direction must be at least so strong beside the first.
const SECOND_SHARE_MIN: f32 = 0.8;

/// The strongest direction, and a second one if it is nearly as strong, as angles of 0 to 2π.
pub fn main_directions(level: &Plane, keypoint: &Keypoint) -> impl Iterator<Item = f32> + use<> {
    let bins = smoothed(histogram(level, keypoint));
    let peak = |k: usize| {
        let (before, at, after) = (bins[(k + BINS - 1) % BINS], bins[k], bins[(k + 1) % BINS]);
        (at > before && at >= after).then(|| {
            let bend = before - 2.0 * at + after;
            let offset = if bend < 0.0 { 0.5 * (before - after) / bend } else { 0.0 };
            (at, (k as f32 + offset + BINS as f32) * (TAU / BINS as f32) % TAU)
        })
    };
    let (mut first, mut second) = (None::<(f32, f32)>, None::<(f32, f32)>);
    for found in (0..BINS).filter_map(peak) {
        if first.is_none_or(|best| found.0 > best.0) {
            second = first;
            first = Some(found);
        } else if second.is_none_or(|best| found.0 > best.0) {
            second = Some(found);
        }
    }
    let strong = first.map_or(0.0, |first| first.0 * SECOND_SHARE_MIN);
    let second = second.filter(|second| second.0 >= strong);
    first.into_iter().chain(second).map(|(_, angle)| angle)
}

#[multiversion(targets("x86_64+avx2"))]
fn histogram(level: &Plane, keypoint: &Keypoint) -> [f32; BINS] {
    let columns = places(keypoint.x, keypoint.sigma, level.width);
    let rows = places(keypoint.y, keypoint.sigma, level.height);
    let mut gradients = [(0.0_f32, 0.0_f32); SIDE * SIDE];
    for ((gradients, fades), y) in gradients.chunks_exact_mut(SIDE).zip(&FADE).zip(rows) {
        let Some(y) = y else { continue };
        let [above, own, below] = [y - 1, y, y + 1].map(|y| &level.row(y)[..level.width]);
        for ((gradient, &fade), x) in gradients.iter_mut().zip(fades).zip(columns) {
            let Some(x) = x else { continue };
            *gradient = ((own[x + 1] - own[x - 1]) * fade, (below[x] - above[x]) * fade);
        }
    }
    // All at once, so that square roots and quotients vectorise.
    let (mut strengths, mut places) = ([0.0; SIDE * SIDE], [0_i32; SIDE * SIDE]);
    for (k, (gx, gy)) in gradients.into_iter().enumerate() {
        strengths[k] = (gx * gx + gy * gy).sqrt();
        places[k] = (angle::of_vector(gx, gy) * (BINS as f32 / TAU) + 0.5) as i32;
    }
    let mut bins = [0.0; BINS + 1];
    for (strength, place) in strengths.into_iter().zip(places) {
        bins[(place as usize).min(BINS)] += strength;
    }
    bins[0] += bins[BINS];
    *bins.first_chunk().expect("one more than there are")
}

/// The pixels next to the samples along one axis of `length` pixels; nothing for those that have no neighbours.
#[inline(always)]
fn places(middle: f32, sigma: f32, length: usize) -> [Option<usize>; SIDE] {
    let step = STEP_SIGMAS * sigma;
    std::array::from_fn(|k| {
        // A negative number becomes a huge one, which is outside as well.
        let at = (middle + (k as f32 - MIDDLE) * step + 0.5) as i32 as usize;
        (at >= 1 && at < length - 1).then_some(at)
    })
}

fn smoothed(bins: [f32; BINS]) -> [f32; BINS] {
    (0..2).fold(bins, |bins, _| {
        std::array::from_fn(|k| (bins[(k + BINS - 1) % BINS] + 2.0 * bins[k] + bins[(k + 1) % BINS]) * 0.25)
    })
}
