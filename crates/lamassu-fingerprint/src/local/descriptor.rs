//! The surroundings of a place, in 256 bits.

#![expect(clippy::many_single_char_names, reason = "formulas of places, as they are written in books")]

use multiversion::multiversion;

use super::angle::cos_sin;
use super::extrema::Keypoint;
use super::plane::Plane;
use crate::bits::Bits256;

/// Cells along a side, and directions of gradients.
const CELLS: usize = 4;
const DIRECTIONS: usize = 8;
const VALUES: usize = CELLS * CELLS * DIRECTIONS;
/// Gradients along a side; samples are two more.
const SIDE: usize = 16;
const SAMPLES: usize = SIDE + 2;
/// Distance of samples in units of the blur: a cell is three times the blur wide.
const STEP_SIGMAS: f32 = 0.75;
/// Standard deviation of the weights of gradients, in samples: half a side.
const WEIGHT_SIGMA: f32 = 8.0;

type Histogram = [f32; VALUES];
/// Samples of a place, row by row.
type Samples = [f32; SAMPLES * SAMPLES];
/// Values of one cell: lane `k` is direction `k`.
type Cell = [f32; DIRECTIONS];
/// Cells with a rim of one, which what lies outside of all goes to.
const WIDE: usize = CELLS + 2;

/// The weight of a gradient by its distance from the middle row or column of the square.
const FADE: [f32; SIDE] = {
    let mut fade = [0.0; SIDE];
    let mut k = 0;
    while k < SIDE {
        let x = (k as f32 + 0.5 - SIDE as f32 / 2.0) / WEIGHT_SIGMA;
        // e to the power of -x²/2, by its series: x is at most 1.
        let half = 0.5 * x * x;
        fade[k] = 1.0 - half * (1.0 - half / 2.0 * (1.0 - half / 3.0 * (1.0 - half / 4.0)));
        k += 1;
    }
    fade
};

/// For each row or column of gradients: the first of two cells, the rim counted, and the share of each.
const SHARES: [(usize, [f32; 2]); SIDE] = {
    let mut shares = [(0, [0.0; 2]); SIDE];
    let mut k = 0;
    while k < SIDE {
        let at = (k as f32 + 0.5) * (CELLS as f32 / SIDE as f32) - 0.5;
        let first = (at + 1.0) as usize;
        let share = at + 1.0 - first as f32;
        shares[k] = (first, [1.0 - share, share]);
        k += 1;
    }
    shares
};

/// The bits of a place as seen along `angle`.
#[multiversion(targets("x86_64+avx2"))]
pub fn describe(level: &Plane, keypoint: &Keypoint, angle: f32) -> Bits256 {
    binarised(&histogram(&samples(level, keypoint, cos_sin(angle))))
}

#[inline(always)]
fn samples(level: &Plane, keypoint: &Keypoint, (cos, sin): (f32, f32)) -> Samples {
    let step = STEP_SIGMAS * keypoint.sigma;
    let (cos, sin) = (cos * step, sin * step);
    let middle = (SAMPLES - 1) as f32 / 2.0;
    let (right, bottom) = ((level.width - 1) as f32, (level.height - 1) as f32);
    let reach = middle * (cos.abs() + sin.abs());
    // A hundredth of a pixel for rounding.
    let inside = keypoint.x - reach >= 0.01
        && keypoint.y - reach >= 0.01
        && keypoint.x + reach < right - 0.01
        && keypoint.y + reach < bottom - 0.01;
    let starts: [(f32, f32); SAMPLES] = std::array::from_fn(|v| {
        let v = v as f32 - middle;
        (keypoint.x - v * sin - middle * cos, keypoint.y + v * cos - middle * sin)
    });
    if inside {
        return sampled_inside(level, &starts, (fixed(cos), fixed(sin)));
    }
    let mut samples = [0.0; SAMPLES * SAMPLES];
    for (row, (x, y)) in samples.chunks_exact_mut(SAMPLES).zip(starts) {
        for (u, sample) in row.iter_mut().enumerate() {
            let (x, y) = (x + u as f32 * cos, y + u as f32 * sin);
            *sample = interpolated(level, x.clamp(0.0, right), y.clamp(0.0, bottom));
        }
    }
    samples
}

/// Places in 65,536ths of a pixel: whole numbers, as rounding each place down from a float costs more than all
/// the rest.
#[inline(always)]
fn fixed(pixels: f32) -> i32 {
    (pixels * 65_536.0) as i32
}

