//! The 16 x 16 lowest frequencies of a 64 x 64 picture, without the constant ones.

use std::f64::consts::PI;
use std::sync::LazyLock;

use multiversion::multiversion;

use super::resample::Samples;

/// Row `i`, column `j`: vertical frequency `i + 1`, horizontal frequency `j + 1`.
pub type Coefficients = [[f32; 16]; 16];

/// Row `i` of 16 is the cosine of frequency `i + 1` over 64 samples (Zauner 2010, DCT-II).
static COSINES: LazyLock<[[f32; 64]; 16]> = LazyLock::new(|| {
    std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            ((2.0 / 64.0_f64).sqrt() * (PI / 128.0 * (i + 1) as f64 * (2 * j + 1) as f64).cos()) as f32
        })
    })
});

/// The same by sample: what one of them adds to all frequencies lies in a row.
static BY_SAMPLE: LazyLock<[[f32; 16]; 64]> =
    LazyLock::new(|| std::array::from_fn(|j| std::array::from_fn(|i| COSINES[i][j])));

/// `COSINES * samples * transpose(COSINES)`. Each number is summed in the order of the samples on all processors, so
/// that they give the same bits.
#[multiversion(targets("x86_64+avx2"))]
pub fn low_frequencies(samples: &Samples) -> Coefficients {
    let (cosines, by_sample) = (&*COSINES, &*BY_SAMPLE);
    let mut coefficients = [[0.0; 16]; 16];
    for (row, weights) in coefficients.iter_mut().zip(cosines) {
        let mut columns = [0.0_f32; 64];
        for (&weight, line) in weights.iter().zip(samples) {
            columns.iter_mut().zip(line).for_each(|(sum, &sample)| *sum += weight * sample);
        }
        for (&column, across) in columns.iter().zip(by_sample) {
            row.iter_mut().zip(across).for_each(|(sum, &cosine)| *sum += column * cosine);
        }
    }
    coefficients
}

/// The coefficients of the picture after transposing it and reversing its rows or columns.
///
/// Reversing an axis negates its odd frequencies, which sit at the even indices.
pub fn orient(original: &Coefficients, (transpose, rows, columns): (bool, bool, bool)) -> Coefficients {
    std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            let value = if transpose { original[j][i] } else { original[i][j] };
            let negative = (rows && i % 2 == 0) != (columns && j % 2 == 0);
            if negative { -value } else { value }
        })
    })
}
