//! Parts of pictures: entries whose local features lie in the item as they lie in the entry.

use lamassu_case::{Candidate, Evidence, Method, Placed, decide};
use lamassu_fingerprint::FINGERPRINT_VERSION;
use lamassu_fingerprint::local::Features;
use lamassu_index::Filter;
use lamassu_index::local::{Limits, Placement};
use lamassu_media::Detail;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::read::Read;

/// Most places of features that are kept for the reviewer.
const PLACES_MAX: usize = 64;
/// Most candidates that are kept of one item.
const CANDIDATES_MAX: usize = 8;

/// The entries of which a part is in the item. When the usual look finds nothing that the policy accepts, a closer
/// one is taken: small copies inside a larger picture have few features of their own.
pub async fn search(
    engine: &Engine,
    read: &mut Read,
    filter: &Filter,
) -> Result<Vec<Candidate>, EngineError> {
    if read.reading.medium != "image" || engine.indexing.features().await?.entries() == 0 {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for detail in [Detail::Usual, Detail::Deep] {
        let features = read.features(detail).await?;
        if features.is_empty() {
            break;
        }
        found = candidates(engine, features, filter, detail).await?;
        let mut evidence = Evidence::new(engine.policy.version, FINGERPRINT_VERSION, 0);
        evidence.candidates.clone_from(&found);
        if !decide(&engine.policy, &evidence).matches.is_empty() {
            break;
        }
    }
    Ok(found)
}

async fn candidates(
    engine: &Engine,
    features: Features,
    filter: &Filter,
    detail: Detail,
) -> Result<Vec<Candidate>, EngineError> {
    let (snapshot, filter) = (engine.indexing.features().await?, filter.clone());
    let limits = match detail {
        Detail::Usual => Limits::default(),
        Detail::Deep => Limits { queries_max: features.len(), ..Limits::default() },
    };
    let searching = move || snapshot.search(&features, &filter, &limits);
    let placements = tokio::task::spawn_blocking(searching).await.map_err(EngineError::TaskDied)?;
    let mut candidates = Vec::new();
    for placement in placements.into_iter().take(CANDIDATES_MAX) {
        candidates.push(candidate(engine, placement).await?);
    }
    Ok(candidates)
}

async fn candidate(engine: &Engine, placement: Placement) -> Result<Candidate, EngineError> {
    let entry = engine.store.entry(placement.entry).await?;
    Ok(Candidate {
        bank: entry.bank,
        entry: entry.id,
        title: entry.metadata.title,
        medium: entry.medium,
        method: Method::Local,
        distance_bits: None,
        quality: None,
        views: None,
        areas: None,
        placed: Some(placed(&placement)),
        item_coverage: None,
        entry_coverage: None,
        segments: Vec::new(),
    })
}

fn placed(placement: &Placement) -> Placed {
    let places = placement.places.iter().take(PLACES_MAX);
    Placed {
        inliers: placement.inliers,
        visible: placement.visible,
        entry_features: placement.entry_features,
        distance_bits: placement.distance_bits,
        spread: placement.spread,
        evidence_bits: placement.evidence_bits,
        transform: placement.transform,
        mirrored: placement.mirrored,
        rotation_deg: placement.rotation_deg,
        scale: placement.scale,
        item_outline: placement.item_outline.map(|(x, y)| [x, y]),
        entry_region: placement.entry_region,
        places: places.map(|it| [it.item.0, it.item.1, it.entry.0, it.entry.1]).collect(),
    }
}
