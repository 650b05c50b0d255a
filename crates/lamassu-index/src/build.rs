//! From tables to the bytes of one segment: what was removed is left out, equal hashes are put together.
//!
//! Until it is written a segment is three lists of where things lie in the tables, 16 bytes for each hash, entry and
//! digest. Copies of ten million of each take 0.8 GB more, and memory that a system gives afresh may cost more than
//! what is done with it.

mod postings;

use std::ops::Range;

use bytemuck::cast_slice_mut;

use crate::change::EntryNumber;
use crate::kernel::Half;
use crate::layout::Sizes;
use crate::order::Stored;
use crate::sealed::{self, Rows};
use crate::table::{Owner, Table};
use crate::tombstones::Tombstones;

/// Most bits of a key by which hashes are counted into order; the rest is sorted.
const COUNTED_BITS_MAX: u32 = 20;
/// So many bits come first in the order of hashes without bands.
const UNBANDED_ORDER_BITS: u32 = 12;
/// About so many hashes are written at a time; few in tests, so that those have several blocks.
const BLOCK: usize = if cfg!(test) { 1 << 4 } else { 1 << 18 };
/// The place of an entry that is not in the segment.
const REMOVED: u32 = u32::MAX;

/// The number that comes first in the order of things, and where the thing is: the table in the upper half, the place
/// in its column in the lower. What lies there need not be read to compare most of them.
type Ordered = [u64; 2];

/// Everything of a segment but its bands, in order.
#[derive(Debug)]
pub struct Draft<'a> {
    sizes: Sizes,
    sources: Sources<'a>,
    /// By number.
    entries: Rows<Ordered>,
    /// By hash; equal ones lie side by side.
    hashes: Rows<Ordered>,
    /// By digest.
    digests: Rows<Ordered>,
}

impl<'a> Draft<'a> {
    /// Gathers what is live in the tables; `band_bits` gives the width of bands for so many hashes.
    pub fn of(tables: &[(Table<'a>, &Tombstones)], band_bits: impl FnOnce(usize) -> u32) -> Self {
        let entries = by_number(tables);
        let sources = Sources::of(tables, &entries);
        let digests = by_digest(&sources);
        let (count, owners) = sources.hashes().fold((0, 0), |sum, live| (sum.0 + 1, sum.1 + live.owners));
        let band_bits = band_bits(owners);
        let order_bits = if band_bits == 0 { UNBANDED_ORDER_BITS } else { band_bits };
        let hashes = by_hash(&sources, count, order_bits);
        let sizes = Sizes {
            hashes: hashes.chunk_by(|a, b| sources.are_equal(a, b)).count(),
            owners,
            entries: entries.len(),
            digests: digests.len(),
            band_bits,
        };
        Self { sizes, sources, entries, hashes, digests }
    }

    /// How many bytes the segment takes.
    pub fn size_bytes(&self) -> usize {
        sealed::size_bytes(&self.sizes)
    }

    /// Writes the segment. `bytes` are as many as [`Draft::size_bytes`] says, zero, and begin at a multiple
    /// of 8.
    pub fn write(self, bytes: &mut [u8]) {
        let sizes = self.sizes;
        sealed::write(&sizes, bytes, |columns| self.fill(Columns::of(columns)));
    }

    fn fill(self, mut columns: Columns<'_>) {
        self.write_hashes(&mut columns);
        let entries = self.entries.iter().zip(columns.numbers.iter_mut().zip(columns.banks.iter_mut()));
        for (&[number, entry], (number_place, bank_place)) in entries {
            (*number_place, *bank_place) = (number, self.sources.bank(entry));
        }
        let digests =
            self.digests.iter().zip(columns.digests.iter_mut().zip(columns.digest_entries.iter_mut()));
        for (&[_, digest], (digest_place, entry_place)) in digests {
            (*digest_place, *entry_place) = self.sources.digest(digest);
        }
        let (shape, hashes) = (self.sizes.shape(), self.sizes.hashes);
        // What is written now is all that the bands need.
        drop(self);
        if let Some(shape) = shape {
            postings::write(&mut columns, shape, hashes);
        }
    }

    /// Writes hashes, each once, and their owners.
    fn write_hashes(&self, columns: &mut Columns<'_>) {
        let mut block = Vec::with_capacity(BLOCK);
        let (mut first, mut end) = (0, 0);
        for group in self.hashes.chunk_by(|a, b| self.sources.are_equal(a, b)) {
            block.extend(group.iter().map(|&[_, at]| (at, end)));
            end += 1;
            if block.len() >= BLOCK {
                self.write_block(&mut block, first..end, columns);
                block.clear();
                first = end;
            }
        }
        self.write_block(&mut block, first..end, columns);
    }

    /// Writes the hashes of this range. `block` says where they lie in the tables, and which each of them is; they are
    /// read there in the order in which they lie, and what is written stays within the cache.
    fn write_block(&self, block: &mut [(u64, usize)], range: Range<usize>, columns: &mut Columns<'_>) {
        block.sort_unstable();
        let mut owners = Vec::with_capacity(block.len());
        for &(at, hash) in &*block {
            let [a, b, c, d] = self.sources.hash(at);
            (columns.first[hash], columns.second[hash]) = ([a, b], [c, d]);
            owners.extend(self.sources.owners(at).map(|owner| (hash, owner)));
        }
        // What serves as a hash's next place is in the end where the owners of the hash after it begin.
        let nexts = &mut columns.owner_starts[range.start..=range.end];
        let first = nexts[0];
        for (hash, _) in &owners {
            nexts[hash + 1 - range.start] += 1;
        }
        to_starts(&mut nexts[1..], first);
        for (hash, owner) in owners {
            let next = &mut nexts[hash + 1 - range.start];
            columns.owners[*next as usize] = owner;
            *next += 1;
        }
        for several in nexts.windows(2).filter(|ends| ends[1] - ends[0] > 1) {
            columns.owners[several[0] as usize..several[1] as usize].sort_unstable();
        }
    }
}

/// Counts of neighbours become the places where they begin, the first one at `start`; where the last one ends.
fn to_starts(counts: &mut [u32], mut start: u32) -> u32 {
    for count in counts {
        (*count, start) = (start, start + *count);
    }
    start
}

/// The tables that the segment is made of.
#[derive(Debug)]
struct Sources<'a>(Vec<Source<'a>>);

/// A table, and where its entries come to lie in the segment.
#[derive(Debug)]
struct Source<'a> {
    table: Table<'a>,
    places: Vec<u32>,
}

