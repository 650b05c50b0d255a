//! The columns of a segment of hashes.

use crate::bands::Shape;
use crate::sealed::{COUNTS, Columns};

/// A column of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The first halves of hashes.
    FirstHalves,
    /// The second halves of hashes.
    SecondHalves,
    /// Where each hash's owners begin.
    OwnerStarts,
    /// Owners of hashes.
    Owners,
    /// The entries' numbers.
    Numbers,
    /// The entries' banks.
    Banks,
    /// Digests.
    Digests,
    /// The digests' entries.
    DigestEntries,
    /// Where buckets begin.
    BucketStarts,
    /// The bits after each posting's band.
    Sketches,
    /// The postings' hashes.
    Ids,
}

impl Section {
    /// All, in the order in which they lie.
    pub const ALL: [Self; 11] = [
        Self::FirstHalves,
        Self::SecondHalves,
        Self::OwnerStarts,
        Self::Owners,
        Self::Numbers,
        Self::Banks,
        Self::Digests,
        Self::DigestEntries,
        Self::BucketStarts,
        Self::Sketches,
        Self::Ids,
    ];
}

/// How much of everything a segment holds, from which its layout follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sizes {
    pub hashes: usize,
    pub owners: usize,
    pub entries: usize,
    pub digests: usize,
    /// Bits of a band; 0 without bands.
    pub band_bits: u32,
}

impl Sizes {
    /// How hashes are cut into bands, if they are.
    pub fn shape(&self) -> Option<Shape> {
        Shape::new(self.band_bits)
    }

    /// Bytes of a posting's hash.
    pub fn id_bytes(&self) -> usize {
        if self.hashes <= 1 << 24 { 3 } else { 4 }
    }
}

impl Columns for Sizes {
    const MAGIC: [u8; 8] = *b"lamassu\0";
    const VERSION: u32 = 1;
    const NAMES: &'static [&'static str] = &[
        "first-halves",
        "second-halves",
        "owner-starts",
        "owners",
        "entry-numbers",
        "entry-banks",
        "digests",
        "digest-entries",
        "bucket-starts",
        "sketches",
        "ids",
    ];

    fn counts(&self) -> [u64; COUNTS] {
        [self.hashes, self.owners, self.entries, self.digests, self.band_bits as usize].map(|n| n as u64)
    }

    fn of_counts(counts: [u64; COUNTS]) -> Option<Self> {
        let [hashes, owners, entries, digests, band_bits] = counts.map(|count| count as usize);
        let sizes = Self { hashes, owners, entries, digests, band_bits: band_bits as u32 };
        (band_bits <= 24).then_some(sizes)
    }

    fn column_bytes(&self, column: usize) -> usize {
        let (bands, buckets) = self.shape().map_or((0, 0), |shape| (shape.bands(), shape.buckets() + 1));
        match Section::ALL[column] {
            Section::FirstHalves | Section::SecondHalves => 16 * self.hashes,
            Section::OwnerStarts => 4 * (self.hashes + 1),
            Section::Owners => 16 * self.owners,
            Section::Numbers => 8 * self.entries,
            Section::Banks => 4 * self.entries,
            Section::Digests => 32 * self.digests,
            Section::DigestEntries => 4 * self.digests,
            Section::BucketStarts => 4 * bands * buckets,
            Section::Sketches if bands == 0 => 0,
            Section::Sketches => 4 * (bands * self.hashes + crate::kernel::SKETCH_PAD),
            Section::Ids => bands.saturating_sub(1) * self.hashes * self.id_bytes(),
        }
    }
}
