//! The surroundings of a place, in 256 bits.

#![expect(clippy::many_single_char_names, reason = "formulas of places, as they are written in books")]

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

/// Describes places; holds the weights that all share.
pub struct Sampler {
    /// By the distance of a row or column from the middle of the square.
    fade: [f32; SIDE],
    /// For each row or column of gradients: the first of two cells, and the share of each.
    cells: [(usize, [f32; 2]); SIDE],
    samples: [[f32; SAMPLES]; SAMPLES],
}

impl Default for Sampler {
    fn default() -> Self {
        let from_middle = |k: usize| k as f32 + 0.5 - SIDE as f32 / 2.0;
        let fade = std::array::from_fn(|k| {
            let x = from_middle(k) / WEIGHT_SIGMA;
            // e to the power of -x²/2, by its series: x is at most 1.
            let half = 0.5 * x * x;
            1.0 - half * (1.0 - half / 2.0 * (1.0 - half / 3.0 * (1.0 - half / 4.0)))
        });
        let cells = std::array::from_fn(|k| {
            let at = (k as f32 + 0.5) * (CELLS as f32 / SIDE as f32) - 0.5;
            let first = (at + 1.0) as usize;
            let share = at + 1.0 - first as f32;
            // Cells are counted from one before the first: that one and the one after the last are left out.
            (first, [1.0 - share, share])
        });
        Self { fade, cells, samples: [[0.0; SAMPLES]; SAMPLES] }
    }
}

impl Sampler {
    /// The bits of a place as seen along `angle`.
    pub fn describe(&mut self, level: &Plane, keypoint: &Keypoint, angle: f32) -> Bits256 {
        self.sample(level, keypoint, cos_sin(angle));
        binarised(&self.histogram())
    }

    fn sample(&mut self, level: &Plane, keypoint: &Keypoint, (cos, sin): (f32, f32)) {
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
        for (v, row) in self.samples.iter_mut().enumerate() {
            let v = v as f32 - middle;
            let start = (keypoint.x - v * sin - middle * cos, keypoint.y + v * cos - middle * sin);
            if inside {
                let steps = Steps { x: fixed(start.0), y: fixed(start.1), dx: fixed(cos), dy: fixed(sin) };
                steps.sample(level, row);
                continue;
            }
            for (u, sample) in row.iter_mut().enumerate() {
                let (x, y) = (start.0 + u as f32 * cos, start.1 + u as f32 * sin);
                *sample = interpolated(level, x.clamp(0.0, right), y.clamp(0.0, bottom));
            }
        }
    }

    /// The gradients of row `y`, split and weighted by their distance from the middle column.
    fn gradients(&self, y: usize) -> [(u8, f32, u8, f32); SIDE] {
        let [above, own, below] = [y, y + 1, y + 2].map(|y| &self.samples[y]);
        std::array::from_fn(|x| {
            let (gx, gy) = (own[x + 2] - own[x], below[x + 1] - above[x + 1]);
            split(gx * self.fade[x], gy * self.fade[x])
        })
    }

    fn histogram(&self) -> Histogram {
        const WIDE: usize = CELLS + 2;
        let mut wide = [[[0.0_f32; DIRECTIONS]; WIDE]; WIDE];
        for y in 0..SIDE {
            let mut cells = [[0.0_f32; DIRECTIONS]; WIDE];
            let gradients = self.gradients(y);
            for (x, &(axis, along, diagonal, aslant)) in gradients.iter().enumerate() {
                let (cell, shares) = self.cells[x];
                for (side, share) in shares.into_iter().enumerate() {
                    let cell = &mut cells[cell + side];
                    cell[axis as usize % DIRECTIONS] += along * share;
                    cell[diagonal as usize % DIRECTIONS] += aslant * share;
                }
            }
            let (cell, shares) = self.cells[y];
            for (side, share) in shares.into_iter().enumerate() {
                let weight = share * self.fade[y];
                let into = wide[cell + side].as_flattened_mut().iter_mut();
                into.zip(cells.as_flattened()).for_each(|(sum, value)| *sum += weight * value);
            }
        }
        std::array::from_fn(|k| {
            wide[k / (CELLS * DIRECTIONS) + 1][k / DIRECTIONS % CELLS + 1][k % DIRECTIONS]
        })
    }
}

