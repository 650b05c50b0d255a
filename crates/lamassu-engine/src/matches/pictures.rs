//! Single pictures: the nearest pair for each entry.

use std::collections::BTreeMap;

use lamassu_case::Segment;
use lamassu_fingerprint::pdq::Orientation;
use lamassu_fingerprint::{Frame, ReadFrame};
use lamassu_index::{EntryNumber, Filter, Snapshot};

use super::{Moment, Near};
use crate::engine::Engine;

/// A search for single pictures.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    /// Knows banks and policy.
    pub engine: &'a Engine,
    /// What is searched.
    pub snapshot: &'a Snapshot,
    /// Which banks.
    pub filter: &'a Filter,
    /// How far, in bits.
    pub radius_bits: u32,
}

impl Search<'_> {
    /// Calls `found` with every pair whose pictures both have the bank's quality.
    pub fn each(&self, frames: &[ReadFrame], mut found: impl FnMut(Near)) {
        let policy = &self.engine.policy;
        let quality_min = policy.quality_min_lowest();
        let mut hits = Vec::new();
        for item in frames.iter().filter(|frame| frame.quality >= quality_min) {
            for (orientation, bits) in Orientation::ALL.into_iter().zip(item.bits) {
                hits.clear();
                self.snapshot.search(bits, self.radius_bits, self.filter, &mut hits);
                for &hit in &hits {
                    let near = Near { hit, item: moment(item), orientation };
                    if near.quality() >= policy.bank(&self.engine.indexing.bank_name(hit.bank)).quality_min {
                        found(near);
                    }
                }
            }
        }
    }
}

fn moment(frame: &ReadFrame) -> Moment {
    let ReadFrame { start_ms, end_ms, view, quality, .. } = *frame;
    Frame { start_ms, end_ms, view, quality, bits: [] }
}

/// For each entry its nearest pair.
pub fn nearest(pairs: Vec<Near>) -> BTreeMap<EntryNumber, Near> {
    let mut nearest: BTreeMap<EntryNumber, Near> = BTreeMap::new();
    for near in pairs {
        let better = |old: &Near| near.hit.distance_bits < old.hit.distance_bits;
        if nearest.get(&near.hit.entry).is_none_or(better) {
            nearest.insert(near.hit.entry, near);
        }
    }
    nearest
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
