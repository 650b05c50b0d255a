//! A run of entries that never changes: hashes apart from what belongs to them, for the scan.

use lamassu_fingerprint::{Bits256, Digest, View};

use crate::change::EntryNumber;

/// What belongs to one hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    pub entry: EntryNumber,
    pub bank: u32,
    pub start_ms: u32,
    pub end_ms: u32,
    pub view: View,
    pub quality: u8,
}

/// Hashes, their owners at the same positions, and digests.
#[derive(Debug, Clone, Default)]
pub struct Segment {
    pub hashes: Vec<Bits256>,
    pub owners: Vec<Owner>,
    pub digests: Vec<(Digest, EntryNumber, u32)>,
}

impl Segment {
    /// Whether it has grown so much that copying it for one more entry costs too much.
    pub fn is_full(&self) -> bool {
        self.hashes.len() >= HASHES_MAX || self.digests.len() >= HASHES_MAX
    }

    /// Calls `found` with the position and distance of every hash within `radius_bits`.
    pub fn scan(&self, query: Bits256, radius_bits: u32, mut found: impl FnMut(usize, u32)) {
        for (position, hash) in self.hashes.iter().enumerate() {
            let distance = hash.distance(query);
            if distance <= radius_bits {
                found(position, distance);
            }
        }
    }
}

/// Hashes after which a new segment is begun.
const HASHES_MAX: usize = 4096;
