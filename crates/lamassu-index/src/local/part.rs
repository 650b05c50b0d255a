//! Entries with their features as columns, sorted so that alike features lie together: bytes that never change and
//! are searched where they lie, in memory or in a file.

use std::ops::Range;

use lamassu_fingerprint::Bits256;
use lamassu_fingerprint::local::Feature;

use super::key::{KEY_BITS, Key};
use crate::change::EntryNumber;
use crate::kernel::{Half, Kernel, prefetch};
use crate::sealed::{Bytes, COUNTS, Columns, Damaged, Sealed, SealedFile, SegmentId};

/// So many features lie in a cell on average.
pub const CELL_FEATURES: usize = 16;
/// Halves of a cache line.
const LINE_HALVES: usize = 4;

/// A picture of a part: an entry, or a moment of one.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    pub number: EntryNumber,
    pub bank: u32,
    /// The moment of an entry that plays.
    pub at_ms: u32,
    /// Its picture's shape, as in [`Features`].
    pub width: u16,
    pub height: u16,
}

/// Place, scale and angle of a feature, and the picture it belongs to: the picture's place, `x` and `y`, `scale` and
/// `angle`.
pub type Seat = [u32; 3];

/// Packs what belongs to the bits of a feature.
pub fn seat(owner: u32, feature: &Feature) -> Seat {
    let pair = |low: u16, high: u16| u32::from(low) | u32::from(high) << 16;
    [owner, pair(feature.x, feature.y), pair(feature.scale, feature.angle.into())]
}

/// A column of a part. Those by cell are all that a search reads of most features.
#[derive(Debug, Clone, Copy)]
enum Column {
    /// Where each cell begins, and the end of the last one.
    Cells,
    /// The first halves of features, by cell.
    Halves,
    /// Which feature each of them is the half of.
    Features,
    /// Features, by picture.
    Bits,
    /// The rest of each feature.
    Seats,
    /// For each picture, where its features begin; and the end.
    Starts,
    Numbers,
    Banks,
    Moments,
    /// Width and height of each picture.
    Shapes,
}

/// How much of everything a part holds.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    pub features: usize,
    pub pictures: usize,
    /// How many bits of a key tell its cells apart.
    pub cell_bits: u32,
}

impl Columns for Sizes {
    const MAGIC: [u8; 8] = *b"lmfeats\0";
    const VERSION: u32 = 1;
    const NAMES: &'static [&'static str] = &[
        "cells",
        "halves",
        "features-by-cell",
        "bits",
        "seats",
        "feature-starts",
        "entry-numbers",
        "entry-banks",
        "moments",
        "shapes",
    ];

    fn counts(&self) -> [u64; COUNTS] {
        [self.features, self.pictures, self.cell_bits as usize, 0, 0].map(|count| count as u64)
    }

    fn of_counts([features, pictures, cell_bits, ..]: [u64; COUNTS]) -> Option<Self> {
        let sizes =
            Self { features: features as usize, pictures: pictures as usize, cell_bits: cell_bits as u32 };
        (cell_bits <= KEY_BITS as u64).then_some(sizes)
    }

    fn column_bytes(&self, column: usize) -> usize {
        match column {
            0 => 4 * ((1 << self.cell_bits) + 1),
            1 => 16 * self.features,
            2 => 4 * self.features,
            3 => 32 * self.features,
            4 => 12 * self.features,
            5 => 4 * (self.pictures + 1),
            6 => 8 * self.pictures,
            _ => 4 * self.pictures,
        }
    }
}

/// Entries with their features. A search of damaged bytes can give wrong answers, but it ends.
#[derive(Debug, Clone)]
pub struct Part(Sealed<Sizes>);

impl SealedFile for Part {
    const PREFIX: &'static str = "features-";

    fn open(id: SegmentId, bytes: Bytes) -> Result<Self, Damaged> {
        Sealed::open(id, bytes).map(Self)
    }

    fn id(&self) -> SegmentId {
        self.0.id()
    }

    fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    fn check(&self) -> Result<(), Damaged> {
        self.0.check()
    }
}

impl Part {
    /// How many pictures it has, removed ones included.
    pub fn pictures(&self) -> usize {
        self.0.columns().pictures
    }

    /// How many features it has.
    pub fn features(&self) -> usize {
        self.0.columns().features
    }

    /// How many bits of a key tell its cells apart.
    pub fn cell_bits(&self) -> u32 {
        self.0.columns().cell_bits
    }

    fn column<T: bytemuck::Pod>(&self, column: Column) -> &[T] {
        self.0.column(column as usize)
    }

    /// The numbers of the pictures' entries, upwards.
    pub fn numbers(&self) -> &[EntryNumber] {
        self.column(Column::Numbers)
    }

