//! The bytes of a segment: a header, then columns that are searched where they lie.
//!
//! All numbers are little-endian. The header is 512 bytes: the magic, the format's version, eight numbers, one
//! line of offset, length and checksum (CRC-32) for each section, and its own checksum. Each section begins at
//! a multiple of 64 bytes. Whoever changes the order of bits, a column or the header raises the version; an
//! index of another version is built anew from the store.

use std::ops::Range;

use crate::bands::Shape;

#[cfg(target_endian = "big")]
compile_error!("segments are searched where they lie, and their numbers are little-endian");

const MAGIC: [u8; 8] = *b"lamassu\0";
const VERSION: u32 = 1;
/// Bytes of the header.
pub const HEADER_BYTES: usize = 512;
/// Sections begin at multiples of this.
pub const ALIGN_BYTES: usize = 64;
/// Where the lines of the sections begin in the header.
const LINES_AT: usize = 64;
const LINE_BYTES: usize = 24;
const CHECKSUM_AT: usize = HEADER_BYTES - 4;

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

    /// A word for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstHalves => "first-halves",
            Self::SecondHalves => "second-halves",
            Self::OwnerStarts => "owner-starts",
            Self::Owners => "owners",
            Self::Numbers => "entry-numbers",
            Self::Banks => "entry-banks",
            Self::Digests => "digests",
            Self::DigestEntries => "digest-entries",
            Self::BucketStarts => "bucket-starts",
            Self::Sketches => "sketches",
            Self::Ids => "ids",
        }
    }
}

/// Bytes that are no segment, or no longer the segment that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    /// They do not begin as a segment does, or are of another version.
    #[error("it is no segment of this version")]
    Foreign,
    /// The header's checksum is wrong, or it describes what cannot be.
    #[error("its header is damaged")]
    Header,
    /// They end too early.
    #[error("it is {size_bytes} bytes long instead of {expected_bytes}")]
    Cut {
        /// How many there are.
        size_bytes: u64,
        /// How many there should be.
        expected_bytes: u64,
    },
    /// A section's checksum is wrong.
    #[error("its section {} is damaged", .0.name())]
    Section(Section),
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

    fn section_bytes(&self, section: Section) -> usize {
        let (bands, buckets) = self.shape().map_or((0, 0), |shape| (shape.bands(), shape.buckets() + 1));
        match section {
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

    /// Where each section lies, in the order of [`Section::ALL`], and the size of the whole.
    pub fn layout(&self) -> ([Range<usize>; Section::ALL.len()], usize) {
        let mut end = HEADER_BYTES;
        let places = Section::ALL.map(|section| {
            let start = end.next_multiple_of(ALIGN_BYTES);
            end = start + self.section_bytes(section);
            start..end
        });
        (places, end.next_multiple_of(ALIGN_BYTES))
    }

    fn numbers(&self) -> [u64; 5] {
        [self.hashes, self.owners, self.entries, self.digests, self.band_bits as usize].map(|n| n as u64)
    }
}

/// Writes the header in front of sections that are complete.
pub fn seal(sizes: &Sizes, bytes: &mut [u8]) {
    let (places, _) = sizes.layout();
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    for (k, number) in sizes.numbers().into_iter().enumerate() {
        header[16 + 8 * k..24 + 8 * k].copy_from_slice(&number.to_le_bytes());
    }
    for (k, place) in places.into_iter().enumerate() {
        let line = [place.start as u64, place.len() as u64, u64::from(crc32fast::hash(&bytes[place]))];
        for (j, number) in line.into_iter().enumerate() {
            let at = LINES_AT + LINE_BYTES * k + 8 * j;
            header[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
    }
    let checksum = crc32fast::hash(&header[..CHECKSUM_AT]);
    header[CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
    bytes[..HEADER_BYTES].copy_from_slice(&header);
}

/// Reads the header and checks it; sections are left for [`check`].
pub fn open(bytes: &[u8]) -> Result<Sizes, Damaged> {
    let header = bytes.get(..HEADER_BYTES).ok_or(Damaged::Foreign)?;
    if header[..8] != MAGIC || header[8..12] != VERSION.to_le_bytes() {
        return Err(Damaged::Foreign);
    }
    if header[CHECKSUM_AT..] != crc32fast::hash(&header[..CHECKSUM_AT]).to_le_bytes() {
        return Err(Damaged::Header);
    }
    let [hashes, owners, entries, digests, band_bits] = [0, 1, 2, 3, 4].map(|k| word(header, 16 + 8 * k));
    // Far more than any segment holds, and no sum of sizes overflows.
    if [hashes, owners, entries, digests].iter().any(|&count| count > u64::from(u32::MAX)) || band_bits > 24 {
        return Err(Damaged::Header);
    }
    let sizes = Sizes {
        hashes: hashes as usize,
        owners: owners as usize,
        entries: entries as usize,
        digests: digests as usize,
        band_bits: band_bits as u32,
    };
    let (_, expected) = sizes.layout();
    if bytes.len() != expected {
        return Err(Damaged::Cut { size_bytes: bytes.len() as u64, expected_bytes: expected as u64 });
    }
    Ok(sizes)
}

/// Reads every section and compares its checksum.
pub fn check(sizes: &Sizes, bytes: &[u8]) -> Result<(), Damaged> {
    let (places, _) = sizes.layout();
    for (k, (section, place)) in Section::ALL.into_iter().zip(places).enumerate() {
        let written = word(bytes, LINES_AT + LINE_BYTES * k + 16);
        if written != u64::from(crc32fast::hash(&bytes[place])) {
            return Err(Damaged::Section(section));
        }
    }
    Ok(())
}

fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}
