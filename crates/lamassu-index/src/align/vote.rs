//! What one moment of an item says about where in an entry it is from, and how much that is worth.

use std::collections::BTreeMap;

use crate::change::EntryNumber;

/// A span of time in milliseconds: from the first to before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Its start.
    pub from_ms: u32,
    /// Its end.
    pub until_ms: u32,
}

impl Span {
    /// From `from_ms` to `until_ms`.
    pub fn new(from_ms: u32, until_ms: u32) -> Self {
        Self { from_ms, until_ms }
    }

    /// Its middle, milliseconds.
    pub fn middle_ms(self) -> f64 {
        f64::midpoint(f64::from(self.from_ms), f64::from(self.until_ms))
    }

    /// How far `time_ms` lies outside, milliseconds; 0 inside.
    pub fn miss_ms(self, time_ms: f64) -> f64 {
        (f64::from(self.from_ms) - time_ms).max(time_ms - f64::from(self.until_ms)).max(0.0)
    }
}

/// A moment of the item that is near a moment of the entry.
///
/// Both spans are those that the hash stands for: a sampled picture from its own time until the next
/// sample's, a block of sound half a step around its middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vote {
    /// When in the item.
    pub item: Span,
    /// When in the entry.
    pub entry: Span,
    /// Hamming distance in bits.
    pub distance_bits: u32,
    /// What it counts, 0 to 1: see [`weigh`]. 1 is a moment that only one place of one entry is near.
    pub weight: f32,
    /// How many entries this moment of the item is near.
    pub entries: u32,
}

impl Vote {
    /// A vote of full weight; [`weigh`] gives it the one it deserves.
    pub fn new(item: Span, entry: Span, distance_bits: u32) -> Self {
        Self { item, entry, distance_bits, weight: 1.0, entries: 1 }
    }
}

/// From as many entries on a moment counts as common: an intro, a station ident, a leader.
pub const COMMON_ENTRIES_MIN: u32 = 8;
/// Places of one entry closer together than this are one, milliseconds.
const PLACE_MS: u32 = 2_000;
/// Bits by which a vote may lie farther than the moment's nearest until it counts half.
const HALVING_BITS: f32 = 10.0;

/// Gives each vote of an item its weight, and says how many entries its moment is near.
///
/// A moment that is near many entries, or many places of one, tells little about where it is from: its
/// votes are divided by 1 plus the binary logarithm of each count (the idea of inverse document frequency;
/// Spärck Jones 1972). Among the votes of one moment for one entry those farther than the nearest count less.
/// `votes` are of the whole item, in one lane: all entries together, whatever their order.
pub fn weigh(votes: &mut [(EntryNumber, Vote)]) {
    votes.sort_by_key(|(entry, vote)| (vote.item, *entry, vote.entry, vote.distance_bits));
    for moment in votes.chunk_by_mut(|a, b| a.1.item == b.1.item) {
        let entries = moment.chunk_by(|a, b| a.0 == b.0).count() as u32;
        for of_entry in moment.chunk_by_mut(|a, b| a.0 == b.0) {
            let nearest = of_entry.iter().map(|(_, vote)| vote.distance_bits).min().unwrap_or(0);
            let mut places = 0_u32;
            let mut end_ms = None;
            for (_, vote) in of_entry.iter() {
                if end_ms.is_none_or(|end_ms: u32| vote.entry.from_ms > end_ms.saturating_add(PLACE_MS)) {
                    places += 1;
                }
                end_ms = end_ms.max(Some(vote.entry.until_ms));
            }
            let rarity = 1.0 / ((1.0 + (entries as f32).log2()) * (1.0 + (places.max(1) as f32).log2()));
            for (_, vote) in of_entry {
                let farther = (vote.distance_bits - nearest) as f32;
                (vote.weight, vote.entries) = (rarity * (-farther / HALVING_BITS).exp2(), entries);
            }
        }
    }
}

/// The votes of each entry.
pub fn by_entry(votes: &[(EntryNumber, Vote)]) -> BTreeMap<EntryNumber, Vec<Vote>> {
    let mut groups: BTreeMap<EntryNumber, Vec<Vote>> = BTreeMap::new();
    for (entry, vote) in votes {
        groups.entry(*entry).or_default().push(*vote);
    }
    groups
}
