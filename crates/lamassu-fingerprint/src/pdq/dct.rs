//! The 16 x 16 lowest frequencies of a 64 x 64 picture, without the constant ones.

use std::f64::consts::PI;
use std::sync::LazyLock;

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

/// `COSINES * samples * transpose(COSINES)`.
pub fn low_frequencies(samples: &Samples) -> Coefficients {
    let cosines = &*COSINES;
    let mut coefficients = [[0.0; 16]; 16];
    for (row, weights) in coefficients.iter_mut().zip(cosines) {
        let mut columns = [0.0_f32; 64];
        for (&weight, line) in weights.iter().zip(samples) {
            columns.iter_mut().zip(line).for_each(|(sum, &sample)| *sum += weight * sample);
        }
        for (value, across) in row.iter_mut().zip(cosines) {
            *value = columns.iter().zip(across).map(|(&a, &b)| a * b).sum();
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
