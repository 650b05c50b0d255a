//! Stretches of an item that show stretches of an entry.

use super::line::{Line, fit};
use super::path::{heaviest, thin};
use super::rules::Rules;
use super::vote::{COMMON_ENTRIES_MIN, Vote};
use super::walk::{CHANCE_BITS, Moment, Sides, Walked, refine, walk};

/// One way of comparing an item with an entry: an orientation and a pair of views, or a variant of a sound.
#[derive(Debug, Clone, Copy)]
pub struct Lane<'a> {
    /// The moments that are near each other, in any order.
    pub votes: &'a [Vote],
    /// All moments of the item in this lane, in the order of time; also those that may not vote.
    pub item: &'a [Moment],
    /// All moments of the entry in this lane, in the order of time.
    pub entry: &'a [Moment],
    /// Slowest and fastest playback of the entry in the item, entry time per item time: [`RATES`], or what a
    /// sound's variant leaves open.
    pub rates: (f64, f64),
}

/// Rates at which pictures are recognised, slowest and fastest.
pub const RATES: (f64, f64) = (0.8, 1.25);

/// A stretch of the item that shows a stretch of the entry, and the numbers that speak for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// Which of the lanes.
    pub lane: usize,
    /// Start in the item, milliseconds.
    pub item_start_ms: u32,
    /// End in the item, milliseconds.
    pub item_end_ms: u32,
    /// Start in the entry, milliseconds.
    pub entry_start_ms: u32,
    /// End in the entry, milliseconds.
    pub entry_end_ms: u32,
    /// Entry time per item time: above 1 the item plays faster.
    pub rate: f64,
    /// Moments of the item that agree with the entry's at their place.
    pub support: u32,
    /// Moments of the item between the first and the last of those.
    pub moments: u32,
    /// Mean distance of those that agree, bits; unrelated content has 128.
    pub mean_bits: f64,
    /// Sum over the votes on the line of their weight: how much of the support is this entry's own.
    pub weight: f64,
    /// Share of the votes on the line whose moment is near many entries: an intro, a station ident.
    pub common_share: f64,
    /// Whether the hashes were compared along the line; without them the ends are those of the votes.
    pub walked: bool,
}

impl Stretch {
    /// Share of the moments between the ends that agree, 0 to 1.
    pub fn density(&self) -> f64 {
        f64::from(self.support) / f64::from(self.moments.max(1))
    }

    /// How far from chance it is: the bits by which the mean distance lies below that of unrelated content, times
    /// the square root of the seconds it lasts. The longer it is, the less of each bit it needs.
    pub fn contrast(&self) -> f64 {
        let seconds = f64::from(self.item_end_ms.saturating_sub(self.item_start_ms)) / 1000.0;
        (CHANCE_BITS - self.mean_bits) * seconds.sqrt()
    }

    /// How much agreement there is, in moments that agree fully.
    pub fn strength(&self) -> f64 {
        f64::from(self.support) * (1.0 - self.mean_bits / CHANCE_BITS)
    }
}

/// Times that a line is found anew along what the last one led to.
const WALKS_MAX: usize = 6;
/// How many times longer a walk must be than the last for that.
const LONGER: f64 = 1.2;
/// Paths with too little behind them that are passed over: noise has no end of them.
const SCATTERED_MAX: usize = 16;

/// All stretches of one lane, strongest first; no two share a moment of the item.
pub(super) fn of_lane(lane: &Lane<'_>, at: usize, rules: &Rules) -> Vec<Stretch> {
    let mut rest = lane.votes.to_vec();
    thin(&mut rest);
    let mut found: Vec<Stretch> = Vec::new();
    let mut scattered = 0;
    while found.len() < rules.stretches_max && scattered < SCATTERED_MAX {
        let path = heaviest(&rest, lane.rates, rules);
        if path.len() < rules.support_min.max(1) as usize {
            break;
        }
        let stretch = judge(lane, at, &path, rules).and_then(|stretch| outside(stretch, &found, rules));
        if let Some(stretch) = stretch {
            // What is explained votes no more. The rest of the path does: where something is cut out, a path goes
            // on over the jump, and its line holds on one side of it only.
            let explained = f64::from(stretch.item_start_ms)..=f64::from(stretch.item_end_ms);
            rest.retain(|vote| !explained.contains(&vote.item.middle_ms()));
            found.push(stretch);
        } else {
            scattered += 1;
            rest.retain(|vote| !path.contains(vote));
        }
    }
    found
}

