//! Bytes that are written once and searched where they lie: a header, then columns.
//!
//! All numbers are little-endian. The header is 512 bytes: a magic, the format's version, counts from which the
//! sizes of all columns follow, one line of offset, length and checksum (CRC-32) for each column, and its own
//! checksum. Each column begins at a multiple of 64 bytes. Whoever changes the order of bits, a column or the
//! header raises the version; what is of another version is built anew from the store.

mod memory;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytemuck::Pod;

pub use memory::{Memory, Rows};

#[cfg(target_endian = "big")]
compile_error!("columns are searched where they lie, and their numbers are little-endian");

/// Bytes of the header.
const HEADER_BYTES: usize = 512;
/// Columns begin at multiples of this.
const ALIGN_BYTES: usize = 64;
/// Counts of a header.
pub const COUNTS: usize = 5;
const COUNTS_AT: usize = 16;
/// Where the lines of the columns begin in the header.
const LINES_AT: usize = 64;
const LINE_BYTES: usize = 24;
const CHECKSUM_AT: usize = HEADER_BYTES - 4;
/// So much is read before the next part of a column is.
const CHECKED_BYTES: usize = 1 << 20;

/// Bytes of a sealed file: memory, or a file that is mapped into it.
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// The name of a sealed file, given by whoever keeps its bytes.
pub type SegmentId = u128;

/// Bytes that are not what they should be, or no longer what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    /// They do not begin as such a file does, or are of another version.
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
    /// A column's checksum is wrong.
    #[error("its section {0} is damaged")]
    Section(&'static str),
}

/// Which columns a kind of file has, and how large they are.
pub trait Columns: Copy + fmt::Debug + Send + Sync + 'static {
    /// What such a file begins with.
    const MAGIC: [u8; 8];
    /// Raised with every change of what the bytes mean.
    const VERSION: u32;
    /// Words for people, in the order in which the columns lie; at most 18.
    const NAMES: &'static [&'static str];

    /// How much of everything there is.
    fn counts(&self) -> [u64; COUNTS];

    /// From such counts, all of which fit into 32 bits; none if they cannot be.
    fn of_counts(counts: [u64; COUNTS]) -> Option<Self>;

    /// The size of a column.
    fn column_bytes(&self, column: usize) -> usize;
}

/// Where each column lies, and the size of the whole.
fn layout<C: Columns>(columns: &C) -> (Vec<Range<usize>>, usize) {
    let mut end = HEADER_BYTES;
    let place = |column| {
        let start = end.next_multiple_of(ALIGN_BYTES);
        end = start + columns.column_bytes(column);
        start..end
    };
    let places = (0..C::NAMES.len()).map(place).collect();
    (places, end.next_multiple_of(ALIGN_BYTES))
}

/// How many bytes the file takes.
pub fn size_bytes<C: Columns>(columns: &C) -> usize {
    layout(columns).1
}

/// Has `fill` write the columns, in their order, and writes the header. `bytes` are zero, as many as [`size_bytes`]
/// says, and begin at a multiple of 8.
pub fn write<C: Columns>(columns: &C, bytes: &mut [u8], fill: impl FnOnce(Vec<&mut [u8]>)) {
    let (places, size_bytes) = layout(columns);
    assert_eq!(bytes.len(), size_bytes, "the buffer has the size that was asked for");
    let (mut done, mut rest, mut parts) = (0, &mut *bytes, Vec::with_capacity(places.len()));
    for place in &places {
        let (part, after) = rest[place.start - done..].split_at_mut(place.len());
        parts.push(part);
        (done, rest) = (place.end, after);
    }
    fill(parts);
    let header = header(columns, &places, bytes);
    bytes[..HEADER_BYTES].copy_from_slice(&header);
}

fn header<C: Columns>(columns: &C, places: &[Range<usize>], bytes: &[u8]) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(&C::MAGIC);
    header[8..12].copy_from_slice(&C::VERSION.to_le_bytes());
    let mut put = |at: usize, number: u64| header[at..at + 8].copy_from_slice(&number.to_le_bytes());
    for (k, count) in columns.counts().into_iter().enumerate() {
        put(COUNTS_AT + 8 * k, count);
    }
    for (k, place) in places.iter().enumerate() {
        let line = LINES_AT + LINE_BYTES * k;
        put(line, place.start as u64);
        put(line + 8, place.len() as u64);
        put(line + 16, u64::from(crc32fast::hash(&bytes[place.clone()])));
    }
    let checksum = crc32fast::hash(&header[..CHECKSUM_AT]);
    header[CHECKSUM_AT..].copy_from_slice(&checksum.to_le_bytes());
    header
}

