//! Extrema of differences of Gaussians over place and scale.

#![expect(clippy::many_single_char_names, reason = "formulas of places, as they are written in books")]
#![expect(clippy::needless_bitwise_bool, reason = "branches would keep loops from vectorising")]

use multiversion::multiversion;

use super::blur::{Kernel, blurred};
use super::plane::Plane;

/// Steps of blur in which it doubles.
pub const STEPS: usize = 3;
/// Blur of the first level of an octave, in its pixels.
const SIGMA: f64 = 1.6;
/// Blur that a picture is supposed to have when it comes, in its pixels.
const SIGMA_BEFORE: f64 = 0.5;
/// The cube root of 2: blur grows by this in a step.
const STEP_FACTOR: f64 = 1.259_921_049_894_873_2;
/// An octave has at least so many pixels on its shorter side.
const SIDE_PX_MIN: usize = 12;
const OCTAVES_MAX: usize = 6;
/// So far from the edge of an octave nothing is looked for, in its pixels.
const BORDER_PX: usize = 5;
/// Luma steps (of 255) that an extremum must differ by from its surroundings.
const CONTRAST_MIN: f32 = 0.9;
/// The same for pictures so smooth that they have fewer than [`FEW`] that do.
const CONTRAST_FAINT_MIN: f32 = 0.25;
const FEW: usize = 120;
/// Largest ratio of the curvatures: beyond it is an edge, along which a place is not fixed.
const CURVATURE_RATIO_MAX: f32 = 10.0;
/// Steps to the neighbouring sample that a refined place may take.
const MOVES_MAX: usize = 4;

/// One octave: levels of growing blur. What neighbouring ones differ by is computed where it is looked at: to write it
/// down and read it again takes longer.
pub struct Octave(Vec<Plane>);

impl Octave {
    /// The blurred picture of this level.
    pub fn level(&self, level: usize) -> &Plane {
        &self.0[level]
    }

    /// What the levels after and before this step differ by at a place.
    #[inline]
    fn difference(&self, step: usize, x: usize, y: usize) -> f32 {
        self.0[step + 1].row(y)[x] - self.0[step].row(y)[x]
    }
}

/// An extremum.
#[derive(Debug, Clone, Copy)]
pub struct Keypoint {
    /// Its octave; pixels are twice as large in the next one.
    pub octave: usize,
    /// The level of the octave with the nearest blur.
    pub level: usize,
    /// Place in pixels of the octave.
    pub x: f32,
    /// Place in pixels of the octave.
    pub y: f32,
    /// Blur in pixels of the octave.
    pub sigma: f32,
    /// By how much it differs from its surroundings, in luma steps.
    pub contrast: f32,
}

/// The octaves of a picture that was enlarged by `enlarged` before.
pub fn octaves(base: Plane, enlarged: f32) -> Vec<Octave> {
    let before = SIGMA_BEFORE * f64::from(enlarged);
    let mut first = blurred(&base, &Kernel::new(difference(SIGMA, before)));
    drop(base);
    let kernels: Vec<Kernel> = (0..STEPS + 2)
        .scan(SIGMA, |sigma, _| {
            let from = *sigma;
            *sigma *= STEP_FACTOR;
            Some(Kernel::new(difference(*sigma, from)))
        })
        .collect();
    let mut octaves = Vec::new();
    while octaves.len() < OCTAVES_MAX && first.width.min(first.height) >= SIDE_PX_MIN {
        let octave = octave(first, &kernels);
        first = octave.level(STEPS).halved();
        octaves.push(octave);
    }
    octaves
}

/// The blur that makes the one blur of the other.
fn difference(sigma: f64, from: f64) -> f64 {
    (sigma * sigma - from * from).sqrt()
}

fn octave(first: Plane, kernels: &[Kernel]) -> Octave {
    let mut levels = vec![first];
    for kernel in kernels {
        levels.push(blurred(&levels[levels.len() - 1], kernel));
    }
    Octave(levels)
}

/// All extrema of all octaves; faint ones only where there are few others.
pub fn all(octaves: &[Octave]) -> Vec<Keypoint> {
    let found = with_contrast(octaves, CONTRAST_MIN);
    if found.len() < FEW { with_contrast(octaves, CONTRAST_FAINT_MIN) } else { found }
}

fn with_contrast(octaves: &[Octave], contrast_min: f32) -> Vec<Keypoint> {
    octaves.iter().enumerate().flat_map(|(number, octave)| in_octave(octave, number, contrast_min)).collect()
}

