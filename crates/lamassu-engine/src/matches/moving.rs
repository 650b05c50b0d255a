//! What key frames of videos show: parts of entries, outside the seconds that hashes told, and marks.

use std::collections::BTreeMap;

use lamassu_case::{Candidate, Evidence, Method, Placed, covered_ms, decide, placed_score};
use lamassu_fingerprint::local::KeyFrame;
use lamassu_index::EntryNumber;
use lamassu_index::local::Placement;
use lamassu_media::Reading;

use super::moments::{self, Line, Pair, Span};
use super::places::{Look, candidate, placed};
use super::share;
use crate::engine::Engine;
use crate::error::EngineError;

/// So close beside a stretch nothing more is looked for.
const BESIDE_MS: u32 = 750;
/// Most entries that are kept of one item.
const CANDIDATES_MAX: usize = 8;
/// Most key frames in which marks are looked for: one stays for as long as its film does.
const MARKED_MAX: usize = 64;

/// Adds the entries that key frames show. Stretches that end where a part of the same seconds goes on are made longer.
pub async fn search(
    engine: &Engine,
    reading: &Reading,
    look: &Look,
    evidence: &mut Evidence,
) -> Result<(), EngineError> {
    let are_marks = look.method == Method::Logo;
    let frames =
        if are_marks { some(&reading.features) } else { outside(&reading.features, &told(engine, evidence)) };
    if frames.is_empty() {
        return Ok(());
    }
    // A stretch goes on from one frame to the next that was looked at.
    let line = Line::of(if are_marks { &frames } else { &reading.features }, &reading.shots);
    let (snapshot, Look { filter, limits, .. }) = (engine.indexing.features().await?, look.clone());
    let searching = move || -> Vec<(u32, Placement)> {
        let found = frames.iter().flat_map(|frame| {
            let placements = snapshot.search(&frame.features, &filter, &limits);
            placements.into_iter().map(|placement| (frame.at_ms, placement))
        });
        found.collect()
    };
    let found = tokio::task::spawn_blocking(searching).await.map_err(EngineError::TaskDied)?;
    follow(engine, (look.method, &found), (reading, &line), &mut evidence.candidates).await
}

/// The seconds of which pictures tell already, be it of harmful or of context entries.
fn told(engine: &Engine, evidence: &Evidence) -> Vec<Span> {
    let decision = decide(&engine.policy, evidence);
    let all = decision.matches.iter().chain(&decision.context).chain(&decision.set_aside);
    let seen = all.filter(|it| it.candidate.method != Method::Sound);
    let segments = seen.flat_map(|it| {
        it.candidate.segments.iter().chain(it.borrowed.iter().map(|borrowed| &borrowed.segment))
    });
    segments.map(|it| (it.item_start_ms, it.item_end_ms)).collect()
}

/// Adds the stretches of each entry that key frames show.
async fn follow(
    engine: &Engine,
    (method, found): (Method, &[(u32, Placement)]),
    (reading, line): (&Reading, &Line),
    candidates: &mut Vec<Candidate>,
) -> Result<(), EngineError> {
    let mut shown: BTreeMap<EntryNumber, Vec<(u32, &Placement, Placed)>> = BTreeMap::new();
    for (at_ms, placement) in found {
        let placed = placed(*at_ms, placement);
        let bank = engine.indexing.bank_name(placement.bank);
        if placed_score(method, &placed) >= engine.policy.bank(&bank).score_min {
            shown.entry(placement.entry).or_default().push((*at_ms, placement, placed));
        }
    }
    // The surest first, by the moment that says most.
    let most = |of: &[(u32, &Placement, Placed)]| of.iter().map(|it| it.2.evidence_bits).fold(0.0, f32::max);
    let mut shown: Vec<_> = shown.into_iter().collect();
    shown.sort_by(|(_, a), (_, b)| most(b).total_cmp(&most(a)));
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
        let by_hashes = |it: &&mut Candidate| it.entry == entry.id && it.method == Method::Frames;
        let seen = candidates.iter_mut().find(by_hashes);
        let shown = surest(of);
        let mut told = Vec::new();
        if let Some(seen) = seen {
            if moments::extend(&mut seen.segments, &mut pairs, lengths_ms, line) {
                cover(seen, lengths_ms);
                seen.placed = Some(shown.clone());
            }
            told.clone_from(&seen.segments);
        }
        let mut segments = moments::stretches(&pairs, lengths_ms, line);
        segments.retain(|segment| !moments::is_stray(segment, &told));
        if !segments.is_empty() {
            let mut parts = Candidate { segments, ..candidate(entry, method, shown) };
            cover(&mut parts, lengths_ms);
            candidates.push(parts);
        }
    }
    Ok(())
}

/// How much of both the segments cover.
fn cover(candidate: &mut Candidate, (item_ms, entry_ms): (u32, u32)) {
    let segments = &candidate.segments;
    let of_item = covered_ms(segments.iter().map(|it| (it.item_start_ms, it.item_end_ms)));
    let of_entry = covered_ms(segments.iter().map(|it| (it.entry_start_ms, it.entry_end_ms)));
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

/// Some key frames, all along the item.
fn some(frames: &[KeyFrame]) -> Vec<KeyFrame> {
    let step = frames.len().div_ceil(MARKED_MAX).max(1);
    frames.iter().step_by(step).cloned().collect()
}

/// The key frames of which nothing is told: what lies close beside what is, is its end.
fn outside(frames: &[KeyFrame], told: &[Span]) -> Vec<KeyFrame> {
    let is_told = |at_ms: u32| {
        told.iter().any(|&(start_ms, end_ms)| at_ms + BESIDE_MS >= start_ms && at_ms <= end_ms + BESIDE_MS)
    };
    frames.iter().filter(|frame| !is_told(frame.at_ms)).cloned().collect()
}
