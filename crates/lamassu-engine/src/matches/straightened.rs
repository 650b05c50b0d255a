//! Entries that local features place whole but not surely: what lies there is pulled straight, and compared as any other
//! picture is. A card has few features, and seen as a whole it has a hash.

use lamassu_case::{Candidate, Method, placed_score};
use lamassu_fingerprint::{Pose, ReadFrame};
use lamassu_index::local::Placement;
use lamassu_index::{Filter, Hit};

use super::places::placed;
use super::{Found, Near, candidate, pictures};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::read::Read;

/// A placement that is less probable than this is not looked at: its map would put anything anywhere.
const SCORE_MIN: f64 = 0.01;
/// So much of the entry must be seen, or its hash is another one.
const SEEN_MIN: f32 = 0.9;

/// The entries of `placements` whose pictures are near what lies in their place.
pub async fn search(
    engine: &Engine,
    read: &mut Read,
    placements: &[Placement],
) -> Result<Vec<Candidate>, EngineError> {
    let unsure = placements.iter().filter(|it| is_unsure(engine, it));
    let (unsure, maps): (Vec<&Placement>, Vec<_>) =
        unsure.filter_map(|it| Some((it, it.way_back()?))).unzip();
    if unsure.is_empty() {
        return Ok(Vec::new());
    }
    let frames = read.straightened(maps).await?;
    let mut found = Vec::new();
    for (placement, frame) in unsure.into_iter().zip(&frames) {
        let Some(near) = nearest(engine, placement, frame) else { continue };
        let segments = pictures::segments(&near, 0, None);
        let picture = Found { method: Method::Pdq, nearest: Some(near), segments };
        let picture = candidate(engine, (placement.entry, picture), None, 0).await?;
        found.push(Candidate { placed: Some(placed(0, placement)), ..picture });
    }
    Ok(found)
}

/// Whether the features leave it open, and the whole entry is seen.
fn is_unsure(engine: &Engine, placement: &Placement) -> bool {
    let score = placed_score(Method::Local, &placed(0, placement));
    let enough = engine.policy.bank(&engine.indexing.bank_name(placement.bank)).score_min;
    (SCORE_MIN..enough).contains(&score) && placement.seen_share() >= SEEN_MIN
}

/// The picture of the placement's entry that is nearest to `frame`, within reach.
fn nearest(engine: &Engine, placement: &Placement, frame: &ReadFrame) -> Option<Near> {
    let (radius_bits, _) = engine.policy.radius_bits_max();
    let mut hits: Vec<Hit> = Vec::new();
    let bank = Filter::Banks([placement.bank].into());
    let pose = Pose { negative: placement.way.negative, ..Pose::UPRIGHT };
    engine.snapshot().search(frame.posed(pose), radius_bits, &bank, &mut hits);
    let own =
        hits.into_iter().filter(|hit| hit.entry == placement.entry && hit.view.compares_with(frame.view));
    let hit = own.min_by_key(|hit| hit.distance_bits)?;
    Some(Near { hit, item: pictures::moment(frame), pose })
}