    /// The picture in this place.
    pub fn owner(&self, place: u32) -> Option<Owner> {
        let place = place as usize;
        let [width, height] = *self.column::<[u16; 2]>(Column::Shapes).get(place)?;
        let (number, bank) = (*self.numbers().get(place)?, *self.column(Column::Banks).get(place)?);
        Some(Owner { number, bank, at_ms: *self.column(Column::Moments).get(place)?, width, height })
    }

    /// The places of the pictures of the entry of this number.
    pub fn places(&self, number: EntryNumber) -> Range<u32> {
        let numbers = self.numbers();
        let start = numbers.partition_point(|&other| other < number);
        let count = numbers[start..].iter().take_while(|&&other| other == number).count();
        start as u32..(start + count) as u32
    }

    /// The picture, by its place, of this feature; of none when the bytes are damaged.
    pub fn owner_of(&self, feature: u32) -> u32 {
        self.column::<Seat>(Column::Seats).get(feature as usize).map_or(u32::MAX, |seat| seat[0])
    }

    /// The feature in this place.
    pub fn feature(&self, place: u32) -> Option<Feature> {
        self.features_in(place as usize..place as usize + 1).next()
    }

    /// The features of a picture, by its place, in the order in which they came.
    pub fn features_of(&self, owner: u32) -> impl Iterator<Item = Feature> {
        let bounds = self.column::<u32>(Column::Starts).get(owner as usize..owner as usize + 2);
        self.features_in(bounds.map_or(0..0, |bounds| bounds[0] as usize..bounds[1] as usize))
    }

    fn features_in(&self, range: Range<usize>) -> impl Iterator<Item = Feature> {
        let bits: &[[u64; 4]] = self.column(Column::Bits);
        let seats: &[Seat] = self.column(Column::Seats);
        let (bits, seats) = (bits.get(range.clone()), seats.get(range));
        let both = bits.unwrap_or_default().iter().zip(seats.unwrap_or_default());
        both.map(|(&bits, &[_, at, turned])| Feature {
            x: at as u16,
            y: (at >> 16) as u16,
            scale: turned as u16,
            angle: (turned >> 16) as u8,
            bits: Bits256(bits),
        })
    }

    /// Its cells.
    pub fn cells(&self) -> Cells<'_> {
        Cells {
            starts: self.column(Column::Cells),
            halves: self.column(Column::Halves),
            features: self.column(Column::Features),
            bits: self.column(Column::Bits),
            shift: KEY_BITS as u32 - self.cell_bits(),
        }
    }
}

/// Features by cell.
#[derive(Debug, Clone, Copy)]
pub struct Cells<'a> {
    starts: &'a [u32],
    halves: &'a [Half],
    features: &'a [u32],
    bits: &'a [[u64; 4]],
    /// Bits of a key that tell no cells apart.
    shift: u32,
}

impl Cells<'_> {
    /// Where the features in the cell of `key` lie; nowhere when the bytes are damaged.
    pub fn range(&self, key: Key) -> Range<usize> {
        let cell = (key >> self.shift) as usize;
        match self.starts.get(cell..cell + 2) {
            Some(&[start, end]) if start <= end && end as usize <= self.halves.len() => {
                start as usize..end as usize
            }
            _ => 0..0,
        }
    }

    /// All features.
    pub fn all(&self) -> Range<usize> {
        0..self.halves.len()
    }

    /// Asks the halves in this range from memory.
    pub fn prefetch(&self, range: &Range<usize>) {
        for place in range.clone().step_by(LINE_HALVES) {
            prefetch(self.halves, place);
        }
    }

    /// Adds the places of the halves in this range within the radius to `within`, and asks which features they are of.
    pub fn scan(
        &self,
        range: &Range<usize>,
        query: &[u64; 4],
        (kernel, radius_bits): (Kernel, u32),
        within: &mut Vec<u32>,
    ) {
        let (before, halves) = (within.len(), (range.start as u32, &self.halves[range.clone()]));
        kernel.scan_halves(halves, &[query[0], query[1]], radius_bits, within);
        for &place in &within[before..] {
            prefetch(self.features, place as usize);
        }
    }

    /// Puts features in the place of their halves' places, and asks them from memory.
    pub fn resolve(&self, within: &mut [u32]) {
        for place in within {
            *place = self.features[*place as usize];
            prefetch(self.bits, *place as usize);
        }
    }

    /// The distance of a feature.
    pub fn distance_bits(&self, feature: u32, query: &[u64; 4]) -> Option<u32> {
        let bits = self.bits.get(feature as usize)?;
        Some((0..4).map(|k| (bits[k] ^ query[k]).count_ones()).sum())
    }
}
