//! From pictures and parts to the bytes of one part.

use std::sync::Arc;

use bytemuck::cast_slice_mut;
use lamassu_fingerprint::local::{Feature, Features};

use super::key::{self, KEY_BITS, Key};
use super::part::{CELL_FEATURES, Owner, Part, Seat, Sizes, seat};
use crate::change::EntryNumber;
use crate::kernel::Half;
use crate::sealed::{self, SealedDraft};
use crate::tombstones::Tombstones;

const CELL_BITS_MIN: u32 = 4;

/// A picture on its way into a part.
#[derive(Debug, Clone)]
pub struct NewPicture {
    pub number: EntryNumber,
    pub bank: u32,
    pub at_ms: u32,
    pub features: Features,
}

/// A part that is about to be written.
#[derive(Debug)]
pub struct Draft {
    parts: Vec<Arc<Part>>,
    new: Vec<NewPicture>,
    /// All pictures by their entries, and where each is: a part and its place there, or one of the new ones.
    pictures: Vec<(Owner, Place)>,
    sizes: Sizes,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Part { part: usize, place: u32 },
    New(usize),
}

impl Draft {
    /// Gathers new pictures and what is live in the parts.
    pub fn of(parts: &[(Arc<Part>, Tombstones)], new: Vec<NewPicture>) -> Self {
        let mut pictures = Vec::with_capacity(new.len());
        for (at, picture) in new.iter().enumerate() {
            let &NewPicture { number, bank, at_ms, features: Features { width, height, .. } } = picture;
            pictures.push((Owner { number, bank, at_ms, width, height }, Place::New(at)));
        }
        for (number, (part, removed)) in parts.iter().enumerate() {
            let live = (0..part.pictures() as u32).filter(|&place| !removed.contains(place));
            let owners = live.filter_map(|place| Some((part.owner(place)?, place)));
            pictures.extend(owners.map(|(owner, place)| (owner, Place::Part { part: number, place })));
        }
        pictures.sort_by_key(|(owner, _)| (owner.number, owner.at_ms));
        let parts = parts.iter().map(|(part, _)| Arc::clone(part)).collect();
        let mut draft =
            Self { parts, new, pictures, sizes: Sizes { features: 0, pictures: 0, cell_bits: 0 } };
        let features: usize = draft.pictures.iter().map(|&(_, place)| draft.features_of(place).count()).sum();
        let cell_bits = (features / CELL_FEATURES).max(1).ilog2().clamp(CELL_BITS_MIN, KEY_BITS as u32);
        draft.sizes = Sizes { features, pictures: draft.pictures.len(), cell_bits };
        draft
    }

    /// In this process's memory, without a name.
    pub fn in_memory(self) -> Part {
        sealed::in_memory(0, self)
    }

    fn features_of(&self, place: Place) -> Box<dyn Iterator<Item = Feature> + '_> {
        match place {
            Place::Part { part, place } => Box::new(self.parts[part].features_of(place)),
            Place::New(number) => Box::new(self.new[number].features.iter().copied()),
        }
    }

    /// All features in the order of their pictures.
    fn features(&self) -> impl Iterator<Item = (u32, Feature)> {
        let each = (0..).zip(&self.pictures);
        each.flat_map(|(owner, &(_, place))| self.features_of(place).map(move |feature| (owner, feature)))
    }

    fn fill(&self, columns: Vec<&mut [u8]>) {
        let Ok([cells, halves, by_cell, bits, seats, starts, numbers, banks, moments, shapes]) =
            <[&mut [u8]; 10]>::try_from(columns)
        else {
            unreachable!("there are as many columns as names")
        };
        self.fill_pictures([numbers, banks, moments, shapes]);
        let (cells, halves): (&mut [u32], &mut [Half]) = (cast_slice_mut(cells), cast_slice_mut(halves));
        let (bits, seats): (&mut [[u64; 4]], &mut [Seat]) = (cast_slice_mut(bits), cast_slice_mut(seats));
        let (by_cell, starts): (&mut [u32], &mut [u32]) = (cast_slice_mut(by_cell), cast_slice_mut(starts));
        let shift = KEY_BITS as u32 - self.sizes.cell_bits;
        let mut keys: Vec<Key> = Vec::with_capacity(self.sizes.features);
        for (at, (owner, feature)) in self.features().enumerate() {
            let key = key::key(feature.bits) >> shift;
            (bits[at], seats[at]) = (feature.bits.0, seat(owner, &feature));
            starts[owner as usize + 1] += 1;
            cells[key as usize + 1] += 1;
            keys.push(key);
        }
        for sums in [&mut *starts, &mut *cells] {
            for at in 1..sums.len() {
                sums[at] += sums[at - 1];
            }
        }
        let mut next: Vec<u32> = cells.to_vec();
        for (at, key) in keys.into_iter().enumerate() {
            let place = &mut next[key as usize];
            let [a, b, ..] = bits[at];
            (halves[*place as usize], by_cell[*place as usize]) = ([a, b], at as u32);
            *place += 1;
        }
    }

    fn fill_pictures(&self, [numbers, banks, moments, shapes]: [&mut [u8]; 4]) {
        let numbers: &mut [EntryNumber] = cast_slice_mut(numbers);
        let (banks, moments): (&mut [u32], &mut [u32]) = (cast_slice_mut(banks), cast_slice_mut(moments));
        let shapes: &mut [[u16; 2]] = cast_slice_mut(shapes);
        for (at, (owner, _)) in self.pictures.iter().enumerate() {
            numbers[at] = owner.number;
            (banks[at], moments[at]) = (owner.bank, owner.at_ms);
            shapes[at] = [owner.width, owner.height];
        }
    }
}

impl SealedDraft for Draft {
    type File = Part;

    fn size_bytes(&self) -> usize {
        sealed::size_bytes(&self.sizes)
    }

    fn write(self, bytes: &mut [u8]) {
        sealed::write(&self.sizes.clone(), bytes, |columns| self.fill(columns));
    }
}
