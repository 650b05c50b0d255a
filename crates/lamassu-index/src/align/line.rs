//! The straight line through votes: where in the entry each moment of the item is from.

use super::rules::Rules;
use super::vote::Vote;

/// Entry time as a linear function of item time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    /// Entry time per item time.
    pub rate: f64,
    /// A moment of the item in the middle of the votes, milliseconds.
    pub pivot_ms: f64,
    /// Entry time at the pivot, milliseconds.
    pub entry_ms: f64,
}

impl Line {
    pub fn entry_at(&self, item_ms: f64) -> f64 {
        self.entry_ms + self.rate * (item_ms - self.pivot_ms)
    }

    pub fn item_at(&self, entry_ms: f64) -> f64 {
        self.pivot_ms + (entry_ms - self.entry_ms) / self.rate
    }

    /// How far the vote lies beside the line, milliseconds of the entry.
    pub fn miss_ms(&self, vote: &Vote) -> f64 {
        vote.entry.miss_ms(self.entry_at(vote.item.middle_ms()))
    }
}

/// Share of the weight that an unchanged rate may lose before another one is believed.
const UNCHANGED_SHARE: f64 = 0.93;
/// Rates tried on either side of none.
const RATES_MAX: i32 = 160;
/// How far two neighbouring rates may be apart at the ends of the votes, milliseconds.
const RATE_STEP_MS: f64 = 80.0;

/// The line that most weight lies on, at the rate nearest to 1 that loses nothing; `None` without votes.
pub(crate) fn fit(path: &[Vote], rates: (f64, f64), rules: &Rules) -> Option<Line> {
    let (first, last) = (path.first()?, path.last()?);
    let pivot_ms = f64::midpoint(first.item.middle_ms(), last.item.middle_ms());
    let half_ms = (last.item.middle_ms() - pivot_ms).max(1.0);
    let step = (RATE_STEP_MS / half_ms).max(0.5 / f64::from(RATES_MAX));
    let mut best: Option<(f64, Line)> = None;
    for k in 0..=2 * RATES_MAX {
        // 0, 1, -1, 2, -2 … steps away from the unchanged rate.
        let away = if k % 2 == 0 { k / 2 } else { -(k + 1) / 2 };
        let rate = 1.0 + f64::from(away) * step;
        if rate < rates.0 || rate > rates.1 {
            continue;
        }
        let (weight, entry_ms) = stab(path, rate, pivot_ms, f64::from(rules.slack_ms) / 2.0);
        let needed = best.map_or(-1.0, |(weight, line)| {
            if (line.rate - 1.0).abs() < f64::EPSILON { weight / UNCHANGED_SHARE } else { weight }
        });
        if weight > needed {
            best = Some((weight, Line { rate, pivot_ms, entry_ms }));
        }
    }
    best.map(|(_, line)| line)
}

/// The entry time at the pivot that most weight agrees on at this rate, and that weight: the middle of the
/// stretch of times that lies in most spans.
fn stab(path: &[Vote], rate: f64, pivot_ms: f64, slack_ms: f64) -> (f64, f64) {
    let mut ends: Vec<(f64, f64)> = Vec::with_capacity(2 * path.len());
    for vote in path {
        let shift = rate * (pivot_ms - vote.item.middle_ms());
        ends.push((f64::from(vote.entry.from_ms) + shift - slack_ms, f64::from(vote.weight)));
        ends.push((f64::from(vote.entry.until_ms) + shift + slack_ms, -f64::from(vote.weight)));
    }
    // Ends before starts at the same time: touching spans do not overlap.
    ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let (mut weight, mut best, mut at) = (0.0, 0.0, pivot_ms);
    for pair in ends.windows(2) {
        weight += pair[0].1;
        if weight > best + 1e-6 {
            (best, at) = (weight, f64::midpoint(pair[0].0, pair[1].0));
        }
    }
    (best, at)
}
