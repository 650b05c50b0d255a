//! Single pictures: the nearest pair for each entry.

use std::collections::BTreeMap;

use lamassu_case::Segment;
use lamassu_fingerprint::ReadFrame;
use lamassu_fingerprint::pdq::Orientation;
use lamassu_index::{EntryNumber, Filter, Snapshot};

use super::Near;
use crate::engine::Engine;

/// For each entry within `radius_bits` its nearest pair of clear enough pictures.
pub fn search(
    engine: &Engine,
    snapshot: &Snapshot,
    frames: &[ReadFrame],
    filter: &Filter,
    radius_bits: u32,
) -> BTreeMap<EntryNumber, Near> {
    let mut nearest: BTreeMap<EntryNumber, Near> = BTreeMap::new();
    for_each_near(engine, snapshot, frames, filter, radius_bits, |near| {
        let better = |old: &Near| near.hit.distance_bits < old.hit.distance_bits;
        if nearest.get(&near.hit.entry).is_none_or(better) {
            nearest.insert(near.hit.entry, near);
        }
    });
    nearest
}

/// Calls `found` with every pair within `radius_bits` whose pictures both have the bank's quality.
#[expect(clippy::too_many_arguments, reason = "the question has as many parts")]
pub fn for_each_near(
    engine: &Engine,
    snapshot: &Snapshot,
    frames: &[ReadFrame],
    filter: &Filter,
    radius_bits: u32,
    mut found: impl FnMut(Near),
) {
    let quality_min = engine.policy.quality_min_lowest();
    let mut hits = Vec::new();
    for item in frames.iter().filter(|frame| frame.quality >= quality_min) {
        for (orientation, bits) in Orientation::ALL.into_iter().zip(item.bits) {
            hits.clear();
            snapshot.search(bits, radius_bits, filter, &mut hits);
            for &hit in &hits {
                let near = Near { hit, item: *item, orientation };
                if near.quality() >= engine.policy.bank(&engine.bank_name(hit.bank)).quality_min {
                    found(near);
                }
            }
        }
    }
}

/// Where the pair is, when item or entry plays.
pub fn segments(near: &Near, item_duration_ms: u32) -> Vec<Segment> {
    let plays = item_duration_ms > 0 || near.hit.end_ms > 0;
    let segment = Segment {
        item_start_ms: near.item.start_ms,
        item_end_ms: near.item.end_ms,
        entry_start_ms: near.hit.start_ms,
        entry_end_ms: near.hit.end_ms,
        frames: 1,
        distance_bits: near.hit.distance_bits,
    };
    if plays { vec![segment] } else { Vec::new() }
}