/// The extrema of an octave, the finest step first.
fn in_octave(octave: &Octave, number: usize, contrast_min: f32) -> Vec<Keypoint> {
    let mut found = [const { Vec::new() }; STEPS];
    let (width, height) = (octave.level(0).width, octave.level(0).height);
    if width.min(height) > 2 * BORDER_PX {
        let mut window = Window::new(width);
        for y in BORDER_PX - 1..=BORDER_PX {
            window.read(octave, y);
        }
        for y in BORDER_PX..height - BORDER_PX {
            window.read(octave, y + 1);
            window.bound();
            for (step, found) in (1..).zip(&mut found) {
                let peaks = window.peaks(y, step, 0.6 * contrast_min);
                let peaks = memchr::memchr_iter(1, &peaks[BORDER_PX..width - BORDER_PX]);
                found.extend(
                    peaks
                        .filter_map(|x| refined(octave, number, [x + BORDER_PX, y, step]))
                        .filter(|it| it.contrast >= contrast_min),
                );
            }
        }
    }
    found.concat()
}

/// Three rows of an octave's differences in all steps: small enough to stay near the processor while each is asked
/// about three times.
struct Window {
    /// By step, then row: `y` is in row `y % 3`.
    rows: [[Vec<f32>; 3]; STEPS + 2],
    /// By step: the least and the greatest of a place and the eight around it.
    bounds: [[Vec<f32>; 2]; STEPS + 2],
    /// Where the row last asked about has an extremum: 1, elsewhere 0.
    peaks: Vec<u8>,
}

impl Window {
    fn new(width: usize) -> Self {
        let row = || vec![0.0; width];
        Self {
            rows: std::array::from_fn(|_| std::array::from_fn(|_| row())),
            bounds: std::array::from_fn(|_| std::array::from_fn(|_| row())),
            peaks: vec![0; width],
        }
    }

    /// Takes in row `y` in place of the third last.
    fn read(&mut self, octave: &Octave, y: usize) {
        for (step, rows) in self.rows.iter_mut().enumerate() {
            subtract(octave.level(step + 1).row(y), octave.level(step).row(y), &mut rows[y % 3]);
        }
    }

    /// Finds out within what the places around each of the middle row lie.
    fn bound(&mut self) {
        for (rows, bounds) in self.rows.iter().zip(&mut self.bounds) {
            bound(rows, bounds);
        }
    }

