//! How alike unrelated pictures come, and where a bank's default lies in that.

use std::fmt::Write as _;

use lamassu_case::score::{Seen, SeenFeatures, probability};
use lamassu_case::{BankPolicy, Method};
use serde_json::{Value, json};

use super::pairs::{Found, Pair};

/// Rarities that are told: one in so many pairs.
const RARITIES: [usize; 5] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// The most alike of unrelated pairs.
#[derive(Debug)]
pub struct Tail {
    /// How many pairs, candidates or not.
    pub pairs: usize,
    /// Candidates among them, most alike first: the evidence, distance or difference.
    values: Vec<f64>,
    /// Those that a bank accepts by default.
    pub accepted: usize,
    /// Where the default lies.
    pub threshold: f64,
}

impl Tail {
    /// Of the pairs that are both drawn, or of all others.
    pub fn of(found: &Found, method: Method, is_drawn: bool) -> Self {
        let wrong = |pair: &&Pair| pair.method == method && !pair.is_right && pair.is_drawn == is_drawn;
        let wrong: Vec<&Pair> = found.pairs.iter().filter(wrong).collect();
        let mut values: Vec<f64> = wrong.iter().map(|pair| value(pair)).collect();
        values.sort_by(|a, b| if method == Method::Local { b.total_cmp(a) } else { a.total_cmp(b) });
        let accepted = wrong.iter().filter(|pair| is_accepted(pair)).count();
        let pairs = found.unrelated[usize::from(is_drawn)];
        Self { pairs, values, accepted, threshold: threshold(method) }
    }

    /// The evidence, distance or difference that one in so many pairs comes beyond, as far as there are candidates.
    fn beyond(&self, rarity: usize) -> Option<f64> {
        let rank = self.pairs / rarity;
        rank.checked_sub(1).and_then(|at| self.values.get(at)).copied()
    }

    /// A line for people.
    pub fn line(&self, unit: &str) -> String {
        let most: Vec<String> = self.values.iter().take(5).map(|value| format!("{value:.2}")).collect();
        let mut line = format!(
            "unrelated pairs: {}, {} candidates, {} beyond the default of {:.2} {unit}; most alike {}",
            self.pairs,
            self.values.len(),
            self.accepted,
            self.threshold,
            if most.is_empty() { "none".to_owned() } else { most.join(", ") }
        );
        for rarity in RARITIES {
            if let Some(value) = self.beyond(rarity) {
                let _written = write!(line, "; one in {rarity} reaches {value:.2}");
            }
        }
        line
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let beyond: Vec<Value> =
            RARITIES.iter().map(|&rarity| json!([rarity, self.beyond(rarity)])).collect();
        json!({
            "pairs": self.pairs, "candidates": self.values.len(), "accepted": self.accepted,
            "threshold": self.threshold, "most_alike": self.values.first(), "one_in": beyond,
        })
    }
}

/// What is comparable with the threshold: strength of local features, bits, or difference.
fn value(pair: &Pair) -> f64 {
    if pair.method == Method::Local { pair.x.exp_m1() } else { pair.x }
}

/// Whether a bank's default accepts it.
pub fn is_accepted(pair: &Pair) -> bool {
    let policy = BankPolicy::default();
    match pair.method {
        Method::Pdq => pair.x <= f64::from(policy.radius_bits),
        Method::Plain => pair.x <= policy.plain_difference,
        _ => probability(&pair.seen) >= policy.score_min,
    }
}

fn threshold(method: Method) -> f64 {
    let policy = BankPolicy::default();
    match method {
        Method::Pdq => f64::from(policy.radius_bits),
        Method::Plain => policy.plain_difference,
        _ => strength_at(policy.score_min),
    }
}

/// The strength of local features that has this score.
fn strength_at(score: f64) -> f64 {
    let score_of = |evidence_bits: f32| {
        let all = SeenFeatures {
            inliers: 300,
            visible: 300,
            entry_features: 300,
            distance_bits: 0,
            spread: 1.0,
            evidence_bits,
        };
        probability(&Seen::Local(all))
    };
    let (mut low, mut high) = (0.0_f32, 10_000.0_f32);
    for _ in 0..40 {
        let middle = f32::midpoint(low, high);
        if score_of(middle) < score { low = middle } else { high = middle }
    }
    f64::from(high)
}

#[cfg(test)]
mod tests {
    use super::Tail;

    #[test]
    fn rare_pairs_are_counted_among_all() {
        let values = (0..30).map(|k| 60.0 - f64::from(k)).collect();
        let tail = Tail { pairs: 20_000, values, accepted: 3, threshold: 17.9 };
        assert_eq!(tail.beyond(1_000), Some(41.0), "the 20th");
        assert_eq!(tail.beyond(10_000), Some(59.0), "the second");
        assert_eq!(tail.beyond(100_000), None);
        let line = tail.line("bits");
        assert!(
            line.contains("unrelated pairs: 20000, 30 candidates, 3 beyond the default of 17.90 bits"),
            "{line}"
        );
    }
}