/// The stretch along the line through `path`, when it is one.
fn judge(lane: &Lane<'_>, at: usize, path: &[Vote], rules: &Rules) -> Option<Stretch> {
    let sides = Sides { item: lane.item, entry: lane.entry };
    let fitted = fit(path, lane.rates, rules)?;
    let on = |line: &Line, slack: u32| -> Vec<Vote> {
        let near = |vote: &&Vote| line.miss_ms(vote) <= f64::from(rules.slack_ms * slack);
        path.iter().filter(near).copied().collect()
    };
    let mut on_line = on(&fitted, 1);
    let (mut line, mut walked) = (fitted, None);
    if !sides.item.is_empty() && !sides.entry.is_empty() {
        let mut item_ms = (on_line.first()?.item.middle_ms(), on_line.last()?.item.middle_ms());
        for _ in 0..WALKS_MAX {
            line = refine(line, item_ms, lane.rates, &sides);
            let walk = walk(&line, &on(&line, 2), &sides, rules)?;
            let longer = walk.item_ms.1 - walk.item_ms.0 > LONGER * (item_ms.1 - item_ms.0);
            item_ms = walk.item_ms;
            walked = Some(walk);
            if !longer {
                break;
            }
        }
        on_line = on(&line, 2);
    }
    let stretch = stretch(at, &line, &on_line, walked.as_ref());
    let enough = stretch.support >= rules.support_min
        && stretch.density() >= rules.density_min
        && stretch.mean_bits <= rules.mean_bits_max
        && stretch.contrast() >= rules.contrast_min
        && stretch.item_start_ms < stretch.item_end_ms
        && stretch.entry_start_ms < stretch.entry_end_ms;
    enough.then_some(stretch)
}

fn stretch(lane: usize, line: &Line, on_line: &[Vote], walked: Option<&Walked>) -> Stretch {
    let by_votes = || Walked {
        item_ms: (
            on_line.first().map_or(0.0, |vote| f64::from(vote.item.from_ms)),
            on_line.last().map_or(0.0, |vote| f64::from(vote.item.until_ms)),
        ),
        agreeing: on_line.iter().map(|vote| (vote.item.middle_ms(), vote.distance_bits)).collect(),
        between: on_line.len() as u32,
    };
    let Walked { item_ms, agreeing, between } = walked.cloned().unwrap_or_else(by_votes);
    let ms = |time: f64| time.clamp(0.0, f64::from(u32::MAX)).round() as u32;
    let common = on_line.iter().filter(|vote| vote.entries >= COMMON_ENTRIES_MIN).count();
    let bits: f64 = agreeing.iter().map(|(_, bits)| f64::from(*bits)).sum();
    Stretch {
        lane,
        item_start_ms: ms(item_ms.0),
        item_end_ms: ms(item_ms.1),
        entry_start_ms: ms(line.entry_at(item_ms.0)),
        entry_end_ms: ms(line.entry_at(item_ms.1)),
        rate: line.rate,
        support: agreeing.len() as u32,
        moments: between,
        mean_bits: bits / agreeing.len().max(1) as f64,
        weight: on_line.iter().map(|vote| f64::from(vote.weight)).sum(),
        common_share: common as f64 / on_line.len().max(1) as f64,
        walked: walked.is_some(),
    }
}

/// What of `stretch` lies outside all of `kept`, when enough does; its other numbers are scaled.
pub(super) fn outside(mut stretch: Stretch, kept: &[Stretch], rules: &Rules) -> Option<Stretch> {
    for other in kept {
        let (start, end) = (stretch.item_start_ms, stretch.item_end_ms);
        if start >= other.item_end_ms || other.item_start_ms >= end {
            continue;
        }
        let before = other.item_start_ms.saturating_sub(start);
        let after = end.saturating_sub(other.item_end_ms);
        let (from, until) =
            if before >= after { (start, other.item_start_ms) } else { (other.item_end_ms, end) };
        stretch = cut(stretch, from, until);
        if stretch.support < rules.support_min.max(1)
            || stretch.contrast() < rules.contrast_min
            || stretch.item_start_ms >= stretch.item_end_ms
        {
            return None;
        }
    }
    (stretch.entry_start_ms < stretch.entry_end_ms).then_some(stretch)
}

fn cut(stretch: Stretch, from_ms: u32, until_ms: u32) -> Stretch {
    let whole = f64::from(stretch.item_end_ms - stretch.item_start_ms).max(1.0);
    let share = f64::from(until_ms.saturating_sub(from_ms)) / whole;
    let entry_at = |ms: u32| {
        let past = f64::from(ms.saturating_sub(stretch.item_start_ms));
        (f64::from(stretch.entry_start_ms) + past * stretch.rate).round() as u32
    };
    Stretch {
        item_start_ms: from_ms,
        item_end_ms: until_ms,
        entry_start_ms: entry_at(from_ms),
        entry_end_ms: entry_at(until_ms),
        support: (f64::from(stretch.support) * share).floor() as u32,
        moments: (f64::from(stretch.moments) * share).ceil() as u32,
        weight: stretch.weight * share,
        ..stretch
    }
}