    /// Marks places of row `y`, the middle one, whose difference is far from zero and above all around it, in its step
    /// and in those beside it, or below all.
    fn peaks(&mut self, y: usize, step: usize, least: f32) -> &[u8] {
        mark_peaks(&self.rows[step][y % 3], &self.bounds[step - 1..=step + 1], least, &mut self.peaks);
        &self.peaks
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn subtract(after: &[f32], before: &[f32], difference: &mut [f32]) {
    difference
        .iter_mut()
        .zip(after.iter().zip(before))
        .for_each(|(to, (after, before))| *to = after - before);
}

/// The least and the greatest of three rows, in three columns: of all but the first and the last.
#[multiversion(targets("x86_64+avx2"))]
fn bound([a, b, c]: &[Vec<f32>; 3], [low, high]: &mut [Vec<f32>; 2]) {
    let width = a.len();
    let (b, c) = (&b[..width], &c[..width]);
    let (low, high) = (&mut low[1..width - 1], &mut high[1..width - 1]);
    for x in 0..width - 2 {
        let column = |x: usize| (lesser(lesser(a[x], b[x]), c[x]), greater(greater(a[x], b[x]), c[x]));
        let [left, middle, right] = [column(x), column(x + 1), column(x + 2)];
        low[x] = lesser(lesser(left.0, middle.0), right.0);
        high[x] = greater(greater(left.1, middle.1), right.1);
    }
}

/// One instruction, unlike [`f32::min`], which minds what is not a number.
#[inline(always)]
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[inline(always)]
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// Asks all places at once, so that it vectorises.
#[multiversion(targets("x86_64+avx2"))]
fn mark_peaks(own: &[f32], bounds: &[[Vec<f32>; 2]], least: f32, peaks: &mut [u8]) {
    let [before, beside, after] = bounds else { return };
    let bound = |k: usize| [before, beside, after].map(|bounds| &bounds[k][..own.len()]);
    let ([a, b, c], [d, e, f]) = (bound(0), bound(1));
    for (x, peak) in peaks[..own.len()].iter_mut().enumerate() {
        let value = own[x];
        let low = (value <= a[x]) & (value <= b[x]) & (value <= c[x]) & (value <= -least);
        let high = (value >= d[x]) & (value >= e[x]) & (value >= f[x]) & (value >= least);
        *peak = u8::from(low | high);
    }
}

/// Fits a paraboloid round the sample and moves to its top; nothing for what is an edge.
fn refined(octave: &Octave, number: usize, [mut x, mut y, mut step]: [usize; 3]) -> Option<Keypoint> {
    let (width, height) = (octave.level(0).width, octave.level(0).height);
    for _ in 0..MOVES_MAX {
        let fit = Fit::at(octave, [x, y, step]);
        let offset = fit.top()?;
        if offset.iter().all(|o| o.abs() <= 0.6) {
            let contrast = fit.value + 0.5 * (0..3).map(|k| fit.slope[k] * offset[k]).sum::<f32>();
            if fit.is_edge() {
                return None;
            }
            let steps = step as f32 + offset[2];
            let level = ((steps + 0.5) as usize).clamp(1, STEPS);
            return Some(Keypoint {
                octave: number,
                level,
                x: x as f32 + offset[0],
                y: y as f32 + offset[1],
                sigma: sigma_at(steps),
                contrast: contrast.abs(),
            });
        }
        let moved = |at: usize, offset: f32| at.checked_add_signed((offset + 0.5 * offset.signum()) as isize);
        (x, y, step) = (moved(x, offset[0])?, moved(y, offset[1])?, moved(step, offset[2])?);
        let inside = (BORDER_PX..width - BORDER_PX).contains(&x)
            && (BORDER_PX..height - BORDER_PX).contains(&y)
            && (1..=STEPS).contains(&step);
        if !inside {
            return None;
        }
    }
    None
}

/// The blur after so many steps, of 0 to 4.
fn sigma_at(steps: f32) -> f32 {
    // 2 to the power of a third of the steps, as a product of the whole steps and a polynomial of the rest.
    let whole = steps.max(0.0) as usize;
    let rest = (steps - whole as f32) * (std::f32::consts::LN_2 / STEPS as f32);
    let part = 1.0 + rest * (1.0 + rest * (0.5 + rest / 6.0));
    (0..whole).fold(SIGMA as f32, |sigma, _| sigma * STEP_FACTOR as f32) * part
}

/// Derivatives at a sample: of x, y and step.
struct Fit {
    value: f32,
    slope: [f32; 3],
    /// Second derivatives: xx, yy, ss, xy, xs, ys.
    bend: [f32; 6],
}

impl Fit {
    fn at(octave: &Octave, [x, y, step]: [usize; 3]) -> Self {
        let at = |dx: isize, dy: isize, ds: isize| {
            octave.difference(
                step.wrapping_add_signed(ds),
                x.wrapping_add_signed(dx),
                y.wrapping_add_signed(dy),
            )
        };
        let value = at(0, 0, 0);
        let slope = [at(1, 0, 0) - at(-1, 0, 0), at(0, 1, 0) - at(0, -1, 0), at(0, 0, 1) - at(0, 0, -1)];
        let cross = |a: [isize; 3], b: [isize; 3]| {
            let value =
                |s: isize, t: isize| at(s * a[0] + t * b[0], s * a[1] + t * b[1], s * a[2] + t * b[2]);
            0.25 * (value(1, 1) + value(-1, -1) - value(1, -1) - value(-1, 1))
        };
        let (ex, ey, es) = ([1, 0, 0], [0, 1, 0], [0, 0, 1]);
        let bend = [
            at(1, 0, 0) + at(-1, 0, 0) - 2.0 * value,
            at(0, 1, 0) + at(0, -1, 0) - 2.0 * value,
            at(0, 0, 1) + at(0, 0, -1) - 2.0 * value,
            cross(ex, ey),
            cross(ex, es),
            cross(ey, es),
        ];
        Self { value, slope: slope.map(|s| 0.5 * s), bend }
    }

    /// Where the paraboloid has its top, from the sample on; nothing if it has none.
    fn top(&self) -> Option<[f32; 3]> {
        let [xx, yy, ss, xy, xs, ys] = self.bend;
        let [gx, gy, gs] = self.slope;
        let (a, b, c) = (yy * ss - ys * ys, xs * ys - xy * ss, xy * ys - xs * yy);
        let (d, e, f) = (xx * ss - xs * xs, xy * xs - xx * ys, xx * yy - xy * xy);
        let determinant = xx * a + xy * b + xs * c;
        if determinant.abs() < 1e-9 {
            return None;
        }
        let by = -1.0 / determinant;
        let top = [
            by * (a * gx + b * gy + c * gs),
            by * (b * gx + d * gy + e * gs),
            by * (c * gx + e * gy + f * gs),
        ];
        top.iter().all(|offset| offset.abs() < 100.0).then_some(top)
    }

    fn is_edge(&self) -> bool {
        let [xx, yy, _, xy, ..] = self.bend;
        let (trace, determinant) = (xx + yy, xx * yy - xy * xy);
        let ratio = CURVATURE_RATIO_MAX;
        determinant <= 0.0 || trace * trace * ratio >= (ratio + 1.0) * (ratio + 1.0) * determinant
    }
}