/// Samples that all have four pixels around them. One loop for each step: those without reads of memory vectorise.
#[inline(always)]
fn sampled_inside(level: &Plane, starts: &[(f32, f32); SAMPLES], (dx, dy): (i32, i32)) -> Samples {
    const COUNT: usize = SAMPLES * SAMPLES;
    let (mut x, mut y) = ([0_i32; COUNT], [0_i32; COUNT]);
    let rows = x.chunks_exact_mut(SAMPLES).zip(y.chunks_exact_mut(SAMPLES));
    for ((xs, ys), start) in rows.zip(starts) {
        let (from_x, from_y) = (fixed(start.0), fixed(start.1));
        for (k, (x, y)) in (0..).zip(xs.iter_mut().zip(ys)) {
            (*x, *y) = ((from_x + k * dx).max(0), (from_y + k * dy).max(0));
        }
    }
    let width = level.width;
    let mut corners = [[0.0_f32; COUNT]; 4];
    for k in 0..COUNT {
        let at = (y[k] >> 16) as usize * width + (x[k] >> 16) as usize;
        let four = &level.values[at..at + width + 2];
        (corners[0][k], corners[1][k]) = (four[0], four[1]);
        (corners[2][k], corners[3][k]) = (four[width], four[width + 1]);
    }
    let mut samples = [0.0; COUNT];
    let share = |at: i32| (at & 0xffff) as f32 * (1.0 / 65_536.0);
    for (k, sample) in samples.iter_mut().enumerate() {
        let [a, b, c, d] = [corners[0][k], corners[1][k], corners[2][k], corners[3][k]];
        let (u, v) = (share(x[k]), share(y[k]));
        let (above, under) = (a + u * (b - a), c + u * (d - c));
        *sample = above + v * (under - above);
    }
    samples
}

#[inline(always)]
fn interpolated(level: &Plane, x: f32, y: f32) -> f32 {
    let (left, top) = (x as usize, y as usize);
    let (right, below) = ((left + 1).min(level.width - 1), (top + 1).min(level.height - 1));
    let (u, v) = (x - left as f32, y - top as f32);
    let (upper, lower) = (level.row(top), level.row(below));
    let above = upper[left] + u * (upper[right] - upper[left]);
    let under = lower[left] + u * (lower[right] - lower[left]);
    above + v * (under - above)
}

/// The gradients of the samples by cell and direction, weighted by their distance from the middle.
#[inline(always)]
fn histogram(samples: &Samples) -> Histogram {
    let row = |y: usize| -> &[f32; SAMPLES] {
        samples[y * SAMPLES..].first_chunk().expect("there are as many rows as columns")
    };
    let mut wide = [[[0.0_f32; DIRECTIONS]; WIDE]; WIDE];
    for y in 0..SIDE {
        let [above, own, below] = [y, y + 1, y + 2].map(row);
        let across: [f32; SIDE] = std::array::from_fn(|x| (own[x + 2] - own[x]) * FADE[x]);
        let down: [f32; SIDE] = std::array::from_fn(|x| (below[x + 1] - above[x + 1]) * FADE[x]);
        let mut cells = [[0.0_f32; DIRECTIONS]; WIDE];
        for x in 0..SIDE {
            let gradient = split(across[x], down[x]);
            let (cell, shares) = SHARES[x];
            add(&mut cells[cell], &gradient, shares[0]);
            add(&mut cells[cell + 1], &gradient, shares[1]);
        }
        let (into, shares) = SHARES[y];
        for (side, share) in shares.into_iter().enumerate() {
            for (sum, cell) in wide[into + side].iter_mut().zip(&cells) {
                add(sum, cell, share * FADE[y]);
            }
        }
    }
    let mut values = [0.0; VALUES];
    for (cells, wide) in values.chunks_exact_mut(CELLS * DIRECTIONS).zip(&wide[1..]) {
        cells.copy_from_slice(wide[1..=CELLS].as_flattened());
    }
    values
}

#[inline(always)]
fn add(sum: &mut Cell, cell: &Cell, weight: f32) {
    sum.iter_mut().zip(cell).for_each(|(sum, value)| *sum += value * weight);
}

/// A gradient as the sum of the two neighbouring ones of eight directions; their lengths, and 0 for the others.
///
/// With `a` the larger and `b` the smaller of the two components, it is `a - b` along an axis and √2 b along
/// a diagonal: in each direction the smaller of two sums, where that is above 0.
#[inline(always)]
fn split(gx: f32, gy: f32) -> Cell {
    const R: f32 = std::f32::consts::SQRT_2;
    // Going round from right and down.
    const FIRST: [[f32; DIRECTIONS]; 2] =
        [[1.0, R, 1.0, -R, -1.0, -R, -1.0, R], [-1.0, 0.0, 1.0, 0.0, -1.0, 0.0, -1.0, 0.0]];
    const SECOND: [[f32; DIRECTIONS]; 2] =
        [[1.0, 0.0, -1.0, 0.0, -1.0, 0.0, 1.0, 0.0], [1.0, R, 1.0, R, 1.0, -R, -1.0, -R]];
    std::array::from_fn(|k| {
        let first = FIRST[0][k] * gx + FIRST[1][k] * gy;
        let second = SECOND[0][k] * gx + SECOND[1][k] * gy;
        first.min(second).max(0.0)
    })
}

