//! Along the line with the hashes themselves: where exactly it lies, and from where to where it holds.

use lamassu_fingerprint::Bits256;

use super::line::Line;
use super::rules::Rules;
use super::vote::{Span, Vote};

/// A hash and the span that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// From when to when.
    pub span: Span,
    /// The hash.
    pub bits: Bits256,
}

/// Mean distance of two hashes that have nothing to do with each other, bits.
pub(crate) const CHANCE_BITS: f64 = 128.0;

/// The moments of one lane, in the order of time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sides<'a> {
    pub item: &'a [Moment],
    pub entry: &'a [Moment],
}

/// What the walk found out about a line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Walked {
    /// Start and end in the item, milliseconds.
    pub item_ms: (f64, f64),
    /// Middle of each moment that agrees, and its distance in bits.
    pub agreeing: Vec<(f64, u32)>,
    /// Moments from the first to the last of those.
    pub between: u32,
}

/// Steps to each side in which the line is shifted, and how long one is, milliseconds.
const SHIFTS: i32 = 24;
const SHIFT_MS: f64 = 20.0;
/// Turns to each side, and how far one moves the ends, milliseconds.
const TURNS: i32 = 10;
const TURN_MS: f64 = 50.0;
/// Moments looked at for shifting and turning: more add nothing.
const PROBES_MAX: usize = 120;
/// Share of the mean distance that a turn must save to be believed.
const TURN_SHARE: f64 = 0.97;

/// The line near `line` along which the hashes agree best between these times of the item.
pub(crate) fn refine(line: Line, item_ms: (f64, f64), rates: (f64, f64), sides: &Sides<'_>) -> Line {
    // Turned about its middle, both ends move.
    let pivot_ms = f64::midpoint(item_ms.0, item_ms.1);
    let line = Line { pivot_ms, entry_ms: line.entry_at(pivot_ms), ..line };
    let inside: Vec<&Moment> = sides
        .item
        .iter()
        .filter(|moment| (item_ms.0..=item_ms.1).contains(&moment.span.middle_ms()))
        .collect();
    let probes: Vec<&Moment> =
        inside.iter().step_by(inside.len().div_ceil(PROBES_MAX).max(1)).copied().collect();
    if probes.is_empty() || sides.entry.is_empty() {
        return line;
    }
    let cost = |line: &Line| -> u64 {
        let distance = |moment: &&Moment| {
            let at = at(sides.entry, line.entry_at(moment.span.middle_ms()));
            u64::from(at.map_or(CHANCE_BITS as u32, |entry| entry.bits.distance(moment.bits)))
        };
        probes.iter().map(distance).sum()
    };
    let shifted = shift(line, &cost);
    let half_ms = ((item_ms.1 - item_ms.0) / 2.0).max(1.0);
    let mut best = (cost(&shifted) as f64 * TURN_SHARE, shifted);
    for k in (-TURNS..=TURNS).filter(|k| *k != 0) {
        let rate = shifted.rate + f64::from(k) * TURN_MS / half_ms;
        if rate < rates.0 || rate > rates.1 {
            continue;
        }
        let turned = shift(Line { rate, ..shifted }, &cost);
        let bits = cost(&turned) as f64;
        if bits < best.0 {
            best = (bits, turned);
        }
    }
    best.1
}

/// The middle of the shifts that cost least, the stretch nearest to none.
fn shift(line: Line, cost: &impl Fn(&Line) -> u64) -> Line {
    let at = |k: i32| Line { entry_ms: line.entry_ms + f64::from(k) * SHIFT_MS, ..line };
    let costs: Vec<u64> = (-SHIFTS..=SHIFTS).map(|k| cost(&at(k))).collect();
    let least = costs.iter().copied().min().unwrap_or(0);
    let runs = (-SHIFTS..=SHIFTS).zip(&costs).filter(|(_, cost)| **cost == least).map(|(k, _)| k);
    let nearest = runs.min_by_key(|k| k.abs()).unwrap_or(0);
    let same = |k: i32| costs.get((k + SHIFTS) as usize) == Some(&least);
    let (mut low, mut high) = (nearest, nearest);
    while low > -SHIFTS && same(low - 1) {
        low -= 1;
    }
    while high < SHIFTS && same(high + 1) {
        high += 1;
    }
    Line { entry_ms: line.entry_ms + f64::from(low + high) / 2.0 * SHIFT_MS, ..line }
}

