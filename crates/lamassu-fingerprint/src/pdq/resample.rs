//! Blur and sampling of PDQ as one sparse linear map per axis.
//!
//! The reference filters the whole picture four times and then picks 64 x 64 pixels. Both filters of
//! an axis and the picking are one 64 x n matrix with about n / 64 weights a row, so here each pixel is
//! multiplied about twice: once into its columns, once into its row.

use crate::picture::Picture;

/// 64 rows of 64 luma samples.
pub type Samples = [[f32; 64]; 64];

/// The weights of one output sample: consecutive, starting at input position `start`.
struct Taps {
    start: usize,
    weights: Vec<f32>,
}

/// The filtered and decimated picture, luma 0 to 255.
pub fn to_64x64(picture: &Picture<'_>) -> Samples {
    let (width, height) = (picture.width(), picture.height());
    if (width, height) == (64, 64) {
        // The reference takes such a picture as already sampled.
        return std::array::from_fn(|y| {
            let mut row = [0.0; 64];
            picture.luma_row(y, &mut row);
            row
        });
    }
    let (across, down) = (taps(width), taps(height));
    let mut samples = [[0.0; 64]; 64];
    let mut luma = vec![0.0; width];
    let mut first = 0;
    for y in 0..height {
        // Output rows overlap only with their neighbours: skip those that are complete.
        while first < 64 && down[first].start + down[first].weights.len() <= y {
            first += 1;
        }
        if down.get(first).is_none_or(|taps| taps.start > y) {
            continue;
        }
        picture.luma_row(y, &mut luma);
        let row: [f32; 64] = std::array::from_fn(|x| dot(&luma[across[x].start..], &across[x].weights));
        for (taps, target) in
            down.iter().zip(&mut samples).skip(first).take_while(|(taps, _)| taps.start <= y)
        {
            if let Some(&weight) = taps.weights.get(y - taps.start) {
                target.iter_mut().zip(&row).for_each(|(sum, &value)| *sum += weight * value);
            }
        }
    }
    samples
}

/// Sum of products over the length of `weights`, in eight lanes so that it vectorises.
fn dot(luma: &[f32], weights: &[f32]) -> f32 {
    let luma = &luma[..weights.len()];
    let mut lanes = [0.0_f32; 8];
    let (a, b) = (luma.chunks_exact(8), weights.chunks_exact(8));
    let tail: f32 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a.zip(b) {
        for k in 0..8 {
            lanes[k] += x[k] * y[k];
        }
    }
    lanes.iter().sum::<f32>() + tail
}

/// The 64 rows of the map for an axis of `n` pixels: box filter, box filter, sample.
fn taps(n: usize) -> Vec<Taps> {
    let window = n.div_ceil(128);
    (0..64)
        .map(|k| {
            let sample = ((2 * k + 1) * n) / 128;
            let outer = span(sample, window, n);
            let start = span(outer.0, window, n).0;
            let end = span(outer.1, window, n).1;
            let mut weights = vec![0.0_f64; end - start + 1];
            for middle in outer.0..=outer.1 {
                let inner = span(middle, window, n);
                let weight = 1.0 / ((outer.1 - outer.0 + 1) * (inner.1 - inner.0 + 1)) as f64;
                weights[inner.0 - start..=inner.1 - start].iter_mut().for_each(|w| *w += weight);
            }
            Taps { start, weights: weights.into_iter().map(|w| w as f32).collect() }
        })
        .collect()
}

/// First and last position that the reference's box filter averages for position `at`.
///
/// A window of even length reaches one further to the right; windows shrink at the ends.
fn span(at: usize, window: usize, n: usize) -> (usize, usize) {
    let half = usize::midpoint(window, 2);
    ((at + half).saturating_sub(window), (at + half - 1).min(n - 1))
}
