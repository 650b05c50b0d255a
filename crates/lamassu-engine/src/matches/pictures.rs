//! Single pictures: the nearest pair for each entry.

use std::collections::BTreeMap;

use lamassu_case::{Policy, Purpose, Segment};
use lamassu_fingerprint::{Area, Frame, Pose, ReadFrame, View};
use lamassu_index::{EntryNumber, Filter, Hit, Snapshot};

use super::crowd::{Pair, gather};
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
    /// The pairs of [`Search::each`] with wanted entries; of what very many entries share, those with some of them.
    pub fn pairs(&self, frames: &[ReadFrame], is_wanted: impl Fn(EntryNumber) -> bool) -> Vec<Near> {
        gather(|found| {
            self.each(frames, |near| {
                let Hit { bank, entry, distance_bits, .. } = near.hit;
                if is_wanted(entry) {
                    let Pose { orientation, negative } = near.pose;
                    let hash = u32::from(near.item.view.number()) << 16
                        | u32::from(negative) << 8
                        | orientation as u32;
                    let moment = near.item.start_ms.into();
                    found(Pair { bank, entry, moment, hash, distance_bits }, near);
                }
            });
        })
    }

    /// Calls `found` with every pair whose pictures both have the bank's quality, and with every pair of plain pictures.
    pub fn each(&self, frames: &[ReadFrame], mut found: impl FnMut(Near)) {
        let policy = &self.engine.policy;
        let quality_min = policy.quality_min_lowest();
        let mut hits = Vec::new();
        let is_clear = |frame: &&ReadFrame| frame.view == View::Plain || frame.quality >= quality_min;
        for item in frames.iter().filter(is_clear) {
            let is_plain = item.view == View::Plain;
            let radius_bits =
                if is_plain { plain_radius_bits(policy, item.quality) } else { self.radius_bits };
            for (pose, bits) in item.poses() {
                hits.clear();
                self.snapshot.search(bits, radius_bits, self.filter, &mut hits);
                for &hit in hits.iter().filter(|hit| hit.view.compares_with(item.view)) {
                    let near = Near { hit, item: moment(item), pose };
                    let bank = || policy.bank(&self.engine.indexing.bank_name(hit.bank));
                    // Marks are looked for by their details, which tell how long one stays.
                    let is_mark = || item.view.is_panel() && bank().purpose == Purpose::Logo;
                    if is_plain || near.quality() >= bank().quality_min && !is_mark() {
                        found(near);
                    }
                }
            }
        }
    }
}

/// The frame without its hashes.
pub fn moment(frame: &ReadFrame) -> Moment {
    let ReadFrame { start_ms, end_ms, view, quality, .. } = *frame;
    Frame { start_ms, end_ms, view, quality, bits: [] }
}

/// How far plain pictures may lie apart in any bank, in bits, if one of them has this structure.
pub fn plain_radius_bits(policy: &Policy, structure: u8) -> u32 {
    (policy.plain_difference_max() * f64::from(structure)) as u32
}

/// For each entry its nearest pair.
pub fn nearest(pairs: Vec<Near>) -> BTreeMap<EntryNumber, Near> {
    best(pairs, |a, b| a.hit.distance_bits < b.hit.distance_bits)
}

/// For each entry the pair of plain pictures that differs least, beside what they are known by.
pub fn least_different(pairs: Vec<Near>) -> BTreeMap<EntryNumber, Near> {
    best(pairs, |a, b| a.difference() < b.difference())
}

fn best(pairs: Vec<Near>, is_better: impl Fn(&Near, &Near) -> bool) -> BTreeMap<EntryNumber, Near> {
    let mut nearest: BTreeMap<EntryNumber, Near> = BTreeMap::new();
    for near in pairs {
        let better = |old: &Near| is_better(&near, old);
        if nearest.get(&near.hit.entry).is_none_or(better) {
            nearest.insert(near.hit.entry, near);
        }
    }
    nearest
}

/// When the pair is seen, and in which place of the item's picture, when item or entry plays.
pub fn segments(near: &Near, item_duration_ms: u32, place: Option<Area>) -> Vec<Segment> {
    let plays = item_duration_ms > 0 || near.hit.end_ms > 0;
    let segment = Segment {
        item_start_ms: near.item.start_ms,
        item_end_ms: near.item.end_ms,
        entry_start_ms: near.hit.start_ms,
        entry_end_ms: near.hit.end_ms,
        frames: 1,
        distance_bits: near.hit.distance_bits,
        place,
    };
    if plays { vec![segment] } else { Vec::new() }
}
