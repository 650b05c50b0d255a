//! Which candidates a bank's policy accepts, and how sure they are.

use std::cmp::Ordering;

use super::Match;
use crate::evidence::{Candidate, Method, Placed, Segment};
use crate::policy::{BankPolicy, Purpose};
use crate::score::{Seen, SeenFeatures, probability};

/// Bits by which the frames of a segment may lie farther, on average, than those by which it was found.
const ALONG_BITS: u32 = 10;

/// Key frames of an item that must agree on one place in an entry, unless a single one is as sure as this: one moment
/// among many of a video is an accident sooner than a picture is.
const KEY_FRAMES_MIN: u32 = 2;
const ALONE_SCORE_MIN: f64 = 0.9;

/// The candidate with the segments that count, if the policy accepts it.
pub fn accept(policy: &BankPolicy, candidate: &Candidate) -> Option<Match> {
    let mut candidate = candidate.clone();
    let (method, plays) = (candidate.method, !candidate.segments.is_empty());
    let by_features = matches!(method, Method::Local | Method::Logo);
    let is_sure = by_features && score(&candidate) >= ALONE_SCORE_MIN;
    candidate.keep_segments(|segment| is_sure || counts(policy, method, segment));
    let clear = candidate.quality.is_some_and(|quality| quality >= policy.quality_min);
    let accepted = match candidate.method {
        Method::Sha256 => true,
        Method::Pdq => clear && candidate.distance_bits.is_some_and(|bits| bits <= policy.radius_bits),
        Method::Plain => {
            let most = policy.plain_difference;
            most > 0.0 && difference(&candidate).is_some_and(|it| it <= most)
        }
        // A mark is judged as a mark: what is known of pictures says nothing about something so small.
        Method::Local | Method::Logo => {
            let is_left = !plays || !candidate.segments.is_empty();
            let is_fit = (policy.purpose == Purpose::Logo) == (method == Method::Logo);
            is_left && is_fit && score(&candidate) >= policy.score_min
        }
        Method::Sound => !candidate.segments.is_empty(),
        Method::Frames => clear && !candidate.segments.is_empty(),
    };
    accepted.then(|| Match { score: score(&candidate), candidate, borrowed: Vec::new(), explained_by: None })
}

/// Whether a segment that this method found is long and near enough by itself.
pub fn counts(policy: &BankPolicy, method: Method, segment: &Segment) -> bool {
    match method {
        Method::Sound => segment_score(Method::Sound, segment, 0) >= policy.score_min,
        Method::Frames => {
            segment.frames >= policy.frames_min
                && segment.distance_bits <= policy.frame_radius_bits.saturating_add(ALONG_BITS)
        }
        Method::Local | Method::Logo => segment.frames >= KEY_FRAMES_MIN,
        Method::Sha256 | Method::Pdq | Method::Plain => true,
    }
}

/// By entry, then by all the rest: only equal candidates compare equal, so no order of evidence shows.
pub fn order(a: &Candidate, b: &Candidate) -> Ordering {
    let share = |share: Option<f64>| share.unwrap_or(-1.0);
    let placed = |it: &Candidate| it.placed.as_ref().map_or(f32::MIN, |placed| placed.evidence_bits);
    (&a.entry, a.method, a.distance_bits, a.quality, &a.bank)
        .cmp(&(&b.entry, b.method, b.distance_bits, b.quality, &b.bank))
        .then_with(|| a.segments.cmp(&b.segments))
        .then_with(|| (&a.views, a.negative).cmp(&(&b.views, b.negative)))
        .then_with(|| a.areas.cmp(&b.areas))
        .then_with(|| share(a.item_coverage).total_cmp(&share(b.item_coverage)))
        .then_with(|| share(a.entry_coverage).total_cmp(&share(b.entry_coverage)))
        .then_with(|| placed(a).total_cmp(&placed(b)))
        .then_with(|| a.title.cmp(&b.title))
        .then_with(|| a.medium.name().cmp(b.medium.name()))
}

/// How probable it is that the match is right. Frames count by their best segment.
pub fn score(candidate: &Candidate) -> f64 {
    let quality = candidate.quality.unwrap_or(0);
    let seen = match candidate.method {
        Method::Sha256 => Some(Seen::Digest),
        Method::Pdq => candidate.distance_bits.map(|distance_bits| Seen::Picture { distance_bits, quality }),
        Method::Plain => difference(candidate).map(|difference| Seen::Plain { difference }),
        Method::Local | Method::Logo => {
            return candidate.placed.as_ref().map_or(0.0, |it| placed_score(candidate.method, it));
        }
        Method::Frames | Method::Sound => {
            let scores = candidate.segments.iter().map(|it| segment_score(candidate.method, it, quality));
            return scores.fold(0.0, f64::max);
        }
    };
    seen.map_or(0.0, |seen| probability(&seen))
}

/// By how much of what they are known by plain pictures differ, 0 and more.
fn difference(candidate: &Candidate) -> Option<f64> {
    let (bits, structure) = candidate.distance_bits.zip(candidate.quality)?;
    Some(f64::from(bits) / f64::from(structure.max(1)))
}

/// How probable it is that a picture or a mark that this method placed by local features is right.
pub fn placed_score(method: Method, placed: &Placed) -> f64 {
    let features = features(placed);
    probability(&match method {
        Method::Logo => Seen::Logo(features),
        _ => Seen::Local(features),
    })
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
