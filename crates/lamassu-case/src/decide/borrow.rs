//! Borrowed seconds: stretches of a harmful segment that a context entry has at the same seconds of the item.

use super::accept::{counts, score};
use super::region::Region;
use super::{Borrowed, Match};
use crate::evidence::{Candidate, Method, Segment};
use crate::names::EntryId;
use crate::policy::BankPolicy;

/// A context entry may lie farther than the harmful one by so many bits and still have the seconds: the harmful one is
/// itself a copy with whatever its maker laid over it.
const FARTHER_BITS: u32 = 10;

/// A stretch of the item that a context entry has.
type Lent<'a> = (u32, u32, &'a EntryId);

/// Whether the match is of an item that plays.
pub fn plays(candidate: &Candidate) -> bool {
    candidate.segments.iter().any(|segment| segment.item_start_ms < segment.item_end_ms)
}

/// Takes the borrowed seconds off a match; whether enough is left for the policy.
pub fn borrow(policy: &BankPolicy, found: &mut Match, context: &[Match]) -> bool {
    let method = found.candidate.method;
    let (mut left, mut borrowed) = (Vec::new(), Vec::new());
    for segment in &found.candidate.segments {
        let lent = lent((found, segment), context);
        if method == Method::Pdq {
            // One picture is there or not; it cannot be cut.
            match lent
                .iter()
                .find(|(from_ms, until_ms, _)| until_ms - from_ms >= length_ms(segment).div_ceil(2))
            {
                Some((.., from)) => borrowed.push(Borrowed { segment: *segment, from: (*from).clone() }),
                None => left.push(*segment),
            }
            continue;
        }
        let mut at_ms = segment.item_start_ms;
        for (from_ms, until_ms, from) in lent {
            let from_ms = from_ms.max(at_ms);
            if until_ms > from_ms {
                left.extend(cut(segment, at_ms, from_ms));
                borrowed.extend(
                    cut(segment, from_ms, until_ms).map(|segment| Borrowed { segment, from: from.clone() }),
                );
                at_ms = until_ms;
            }
        }
        left.extend(cut(segment, at_ms, segment.item_end_ms));
    }
    if borrowed.is_empty() {
        return true;
    }
    left.retain(|segment| counts(policy, method, segment));
    found.candidate.replace_segments(left);
    found.borrowed = borrowed;
    let is_left = !found.candidate.segments.is_empty();
    // What counts less says no more than what counted, whatever a curve makes of a short stretch.
    found.score = if is_left { score(&found.candidate).min(found.score) } else { 0.0 };
    is_left
}

/// The stretches of a match's segment that context entries have, where it is seen, by time.
fn lent<'a>((found, segment): (&Match, &Segment), context: &'a [Match]) -> Vec<Lent<'a>> {
    let method = found.candidate.method;
    let region = Region::of_segment(found, segment);
    let heard = |method: Method| method == Method::Sound;
    let mut lent: Vec<Lent<'a>> = Vec::new();
    for known in context {
        let of_same_track =
            known.candidate.method == Method::Sha256 || heard(known.candidate.method) == heard(method);
        for other in known.candidate.segments.iter().filter(|_| of_same_track) {
            let from_ms = other.item_start_ms.max(segment.item_start_ms);
            let until_ms = other.item_end_ms.min(segment.item_end_ms);
            let known_by = known.candidate.method;
            let is_there = || Region::of_segment(known, other).explains(&region);
            if from_ms < until_ms && is_as_near((known_by, other), (method, segment)) && is_there() {
                lent.push((from_ms, until_ms, &known.candidate.entry));
            }
        }
    }
    lent.sort_unstable();
    lent
}

/// Whether a context entry has the seconds as well as the harmful one does. Bits of local features and of whole frames
/// are not of one measure: whole frames say more than parts of some.
fn is_as_near((known_by, known): (Method, &Segment), (found_by, found): (Method, &Segment)) -> bool {
    match (known_by == Method::Local, found_by == Method::Local) {
        (true, false) => false,
        (false, true) => true,
        _ => known.distance_bits <= found.distance_bits.saturating_add(FARTHER_BITS),
    }
}

/// The part of a segment between two moments of the item; none where there is nothing between them.
fn cut(segment: &Segment, from_ms: u32, until_ms: u32) -> Option<Segment> {
    if from_ms == segment.item_start_ms && until_ms == segment.item_end_ms {
        return Some(*segment);
    }
    let whole_ms = u64::from(length_ms(segment));
    let entry_ms = u64::from(segment.entry_end_ms.saturating_sub(segment.entry_start_ms));
    let part = |of: u64, at_ms: u32| (of * u64::from(at_ms - segment.item_start_ms) / whole_ms.max(1)) as u32;
    (from_ms < until_ms).then(|| Segment {
        item_start_ms: from_ms,
        item_end_ms: until_ms,
        entry_start_ms: segment.entry_start_ms + part(entry_ms, from_ms),
        entry_end_ms: segment.entry_start_ms + part(entry_ms, until_ms),
        frames: (u64::from(segment.frames) * u64::from(until_ms - from_ms) / whole_ms.max(1)) as u32,
        ..*segment
    })
}

fn length_ms(segment: &Segment) -> u32 {
    segment.item_end_ms.saturating_sub(segment.item_start_ms)
}
