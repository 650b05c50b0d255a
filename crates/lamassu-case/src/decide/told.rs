//! Sound that the picture tells already: the same seconds, from the same place of the same entry.

use std::collections::BTreeMap;

use super::Match;
use super::accept::score;
use crate::evidence::{Method, Segment};
use crate::names::EntryId;

/// How far apart picture and sound may begin and still say the same, in milliseconds.
const TOGETHER_MS: i64 = 1_500;

/// Leaves out the sounds that pictures tell. What counts of the pictures must be settled: where they are borrowed, the
/// sound speaks for itself.
pub fn leave_out(found: &mut Vec<Match>) {
    let mut seen: BTreeMap<EntryId, Vec<Segment>> = BTreeMap::new();
    for other in found.iter().filter(|it| matches!(it.candidate.method, Method::Frames | Method::Local)) {
        seen.entry(other.candidate.entry.clone()).or_default().extend(&other.candidate.segments);
    }
    found.retain_mut(|it| {
        let Some(seen) = seen.get(&it.candidate.entry) else { return true };
        if it.candidate.method != Method::Sound {
            return true;
        }
        it.candidate.keep_segments(|segment| !is_told(segment, seen));
        it.score = score(&it.candidate).min(it.score);
        !it.candidate.segments.is_empty()
    });
}

/// Whether the picture tells most of these seconds, from the same place of the entry.
fn is_told(heard: &Segment, seen: &[Segment]) -> bool {
    let offset = |it: &Segment| i64::from(it.entry_start_ms) - i64::from(it.item_start_ms);
    let same = seen.iter().filter(|seen| (offset(seen) - offset(heard)).abs() <= TOGETHER_MS);
    let told_ms: u64 = same
        .map(|seen| {
            let end = heard.item_end_ms.min(seen.item_end_ms);
            u64::from(end.saturating_sub(heard.item_start_ms.max(seen.item_start_ms)))
        })
        .sum();
    2 * told_ms >= u64::from(heard.item_end_ms.saturating_sub(heard.item_start_ms))
}
