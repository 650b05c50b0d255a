//! Frames in a row: stretches of an item that show stretches of entries.

use std::collections::BTreeMap;

use lamassu_case::{Method, Segment};
use lamassu_index::EntryNumber;
use lamassu_index::align::{Aligned, Pair, Settings, align};

use super::{Found, Near};
use crate::engine::Engine;

/// How far offsets within one segment may lie from its main one: two frames of the item.
const DRIFT_MS: u32 = 1_000;
/// Longest time without a near frame inside a segment.
const GAP_MS_MAX: u32 = 3_000;
/// Most segments of one entry in one item.
const SEGMENTS_MAX: usize = 64;

/// Pairs that can belong to one segment: one orientation, one pair of views.
type Kind = (u8, u8, u8);

/// For each entry the stretches of an item that show it, by pairs of pictures. `interval_ms`: the pace at which the
/// item was sampled.
pub fn search(engine: &Engine, near: &[Near], interval_ms: u32) -> BTreeMap<EntryNumber, Found> {
    let (_, radius_bits) = engine.policy.radius_bits_max();
    let mut pairs: BTreeMap<EntryNumber, (Near, BTreeMap<Kind, Vec<Pair>>)> = BTreeMap::new();
    // An entry that is one picture has no timeline.
    for &near in near.iter().filter(|near| near.hit.end_ms > 0 && near.hit.distance_bits <= radius_bits) {
        let (nearest, groups) = pairs.entry(near.hit.entry).or_insert_with(|| (near, BTreeMap::new()));
        if near.hit.distance_bits < nearest.hit.distance_bits {
            *nearest = near;
        }
        let kind = (near.orientation as u8, near.item.view as u8, near.hit.view as u8);
        groups.entry(kind).or_default().push(Pair {
            item_ms: near.item.start_ms,
            entry_start_ms: near.hit.start_ms,
            entry_end_ms: near.hit.end_ms,
            distance_bits: near.hit.distance_bits,
        });
    }
    let mut found = BTreeMap::new();
    for (entry, (nearest, groups)) in pairs {
        let frames_min = engine.policy.bank(&engine.indexing.bank_name(nearest.hit.bank)).frames_min;
        let settings = settings(interval_ms, frames_min);
        let aligned = groups.values().flat_map(|pairs| align(pairs, &settings)).collect();
        let segments = without_overlap(aligned);
        if !segments.is_empty() {
            found.insert(entry, Found { method: Method::Frames, nearest: Some(nearest), segments });
        }
    }
    found
}

fn settings(interval_ms: u32, frames_min: u32) -> Settings {
    Settings {
        item_interval_ms: interval_ms.clamp(1, DRIFT_MS),
        drift_ms: DRIFT_MS,
        gap_ms_max: GAP_MS_MAX,
        frames_min,
        segments_max: SEGMENTS_MAX,
    }
}

/// The same stretch is often found in several views; the one with the most frames stays.
fn without_overlap(mut aligned: Vec<Aligned>) -> Vec<Segment> {
    aligned.sort_by_key(|it| {
        (std::cmp::Reverse(it.frames), it.distance_bits, it.item_start_ms, it.entry_start_ms)
    });
    let mut kept: Vec<Aligned> = Vec::new();
    for candidate in aligned {
        let overlaps = |other: &Aligned| {
            candidate.item_start_ms < other.item_end_ms && other.item_start_ms < candidate.item_end_ms
        };
        if !kept.iter().any(overlaps) {
            kept.push(candidate);
        }
    }
    kept.sort_by_key(|it| it.item_start_ms);
    kept.into_iter()
        .map(|it| Segment {
            item_start_ms: it.item_start_ms,
            item_end_ms: it.item_end_ms,
            entry_start_ms: it.entry_start_ms,
            entry_end_ms: it.entry_end_ms,
            frames: it.frames,
            distance_bits: it.distance_bits,
        })
        .collect()
}