/// Follows the line from the votes on it to both sides for as long as the hashes agree.
///
/// What agrees is nearer than half way between the votes' own distance and chance, and than the rules' radius.
pub(crate) fn walk(line: &Line, on_line: &[Vote], sides: &Sides<'_>, rules: &Rules) -> Option<Walked> {
    let mut own: Vec<u32> = on_line.iter().map(|vote| vote.distance_bits).collect();
    own.sort_unstable();
    let typical = f64::from(*own.get(own.len() / 2)?);
    let radius_bits = (f64::midpoint(typical, CHANCE_BITS) as u32).min(rules.walk_bits_max);
    let distance = |at: usize| {
        let moment = &sides.item[at];
        let nearest = nearest(sides.entry, line.entry_at(moment.span.middle_ms()), moment.bits, rules);
        nearest.filter(|bits| *bits <= radius_bits)
    };
    let index_of = |vote: &Vote| sides.item.partition_point(|moment| moment.span < vote.item);
    let (seed_first, seed_last) = (index_of(on_line.first()?), index_of(on_line.last()?));
    let last_index = sides.item.len().checked_sub(1)?;
    let mut agreeing: Vec<(usize, u32)> =
        (seed_first..=seed_last.min(last_index)).filter_map(|at| Some((at, distance(at)?))).collect();
    let (mut first, mut last) = (agreeing.first()?.0, agreeing.last()?.0);
    let middle = |at: usize| sides.item[at].span.middle_ms();
    let beside_ms = f64::from(rules.gap_ms_max) / 2.0;
    for at in (0..first).rev() {
        if middle(first) - middle(at) > beside_ms {
            break;
        }
        if let Some(bits) = distance(at) {
            agreeing.push((at, bits));
            first = at;
        }
    }
    for at in last + 1..sides.item.len() {
        if middle(at) - middle(last) > beside_ms {
            break;
        }
        if let Some(bits) = distance(at) {
            agreeing.push((at, bits));
            last = at;
        }
    }
    agreeing.sort_unstable();
    Some(Walked {
        item_ms: ends(line, (first, last), sides, rules),
        agreeing: agreeing.into_iter().map(|(at, bits)| (middle(at), bits)).collect(),
        between: (last - first + 1) as u32,
    })
}

/// Half way to the moments beside the first and the last, or all that there is; never beyond the entry.
fn ends(line: &Line, (first, last): (usize, usize), sides: &Sides<'_>, rules: &Rules) -> (f64, f64) {
    let middle = |at: usize| sides.item[at].span.middle_ms();
    let edge_ms = f64::from(rules.edge_ms);
    let start_ms = match first.checked_sub(1) {
        Some(before) => f64::midpoint(middle(before), middle(first)),
        None => f64::from(sides.item[first].span.from_ms) - edge_ms,
    };
    let end_ms = match sides.item.get(last + 1) {
        Some(_) => f64::midpoint(middle(last), middle(last + 1)),
        None => f64::from(sides.item[last].span.until_ms) + edge_ms,
    };
    let (Some(begin), Some(end)) =
        (sides.entry.first(), sides.entry.iter().max_by_key(|it| it.span.until_ms))
    else {
        return (start_ms.max(0.0), end_ms);
    };
    let begin_ms = line.item_at(f64::from(begin.span.from_ms) - edge_ms);
    let stop_ms = line.item_at(f64::from(end.span.until_ms) + edge_ms);
    (start_ms.max(begin_ms).max(0.0), end_ms.min(stop_ms))
}

/// The entry's moment at this time, or the last one before it.
fn at(entry: &[Moment], time_ms: f64) -> Option<&Moment> {
    let next = entry.partition_point(|moment| f64::from(moment.span.from_ms) <= time_ms);
    entry.get(next.saturating_sub(1)).filter(|moment| moment.span.miss_ms(time_ms) <= GAP_MS)
}

/// Entries have no holes, but for frames that could not be hashed, milliseconds.
const GAP_MS: f64 = 1_000.0;

/// Distance of the nearest hash of the entry about this time.
fn nearest(entry: &[Moment], time_ms: f64, bits: Bits256, rules: &Rules) -> Option<u32> {
    let slack_ms = f64::from(rules.slack_ms);
    let until = entry.partition_point(|moment| f64::from(moment.span.from_ms) <= time_ms + slack_ms);
    entry[..until]
        .iter()
        .rev()
        .take_while(|moment| f64::from(moment.span.until_ms) >= time_ms - slack_ms)
        .map(|moment| moment.bits.distance(bits))
        .min()
}
