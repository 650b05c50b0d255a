//! What a reader searches: one state of the entries, for as long as it is held.

use std::collections::HashSet;
use std::sync::Arc;

use lamassu_fingerprint::{Bits256, Digest, View};

use crate::change::EntryNumber;
use crate::segment::Segment;

/// Which banks are searched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Filter {
    /// All.
    #[default]
    AllBanks,
    /// Only this one.
    Bank(u32),
}

impl Filter {
    fn accepts(&self, bank: u32) -> bool {
        match self {
            Self::AllBanks => true,
            Self::Bank(only) => *only == bank,
        }
    }
}

/// A stored hash within the radius.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Whose it is.
    pub entry: EntryNumber,
    /// That entry's bank.
    pub bank: u32,
    /// Hamming distance in bits.
    pub distance_bits: u32,
    /// When it is first seen in the entry, milliseconds.
    pub start_ms: u32,
    /// Until when, milliseconds.
    pub end_ms: u32,
    /// What was hashed.
    pub view: View,
    /// Its PDQ quality.
    pub quality: u8,
}

/// One state of the entries.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub(crate) sequence: u64,
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) removed: Arc<HashSet<EntryNumber>>,
}

impl Snapshot {
    /// The last change it contains.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// How many hashes are searched, removed ones included.
    pub fn hashes(&self) -> usize {
        self.segments.iter().map(|segment| segment.hashes.len()).sum()
    }

    /// Adds every stored hash within `radius_bits` of `query` to `hits`, in the order they were added.
    pub fn search(&self, query: Bits256, radius_bits: u32, filter: &Filter, hits: &mut Vec<Hit>) {
        for segment in &self.segments {
            segment.scan(query, radius_bits, |position, distance_bits| {
                let owner = segment.owners[position];
                if filter.accepts(owner.bank) && !self.removed.contains(&owner.entry) {
                    hits.push(Hit {
                        entry: owner.entry,
                        bank: owner.bank,
                        distance_bits,
                        start_ms: owner.start_ms,
                        end_ms: owner.end_ms,
                        view: owner.view,
                        quality: owner.quality,
                    });
                }
            });
        }
    }

    /// As [`Snapshot::search`] for each of `queries`: the hits of query `k` are in place `k`.
    pub fn search_batch(&self, queries: &[Bits256], radius_bits: u32, filter: &Filter) -> Vec<Vec<Hit>> {
        let mut found = vec![Vec::new(); queries.len()];
        for (query, hits) in queries.iter().zip(&mut found) {
            self.search(*query, radius_bits, filter, hits);
        }
        found
    }

    /// The `k` nearest stored hashes within `radius_bits`, nearest first, equal ones in the order added.
    pub fn nearest(&self, query: Bits256, k: usize, radius_bits: u32, filter: &Filter) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.search(query, radius_bits, filter, &mut hits);
        hits.sort_by_key(|hit| hit.distance_bits);
        hits.truncate(k);
        hits
    }

    /// The entries with this digest and their banks.
    pub fn find_digest(&self, digest: Digest, filter: &Filter) -> Vec<(EntryNumber, u32)> {
        let stored = self.segments.iter().flat_map(|segment| &segment.digests);
        stored
            .filter(|(stored, entry, bank)| {
                *stored == digest && filter.accepts(*bank) && !self.removed.contains(entry)
            })
            .map(|&(_, entry, bank)| (entry, bank))
            .collect()
    }
}