/// Which values lie above the median, and which above the upper quartile.
#[inline(always)]
fn binarised(values: &Histogram) -> Bits256 {
    // No value is negative, and the bits of such numbers are in their order: whole numbers are sorted faster.
    let values = values.map(f32::to_bits);
    let mut sorted = values;
    let (_, &mut median, above) = sorted.select_nth_unstable(VALUES / 2 - 1);
    let (_, &mut quartile, _) = above.select_nth_unstable(VALUES / 4 - 1);
    let (low, high) = values.split_at(VALUES / 2);
    Bits256([
        bits_above(low, median),
        bits_above(high, median),
        bits_above(low, quartile),
        bits_above(high, quartile),
    ])
}

/// Bit `k` says whether value `k` lies above `least`.
#[inline(always)]
fn bits_above(values: &[u32], least: u32) -> u64 {
    (0..).zip(values).fold(0, |bits, (k, &value)| bits | u64::from(value > least) << k)
}

/// The bits of the mirrored surroundings: rows of cells in reverse, directions the other way round.
pub fn mirrored(bits: Bits256) -> Bits256 {
    // A row of four cells is half a word, rows 0 to 3 being in words 0 and 1.
    let [a, b, c, d] = bits.0;
    Bits256(
        [b.rotate_left(32), a.rotate_left(32), d.rotate_left(32), c.rotate_left(32)].map(reversed_directions),
    )
}

/// The bits of the surroundings with the cells turned by a half, and directions as they are.
pub fn seen_from_behind(bits: Bits256) -> Bits256 {
    // A cell is a byte, and a half of the bits two words.
    let [a, b, c, d] = bits.0;
    Bits256([b, a, d, c].map(u64::swap_bytes))
}

/// In each byte, bit `k` becomes bit `(8 - k) % 8`.
fn reversed_directions(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // Reversing the bits of each byte maps k to 7 - k; turning the byte by one makes it 8 - k.
    let reversed = word.reverse_bits().swap_bytes();
    (reversed << 1 & !EACH) | (reversed >> 7 & EACH)
}

#[cfg(test)]
mod tests {
    use super::{Bits256, VALUES, mirrored, seen_from_behind, split};

    #[test]
    fn mirroring_moves_each_bit_to_its_place() {
        for k in 0..2 * VALUES {
            let (value, half) = (k % VALUES, k / VALUES);
            let (row, column, direction) = (value / 32, value / 8 % 4, value % 8);
            let expected = half * VALUES + (4 * (3 - row) + column) * 8 + (8 - direction) % 8;
            let (mut bits, mut moved) = (Bits256::default(), Bits256::default());
            bits.set(k);
            moved.set(expected);
            assert_eq!(mirrored(bits), moved, "{k}");
        }
    }

    #[test]
    fn a_half_turn_of_the_cells_moves_each_bit_to_its_place() {
        for k in 0..2 * VALUES {
            let (value, half) = (k % VALUES, k / VALUES);
            let (row, column, direction) = (value / 32, value / 8 % 4, value % 8);
            let expected = half * VALUES + (4 * (3 - row) + 3 - column) * 8 + direction;
            let (mut bits, mut moved) = (Bits256::default(), Bits256::default());
            bits.set(k);
            moved.set(expected);
            assert_eq!(seen_from_behind(bits), moved, "{k}");
        }
    }

    #[test]
    fn the_parts_of_a_gradient_sum_to_it() {
        let unit = std::f32::consts::FRAC_1_SQRT_2;
        let ways = [
            [1.0, 0.0],
            [unit, unit],
            [0.0, 1.0],
            [-unit, unit],
            [-1.0, 0.0],
            [-unit, -unit],
            [0.0, -1.0],
            [unit, -unit],
        ];
        for (gx, gy) in [(3.0, 1.0), (-2.0, 5.0), (-4.0, -4.0), (0.0, -1.0), (7.0, -2.0), (0.0, 0.0)] {
            let lengths = split(gx, gy);
            assert!(lengths.iter().filter(|&&length| length > 0.0).count() <= 2, "{gx} {gy}");
            let sum = |k: usize| ways.iter().zip(lengths).map(|(way, length)| way[k] * length).sum::<f32>();
            assert!((sum(0) - gx).abs() < 1e-5 && (sum(1) - gy).abs() < 1e-5, "{gx} {gy}");
        }
    }
}
