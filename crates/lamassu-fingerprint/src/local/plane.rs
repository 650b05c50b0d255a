//! Planes of luma, and how a picture is scaled to one.

use crate::picture::Picture;

/// Luma in row-major order.
#[derive(Debug, Clone, Default)]
pub struct Plane {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}

impl Plane {
    /// A plane of zeros.
    pub fn zeros(width: usize, height: usize) -> Self {
        Self { width, height, values: vec![0.0; width * height] }
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
        let mut half = Self::zeros(self.width.div_ceil(2), self.height.div_ceil(2));
        for y in 0..half.height {
            let row = self.row(2 * y);
            half.row_mut(y).iter_mut().zip(row.iter().step_by(2)).for_each(|(to, from)| *to = *from);
        }
        half
    }
}

/// For each output pixel of an axis: the first input pixel, and weights that sum to 1.
struct Axis {
    starts: Vec<usize>,
    weights: Vec<Vec<f32>>,
}

impl Axis {
    /// Areas where it shrinks, straight lines between pixel centres where it grows.
    fn new(from: usize, to: usize) -> Self {
        let ratio = from as f64 / to as f64;
        let (mut starts, mut weights) = (Vec::with_capacity(to), Vec::with_capacity(to));
        for k in 0..to {
            let (start, taps) = if ratio > 1.0 { area(k, ratio, from) } else { line(k, ratio, from) };
            starts.push(start);
            weights.push(taps);
        }
        Self { starts, weights }
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
        while first < plane.height && down.starts[first] + down.weights[first].len() <= y {
            first += 1;
        }
        let mut is_scaled = false;
        for k in (first..plane.height).take_while(|&k| down.starts[k] <= y) {
            let Some(&weight) = down.weights[k].get(y - down.starts[k]) else { continue };
            if !is_scaled {
                picture.luma_row(y, &mut luma);
                scale_row(&luma, &across, &mut narrow);
                is_scaled = true;
            }
            plane.row_mut(k).iter_mut().zip(&narrow).for_each(|(sum, value)| *sum += weight * value);
        }
    }
    plane
}

fn scale_row(luma: &[f32], across: &Axis, narrow: &mut [f32]) {
    for ((to, &start), weights) in narrow.iter_mut().zip(&across.starts).zip(&across.weights) {
        *to = weights.iter().zip(&luma[start..]).map(|(weight, value)| weight * value).sum();
    }
}
