//! Parts of pictures: entries whose local features lie in the item as they lie in the entry.

use std::sync::Arc;

use lamassu_case::{Candidate, Decision, Entry, Evidence, Match, Method, Placed, Purpose, decide};
use lamassu_index::Filter;
use lamassu_index::local::{Limits, Placement};

use super::{moving, straightened};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::read::Read;

/// Most places of features that are kept for the reviewer.
const PLACES_MAX: usize = 64;
/// Most candidates of one kind that are kept of one item.
const CANDIDATES_MAX: usize = 8;
/// How marks are looked for. Reaching farther found none that this does not; of a small mark four features may be all
/// that can be seen. A mark is not mirrored: its letters are not.
fn mark_limits() -> Limits {
    Limits { inliers_min: 4, mirrored: false, negative_queries_max: 0, ..Limits::default() }
}

/// What is looked for among the features of an item.
#[derive(Debug, Clone)]
pub struct Look {
    pub method: Method,
    pub filter: Filter,
    pub limits: Limits,
}

/// Adds the entries of which a part is in the item to the evidence, as far as they could change what is decided: parts
/// of known things where nothing was found as a whole, parts of context entries where something was, and marks beside
/// whatever was found. Each is one search of one picture at most.
pub async fn search(
    engine: &Engine,
    read: &mut Read,
    filter: &Filter,
    evidence: &mut Evidence,
) -> Result<(), EngineError> {
    if engine.indexing.features().await?.pictures() == 0 {
        return Ok(());
    }
    if read.reading.duration_ms > 0 {
        // Of what plays, some seconds may be a part of one entry and others of another one.
        let parts = Look { method: Method::Local, filter: known(engine, filter), limits: Limits::default() };
        moving::search(engine, &read.reading, &parts, evidence).await?;
        return match marks(engine, filter, &decide(&engine.policy, evidence)) {
            Some(look) => moving::search(engine, &read.reading, &look, evidence).await,
            None => Ok(()),
        };
    }
    if read.reading.medium != "image" {
        return Ok(());
    }
    let mut features = None;
    for look in [parts, marks] {
        let Some(look) = look(engine, filter, &decide(&engine.policy, evidence)) else { continue };
        if features.is_none() {
            features = Some(Arc::new(read.features().await?));
        }
        let asked = features.clone().unwrap_or_default();
        let (snapshot, method) = (engine.indexing.features().await?, look.method);
        let searching = move || snapshot.search(&asked, &look.filter, &look.limits);
        let placements = tokio::task::spawn_blocking(searching).await.map_err(EngineError::TaskDied)?;
        let placements = &placements[..placements.len().min(CANDIDATES_MAX)];
        for placement in placements {
            let entry = engine.store.entry(placement.entry).await?;
            let negative = placement.way.negative;
            evidence
                .candidates
                .push(Candidate { negative, ..candidate(entry, method, placed(0, placement)) });
        }
        if method == Method::Local {
            evidence.candidates.extend(straightened::search(engine, read, placements).await?);
        }
    }
    Ok(())
}

/// Parts of pictures. What was found as a whole hides no context entry, and is hidden by none; the same bytes are
/// decided as they are.
fn parts(engine: &Engine, filter: &Filter, found: &Decision) -> Option<Look> {
    let is_copy = |it: &Match| it.candidate.method == Method::Sha256;
    if found.matches.iter().chain(&found.context).any(is_copy) {
        return None;
    }
    let filter = match (filter, found.matches.is_empty()) {
        (Filter::AllBanks, true) => known(engine, filter),
        (Filter::AllBanks, false) if !found.is_explained() => {
            Filter::Banks(some(banks(engine, Purpose::Context))?)
        }
        (_, false) => return None,
        (only, true) => only.clone(),
    };
    Some(Look { method: Method::Local, filter, limits: Limits::default() })
}

/// Everything but marks, unless one bank is asked for.
fn known(engine: &Engine, filter: &Filter) -> Filter {
    match (filter, banks(engine, Purpose::Logo)) {
        (Filter::AllBanks, marks) if !marks.is_empty() => Filter::AllBut(marks),
        (filter, _) => filter.clone(),
    }
}

/// Marks, beside what has a match.
fn marks(engine: &Engine, filter: &Filter, found: &Decision) -> Option<Look> {
    if found.matches.is_empty() || *filter != Filter::AllBanks {
        return None;
    }
    let filter = Filter::Banks(some(banks(engine, Purpose::Logo))?);
    Some(Look { method: Method::Logo, filter, limits: mark_limits() })
}

fn some(banks: Arc<[u32]>) -> Option<Arc<[u32]>> {
    (!banks.is_empty()).then_some(banks)
}

fn banks(engine: &Engine, purpose: Purpose) -> Arc<[u32]> {
    engine.policy.banks_of(purpose).map(|name| engine.indexing.bank_number(name)).collect()
}

/// What is said of an entry that local features found.
pub fn candidate(entry: Entry, method: Method, placed: Placed) -> Candidate {
    Candidate {
        bank: entry.bank,
        entry: entry.id,
        title: entry.metadata.title,
        medium: entry.medium,
        method,
        distance_bits: None,
        quality: None,
        views: None,
        negative: false,
        areas: None,
        placed: Some(placed),
        item_coverage: None,
        entry_coverage: None,
        segments: Vec::new(),
    }
}

/// Where the entry lies in what is seen at `at_ms`.
pub fn placed(at_ms: u32, placement: &Placement) -> Placed {
    let places = placement.places.iter().take(PLACES_MAX);
    Placed {
        inliers: placement.inliers,
        visible: placement.visible,
        entry_features: placement.entry_features,
        distance_bits: placement.distance_bits,
        spread: placement.spread,
        evidence_bits: placement.evidence_bits,
        transform: placement.transform,
        mirrored: placement.way.mirrored,
        rotation_deg: placement.rotation_deg,
        scale: placement.scale,
        item_outline: placement.item_outline.map(|(x, y)| [x, y]),
        entry_region: placement.entry_region,
        places: places.map(|it| [it.item.0, it.item.1, it.entry.0, it.entry.1]).collect(),
        moments_ms: [at_ms, placement.entry_at_ms],
    }
}
