//! What an entry shares with those that were banked before it: it is looked for as an item would be.

use std::collections::BTreeMap;

use lamassu_case::{Entry, Evidence, Method, decide};
use lamassu_fingerprint::{FINGERPRINT_VERSION, ReadFrame, View};
use lamassu_index::Filter;
use lamassu_store::NewKin;

use super::{Found, Search, Timelines, candidate, judge, sounds, timelines};
use crate::engine::Engine;
use crate::error::EngineError;

/// Entries are sampled more often than items; so far apart are two frames that are looked for, in milliseconds. It is
/// what stretches are judged by, and a third of the work.
const STEP_MS: u32 = 400;

/// The entries before `entry` that it shares seconds with, as far as their banks' policy accepts that. `frames` are
/// all of its own.
pub async fn of(engine: &Engine, entry: &Entry, frames: &[ReadFrame]) -> Result<Vec<NewKin>, EngineError> {
    engine.indexing.checked().await?;
    let frames = as_of_item(frames);
    let snapshot = engine.snapshot();
    let is_before = |other: u64| other < entry.number;
    let (radius_bits, frame_radius_bits) = engine.policy.radius_bits_max();
    let radius_bits = radius_bits.max(frame_radius_bits);
    let search = Search { engine, snapshot: &snapshot, filter: &Filter::AllBanks, radius_bits };
    let pairs = search.pairs(&frames, is_before);
    let entries = timelines(engine, &pairs, true).await?;
    let mut found: Vec<(u64, Found)> =
        judge(engine, pairs, entry.duration_ms, &Timelines { item: &frames, areas: &[], entries: &entries })
            .into_iter()
            .collect();
    if let Some(track) = engine.indexing.sounds().await?.track(entry.number) {
        let tracks = std::slice::from_ref(track.as_ref());
        let heard = sounds::search(engine, (tracks, entry.duration_ms), &Filter::AllBanks).await?;
        let heard = heard.into_iter().filter(|(other, _)| is_before(*other));
        found.extend(
            heard.map(|(other, segments)| (other, Found { method: Method::Sound, nearest: None, segments })),
        );
    }
    let mut kin = Vec::new();
    for (other, found) in found {
        let candidate = candidate(engine, (other, found), None, entry.duration_ms).await?;
        let mut evidence = Evidence::new(engine.policy.version, FINGERPRINT_VERSION, snapshot.sequence());
        evidence.candidates = vec![candidate];
        for accepted in decide(&engine.policy, &evidence).matches {
            let (method, segments) = (accepted.candidate.method, accepted.candidate.segments);
            if !segments.is_empty() {
                kin.push(NewKin { other, method, segments });
            }
        }
    }
    Ok(kin)
}

/// As many of the frames as an item would have.
fn as_of_item(frames: &[ReadFrame]) -> Vec<ReadFrame> {
    let mut next_ms: BTreeMap<View, u32> = BTreeMap::new();
    let is_due = |frame: &&ReadFrame| {
        let next_ms = next_ms.entry(frame.view).or_default();
        let is_due = frame.start_ms >= *next_ms;
        if is_due {
            *next_ms = frame.start_ms.saturating_add(STEP_MS);
        }
        is_due
    };
    frames.iter().filter(is_due).copied().collect()
}
