//! A short run of entries in memory: what was added since the last segment was sealed.

use lamassu_fingerprint::{Digest, StoredFrame};

use crate::change::EntryNumber;
use crate::kernel::{Half, Halves};
use crate::order::stored;
use crate::table::{Owner, Table, owner};
use crate::tombstones::Tombstones;

/// A run that never changes once readers see it.
#[derive(Debug, Default)]
pub struct Run {
    first: Vec<Half>,
    second: Vec<Half>,
    owners: Vec<Owner>,
    numbers: Vec<EntryNumber>,
    banks: Vec<u32>,
    digests: Vec<[u8; 32]>,
    digest_entries: Vec<u32>,
}

/// An entry on its way into a run.
#[derive(Debug)]
pub struct NewEntry {
    pub number: EntryNumber,
    pub bank: u32,
    pub digest: Digest,
    pub frames: Vec<StoredFrame>,
}

impl Run {
    /// A run of these entries, whose numbers differ.
    pub fn of(mut entries: Vec<NewEntry>) -> Self {
        entries.sort_unstable_by_key(|entry| entry.number);
        let mut run = Self::default();
        let mut digests = Vec::with_capacity(entries.len());
        for (place, entry) in (0..).zip(entries) {
            run.numbers.push(entry.number);
            run.banks.push(entry.bank);
            digests.push((entry.digest.0, place));
            for frame in &entry.frames {
                let [a, b, c, d] = stored(frame.bits[0]);
                run.first.push([a, b]);
                run.second.push([c, d]);
                run.owners.push(owner(place, frame));
            }
        }
        digests.sort_unstable();
        (run.digests, run.digest_entries) = digests.into_iter().unzip();
        run
    }

    /// Its columns.
    pub fn table(&self) -> Table<'_> {
        Table {
            hashes: Halves { first: &self.first, second: &self.second, from: 0 },
            owner_starts: &[],
            owners: &self.owners,
            numbers: &self.numbers,
            banks: &self.banks,
            digests: &self.digests,
            digest_entries: &self.digest_entries,
            bands: None,
        }
    }

    /// How much it holds: hashes and entries.
    pub fn weight(&self) -> usize {
        self.owners.len() + self.numbers.len()
    }

    /// Both runs in one, without what was removed of them.
    pub fn merged(runs: [(&Self, &Tombstones); 2]) -> Self {
        let mut entries: Vec<(EntryNumber, u32, usize)> = Vec::new();
        for (from, (run, removed)) in runs.iter().enumerate() {
            let live = (0..).zip(&run.numbers).filter(|(place, _)| !removed.contains(*place));
            entries.extend(live.map(|(place, &number)| (number, place, from)));
        }
        entries.sort_unstable();
        let mut places = runs.map(|(run, _)| vec![u32::MAX; run.numbers.len()]);
        let mut merged = Self::default();
        for (new, &(number, old, from)) in (0..).zip(&entries) {
            places[from][old as usize] = new;
            merged.numbers.push(number);
            merged.banks.push(runs[from].0.banks[old as usize]);
        }
        let mut digests = Vec::with_capacity(entries.len());
        for ((run, _), places) in runs.iter().zip(&places) {
            for (at, owner) in run.owners.iter().enumerate() {
                let [entry, start_ms, end_ms, rest] = *owner;
                let place = places[entry as usize];
                if place != u32::MAX {
                    merged.first.push(run.first[at]);
                    merged.second.push(run.second[at]);
                    merged.owners.push([place, start_ms, end_ms, rest]);
                }
            }
            let live = run.digests.iter().zip(&run.digest_entries);
            digests.extend(live.map(|(digest, &entry)| (*digest, places[entry as usize])));
        }
        digests.retain(|&(_, place)| place != u32::MAX);
        #[expect(clippy::stable_sort_primitive, reason = "it finds the two sorted runs and merges them")]
        digests.sort();
        (merged.digests, merged.digest_entries) = digests.into_iter().unzip();
        merged
    }
}
