//! What key frames of videos show: parts of entries, outside the seconds that hashes told, and marks.

use std::collections::{BTreeMap, BTreeSet};

use lamassu_case::{Candidate, EntryId, Evidence, Method, Placed, Segment, covered_ms, decide, placed_score};
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
    let told = if are_marks { Vec::new() } else { told(engine, evidence) };
    let frames = if are_marks { spread(&reading.features) } else { outside(&reading.features, &told) };
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
    let shown = shown(engine, look.method, &found);
    follow(engine, (shown, &told), look.method, (reading, &line), &mut evidence.candidates).await
}

/// Seconds of which pictures tell already, and of which entry.
type Told = (EntryId, Segment);

/// All of them that the policy accepts, be it of harmful or of context entries.
fn told(engine: &Engine, evidence: &Evidence) -> Vec<Told> {
    let decision = decide(&engine.policy, evidence);
    let all = decision.matches.iter().chain(&decision.context).chain(&decision.set_aside);
    let seen = all.filter(|it| it.candidate.method != Method::Sound);
    let segments = seen.flat_map(|it| {
        let own = it.candidate.segments.iter().chain(it.borrowed.iter().map(|borrowed| &borrowed.segment));
        own.map(|segment| (it.candidate.entry.clone(), *segment))
    });
    segments.collect()
}

/// What a key frame shows of an entry.
struct Moment<'a> {
    at_ms: u32,
    placement: &'a Placement,
    placed: Placed,
}

/// The moments that show an entry.
struct Shown<'a> {
    entry: EntryNumber,
    moments: Vec<Moment<'a>>,
    /// Whether the bank's policy accepts them, not only as near misses.
    is_sure: bool,
}

/// What is shown of each entry, the surest first, by the moment that says most. What is less sure than the policy asks
/// tells something only of an entry of which nothing is.
fn shown<'a>(engine: &Engine, method: Method, found: &'a [(u32, Placement)]) -> Vec<Shown<'a>> {
    let may_be_near = method == Method::Local && engine.policy.near_miss.cases_a_day > 0;
    let mut by_entry: BTreeMap<(EntryNumber, bool), Vec<Moment<'a>>> = BTreeMap::new();
    for (at_ms, placement) in found {
        let placed = placed(*at_ms, placement);
        let policy = engine.policy.bank(&engine.indexing.bank_name(placement.bank));
        let score = placed_score(method, &placed);
        let is_sure = score >= policy.score_min;
        if is_sure || may_be_near && score >= policy.widened().score_min {
            let moment = Moment { at_ms: *at_ms, placement, placed };
            by_entry.entry((placement.entry, is_sure)).or_default().push(moment);
        }
    }
    let sure: BTreeSet<EntryNumber> = by_entry.keys().filter(|key| key.1).map(|key| key.0).collect();
    by_entry.retain(|(entry, is_sure), _| *is_sure || !sure.contains(entry));
    let most = |of: &Shown<'_>| of.moments.iter().map(|it| it.placed.evidence_bits).fold(0.0, f32::max);
    let of = |((entry, is_sure), moments)| Shown { entry, moments, is_sure };
    let mut shown: Vec<Shown<'a>> = by_entry.into_iter().map(of).collect();
    shown.sort_by(|a, b| b.is_sure.cmp(&a.is_sure).then_with(|| most(b).total_cmp(&most(a))));
    shown
}

/// Adds the stretches of each entry that key frames show.
async fn follow(
    engine: &Engine,
    (shown, before): (Vec<Shown<'_>>, &[Told]),
    method: Method,
    (reading, line): (&Reading, &Line),
    candidates: &mut Vec<Candidate>,
) -> Result<(), EngineError> {
    for Shown { entry, moments, is_sure } in shown.into_iter().take(CANDIDATES_MAX) {
        let entry = engine.store.entry(entry).await?;
        let mut pairs: Vec<Pair> = moments
            .iter()
            .map(|it| Pair {
                item_ms: it.at_ms,
                entry_ms: near_ms(it.placement, entry.duration_ms),
                distance_bits: it.placement.distance_bits,
            })
            .collect();
        // What a panel tells is not told again.
        pairs.retain(|pair| {
            let says = |(of, it): &Told| {
                *of == entry.id && (it.item_start_ms..it.item_end_ms).contains(&pair.item_ms)
            };
            !before.iter().any(says)
        });
        let lengths_ms = (reading.duration_ms, entry.duration_ms);
        let by_hashes = |it: &&mut Candidate| it.entry == entry.id && it.method == Method::Frames;
        let seen = candidates.iter_mut().filter(|_| is_sure).find(by_hashes);
        let Moment { placement, placed: shown, .. } = surest(moments);
        let negative = placement.way.negative;
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
            let mut parts = Candidate { segments, negative, ..candidate(entry, method, shown) };
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

fn surest(of: Vec<Moment<'_>>) -> Moment<'_> {
    let evidence = |it: &Moment<'_>| it.placed.evidence_bits;
    of.into_iter().max_by(|a, b| evidence(a).total_cmp(&evidence(b))).expect("an entry is shown by something")
}

fn near_ms(placement: &Placement, entry_ms: u32) -> Vec<Span> {
    placement.entry_near_ms.iter().map(|&(start, end)| (start, end.unwrap_or(entry_ms))).collect()
}

/// Some key frames, all along the item.
fn spread(frames: &[KeyFrame]) -> Vec<KeyFrame> {
    let step = frames.len().div_ceil(MARKED_MAX).max(1);
    frames.iter().step_by(step).cloned().collect()
}

/// The key frames of which nothing is told: what lies close beside what is, is its end. Where only a panel tells something,
/// something else may be beside it.
fn outside(frames: &[KeyFrame], told: &[Told]) -> Vec<KeyFrame> {
    let is_told = |at_ms: u32| {
        told.iter().any(|(_, it)| {
            let near_ms =
                it.item_start_ms.saturating_sub(BESIDE_MS)..=it.item_end_ms.saturating_add(BESIDE_MS);
            it.place.is_none() && near_ms.contains(&at_ms)
        })
    };
    frames.iter().filter(|frame| !is_told(frame.at_ms)).cloned().collect()
}
