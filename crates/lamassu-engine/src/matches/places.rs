//! Parts of pictures: entries whose local features lie in the item as they lie in the entry.

use lamassu_case::{Candidate, Method, Placed};
use lamassu_index::Filter;
use lamassu_index::local::{Limits, Placement};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::read::Read;

/// Most places of features that are kept for the reviewer.
const PLACES_MAX: usize = 64;
/// Most candidates that are kept of one item.
const CANDIDATES_MAX: usize = 8;

/// The entries of which a part is in the item.
pub async fn search(
    engine: &Engine,
    read: &mut Read,
    filter: &Filter,
) -> Result<Vec<Candidate>, EngineError> {
    if read.reading.medium != "image" || engine.indexing.features().await?.entries() == 0 {
        return Ok(Vec::new());
    }
    let features = read.features().await?;
    let (snapshot, filter) = (engine.indexing.features().await?, filter.clone());
    let searching = move || snapshot.search(&features, &filter, &Limits::default());
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
