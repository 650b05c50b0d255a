//! The decision: a pure function of policy and evidence.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::evidence::{Candidate, Evidence, Method, Placed, Segment};
use crate::policy::{BankPolicy, Policy};
use crate::score::{Seen, SeenFeatures, probability};

/// Bits by which the frames of a segment may lie farther, on average, than those by which it was found.
const ALONG_BITS: u32 = 10;

/// Key frames of an item that must agree on one place in an entry, unless a single one is as sure as this.
const KEY_FRAMES_MIN: u32 = 2;
const ALONE_SCORE_MIN: f64 = 0.9;

/// What follows for an item. Nothing acts by itself: the strongest outcome is to ask a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Nothing to do.
    None,
    /// A person looks at it.
    Review,
}

impl Outcome {
    /// The word used in answers and policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Review => "review",
        }
    }
}

/// A candidate that the policy accepts.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// What was found.
    pub candidate: Candidate,
    /// How probable it is that the match is right, 0 to 1 ([`crate::score`]).
    pub score: f64,
}

/// What was decided about an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The strongest outcome of its matches.
    pub outcome: Outcome,
    /// The accepted matches, best first, then by entry and method.
    pub matches: Vec<Match>,
}

/// Judges `evidence` by `policy`.
///
/// Deterministic, and independent of the order of the candidates. A candidate is accepted when it is
/// the same bytes, or a picture within the bank's radius, or placed by local features surely enough, or has segments of enough frames within
/// the bank's frame radius; pictures and frames also need the bank's quality. An item in which nothing is accepted
/// is shown to people as well when it rises with as many others as the policy says and no open case tells of
/// them yet.
pub fn decide(policy: &Policy, evidence: &Evidence) -> Decision {
    let mut matches: Vec<(Outcome, Match)> = evidence
        .candidates
        .iter()
        .filter_map(|candidate| {
            let policy = policy.bank(&candidate.bank);
            accept(policy, candidate).map(|accepted| (policy.outcome, accepted))
        })
        .collect();
    matches.sort_by(|(_, a), (_, b)| {
        b.score.total_cmp(&a.score).then_with(|| order(&a.candidate, &b.candidate))
    });
    let rises = evidence.rising.as_ref().is_some_and(|rising| policy.rising.is_case(rising));
    let alone = if rises { Outcome::Review } else { Outcome::None };
    let outcome = matches.iter().map(|(outcome, _)| *outcome).max().unwrap_or(alone);
    Decision { outcome, matches: matches.into_iter().map(|(_, accepted)| accepted).collect() }
}

fn accept(policy: &BankPolicy, candidate: &Candidate) -> Option<Match> {
    let clear = candidate.quality.is_some_and(|quality| quality >= policy.quality_min);
    let mut candidate = candidate.clone();
    let accepted = match candidate.method {
        Method::Sha256 => true,
        Method::Pdq => clear && candidate.distance_bits.is_some_and(|bits| bits <= policy.radius_bits),
        Method::Local => {
            // One moment among many of a video is an accident sooner than a picture is.
            let plays = !candidate.segments.is_empty();
            let is_sure = score(&candidate) >= ALONE_SCORE_MIN;
            candidate.segments.retain(|segment| segment.frames >= KEY_FRAMES_MIN || is_sure);
            score(&candidate) >= policy.score_min && !(plays && candidate.segments.is_empty())
        }
        Method::Sound => {
            candidate.segments.retain(|it| segment_score(Method::Sound, it, 0) >= policy.score_min);
            !candidate.segments.is_empty()
        }
        Method::Frames => {
            candidate.segments.retain(|segment| {
                segment.frames >= policy.frames_min
                    && segment.distance_bits <= policy.frame_radius_bits + ALONG_BITS
            });
            clear && !candidate.segments.is_empty()
        }
    };
    accepted.then(|| Match { score: score(&candidate), candidate })
}

/// By entry, then by all the rest: only equal candidates compare equal, so no order of evidence shows.
fn order(a: &Candidate, b: &Candidate) -> Ordering {
    let share = |share: Option<f64>| share.unwrap_or(-1.0);
    let placed = |it: &Candidate| it.placed.as_ref().map_or(f32::MIN, |placed| placed.evidence_bits);
    (&a.entry, a.method, a.distance_bits, a.quality, &a.bank)
        .cmp(&(&b.entry, b.method, b.distance_bits, b.quality, &b.bank))
        .then_with(|| a.segments.cmp(&b.segments))
        .then_with(|| a.views.cmp(&b.views))
        .then_with(|| a.areas.cmp(&b.areas))
        .then_with(|| share(a.item_coverage).total_cmp(&share(b.item_coverage)))
        .then_with(|| share(a.entry_coverage).total_cmp(&share(b.entry_coverage)))
        .then_with(|| placed(a).total_cmp(&placed(b)))
        .then_with(|| a.title.cmp(&b.title))
        .then_with(|| a.medium.name().cmp(b.medium.name()))
}

/// How probable it is that the match is right. Frames count by their best segment.
fn score(candidate: &Candidate) -> f64 {
    let quality = candidate.quality.unwrap_or(0);
    let seen = match candidate.method {
        Method::Sha256 => Some(Seen::Digest),
        Method::Pdq => candidate.distance_bits.map(|distance_bits| Seen::Picture { distance_bits, quality }),
        Method::Local => return candidate.placed.as_ref().map_or(0.0, placed_score),
        Method::Frames | Method::Sound => {
            let scores = candidate.segments.iter().map(|it| segment_score(candidate.method, it, quality));
            return scores.fold(0.0, f64::max);
        }
    };
    seen.map_or(0.0, |seen| probability(&seen))
}

/// How probable it is that a picture placed by local features is right.
pub fn placed_score(placed: &Placed) -> f64 {
    probability(&Seen::Local(features(placed)))
}

fn features(placed: &Placed) -> SeenFeatures {
    SeenFeatures {
        inliers: placed.inliers,
        visible: placed.visible,
        entry_features: placed.entry_features,
        distance_bits: placed.distance_bits,
        spread: placed.spread,
        evidence_bits: placed.evidence_bits,
    }
}

/// How probable it is that a segment that this method found is right; `quality` is that of the nearest pair of
/// pictures.
pub fn segment_score(method: Method, segment: &Segment, quality: u8) -> f64 {
    let Segment { frames, distance_bits, item_start_ms, item_end_ms, .. } = *segment;
    probability(&match method {
        Method::Sound => {
            Seen::Sound { duration_ms: item_end_ms.saturating_sub(item_start_ms), distance_bits }
        }
        _ => Seen::Frames { frames, distance_bits, quality },
    })
}
