//! Parts of pictures: entries whose local features lie in the item as they lie in the entry.

use std::collections::BTreeMap;

use lamassu_case::{Candidate, Entry, Method, Placed, placed_score};
use lamassu_fingerprint::local::KeyFrame;
use lamassu_index::local::{Limits, Placement};
use lamassu_index::{EntryNumber, Filter};
use lamassu_media::Reading;

use super::moments::{self, Line, Pair, Span};
use super::{covered, share};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::read::Read;

/// Most places of features that are kept for the reviewer.
const PLACES_MAX: usize = 64;
/// So close beside a stretch nothing more is looked for.
const BESIDE_MS: u32 = 750;
/// Most candidates that are kept of one item.
const CANDIDATES_MAX: usize = 8;

/// Adds the entries of which a part is in the item; in what plays, outside the milliseconds that are `told` already.
/// Stretches that end where a part of the same seconds goes on are made longer.
pub async fn search(
    engine: &Engine,
    read: &mut Read,
    filter: &Filter,
    (told, candidates): (&[Span], &mut Vec<Candidate>),
) -> Result<(), EngineError> {
    let plays = read.reading.duration_ms > 0;
    let moments = if plays { outside(&read.reading.features, told) } else { Vec::new() };
    if plays && moments.is_empty() || !matches!(read.reading.medium, "image" | "video") {
        return Ok(());
    }
    let snapshot = engine.indexing.features().await?;
    if snapshot.pictures() == 0 {
        return Ok(());
    }
    let frames = if plays { moments } else { vec![read.features().await?.into()] };
    let filter = filter.clone();
    let searching = move || -> Vec<(u32, Placement)> {
        let limits = Limits::default();
        let found = frames.iter().flat_map(|frame| {
            let placements = snapshot.search(&frame.features, &filter, &limits);
            placements.into_iter().map(|placement| (frame.at_ms, placement))
        });
        found.collect()
    };
    let found = tokio::task::spawn_blocking(searching).await.map_err(EngineError::TaskDied)?;
    if plays {
        return moving(engine, &found, &read.reading, candidates).await;
    }
    for (at_ms, placement) in found.iter().take(CANDIDATES_MAX) {
        let entry = engine.store.entry(placement.entry).await?;
        candidates.push(candidate(entry, placed(*at_ms, placement)));
    }
    Ok(())
}

/// For each entry that key frames show, the stretches of both.
async fn moving(
    engine: &Engine,
    found: &[(u32, Placement)],
    reading: &Reading,
    candidates: &mut Vec<Candidate>,
) -> Result<(), EngineError> {
    let mut shown: BTreeMap<EntryNumber, Vec<(u32, &Placement, Placed)>> = BTreeMap::new();
    for (at_ms, placement) in found {
        let placed = placed(*at_ms, placement);
        let bank = engine.indexing.bank_name(placement.bank);
        if placed_score(&placed) >= engine.policy.bank(&bank).score_min {
            shown.entry(placement.entry).or_default().push((*at_ms, placement, placed));
        }
    }
    // The surest first, by the moment that says most.
    let most = |of: &[(u32, &Placement, Placed)]| of.iter().map(|it| it.2.evidence_bits).fold(0.0, f32::max);
    let mut shown: Vec<_> = shown.into_iter().collect();
    shown.sort_by(|(_, a), (_, b)| most(b).total_cmp(&most(a)));
    let line = Line::of(&reading.features, &reading.frames);
    for (number, of) in shown.into_iter().take(CANDIDATES_MAX) {
        let entry = engine.store.entry(number).await?;
        let mut pairs: Vec<Pair> = of
            .iter()
            .map(|(item_ms, it, _)| Pair {
                item_ms: *item_ms,
                entry_ms: near_ms(it, entry.duration_ms),
                distance_bits: it.distance_bits,
            })
            .collect();
        let lengths_ms = (reading.duration_ms, entry.duration_ms);
        let seen = candidates.iter_mut().find(|it| it.entry == entry.id && it.method == Method::Frames);
        let shown = surest(of);
        if let Some(seen) = seen
            && moments::extend(&mut seen.segments, &mut pairs, lengths_ms, &line)
        {
            cover(seen, lengths_ms);
            seen.placed = Some(shown.clone());
        }
        let segments = moments::stretches(&pairs, lengths_ms, &line);
        if !segments.is_empty() {
            let mut parts = Candidate { segments, ..candidate(entry, shown) };
            cover(&mut parts, lengths_ms);
            candidates.push(parts);
        }
    }
    Ok(())
}

/// How much of both the segments cover.
fn cover(candidate: &mut Candidate, (item_ms, entry_ms): (u32, u32)) {
    let segments = &candidate.segments;
    let of_item = covered(segments.iter().map(|it| (it.item_start_ms, it.item_end_ms)));
    let of_entry = covered(segments.iter().map(|it| (it.entry_start_ms, it.entry_end_ms)));
    (candidate.item_coverage, candidate.entry_coverage) =
        (share(of_item, item_ms), share(of_entry, entry_ms));
}

fn surest(of: Vec<(u32, &Placement, Placed)>) -> Placed {
    let placed = of.into_iter().map(|(.., placed)| placed);
    placed.max_by(|a, b| a.evidence_bits.total_cmp(&b.evidence_bits)).expect("an entry is shown by something")
}

fn near_ms(placement: &Placement, entry_ms: u32) -> Vec<Span> {
    placement.entry_near_ms.iter().map(|&(start, end)| (start, end.unwrap_or(entry_ms))).collect()
}

/// The key frames of which nothing is told: what lies close beside what is, is its end.
fn outside(frames: &[KeyFrame], told: &[Span]) -> Vec<KeyFrame> {
    let is_told = |at_ms: u32| {
        told.iter().any(|&(start_ms, end_ms)| at_ms + BESIDE_MS >= start_ms && at_ms <= end_ms + BESIDE_MS)
    };
    frames.iter().filter(|frame| !is_told(frame.at_ms)).cloned().collect()
}

fn candidate(entry: Entry, placed: Placed) -> Candidate {
    Candidate {
        bank: entry.bank,
        entry: entry.id,
        title: entry.metadata.title,
        medium: entry.medium,
        method: Method::Local,
        distance_bits: None,
        quality: None,
        views: None,
        areas: None,
        placed: Some(placed),
        item_coverage: None,
        entry_coverage: None,
        segments: Vec::new(),
    }
}

fn placed(at_ms: u32, placement: &Placement) -> Placed {
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
        moments_ms: [at_ms, placement.entry_at_ms],
    }
}
