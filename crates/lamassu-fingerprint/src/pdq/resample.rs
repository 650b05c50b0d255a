//! Blur and sampling of PDQ as one sparse linear map per axis.
//!
//! The reference filters the whole picture four times and then picks 64 x 64 pixels. Both filters of
//! an axis and the picking are one 64 x n matrix with about n / 64 weights a row, so here each pixel is
//! multiplied a few times: into its columns, then into its row, each for the picture and its mirror image.

#![expect(clippy::inline_always, reason = "what is not inlined is not compiled for the processor at hand")]

use multiversion::multiversion;

use crate::picture::Picture;

/// 64 rows of 64 luma samples.
pub type Samples = [[f32; 64]; 64];

/// The weights of one output sample: consecutive, starting at input position `start`.
struct Taps {
    start: usize,
    weights: Vec<f32>,
}

impl Taps {
    /// The position after the last one with a weight.
    fn end(&self) -> usize {
        self.start + self.weights.len()
    }

    /// The same on the mirrored axis of `n` pixels.
    fn mirrored(&self, n: usize) -> Self {
        Self { start: n - self.end(), weights: self.weights.iter().rev().copied().collect() }
    }
}

/// The samples that a picture has as it is, and those that it has when it is mirrored, put back into
/// the order of the unmirrored picture.
///
/// The two differ because the reference samples off the middle of its cells, by up to a pixel.
pub struct SampleSets {
    /// Four: sampled as it is, as if mirrored left to right, top to bottom, both.
    sets: Vec<Samples>,
}

impl SampleSets {
    /// The samples for this mirroring: (top to bottom, left to right).
    pub fn get(&self, (rows, columns): (bool, bool)) -> &Samples {
        &self.sets[2 * rows as usize + columns as usize]
    }
}

/// The filtered and decimated picture, luma 0 to 255. Compiled for wider processors, which do the same steps on more values
/// at a time.
#[multiversion(targets("x86_64+avx2"))]
pub fn to_64x64(picture: &Picture<'_>) -> SampleSets {
    let mut luma = vec![0.0; picture.width()];
    if (picture.width(), picture.height()) == (64, 64) {
        // The reference takes such a picture as already sampled.
        let samples = std::array::from_fn(|y| {
            let mut row = [0.0; 64];
            picture.luma_row(y, &mut row);
            row
        });
        return SampleSets { sets: vec![samples; 4] };
    }
    let (across, down) = (both_ways(picture.width()), both_ways(picture.height()));
    let mut sets = vec![[[0.0; 64]; 64]; 4];
    // Output rows overlap only with their neighbours: those before `first` are complete.
    let mut first = [0, 0];
    for y in 0..picture.height() {
        let mut rows = None;
        for ((taps, first), sets) in down.iter().zip(&mut first).zip(sets.chunks_exact_mut(2)) {
            while *first < 64 && taps[*first].end() <= y {
                *first += 1;
            }
            for k in (*first..64).take_while(|&k| taps[k].start <= y) {
                let Some(&weight) = taps[k].weights.get(y - taps[k].start) else { continue };
                let rows = rows.get_or_insert_with(|| {
                    picture.luma_row(y, &mut luma);
                    across.each_ref().map(|taps| sample_row(&luma, taps))
                });
                for (samples, row) in sets.iter_mut().zip(rows.iter()) {
                    samples[k].iter_mut().zip(row).for_each(|(sum, &value)| *sum += weight * value);
                }
            }
        }
    }
    SampleSets { sets }
}

#[inline(always)]
fn sample_row(luma: &[f32], taps: &[Taps]) -> [f32; 64] {
    std::array::from_fn(|x| dot(&luma[taps[x].start..], &taps[x].weights))
}

/// Sum of products over the length of `weights`, in eight lanes so that it vectorises.
#[inline(always)]
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

/// The map for an axis of `n` pixels, and the map for its mirror image in the order of the axis.
fn both_ways(n: usize) -> [Vec<Taps>; 2] {
    let plain = taps(n);
    let mirrored = plain.iter().rev().map(|taps| taps.mirrored(n)).collect();
    [plain, mirrored]
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
