//! Planes of luma, and how a picture is scaled to one.

use std::cell::RefCell;

use multiversion::multiversion;

use crate::picture::Picture;

thread_local! {
    /// Values of planes that are gone: fresh memory costs as much as what is done with it.
    static SPARE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// The smallest that holds so many values, or the largest; so small ones stay small.
fn spared(spare: &mut Vec<Vec<f32>>, count: usize) -> Vec<f32> {
    let by_fit = |values: &Vec<f32>| match values.capacity() {
        capacity if capacity >= count => (0, capacity),
        capacity => (1, usize::MAX - capacity),
    };
    let best = spare.iter().enumerate().min_by_key(|(_, values)| by_fit(values));
    best.map(|(at, _)| at).map_or_else(Vec::new, |at| spare.swap_remove(at))
}

/// Luma in row-major order.
#[derive(Debug)]
pub struct Plane {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}

impl Drop for Plane {
    fn drop(&mut self) {
        let values = std::mem::take(&mut self.values);
        // A thread that ends has no use for it.
        let _ = SPARE.try_with(|spare| spare.borrow_mut().push(values));
    }
}

impl Plane {
    /// A plane of any values, to be written.
    pub fn new(width: usize, height: usize) -> Self {
        let mut values = SPARE.with_borrow_mut(|spare| spared(spare, width * height));
        values.resize(width * height, 0.0);
        Self { width, height, values }
    }

    /// A plane of zeros.
    pub fn zeros(width: usize, height: usize) -> Self {
        let mut plane = Self::new(width, height);
        plane.values.fill(0.0);
        plane
    }

    /// Row `y`.
    #[inline]
    pub fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..(y + 1) * self.width]
    }

    /// Row `y`, to write.
    pub fn row_mut(&mut self, y: usize) -> &mut [f32] {
        &mut self.values[y * self.width..(y + 1) * self.width]
    }

    /// Every second pixel of every second row.
    pub fn halved(&self) -> Self {
        let mut half = Self::new(self.width.div_ceil(2), self.height.div_ceil(2));
        for y in 0..half.height {
            let row = self.row(2 * y);
            half.row_mut(y).iter_mut().zip(row.iter().step_by(2)).for_each(|(to, from)| *to = *from);
        }
        half
    }
}

/// For each output pixel of an axis: the first input pixel, and as many weights as there are taps, that sum to 1.
struct Axis {
    starts: Vec<usize>,
    weights: Vec<f32>,
    taps: usize,
}

impl Axis {
    /// Areas where it shrinks, straight lines between pixel centres where it grows.
    fn new(from: usize, to: usize) -> Self {
        let ratio = from as f64 / to as f64;
        let each: Vec<(usize, Vec<f32>)> =
            (0..to).map(|k| if ratio > 1.0 { area(k, ratio, from) } else { line(k, ratio, from) }).collect();
        let taps = each.iter().map(|(_, weights)| weights.len()).max().unwrap_or(0);
        let (mut starts, mut weights) = (Vec::with_capacity(to), Vec::with_capacity(to * taps));
        for (start, some) in each {
            // All of the taps lie within; those too many weigh nothing.
            let first = start.min(from - taps);
            weights.resize(weights.len() + start - first, 0.0);
            weights.extend(some);
            starts.push(first);
            weights.resize(starts.len() * taps, 0.0);
        }
        Self { starts, weights, taps }
    }

    /// The weight of input pixel `at` in output pixel `k`.
    fn weight(&self, k: usize, at: usize) -> f32 {
        at.checked_sub(self.starts[k])
            .filter(|&tap| tap < self.taps)
            .map_or(0.0, |tap| self.weights[k * self.taps + tap])
    }
}

fn area(k: usize, ratio: f64, from: usize) -> (usize, Vec<f32>) {
    let (low, high) = (k as f64 * ratio, ((k + 1) as f64 * ratio).min(from as f64));
    let start = (low as usize).min(from - 1);
    let end = (high.ceil() as usize).clamp(start + 1, from);
    let covered = |at: usize| (high.min((at + 1) as f64) - low.max(at as f64)).max(0.0);
    let sum: f64 = (start..end).map(covered).sum();
    if sum <= 0.0 {
        return (start, vec![1.0]);
    }
    (start, (start..end).map(|at| (covered(at) / sum) as f32).collect())
}

fn line(k: usize, ratio: f64, from: usize) -> (usize, Vec<f32>) {
    let at = ((k as f64 + 0.5) * ratio - 0.5).clamp(0.0, (from - 1) as f64);
    let start = (at as usize).min(from.saturating_sub(2));
    let share = (at - start as f64) as f32;
    if from == 1 { (0, vec![1.0]) } else { (start, vec![1.0 - share, share]) }
}

/// The luma of `picture`, its longer side being `side_px` pixels and the other one in proportion.
pub fn scaled(picture: &Picture<'_>, side_px: usize) -> Plane {
    let (width, height) = (picture.width(), picture.height());
    let longer = width.max(height);
    let side = |length: usize| ((length * side_px + longer / 2) / longer).max(1);
    let mut plane = Plane::zeros(side(width), side(height));
    if (plane.width, plane.height) == (width, height) {
        for y in 0..height {
            picture.luma_row(y, plane.row_mut(y));
        }
        return plane;
    }
    let (across, down) = (Axis::new(width, plane.width), Axis::new(height, plane.height));
    let mut luma = vec![0.0; width];
    // Output rows that an input row may belong to: it is scaled across once and added to each.
    let mut narrow = vec![0.0; plane.width];
    let mut first = 0;
    for y in 0..height {
        while first < plane.height && down.starts[first] + down.taps <= y {
            first += 1;
        }
        let mut is_scaled = false;
        for k in (first..plane.height).take_while(|&k| down.starts[k] <= y) {
            let weight = down.weight(k, y);
            if weight == 0.0 {
                continue;
            }
            if !is_scaled {
                picture.luma_row(y, &mut luma);
                scale_row(&luma, &across, &mut narrow);
                is_scaled = true;
            }
            add(plane.row_mut(k), &narrow, weight);
        }
    }
    plane
}

#[multiversion(targets("x86_64+avx2"))]
fn add(sums: &mut [f32], values: &[f32], weight: f32) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
}

fn scale_row(luma: &[f32], across: &Axis, narrow: &mut [f32]) {
    match across.taps {
        2 => scale_row_by::<2>(luma, across, narrow),
        3 => scale_row_by::<3>(luma, across, narrow),
        4 => scale_row_by::<4>(luma, across, narrow),
        taps => {
            let each = across.starts.iter().zip(across.weights.chunks_exact(taps.max(1)));
            for (to, (&start, weights)) in narrow.iter_mut().zip(each) {
                *to = weights.iter().zip(&luma[start..]).map(|(weight, value)| weight * value).sum();
            }
        }
    }
}

/// With the number of taps known, so that there is no loop within the loop.
fn scale_row_by<const TAPS: usize>(luma: &[f32], across: &Axis, narrow: &mut [f32]) {
    let (weights, _) = across.weights.as_chunks::<TAPS>();
    for ((to, &start), weights) in narrow.iter_mut().zip(&across.starts).zip(weights) {
        let values = &luma[start..start + TAPS];
        *to = (0..TAPS).map(|tap| weights[tap] * values[tap]).sum();
    }
}
