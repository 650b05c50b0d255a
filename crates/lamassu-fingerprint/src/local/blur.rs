//! Gaussian blur, one axis after the other.

use multiversion::multiversion;

use super::plane::Plane;

/// Half the taps beyond the middle one, for the narrowest and the widest blur that is asked for.
const RADIUS_MIN: usize = 2;
const RADIUS_MAX: usize = 9;
/// Beyond so many standard deviations the taps are left away.
const REACH_SIGMAS: f64 = 2.5;

/// The middle tap, then those at distance 1, 2, …; all of them, both sides counted, sum to 1.
pub struct Kernel(Vec<f32>);

impl Kernel {
    /// For a blur of this standard deviation in pixels.
    pub fn new(sigma: f64) -> Self {
        let radius = ((REACH_SIGMAS * sigma).ceil() as usize).clamp(RADIUS_MIN, RADIUS_MAX);
        let taps: Vec<f64> =
            (0..=radius).map(|k| exp_of_minus((k * k) as f64 / (2.0 * sigma * sigma))).collect();
        let sum = 2.0 * taps.iter().sum::<f64>() - taps[0];
        Self(taps.into_iter().map(|tap| (tap / sum) as f32).collect())
    }

    fn radius(&self) -> usize {
        self.0.len() - 1
    }
}

/// e to the power of `-x` for `x` of 0 to 50, from basic arithmetic: libraries differ in the last bit.
fn exp_of_minus(x: f64) -> f64 {
    let small = x / 64.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..16 {
        term *= -small / f64::from(k);
        sum += term;
    }
    (0..6).fold(sum, |power, _| power * power)
}

/// `from` blurred; rows and columns go on beyond the edges with the value at the edge.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub fn blurred(from: &Plane, kernel: &Kernel) -> Plane {
    let (width, height, radius) = (from.width, from.height, kernel.radius());
    let mut to = Plane::new(width, height);
    // Rows that were blurred along are needed for the next few only: row `y` takes the place of an earlier one.
    let mut across = Plane::new(width, 2 * radius + 1);
    let mut padded = vec![0.0; width + 2 * radius];
    let mut done = 0;
    for y in 0..height {
        while done < height.min(y + radius + 1) {
            let row = from.row(done);
            padded[..radius].fill(row[0]);
            padded[radius..radius + width].copy_from_slice(row);
            padded[radius + width..].fill(row[width - 1]);
            along(&padded, kernel, across.row_mut(done % (2 * radius + 1)));
            done += 1;
        }
        Around { across: &across, y, height }.sum(kernel, to.row_mut(y));
    }
    to
}

/// Calls a function compiled for one radius, so that its loops unroll and vectorise.
macro_rules! for_radius {
    ($radius:expr, $function:ident, $($argument:expr),*) => {
        match $radius {
            2 => $function::<2>($($argument),*),
            3 => $function::<3>($($argument),*),
            4 => $function::<4>($($argument),*),
            5 => $function::<5>($($argument),*),
            6 => $function::<6>($($argument),*),
            7 => $function::<7>($($argument),*),
            8 => $function::<8>($($argument),*),
            _ => $function::<9>($($argument),*),
        }
    };
}

#[inline(always)]
fn along(padded: &[f32], kernel: &Kernel, to: &mut [f32]) {
    for_radius!(kernel.radius(), along_by, padded, &kernel.0, to);
}

#[inline(always)]
fn along_by<const R: usize>(padded: &[f32], taps: &[f32], to: &mut [f32]) {
    let width = to.len();
    let taps = &taps[..=R];
    let middle = &padded[R..R + width];
    let before: [&[f32]; R] = std::array::from_fn(|k| &padded[R - 1 - k..R - 1 - k + width]);
    let after: [&[f32]; R] = std::array::from_fn(|k| &padded[R + 1 + k..R + 1 + k + width]);
    weigh::<R>(taps, middle, (&before, &after), to);
}

/// The rows that a row of the result is made of.
struct Around<'a> {
    across: &'a Plane,
    y: usize,
    height: usize,
}

impl Around<'_> {
    #[inline(always)]
    fn sum(&self, kernel: &Kernel, to: &mut [f32]) {
        for_radius!(kernel.radius(), down_by, self, &kernel.0, to);
    }
}

#[inline(always)]
fn down_by<const R: usize>(rows: &Around<'_>, taps: &[f32], to: &mut [f32]) {
    let row = |y: usize| rows.across.row(y % (2 * R + 1));
    let before: [&[f32]; R] = std::array::from_fn(|k| row(rows.y.saturating_sub(k + 1)));
    let after: [&[f32]; R] = std::array::from_fn(|k| row((rows.y + k + 1).min(rows.height - 1)));
    weigh::<R>(&taps[..=R], row(rows.y), (&before, &after), to);
}

/// Pixels that are summed side by side, so that it vectorises.
const LANES: usize = 16;

#[inline(always)]
fn weigh<const R: usize>(
    taps: &[f32],
    middle: &[f32],
    (before, after): (&[&[f32]; R], &[&[f32]; R]),
    to: &mut [f32],
) {
    let taps: [f32; R] = std::array::from_fn(|k| taps[k + 1] / taps[0]);
    let first = 1.0 / (1.0 + 2.0 * taps.iter().sum::<f32>());
    let (blocks, rest) = to.as_chunks_mut::<LANES>();
    let done = blocks.len() * LANES;
    for (block, to) in blocks.iter_mut().enumerate() {
        let x = block * LANES;
        let mut sums = lanes(middle, x);
        for k in 0..R {
            let (a, b) = (lanes(before[k], x), lanes(after[k], x));
            for lane in 0..LANES {
                sums[lane] += taps[k] * (a[lane] + b[lane]);
            }
        }
        *to = sums.map(|sum| sum * first);
    }
    for (x, to) in (done..).zip(rest) {
        let sum = (0..R).fold(middle[x], |sum, k| sum + taps[k] * (before[k][x] + after[k][x]));
        *to = sum * first;
    }
}

#[inline(always)]
fn lanes(row: &[f32], x: usize) -> [f32; LANES] {
    *row[x..x + LANES].first_chunk().expect("the slice is as long")
}