/// Places in 65,536ths of a pixel: whole numbers, as rounding each place down from a float costs more than all
/// the rest.
struct Steps {
    x: i32,
    y: i32,
    dx: i32,
    dy: i32,
}

fn fixed(pixels: f32) -> i32 {
    (pixels * 65_536.0) as i32
}

impl Steps {
    /// Samples a row, all of which has four pixels around it.
    fn sample(self, level: &Plane, row: &mut [f32; SAMPLES]) {
        let width = level.width;
        let share = |at: i32| (at & 0xffff) as f32 * (1.0 / 65_536.0);
        for (k, sample) in (0..).zip(row) {
            let (x, y) = ((self.x + k * self.dx).max(0), (self.y + k * self.dy).max(0));
            let (u, v) = (share(x), share(y));
            let at = (y >> 16) as usize * width + (x >> 16) as usize;
            let four = &level.values[at..at + width + 2];
            let (a, b, c, d) = (four[0], four[1], four[width], four[width + 1]);
            let (above, under) = (a + u * (b - a), c + u * (d - c));
            *sample = above + v * (under - above);
        }
    }
}

#[inline]
fn interpolated(level: &Plane, x: f32, y: f32) -> f32 {
    let (left, top) = (x as usize, y as usize);
    let (right, below) = ((left + 1).min(level.width - 1), (top + 1).min(level.height - 1));
    let (u, v) = (x - left as f32, y - top as f32);
    let (upper, lower) = (level.row(top), level.row(below));
    let above = upper[left] + u * (upper[right] - upper[left]);
    let under = lower[left] + u * (lower[right] - lower[left]);
    above + v * (under - above)
}

/// A gradient as the sum of the two neighbouring ones of eight directions: number and length along an axis, number
/// and length along a diagonal.
///
/// With `a` the larger and `b` the smaller of the two components, it is `a - b` along an axis and √2 b along
/// a diagonal. Without branches: gradients of pictures point anywhere.
#[inline]
fn split(gx: f32, gy: f32) -> (u8, f32, u8, f32) {
    let (ax, ay) = (gx.abs(), gy.abs());
    let steep = ax < ay;
    let (large, small) = if steep { (ay, ax) } else { (ax, ay) };
    let (left, up) = (gx < 0.0, gy < 0.0);
    let flipped = if steep { up } else { left };
    let axis = 2 * u8::from(steep) + 4 * u8::from(flipped);
    // 1, 3, 5, 7 going round from right and down.
    let diagonal = 1 + 2 * (u8::from(left) ^ u8::from(up)) + 4 * u8::from(up);
    (axis, large - small, diagonal, std::f32::consts::SQRT_2 * small)
}

/// Which values lie above the median, and which above the upper quartile.
fn binarised(values: &Histogram) -> Bits256 {
    let mut sorted = *values;
    let (_, &mut median, above) = sorted.select_nth_unstable_by(VALUES / 2 - 1, f32::total_cmp);
    let (_, &mut quartile, _) = above.select_nth_unstable_by(VALUES / 4 - 1, f32::total_cmp);
    let mut words = [0_u64; 4];
    for (k, &value) in values.iter().enumerate() {
        words[k / 64] |= u64::from(value > median) << (k % 64);
        words[2 + k / 64] |= u64::from(value > quartile) << (k % 64);
    }
    Bits256(words)
}

/// The bits of the mirrored surroundings: rows of cells in reverse, directions the other way round.
pub fn mirrored(bits: Bits256) -> Bits256 {
    // A row of four cells is half a word, rows 0 to 3 being in words 0 and 1.
    let [a, b, c, d] = bits.0;
    Bits256(
        [b.rotate_left(32), a.rotate_left(32), d.rotate_left(32), c.rotate_left(32)].map(reversed_directions),
    )
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
    use super::{Bits256, VALUES, mirrored, split};

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
            let (axis, along, diagonal, aslant) = split(gx, gy);
            let parts = [(axis, along), (diagonal, aslant)];
            let sum =
                |k: usize| parts.iter().map(|&(way, length)| ways[way as usize][k] * length).sum::<f32>();
            assert!((sum(0) - gx).abs() < 1e-5 && (sum(1) - gy).abs() < 1e-5, "{gx} {gy}");
        }
    }
}