/// Sealed bytes whose header is sound.
#[derive(Clone)]
pub struct Sealed<C> {
    id: SegmentId,
    bytes: Bytes,
    columns: C,
    places: Vec<Range<usize>>,
}

impl<C: Columns> Sealed<C> {
    /// Opens such bytes. Only the header is checked, so that searching can begin at once; [`Sealed::check`] checks
    /// the rest.
    ///
    /// # Errors
    /// [`Damaged`] but for sections; also [`Damaged::Header`] when the bytes do not begin at a multiple of 8.
    pub fn open(id: SegmentId, bytes: Bytes) -> Result<Self, Damaged> {
        let columns: C = read_header((*bytes).as_ref())?;
        let (places, _) = layout(&columns);
        Ok(Self { id, bytes, columns, places })
    }

    /// Reads all of it and compares the checksums.
    ///
    /// # Errors
    /// [`Damaged::Section`], the first that is.
    pub fn check(&self) -> Result<(), Damaged> {
        let bytes = self.bytes();
        for (k, (name, place)) in C::NAMES.iter().zip(&self.places).enumerate() {
            let mut hasher = crc32fast::Hasher::new();
            bytes[place.clone()].chunks(CHECKED_BYTES).for_each(|part| hasher.update(part));
            if word(bytes, LINES_AT + LINE_BYTES * k + 16) != u64::from(hasher.finalize()) {
                return Err(Damaged::Section(name));
            }
        }
        Ok(())
    }

    /// Its name.
    pub fn id(&self) -> SegmentId {
        self.id
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        (*self.bytes).as_ref()
    }

    /// Which columns it has.
    pub fn columns(&self) -> &C {
        &self.columns
    }

    /// A column, whose size is a multiple of that of `T`.
    pub fn column<T: Pod>(&self, column: usize) -> &[T] {
        bytemuck::try_cast_slice(&self.bytes()[self.places[column].clone()]).unwrap_or_default()
    }
}

impl<C: Columns> fmt::Debug for Sealed<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").field("id", &self.id).field("columns", &self.columns).finish_non_exhaustive()
    }
}

fn read_header<C: Columns>(bytes: &[u8]) -> Result<C, Damaged> {
    let header = bytes.get(..HEADER_BYTES).ok_or(Damaged::Foreign)?;
    if header[..8] != C::MAGIC || header[8..12] != C::VERSION.to_le_bytes() {
        return Err(Damaged::Foreign);
    }
    if header[CHECKSUM_AT..] != crc32fast::hash(&header[..CHECKSUM_AT]).to_le_bytes()
        || !bytes.as_ptr().addr().is_multiple_of(8)
    {
        return Err(Damaged::Header);
    }
    let counts = std::array::from_fn(|k| word(header, COUNTS_AT + 8 * k));
    // Far more than any file holds, and no sum of sizes overflows.
    let are_small = counts.iter().all(|&count| u32::try_from(count).is_ok());
    let columns = are_small.then(|| C::of_counts(counts)).flatten().ok_or(Damaged::Header)?;
    let expected_bytes = size_bytes(&columns) as u64;
    let size_bytes = bytes.len() as u64;
    if size_bytes == expected_bytes { Ok(columns) } else { Err(Damaged::Cut { size_bytes, expected_bytes }) }
}

fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

/// A file of columns that a folder can keep.
pub trait SealedFile: Sized + Send + Sync + 'static {
    /// What its name begins with.
    const PREFIX: &'static str;

    /// Opens its bytes; only the header is checked.
    ///
    /// # Errors
    /// [`Damaged`] but for sections.
    fn open(id: SegmentId, bytes: Bytes) -> Result<Self, Damaged>;

    /// Its name.
    fn id(&self) -> SegmentId;

    /// Its bytes.
    fn bytes(&self) -> &[u8];

    /// Reads all of it and compares the checksums.
    ///
    /// # Errors
    /// [`Damaged::Section`], the first that is.
    fn check(&self) -> Result<(), Damaged>;
}

/// A file of columns that is about to be written.
pub trait SealedDraft {
    /// What it becomes.
    type File: SealedFile;

    /// How many bytes it takes.
    fn size_bytes(&self) -> usize;

    /// Writes it into so many bytes, which are zero and begin at a multiple of 8.
    ///
    /// # Panics
    /// When they are not.
    fn write(self, bytes: &mut [u8]);
}

/// Writes a draft into this process's memory: large pages where it is large.
pub fn in_memory<D: SealedDraft>(id: SegmentId, draft: D) -> D::File {
    // Words, so that the bytes begin where numbers may.
    let mut words = Rows::<u64>::zeroed(draft.size_bytes() / 8);
    draft.write(bytemuck::cast_slice_mut(&mut words));
    D::File::open(id, Arc::new(words)).expect("it was just written")
}
