//! All lanes of one entry put together.

use super::rules::Rules;
use super::stretch::{Lane, Stretch, of_lane, outside};

/// How far two lines may lie apart where they overlap and still be one, milliseconds: a step from one sampled picture of
/// an item to the next. Where nothing moves a line is not told more exactly.
const SAME_LINE_MS: f64 = 500.0;
/// They go on over so many milliseconds: two pictures of an item that agree with none.
const BESIDE_MS: u32 = 1_000;

/// The stretches of one entry in an item, in the order of the item; no two overlap in it.
///
/// Order, repetition and gaps are free: a second of the entry that the item shows twice is two stretches. Where
/// lanes say the same, the one that says it most strongly is told.
pub fn trace(lanes: &[Lane<'_>], rules: &Rules) -> Vec<Stretch> {
    let mut all: Vec<Stretch> =
        lanes.iter().enumerate().flat_map(|(at, lane)| of_lane(lane, at, rules)).collect();
    all.sort_by(|a, b| b.strength().total_cmp(&a.strength()).then_with(|| place(a).cmp(&place(b))));
    let mut kept: Vec<Stretch> = Vec::new();
    for stretch in all {
        if let Some(other) = kept.iter_mut().find(|other| continues(other, &stretch)) {
            lengthen(other, &stretch);
        } else if kept.len() < rules.stretches_max {
            kept.extend(outside(stretch, &kept, rules));
        }
    }
    // Lengthening may have reached a weaker one.
    kept.sort_by(|a, b| b.strength().total_cmp(&a.strength()).then_with(|| place(a).cmp(&place(b))));
    let mut apart: Vec<Stretch> = Vec::with_capacity(kept.len());
    for stretch in kept {
        apart.extend(outside(stretch, &apart, rules));
    }
    apart.sort_by_key(place);
    apart
}

fn place(stretch: &Stretch) -> (u32, u32, u32, usize) {
    (stretch.item_start_ms, stretch.entry_start_ms, stretch.item_end_ms, stretch.lane)
}

/// Whether both are parts of one line and overlap, or lie close to each other.
fn continues(stretch: &Stretch, other: &Stretch) -> bool {
    let start = stretch.item_start_ms.max(other.item_start_ms);
    let end = stretch.item_end_ms.min(other.item_end_ms);
    let entry_at = |it: &Stretch, ms: u32| {
        f64::from(it.entry_start_ms) + (f64::from(ms) - f64::from(it.item_start_ms)) * it.rate
    };
    let apart = |ms: u32| (entry_at(stretch, ms) - entry_at(other, ms)).abs();
    start <= end + BESIDE_MS && apart(start) <= SAME_LINE_MS && apart(end) <= SAME_LINE_MS
}

/// Reaches as far as both do. Support is counted once where they overlap.
fn lengthen(stretch: &mut Stretch, other: &Stretch) {
    let overlap = f64::from(
        stretch
            .item_end_ms
            .min(other.item_end_ms)
            .saturating_sub(stretch.item_start_ms.max(other.item_start_ms)),
    );
    let new_share = 1.0 - overlap / f64::from(other.item_end_ms - other.item_start_ms).max(1.0);
    let before = stretch.item_start_ms > other.item_start_ms;
    if before {
        (stretch.item_start_ms, stretch.entry_start_ms) = (other.item_start_ms, other.entry_start_ms);
    }
    if stretch.item_end_ms < other.item_end_ms {
        (stretch.item_end_ms, stretch.entry_end_ms) = (other.item_end_ms, other.entry_end_ms);
    }
    stretch.support += (f64::from(other.support) * new_share).round() as u32;
    stretch.moments += (f64::from(other.moments) * new_share).round() as u32;
    stretch.weight += other.weight * new_share;
}
