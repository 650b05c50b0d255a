//! Which stretch of an item shows which stretch of an entry, from single moments that are near.
//!
//! [`trace`] takes pictures and sound alike: [`weigh`]ed votes, a [path](Lane) through them that goes forward in both
//! timelines, the line through it at whatever rate it plays, and a walk along that line with the hashes
//! themselves, which finds the ends and closes the gaps. [`by_source`] says which entries show the same.
//!
//! [`align`] is the older way, for frames without their hashes.
//! Each pair of near frames votes for an offset between the two timelines. The offset with the most
//! frames behind it is taken, its frames are cut into runs without long gaps, and the rest votes
//! again. (Douze, Jégou, Schmid 2010 vote like this for video copies.)

mod line;
mod path;
mod rules;
mod stretch;
mod trace;
mod vote;
mod walk;

use std::collections::BTreeMap;

pub use rules::Rules;
pub use stretch::{Lane, RATES, Stretch};
pub use trace::{Shown, by_source, trace};
pub use vote::{COMMON_ENTRIES_MIN, Span, Vote, by_entry, weigh};
pub use walk::Moment;

/// A frame of the item that is near a frame of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// When in the item, milliseconds.
    pub item_ms: u32,
    /// From when on in the entry the frame is seen, milliseconds.
    pub entry_start_ms: u32,
    /// Until when, milliseconds.
    pub entry_end_ms: u32,
    /// Hamming distance in bits.
    pub distance_bits: u32,
}

/// How frames are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Time between two frames of the item, milliseconds.
    pub item_interval_ms: u32,
    /// How far offsets within one segment may lie from its main one, milliseconds: sampling, and a
    /// playback rate a little off.
    pub drift_ms: u32,
    /// Longest time without a near frame inside a segment, milliseconds.
    pub gap_ms_max: u32,
    /// Fewest frames of a segment.
    pub frames_min: u32,
    /// Most segments looked for in one entry.
    pub segments_max: usize,
}

/// A stretch of the item that shows a stretch of the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aligned {
    /// Start in the item, milliseconds.
    pub item_start_ms: u32,
    /// End in the item, milliseconds.
    pub item_end_ms: u32,
    /// Start in the entry, milliseconds.
    pub entry_start_ms: u32,
    /// End in the entry, milliseconds.
    pub entry_end_ms: u32,
    /// Frames of the item behind it.
    pub frames: u32,
    /// Median distance of those, in bits.
    pub distance_bits: u32,
}

/// The segments of one entry in an item, in the order of the item.
///
/// `pairs` are of one entry, one orientation and one pair of views. Every frame of the item supports
/// at most one segment.
pub fn align(pairs: &[Pair], settings: &Settings) -> Vec<Aligned> {
    let mut rest = pairs.to_vec();
    // One order, whatever the caller's: the same pairs always give the same segments.
    rest.sort_unstable_by_key(|pair| {
        (pair.item_ms, pair.entry_start_ms, pair.entry_end_ms, pair.distance_bits)
    });
    let mut found: Vec<Aligned> = Vec::new();
    let mut scattered = 0;
    while found.len() < settings.segments_max {
        let Some(offset_ms) = strongest_offset(&rest, settings) else { break };
        let track = track(&rest, offset_ms, settings);
        let between = |a: &Pair, b: &Pair| {
            found.iter().any(|other| (a.item_ms..=b.item_ms).contains(&other.item_start_ms))
        };
        let runs: Vec<&[Pair]> = track
            .chunk_by(|a, b| b.item_ms - a.item_ms <= settings.gap_ms_max && !between(a, b))
            .filter(|run| run.len() >= settings.frames_min.max(1) as usize)
            .collect();
        if runs.is_empty() {
            // Many frames, but none in a row: chance. It must not hide a weaker offset that has a run.
            scattered += 1;
            if track.is_empty() || scattered > SCATTERED_MAX {
                break;
            }
            rest.retain(|pair| miss(pair, offset_ms) > i64::from(settings.drift_ms));
            continue;
        }
        let left = settings.segments_max - found.len();
        let explained: Vec<Aligned> =
            runs.iter().take(left).map(|run| segment(run, offset_ms, settings)).collect();
        // Frames inside a found stretch are explained, also those that voted for other places.
        rest.retain(|pair| {
            runs.iter().all(|run| pair.item_ms < run[0].item_ms || pair.item_ms > run[run.len() - 1].item_ms)
        });
        found.extend(explained);
    }
    found.sort_by_key(|segment| (segment.item_start_ms, segment.entry_start_ms));
    found
}

