//! A logistic curve of one number, by maximum likelihood.

use anyhow::ensure;

/// Steps of Newton's method; it converges in a few.
const STEPS: usize = 100;
/// Keeps the slope finite where right and wrong do not overlap: as if half a pair of each kind were of the other.
const SMOOTHING: f64 = 0.5;

/// Where a logistic curve is one half, and how steep it is there.
#[derive(Debug, Clone, Copy)]
pub struct Fit {
    /// Where.
    pub half: f64,
    /// How steep.
    pub slope: f64,
}

impl Fit {
    /// The curve's value.
    pub fn at(self, x: f64) -> f64 {
        1.0 / (1.0 + (-self.slope * (x - self.half)).exp())
    }
}

/// Fits the curve to numbers and whether each is right, as if as many right as wrong ones had come in; with targets a
/// little off 0 and 1, as Platt has them.
///
/// # Errors
/// When there are no right or no wrong ones, or the number tells nothing.
pub fn fit(pairs: &[(f64, bool)]) -> anyhow::Result<Fit> {
    let count = |is_right: bool| pairs.iter().filter(|pair| pair.1 == is_right).count() as f64;
    let (right, wrong) = (count(true), count(false));
    ensure!(right > 0.0 && wrong > 0.0, "a curve needs right and wrong pairs");
    // In units of their spread, so that steps of one are small steps.
    let mean = pairs.iter().map(|pair| pair.0).sum::<f64>() / (right + wrong);
    let square = pairs.iter().map(|pair| (pair.0 - mean).powi(2)).sum::<f64>() / (right + wrong);
    ensure!(square > 0.0, "the number is the same for all");
    let unit = square.sqrt();
    let (mut intercept, mut slope) = (0.0_f64, 0.0_f64);
    for _ in 0..STEPS {
        let (mut g0, mut g1, mut h00, mut h01, mut h11) = (0.0, 0.0, 1e-12, 0.0, 1e-12);
        for &(x, is_right) in pairs {
            let (weight, target) = if is_right {
                (1.0 / right, 1.0 - SMOOTHING / (right + 2.0 * SMOOTHING))
            } else {
                (1.0 / wrong, SMOOTHING / (wrong + 2.0 * SMOOTHING))
            };
            let x = (x - mean) / unit;
            let p = 1.0 / (1.0 + (-(intercept + slope * x)).exp());
            let (error, bend) = (weight * (target - p), weight * p * (1.0 - p));
            g0 += error;
            g1 += error * x;
            h00 += bend;
            h01 += bend * x;
            h11 += bend * x * x;
        }
        let determinant = h00 * h11 - h01 * h01;
        let step = [(h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant];
        intercept += step[0].clamp(-1.0, 1.0);
        slope += step[1].clamp(-1.0, 1.0);
        if step.iter().all(|step| step.abs() < 1e-9) {
            break;
        }
    }
    ensure!(slope.abs() > 1e-9, "the number tells right from wrong nowhere");
    Ok(Fit { half: mean - unit * intercept / slope, slope: slope / unit })
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_curve_finds_back_what_made_the_pairs() {
        // Of 200 pairs at each x, as many are right as the curve of half 10 and slope -0.5 says.
        let mut pairs = Vec::new();
        for x in 0..=20_i32 {
            let p = 1.0 / (1.0 + (0.5 * f64::from(x - 10)).exp());
            let right = (200.0 * p).round() as usize;
            pairs.extend((0..200).map(|k| (f64::from(x), k < right)));
        }
        let found = fit(&pairs).expect("there are both kinds");
        assert!((found.half - 10.0).abs() < 0.1 && (found.slope + 0.5).abs() < 0.02, "{found:?}");
        assert!((found.at(10.0) - 0.5).abs() < 0.02);
    }

    #[test]
    fn kinds_count_alike_however_many_there_are() {
        let few = fit(&[(1.0, true), (2.0, true), (4.0, true), (3.0, false), (5.0, false), (6.0, false)]);
        let mut pairs = vec![(1.0, true), (2.0, true), (4.0, true)];
        pairs.extend((0..50).flat_map(|_| [(3.0, false), (5.0, false), (6.0, false)]));
        let many = fit(&pairs).expect("both kinds");
        let few = few.expect("both kinds");
        assert!((few.half - many.half).abs() < 0.5, "{few:?} {many:?}");
    }

    #[test]
    fn pairs_of_one_kind_make_no_curve_and_apart_ones_a_finite_one() {
        assert!(fit(&[(1.0, true), (2.0, true)]).is_err());
        assert!(fit(&[(1.0, true), (1.0, false)]).is_err());
        let found = fit(&[(1.0, true), (2.0, true), (8.0, false), (9.0, false)]).expect("both kinds");
        let is_between = (3.0..7.0).contains(&found.half);
        assert!(found.slope < 0.0 && found.slope.is_finite() && is_between, "{found:?}");
    }
}
