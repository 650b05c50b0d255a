//! How often candidates of each score are right, beside what the score says.

use std::collections::HashSet;

use serde_json::{Value, json};

/// Lower ends of the bands of scores that are told apart.
const BANDS: [f64; 9] = [0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98];
/// Standard deviations that a normal number stays within with a probability of 95 %.
const Z: f64 = 1.959_964;

/// A candidate with its score.
#[derive(Debug, Clone, Copy)]
pub struct Scored {
    /// What the curve says, 0 to 1.
    pub score: f64,
    /// Whether it is right.
    pub is_right: bool,
    /// The number of the original that the item was made of.
    pub original: usize,
}

/// The candidates of one band of scores.
#[derive(Debug)]
pub struct Band {
    /// Its lower end.
    pub from: f64,
    /// Its upper end.
    pub until: f64,
    /// How many right ones.
    pub right: usize,
    /// How many wrong ones.
    pub wrong: usize,
    /// Of how many originals: copies of one are not independent.
    pub originals: usize,
    /// Their mean score.
    pub predicted: f64,
    /// The share of right ones.
    pub observed: f64,
    /// Wilson's bounds of that share, 95 %.
    pub bounds: [f64; 2],
}

/// How well a curve holds, as if as many right as wrong candidates had come in.
#[derive(Debug)]
pub struct Reliability {
    /// The bands that there are candidates in.
    pub bands: Vec<Band>,
    /// The mean square of score less outcome: 0 is best, 0.25 a coin.
    pub brier: f64,
}

impl Reliability {
    /// Of these candidates.
    pub fn of(scored: &[Scored]) -> Self {
        let right = scored.iter().filter(|it| it.is_right).count();
        let weights = [scored.len() - right, right].map(|count| 0.5 / count.max(1) as f64);
        let weight = |it: &Scored| weights[usize::from(it.is_right)];
        let outcome = |it: &Scored| f64::from(u8::from(it.is_right));
        let brier = scored.iter().map(|it| weight(it) * (it.score - outcome(it)).powi(2)).sum();
        let ends = BANDS.iter().skip(1).copied().chain([f64::INFINITY]);
        let bands = BANDS.iter().zip(ends).filter_map(|(&from, until)| {
            let within: Vec<&Scored> = scored.iter().filter(|it| (from..until).contains(&it.score)).collect();
            let sum = |of: &dyn Fn(&Scored) -> f64| within.iter().map(|it| of(it)).sum::<f64>();
            let all = sum(&weight);
            let observed = sum(&|it| weight(it) * outcome(it)) / all;
            // As many equal candidates as would say as much as these of two weights (Kish).
            let effective = all * all / sum(&|it| weight(it) * weight(it));
            let right = within.iter().filter(|it| it.is_right).count();
            (!within.is_empty()).then(|| Band {
                from,
                until: until.min(1.0),
                right,
                wrong: within.len() - right,
                originals: within.iter().map(|it| it.original).collect::<HashSet<_>>().len(),
                predicted: sum(&|it| weight(it) * it.score) / all,
                observed,
                bounds: wilson(observed, effective),
            })
        });
        Self { bands: bands.collect(), brier }
    }

    /// A line for each band.
    pub fn lines(&self) -> Vec<String> {
        let line = |band: &Band| {
            let Band { from, until, right, wrong, originals, predicted, observed, bounds: [low, high] } =
                band;
            format!(
                "  {from:.2}–{until:.2}  {right:6} right {wrong:5} wrong of {originals:4} originals  \
                 predicted {predicted:.3}  observed {observed:.3} ({low:.3}–{high:.3})"
            )
        };
        let brier = format!("  Brier score {:.4}", self.brier);
        self.bands.iter().map(line).chain([brier]).collect()
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let band = |it: &Band| {
            json!({
                "from": it.from, "until": it.until, "right": it.right, "wrong": it.wrong,
                "originals": it.originals, "predicted": it.predicted, "observed": it.observed, "bounds_95": it.bounds,
            })
        };
        json!({ "brier": self.brier, "bands": self.bands.iter().map(band).collect::<Vec<_>>() })
    }
}

/// Wilson's bounds of a share among so many, 95 %.
fn wilson(share: f64, count: f64) -> [f64; 2] {
    let square = Z * Z / count;
    let middle = (share + 0.5 * square) / (1.0 + square);
    let reach = Z * (share * (1.0 - share) / count + square / (4.0 * count)).sqrt() / (1.0 + square);
    [(middle - reach).max(0.0), (middle + reach).min(1.0)]
}

#[cfg(test)]
mod tests {
    use super::{Reliability, Scored, wilson};

    #[test]
    fn bounds_are_wilsons() {
        // Of 10, none and 5: as tables have it.
        let near = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).abs() < 5e-4 && (a[1] - b[1]).abs() < 5e-4;
        assert!(near(wilson(0.0, 10.0), [0.0, 0.2775]), "{:?}", wilson(0.0, 10.0));
        assert!(near(wilson(0.5, 10.0), [0.2366, 0.7634]), "{:?}", wilson(0.5, 10.0));
    }

    #[test]
    fn a_band_counts_and_weighs() {
        let one = |score, is_right, original| Scored { score, is_right, original };
        // Two right and four wrong: a right one counts for two wrong ones.
        let scored = [
            one(0.97, true, 1),
            one(0.5, true, 1),
            one(0.5, false, 2),
            one(0.5, false, 2),
            one(0.02, false, 3),
            one(0.02, false, 3),
        ];
        let told = Reliability::of(&scored);
        let middle = &told.bands[1];
        assert_eq!((middle.right, middle.wrong, middle.originals), (1, 2, 2));
        assert!((middle.observed - 0.5).abs() < 1e-9 && (middle.predicted - 0.5).abs() < 1e-9);
        let brier = 0.25 * (0.03_f64.powi(2) + 0.25) + 0.125 * (0.25 + 0.25 + 2.0 * 0.02_f64.powi(2));
        assert!((told.brier - brier).abs() < 1e-9, "{}", told.brier);
        assert_eq!(told.bands.len(), 3);
        assert_eq!(told.lines().len(), 4);
    }
}
