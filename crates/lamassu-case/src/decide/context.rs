//! Whether what is known to be legitimate explains what was found.

use super::Match;
use super::borrow::{borrow, plays};
use super::region::{Region, WHOLE_SHARE};
use crate::evidence::Method;
use crate::policy::BankPolicy;

/// Beyond this score the curves do not tell which of two matches is the surer one.
const SURE: f64 = 0.95;
/// Of an item that plays, a context entry that has so much of it is what the item is.
const COVERAGE_MIN: f64 = 0.5;

/// Takes off a match what context entries account for; whether they leave enough of it for the policy.
///
/// Seconds are borrowed; pictures, and exact copies, are explained or not.
pub fn weigh(policy: &BankPolicy, found: &mut Match, context: &[Match]) -> bool {
    if plays(&found.candidate) && found.candidate.method != Method::Sha256 {
        return borrow(policy, found, context);
    }
    let explaining = context.iter().find(|known| explains(known, found));
    found.explained_by = explaining.map(|known| known.candidate.entry.clone());
    true
}

/// Whether the item as a whole is what this context entry shows.
pub fn is_whole(known: &Match) -> bool {
    match known.candidate.method {
        Method::Sha256 => true,
        Method::Local | Method::Pdq if Region::of(known).share() < WHOLE_SHARE => false,
        Method::Local | Method::Pdq if known.candidate.placed.is_some() => true,
        _ if plays(&known.candidate) => {
            let mut segments = known.candidate.segments.iter();
            let is_whole = segments.all(|it| Region::of_segment(known, it).share() >= WHOLE_SHARE);
            is_whole && known.candidate.item_coverage.is_some_and(|it| it >= COVERAGE_MIN)
        }
        Method::Local | Method::Pdq | Method::Plain => true,
        Method::Frames | Method::Sound | Method::Logo => false,
    }
}

/// Whether `known` is as sure as `found` and has what it has.
fn explains(known: &Match, found: &Match) -> bool {
    if found.candidate.method == Method::Sha256 {
        return known.candidate.method == Method::Sha256;
    }
    known.score.min(SURE) >= found.score.min(SURE) && Region::of(known).explains(&Region::of(found))
}
