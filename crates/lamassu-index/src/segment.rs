//! A sealed segment: bytes that are searched where they lie.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytemuck::Pod;

use crate::kernel::Halves;
use crate::layout::{self, Damaged, Section, Sizes};
use crate::table::{Bands, Table};

/// Bytes of a segment: memory, or a file that is mapped into it.
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// The name of a segment, given by whoever keeps its bytes.
pub type SegmentId = u128;

/// A run of entries that never changes.
#[derive(Clone)]
pub struct Segment {
    id: SegmentId,
    bytes: Bytes,
    sizes: Sizes,
    places: [Range<usize>; Section::ALL.len()],
}

impl Segment {
    /// Opens the bytes of a segment. Only the header is checked, so that searching can begin at once;
    /// [`Segment::check`] checks the rest. A search of damaged bytes can give wrong answers, but it ends.
    ///
    /// # Errors
    /// [`Damaged`] but for sections; also [`Damaged::Header`] when the bytes do not begin at a multiple of 8.
    pub fn open(id: SegmentId, bytes: Bytes) -> Result<Self, Damaged> {
        let sizes = layout::open((*bytes).as_ref())?;
        if !(*bytes).as_ref().as_ptr().addr().is_multiple_of(8) {
            return Err(Damaged::Header);
        }
        let (places, _) = sizes.layout();
        Ok(Self { id, bytes, sizes, places })
    }

    /// Reads all of it and compares the checksums.
    ///
    /// # Errors
    /// [`Damaged::Section`], the first that is.
    pub fn check(&self) -> Result<(), Damaged> {
        layout::check(&self.sizes, self.bytes())
    }

    /// Its name.
    pub fn id(&self) -> SegmentId {
        self.id
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        (*self.bytes).as_ref()
    }

    /// How many distinct hashes it holds.
    pub fn hashes(&self) -> usize {
        self.sizes.hashes
    }

    /// How many entries it holds, removed ones included.
    pub fn entries(&self) -> usize {
        self.sizes.entries
    }

    pub(crate) fn weight(&self) -> usize {
        self.sizes.owners + self.sizes.entries
    }

    /// Bytes of the hashes and what makes them searchable: without owners, entries and digests.
    pub fn search_bytes(&self) -> u64 {
        use Section::{BucketStarts, FirstHalves, Ids, SecondHalves, Sketches};
        let sections = [FirstHalves, SecondHalves, BucketStarts, Sketches, Ids];
        sections.iter().map(|&section| self.places[section as usize].len() as u64).sum()
    }

    fn column<T: Pod>(&self, section: Section) -> &[T] {
        let place = self.places[section as usize].clone();
        let bytes = &self.bytes()[place];
        bytemuck::try_cast_slice(bytes).unwrap_or_default()
    }

    /// Its columns.
    pub(crate) fn table(&self) -> Table<'_> {
        use Section::{
            Banks, BucketStarts, DigestEntries, Digests, FirstHalves, Ids, Numbers, OwnerStarts, Owners,
            SecondHalves, Sketches,
        };
        let bands = self.sizes.shape().map(|shape| Bands {
            shape,
            bucket_starts: self.column(BucketStarts),
            sketches: self.column(Sketches),
            ids: self.column(Ids),
            id_bytes: self.sizes.id_bytes(),
        });
        let (first, second) = (self.column(FirstHalves), self.column(SecondHalves));
        Table {
            hashes: Halves { first, second, from: 0 },
            owner_starts: self.column(OwnerStarts),
            owners: self.column(Owners),
            numbers: self.column(Numbers),
            banks: self.column(Banks),
            digests: self.column(Digests),
            digest_entries: self.column(DigestEntries),
            bands,
        }
    }
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment").field("id", &self.id).field("sizes", &self.sizes).finish_non_exhaustive()
    }
}