impl Source<'_> {
    fn is_live(&self, entry: u32) -> bool {
        self.places.get(entry as usize).is_some_and(|&place| place != REMOVED)
    }
}

/// A hash that belongs to an entry of the segment.
struct Live {
    at: u64,
    hash: Stored,
    /// How many owners it has there.
    owners: usize,
}

impl<'a> Sources<'a> {
    fn of(tables: &[(Table<'a>, &Tombstones)], entries: &[Ordered]) -> Self {
        let removed =
            |&(table, _): &(Table<'a>, _)| Source { table, places: vec![REMOVED; table.numbers.len()] };
        let mut sources: Vec<_> = tables.iter().map(removed).collect();
        for (new, &[_, entry]) in (0..).zip(entries) {
            let (source, at) = split(entry);
            sources[source].places[at] = new;
        }
        Self(sources)
    }

    /// All hashes that belong to an entry of the segment. Of damaged bytes, which may give an owner to several hashes,
    /// those for which there is room.
    fn hashes(&self) -> impl Iterator<Item = Live> {
        (0..).zip(&self.0).flat_map(|(number, source)| {
            let table = &source.table;
            let mut room = table.owners.len();
            (0..table.len() as u32).filter_map(move |place| {
                let hash = table.hashes.get(place as usize)?;
                let owners = table.owners_of(place);
                room = room.checked_sub(owners.len())?;
                let owners = owners.iter().filter(|owner| source.is_live(owner[0])).count();
                (owners > 0).then_some(Live { at: join(number, place), hash, owners })
            })
        })
    }

    fn hash(&self, at: u64) -> Stored {
        let (source, place) = split(at);
        self.0[source].table.hashes.get(place).unwrap_or_default()
    }

    /// The owners of a hash in the segment.
    fn owners(&self, at: u64) -> impl Iterator<Item = Owner> {
        let (source, place) = split(at);
        let source = &self.0[source];
        let owners = source.table.owners_of(place as u32).iter().filter(|owner| source.is_live(owner[0]));
        owners.map(|&[entry, start_ms, end_ms, rest]| [source.places[entry as usize], start_ms, end_ms, rest])
    }

    /// Whether two hashes are the same.
    fn are_equal(&self, a: &Ordered, b: &Ordered) -> bool {
        a[0] == b[0] && self.hash(a[1]) == self.hash(b[1])
    }

    fn bank(&self, at: u64) -> u32 {
        let (source, place) = split(at);
        self.0[source].table.banks.get(place).copied().unwrap_or_default()
    }

    /// A digest and the place of its entry in the segment.
    fn digest(&self, at: u64) -> ([u8; 32], u32) {
        let (source, place) = split(at);
        let Source { table, places } = &self.0[source];
        let entry = table.digest_entries.get(place).and_then(|&entry| places.get(entry as usize));
        (table.digests[place], entry.copied().unwrap_or(REMOVED))
    }
}

fn join(source: u64, place: u32) -> u64 {
    source << 32 | u64::from(place)
}

fn split(at: u64) -> (usize, usize) {
    ((at >> 32) as usize, at as u32 as usize)
}

/// The entries that were not removed, by number.
fn by_number(tables: &[(Table<'_>, &Tombstones)]) -> Rows<Ordered> {
    let live = (0..).zip(tables).flat_map(|(source, (table, removed))| {
        let entries = (0..).zip(table.numbers).filter(|(place, _)| !removed.contains(*place));
        entries.map(move |(place, &number)| [number, join(source, place)])
    });
    let mut entries = listed(live, tables.iter().map(|(table, _)| table.numbers.len()).sum());
    #[expect(
        clippy::stable_sort_primitive,
        reason = "it finds the runs that the tables are, and merges them"
    )]
    entries.sort();
    entries
}

/// The digests of entries of the segment, in their order, then in that of the entries.
fn by_digest(sources: &Sources<'_>) -> Rows<Ordered> {
    let head = |digest: &[u8; 32]| digest.first_chunk().map_or(0, |&head| u64::from_be_bytes(head));
    let live = (0..).zip(&sources.0).flat_map(|(number, source)| {
        let digests = (0..).zip(source.table.digests.iter().zip(source.table.digest_entries));
        let digests = digests.filter(|(_, (_, entry))| source.is_live(**entry));
        digests.map(move |(place, (digest, _))| [head(digest), join(number, place)])
    });
    let mut digests = listed(live, sources.0.iter().map(|source| source.table.digests.len()).sum());
    // As above.
    digests.sort_by(|a, b| a[0].cmp(&b[0]).then_with(|| sources.digest(a[1]).cmp(&sources.digest(b[1]))));
    digests
}

/// The hashes in the order of their first bands' keys, then of all bits: postings of the first band are the
/// hashes as they lie. A count, then short sorts.
fn by_hash(sources: &Sources<'_>, count: usize, band_bits: u32) -> Rows<Ordered> {
    let bits = band_bits.min(COUNTED_BITS_MAX);
    let first_band_first = |hash: &Stored| hash[0].rotate_right(band_bits);
    let bucket = |key: u64| (key >> (64 - bits)) as usize;
    let mut nexts = vec![0_u32; 1 << bits];
    for live in sources.hashes() {
        nexts[bucket(first_band_first(&live.hash))] += 1;
    }
    to_starts(&mut nexts, 0);
    let mut order = Rows::<Ordered>::zeroed(count);
    let places = &mut *order;
    for live in sources.hashes() {
        let key = first_band_first(&live.hash);
        let next = &mut nexts[bucket(key)];
        places[*next as usize] = [key, live.at];
        *next += 1;
    }
    let mut start = 0;
    for end in nexts {
        let bucket = &mut places[start as usize..end as usize];
        start = end;
        bucket.sort_unstable_by(|a, b| {
            a[0].cmp(&b[0]).then_with(|| sources.hash(a[1]).cmp(&sources.hash(b[1])))
        });
    }
    order
}

/// What comes, of which there is at most so much.
fn listed(things: impl Iterator<Item = Ordered>, count_max: usize) -> Rows<Ordered> {
    let mut list = Rows::zeroed(count_max);
    let mut count = 0;
    for (free, thing) in list.iter_mut().zip(things) {
        *free = thing;
        count += 1;
    }
    list.truncate(count);
    list
}

/// The sections of a segment that is being written.
struct Columns<'a> {
    first: &'a mut [Half],
    second: &'a mut [Half],
    owner_starts: &'a mut [u32],
    owners: &'a mut [Owner],
    numbers: &'a mut [EntryNumber],
    banks: &'a mut [u32],
    digests: &'a mut [[u8; 32]],
    digest_entries: &'a mut [u32],
    bucket_starts: &'a mut [u32],
    sketches: &'a mut [u32],
    ids: &'a mut [u8],
}

impl<'a> Columns<'a> {
    fn of(sections: Vec<&'a mut [u8]>) -> Self {
        let Ok([first, second, starts, owners, numbers, banks, digests, entries, buckets, sketches, ids]) =
            <[&mut [u8]; 11]>::try_from(sections)
        else {
            unreachable!("there are as many sections as names")
        };
        Self {
            first: cast_slice_mut(first),
            second: cast_slice_mut(second),
            owner_starts: cast_slice_mut(starts),
            owners: cast_slice_mut(owners),
            numbers: cast_slice_mut(numbers),
            banks: cast_slice_mut(banks),
            digests: cast_slice_mut(digests),
            digest_entries: cast_slice_mut(entries),
            bucket_starts: cast_slice_mut(buckets),
            sketches: cast_slice_mut(sketches),
            ids,
        }
    }
}

#[cfg(test)]
mod tests;