/// Entry time minus item time, in milliseconds, that most frames of the item agree on; `None` when
/// fewer than needed do.
fn strongest_offset(pairs: &[Pair], settings: &Settings) -> Option<i64> {
    let bin_ms = i64::from(settings.item_interval_ms.max(1));
    // Frames of the item per bin of offset. A frame that stays long in the entry votes for all its bins.
    let mut votes: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
    for pair in pairs {
        let (first, last) = offsets(pair);
        for bin in first.div_euclid(bin_ms)..=last.div_euclid(bin_ms).min(first.div_euclid(bin_ms) + BINS_MAX)
        {
            let frames = votes.entry(bin).or_default();
            if frames.last() != Some(&pair.item_ms) {
                frames.push(pair.item_ms);
            }
        }
    }
    let weight = |bin: i64| {
        let near = |shift: i64| votes.get(&(bin + shift)).map_or(0, Vec::len);
        2 * near(0) + near(-1) + near(1)
    };
    let best = votes.keys().copied().max_by_key(|&bin| (weight(bin), std::cmp::Reverse(bin)))?;
    (weight(best) >= settings.frames_min as usize).then_some(best * bin_ms + bin_ms / 2)
}

/// Offsets with many frames but no run that are passed over: noise has no end of them.
const SCATTERED_MAX: usize = 16;

/// Bins that one pair may vote for: a still picture held for minutes says little about time.
const BINS_MAX: i64 = 240;

/// First and last offset at which the pair fits.
fn offsets(pair: &Pair) -> (i64, i64) {
    let item = i64::from(pair.item_ms);
    let last = i64::from(pair.entry_end_ms.max(pair.entry_start_ms + 1)) - 1;
    (i64::from(pair.entry_start_ms) - item, last - item)
}

/// How far, in milliseconds, the pair is from fitting `offset_ms`.
fn miss(pair: &Pair, offset_ms: i64) -> i64 {
    let (first, last) = offsets(pair);
    if offset_ms < first { first - offset_ms } else { (offset_ms - last).max(0) }
}

/// For each frame of the item its best pair near the offset, in the order of the item. The offset
/// follows what was found, so that a playback rate a little off is followed too.
fn track(pairs: &[Pair], offset_ms: i64, settings: &Settings) -> Vec<Pair> {
    let mut near: Vec<&Pair> =
        pairs.iter().filter(|pair| miss(pair, offset_ms) <= i64::from(settings.drift_ms)).collect();
    // Stable: equally good pairs stay in the order of the entry.
    near.sort_by_key(|pair| (pair.item_ms, miss(pair, offset_ms), pair.distance_bits));
    near.dedup_by_key(|pair| pair.item_ms);
    near.into_iter().copied().collect()
}

/// From the first frame of the run to the end of the last one, on both timelines.
fn segment(run: &[Pair], offset_ms: i64, settings: &Settings) -> Aligned {
    let at = |pair: &Pair| {
        let (first, last) = offsets(pair);
        let item = i64::from(pair.item_ms);
        (item + offset_ms.clamp(first, last)).max(0) as u32
    };
    let (first, last) = (&run[0], &run[run.len() - 1]);
    let mut distances: Vec<u32> = run.iter().map(|pair| pair.distance_bits).collect();
    distances.sort_unstable();
    let (entry_start_ms, entry_last_ms) = (at(first), at(last));
    Aligned {
        item_start_ms: first.item_ms,
        item_end_ms: last.item_ms + settings.item_interval_ms,
        entry_start_ms: entry_start_ms.min(entry_last_ms),
        entry_end_ms: entry_last_ms.max(entry_start_ms) + settings.item_interval_ms,
        frames: run.len() as u32,
        distance_bits: distances[distances.len() / 2],
    }
}
