//! Entries with their features, sorted so that alike features lie together. Never changes.

use std::ops::Range;

use lamassu_fingerprint::local::{Feature, Features};

use super::key::{self, KEY_BITS, Key};
use crate::change::EntryNumber;
use crate::kernel::{Half, Halves, Kernel, Near};

/// So many features lie in a cell on average.
const CELL_FEATURES: usize = 16;
const CELL_BITS_MIN: u32 = 4;
/// So many features of a cell are compared; one with more holds what many entries share.
const CELL_COMPARED_MAX: usize = 8 * CELL_FEATURES;
/// A feature whose own cell holds so many is of a template, and has no vote.
const CELL_COMMON: usize = 16 * CELL_FEATURES;

/// An entry on its way into a part.
#[derive(Debug, Clone)]
pub struct NewEntry {
    pub number: EntryNumber,
    pub bank: u32,
    pub features: Features,
}

/// An entry of a part.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    pub number: EntryNumber,
    pub bank: u32,
    /// Its picture's shape, as in [`Features`].
    pub width: u16,
    pub height: u16,
}

/// Place, scale and angle of a feature, and the entry it belongs to.
#[derive(Debug, Clone, Copy)]
struct Seat {
    owner: u32,
    x: u16,
    y: u16,
    scale: u16,
    angle: u8,
}

/// Columns of features, by cell; and for each entry where its features are.
#[derive(Debug, Default)]
pub struct Part {
    first: Vec<Half>,
    second: Vec<Half>,
    seats: Vec<Seat>,
    /// Where each cell begins, and the end of the last one.
    cells: Vec<u32>,
    cell_bits: u32,
    owners: Vec<Owner>,
    /// For each entry, where its features begin in `places`; and the end.
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl Part {
    /// A part of these entries, whose numbers differ.
    pub fn of(mut entries: Vec<NewEntry>) -> Self {
        entries.sort_by_key(|entry| entry.number);
        let count: usize = entries.iter().map(|entry| entry.features.len()).sum();
        let cell_bits = (count / CELL_FEATURES).max(1).ilog2().clamp(CELL_BITS_MIN, KEY_BITS as u32);
        let mut rows: Vec<(Key, u32, u32)> = Vec::with_capacity(count);
        for (owner, entry) in (0..).zip(&entries) {
            let keys =
                entry.features.iter().map(|feature| key::key(feature.bits) >> (KEY_BITS as u32 - cell_bits));
            rows.extend((0..).zip(keys).map(|(at, key)| (key, owner, at)));
        }
        rows.sort_unstable();
        let mut part = Self { cell_bits, cells: vec![0; (1 << cell_bits) + 1], ..Self::default() };
        part.first.reserve_exact(count);
        part.second.reserve_exact(count);
        part.seats.reserve_exact(count);
        for &(key, owner, at) in &rows {
            let Feature { x, y, scale, angle, bits } = entries[owner as usize].features[at as usize];
            let [a, b, c, d] = bits.0;
            part.first.push([a, b]);
            part.second.push([c, d]);
            part.seats.push(Seat { owner, x, y, scale, angle });
            part.cells[key as usize + 1] += 1;
        }
        for cell in 1..part.cells.len() {
            part.cells[cell] += part.cells[cell - 1];
        }
        part.list(&entries);
        for (place, &(_, owner, at)) in (0..).zip(&rows) {
            let first = part.starts[owner as usize];
            part.places[(first + at) as usize] = place;
        }
        part
    }

    fn list(&mut self, entries: &[NewEntry]) {
        self.starts.push(0);
        for entry in entries {
            let Features { width, height, .. } = entry.features;
            self.owners.push(Owner { number: entry.number, bank: entry.bank, width, height });
            self.starts.push(self.starts[self.starts.len() - 1] + entry.features.len() as u32);
        }
        self.places = vec![0; self.seats.len()];
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.owners.len()
    }

    /// How many features it has.
    pub fn features_count(&self) -> usize {
        self.seats.len()
    }

    /// How many bytes its columns take.
    pub fn size_bytes(&self) -> usize {
        size_of_val(&*self.first)
            + size_of_val(&*self.second)
            + size_of_val(&*self.seats)
            + size_of_val(&*self.cells)
            + size_of_val(&*self.owners)
            + size_of_val(&*self.starts)
            + size_of_val(&*self.places)
    }

    /// The entry in this place.
    pub fn owner(&self, place: u32) -> &Owner {
        &self.owners[place as usize]
    }

    /// The place of the entry of this number.
    pub fn place(&self, number: EntryNumber) -> Option<u32> {
        self.owners.binary_search_by_key(&number, |owner| owner.number).ok().map(|place| place as u32)
    }

    /// The entry, by its place, of the feature in this place.
    pub fn owner_of(&self, feature: u32) -> u32 {
        self.seats[feature as usize].owner
    }

    /// The feature in this place.
    pub fn feature(&self, place: u32) -> Feature {
        let Seat { x, y, scale, angle, .. } = self.seats[place as usize];
        let ([a, b], [c, d]) = (self.first[place as usize], self.second[place as usize]);
        Feature { x, y, scale, angle, bits: lamassu_fingerprint::Bits256([a, b, c, d]) }
    }

    /// The features of an entry, by its place, in the order in which they came.
    pub fn features_of(&self, owner: u32) -> impl Iterator<Item = Feature> {
        let range = self.starts[owner as usize] as usize..self.starts[owner as usize + 1] as usize;
        self.places[range].iter().map(|&place| self.feature(place))
    }

    /// The entries that `keep` names by their places, to be put into another part.
    pub fn entries(&self, keep: impl Fn(u32) -> bool) -> impl Iterator<Item = NewEntry> {
        (0..self.owners.len() as u32).filter(move |&place| keep(place)).map(|place| {
            let Owner { number, bank, width, height } = *self.owner(place);
            let features = Features { width, height, all: self.features_of(place).collect() };
            NewEntry { number, bank, features }
        })
    }

    /// Adds the features within the radius that lie in the cell of `key` to `near`; as the query's number 0.
    pub fn search_cell(
        &self,
        key: Key,
        query: &[u64; 4],
        (kernel, radius_bits): (Kernel, u32),
        near: &mut Vec<Near>,
    ) {
        let Range { start, end } = self.cell(key);
        let end = end.min(start + CELL_COMPARED_MAX);
        let hashes =
            Halves { first: &self.first[start..end], second: &self.second[start..end], from: start as u32 };
        kernel.scan(hashes, (0, query), radius_bits, near);
    }

    /// As [`Part::search_cell`], in all cells.
    pub fn search_all(&self, query: &[u64; 4], (kernel, radius_bits): (Kernel, u32), near: &mut Vec<Near>) {
        let hashes = Halves { first: &self.first, second: &self.second, from: 0 };
        kernel.scan(hashes, (0, query), radius_bits, near);
    }

    /// Whether the cell of `key` holds what very many entries share.
    pub fn is_common(&self, key: Key) -> bool {
        self.cell(key).len() > CELL_COMMON
    }

    /// Asks the cell of `key` from memory.
    pub fn prefetch_cell(&self, key: Key) {
        let start = self.cell(key).start;
        crate::kernel::prefetch(&self.first, start);
        crate::kernel::prefetch(&self.second, start);
    }

    fn cell(&self, key: Key) -> Range<usize> {
        let cell = (key >> (KEY_BITS as u32 - self.cell_bits)) as usize;
        self.cells[cell] as usize..self.cells[cell + 1] as usize
    }

    /// How many bits of a key tell its cells apart.
    pub fn cell_bits(&self) -> usize {
        self.cell_bits as usize
    }
}
