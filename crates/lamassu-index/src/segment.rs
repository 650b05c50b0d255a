//! A sealed segment of hashes: bytes that are searched where they lie.

use crate::kernel::Halves;
use crate::layout::{Section, Sizes};
use crate::sealed::{Bytes, Columns as _, Damaged, Sealed, SealedFile, SegmentId};
use crate::table::{Bands, Table};

/// A run of entries that never changes. A search of damaged bytes can give wrong answers, but it ends.
#[derive(Debug, Clone)]
pub struct Segment(Sealed<Sizes>);

impl SealedFile for Segment {
    const PREFIX: &'static str = "segment-";

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

impl Segment {
    /// How many distinct hashes it holds.
    pub fn hashes(&self) -> usize {
        self.0.columns().hashes
    }

    /// How many entries it holds, removed ones included.
    pub fn entries(&self) -> usize {
        self.0.columns().entries
    }

    pub(crate) fn weight(&self) -> usize {
        self.0.columns().owners + self.0.columns().entries
    }

    /// Bytes of the hashes and what makes them searchable: without owners, entries and digests.
    pub fn search_bytes(&self) -> u64 {
        use Section::{BucketStarts, FirstHalves, Ids, SecondHalves, Sketches};
        let sections = [FirstHalves, SecondHalves, BucketStarts, Sketches, Ids];
        sections.iter().map(|&section| self.0.columns().column_bytes(section as usize) as u64).sum()
    }

    /// Its columns.
    pub(crate) fn table(&self) -> Table<'_> {
        use Section::{
            Banks, BucketStarts, DigestEntries, Digests, FirstHalves, Ids, Numbers, OwnerStarts, Owners,
            SecondHalves, Sketches,
        };
        let Self(sealed) = self;
        let bands = sealed.columns().shape().map(|shape| Bands {
            shape,
            bucket_starts: sealed.column(BucketStarts as usize),
            sketches: sealed.column(Sketches as usize),
            ids: sealed.column(Ids as usize),
            id_bytes: sealed.columns().id_bytes(),
        });
        let first = sealed.column(FirstHalves as usize);
        Table {
            hashes: Halves { first, second: sealed.column(SecondHalves as usize), from: 0 },
            owner_starts: sealed.column(OwnerStarts as usize),
            owners: sealed.column(Owners as usize),
            numbers: sealed.column(Numbers as usize),
            banks: sealed.column(Banks as usize),
            digests: sealed.column(Digests as usize),
            digest_entries: sealed.column(DigestEntries as usize),
            bands,
        }
    }
}
