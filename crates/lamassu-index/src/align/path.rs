//! The heaviest path through votes that goes forward in both timelines.
//!
//! Votes are the nodes of a graph; one leads to another when the item goes on and the entry goes on about
//! as fast. (Tan, Ngo, Hong, Chua, "Scalable detection of partial near-duplicate videos by visual-temporal
//! consistency", 2009, call it a temporal network and look for its longest path.)

use super::rules::Rules;
use super::vote::Vote;

/// Votes of one moment of the item that are looked at: the nearest ones.
const VOTES_PER_MOMENT_MAX: usize = 48;
/// What a second without a vote costs, in votes.
const GAP_COST_PER_S: f64 = 0.1;
/// What a second of entry more or less than the item's costs, in votes.
const BEND_COST_PER_S: f64 = 0.3;

/// Keeps, of each moment of the item, the votes that are looked at, in the order of the item.
pub(crate) fn thin(votes: &mut Vec<Vote>) {
    votes.sort_by_key(|vote| (vote.item, vote.distance_bits, vote.entry));
    let mut kept = Vec::with_capacity(votes.len());
    for moment in votes.chunk_by(|a, b| a.item == b.item) {
        kept.extend_from_slice(&moment[..moment.len().min(VOTES_PER_MOMENT_MAX)]);
    }
    *votes = kept;
}

/// Votes of the heaviest path, in the order of the item; empty without votes. `votes` are [thinned](thin).
pub(crate) fn heaviest(votes: &[Vote], rates: (f64, f64), rules: &Rules) -> Vec<Vote> {
    let mut best: Vec<(f64, Option<usize>)> = Vec::with_capacity(votes.len());
    let mut first = 0;
    for (at, vote) in votes.iter().enumerate() {
        let now_ms = vote.item.middle_ms();
        while now_ms - votes[first].item.middle_ms() > f64::from(rules.gap_ms_max) {
            first += 1;
        }
        let mut arrived = (0.0, None);
        for (from, before) in votes[first..at].iter().enumerate() {
            if let Some(cost) = step_cost(before, vote, rates, rules) {
                let weight = best[first + from].0 - cost;
                if weight > arrived.0 {
                    arrived = (weight, Some(first + from));
                }
            }
        }
        best.push((arrived.0 + f64::from(vote.weight), arrived.1));
    }
    // The first of equals: ties do not depend on anything but the order of time.
    let heavier = |a: &usize, b: &usize| best[*a].0.total_cmp(&best[*b].0).then(b.cmp(a));
    let mut at = (0..votes.len()).max_by(heavier);
    let mut path = Vec::new();
    while let Some(node) = at {
        path.push(votes[node]);
        at = best[node].1;
    }
    path.reverse();
    path
}

/// What it costs to go from one vote to a later one; `None` when it cannot be.
fn step_cost(before: &Vote, vote: &Vote, rates: (f64, f64), rules: &Rules) -> Option<f64> {
    let item_ms = vote.item.middle_ms() - before.item.middle_ms();
    if item_ms <= 0.0 {
        return None;
    }
    // Spans, not points: the entry went on by at least and at most this much.
    let least = f64::from(vote.entry.from_ms) - f64::from(before.entry.until_ms);
    let most = f64::from(vote.entry.until_ms) - f64::from(before.entry.from_ms);
    let slack_ms = f64::from(rules.slack_ms);
    if most < rates.0 * item_ms - slack_ms || least > rates.1 * item_ms + slack_ms {
        return None;
    }
    let own_ms = f64::from(vote.item.until_ms - vote.item.from_ms);
    let bend_ms = (least - item_ms).max(item_ms - most).max(0.0);
    Some((GAP_COST_PER_S * (item_ms - own_ms).max(0.0) + BEND_COST_PER_S * bend_ms) / 1000.0)
}
