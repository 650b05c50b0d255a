//! From tables to the bytes of one segment: what was removed is left out, equal hashes are put together.

use bytemuck::{cast_slice_mut, must_cast};

use crate::bands::Shape;
use crate::change::EntryNumber;
use crate::kernel::Half;
use crate::layout::Sizes;
use crate::order::Stored;
use crate::sealed::{self, Rows};
use crate::table::{Owner, Table};
use crate::tombstones::Tombstones;

/// Most bits of a key by which hashes are counted into order; the rest is sorted.
const COUNTED_BITS_MAX: u32 = 20;
/// Most bits of a key by which postings are put into rough order.
const ROUGH_BITS_MAX: u32 = 10;
/// So many bits come first in the order of hashes without bands.
const UNBANDED_ORDER_BITS: u32 = 12;

/// A hash and its owner, so that the order of these numbers is theirs.
type Pair = [u64; 6];

/// A pair in its order: 64 bits of its hash, and its place. What lies elsewhere need not be read to compare most of them.
type Ordered = [u64; 2];

/// Everything of a segment but its bands, in order.
#[derive(Debug)]
pub struct Draft {
    sizes: Sizes,
    /// Hashes with their owners, as they came.
    pairs: Rows<Pair>,
    /// The places of the pairs, by hash.
    order: Rows<Ordered>,
    numbers: Vec<EntryNumber>,
    banks: Vec<u32>,
    digests: Vec<([u8; 32], u32)>,
}

impl Draft {
    /// Gathers what is live in the tables; `band_bits` gives the width of bands for so many hashes.
    pub fn of(sources: &[(Table<'_>, &Tombstones)], band_bits: impl FnOnce(usize) -> u32) -> Self {
        let mut entries: Vec<(EntryNumber, u32, u32, u32)> = Vec::new();
        for (from, (table, removed)) in (0..).zip(sources) {
            let live =
                (0..).zip(table.numbers.iter().zip(table.banks)).filter(|(at, _)| !removed.contains(*at));
            entries.extend(live.map(|(at, (&number, &bank))| (number, bank, from, at)));
        }
        entries.sort_unstable();
        let mut places: Vec<Vec<u32>> =
            sources.iter().map(|(table, _)| vec![u32::MAX; table.numbers.len()]).collect();
        for (new, &(_, _, from, at)) in (0..).zip(&entries) {
            places[from as usize][at as usize] = new;
        }
        let owners = sources.iter().map(|(table, _)| table.owners.len()).sum();
        let (mut pairs, mut digests) = (Rows::zeroed(owners), Vec::with_capacity(entries.len()));
        let mut count = 0;
        for ((table, _), places) in sources.iter().zip(&places) {
            count += gather(table, places, &mut pairs[count..], &mut digests);
        }
        pairs.truncate(count);
        // A stable sort finds the runs that the tables are, and puts them together.
        digests.sort_by(|a, b| head(&a.0).cmp(&head(&b.0)).then_with(|| a.cmp(b)));
        let band_bits = band_bits(pairs.len());
        let order = by_hash(&pairs, if band_bits == 0 { UNBANDED_ORDER_BITS } else { band_bits });
        let hashes = order.chunk_by(|a, b| is_equal(&pairs, a, b)).count();
        let sizes =
            Sizes { hashes, owners: pairs.len(), entries: entries.len(), digests: digests.len(), band_bits };
        let (numbers, banks) = entries.iter().map(|&(number, bank, ..)| (number, bank)).unzip();
        Self { sizes, pairs, order, numbers, banks, digests }
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
        self.write_owners(&mut columns);
        columns.numbers.copy_from_slice(&self.numbers);
        columns.banks.copy_from_slice(&self.banks);
        let digests =
            self.digests.iter().zip(columns.digests.iter_mut().zip(columns.digest_entries.iter_mut()));
        for (&(digest, entry), (digest_place, entry_place)) in digests {
            (*digest_place, *entry_place) = (digest, entry);
        }
        let (shape, hashes) = (self.sizes.shape(), self.sizes.hashes);
        // What is written now is all that the bands need.
        drop((self.pairs, self.order, self.digests));
        if let Some(shape) = shape {
            let mut postings = Rows::zeroed(hashes);
            for band in 0..shape.bands() {
                write_band(&mut columns, shape, band, &mut postings);
            }
        }
    }

    fn write_owners(&self, columns: &mut Columns<'_>) {
        let mut owners = 0;
        let groups = self.order.chunk_by(|a, b| is_equal(&self.pairs, a, b));
        for (hash, group) in groups.enumerate() {
            let [a, b, c, d, ..] = self.pairs[group[0][1] as usize];
            (columns.first[hash], columns.second[hash]) = ([a, b], [c, d]);
            columns.owner_starts[hash] = owners;
            for &[_, pair] in group {
                columns.owners[owners as usize] = owner_of(&self.pairs[pair as usize]);
                owners += 1;
            }
        }
        columns.owner_starts[self.sizes.hashes] = owners;
    }
}

/// Puts the live hashes of a table into `pairs` and adds its digests, with their entries' new places; how many pairs. Of
/// damaged bytes, which may give an owner to several hashes, those for which there is room.
fn gather(
    table: &Table<'_>,
    places: &[u32],
    pairs: &mut [Pair],
    digests: &mut Vec<([u8; 32], u32)>,
) -> usize {
    let live = |place: u32| places.get(place as usize).copied().filter(|&new| new != u32::MAX);
    let mut count = 0;
    for hash in 0..table.len() as u32 {
        let Some(stored) = table.hashes.get(hash as usize) else { continue };
        for &[entry, start_ms, end_ms, rest] in table.owners_of(hash) {
            if let (Some(entry), Some(free)) = (live(entry), pairs.get_mut(count)) {
                *free = pair(&stored, [entry, start_ms, end_ms, rest]);
                count += 1;
            }
        }
    }
    let of_live = table.digests.iter().zip(table.digest_entries);
    digests.extend(of_live.filter_map(|(digest, &entry)| Some((*digest, live(entry)?))));
    count
}

/// The bytes of a digest that come first in its order.
fn head(digest: &[u8; 32]) -> u64 {
    digest.first_chunk().map_or(0, |&head| u64::from_be_bytes(head))
}

fn pair(&[a, b, c, d]: &Stored, owner: Owner) -> Pair {
    let [entry, start_ms, end_ms, rest] = owner.map(u64::from);
    [a, b, c, d, entry << 32 | start_ms, end_ms << 32 | rest]
}

fn owner_of(&[.., first, second]: &Pair) -> Owner {
    must_cast([first.rotate_left(32), second.rotate_left(32)])
}

/// The places of the pairs in the order of their first bands' keys, then of all bits: postings of the first
/// band are the hashes as they lie. A count, then short sorts.
fn by_hash(pairs: &[Pair], band_bits: u32) -> Rows<Ordered> {
    let bits = band_bits.min(COUNTED_BITS_MAX);
    let first_band_first = |pair: &Pair| pair[0].rotate_right(band_bits);
    let bucket = |key: u64| (key >> (64 - bits)) as usize;
    let mut starts = vec![0_u32; (1 << bits) + 1];
    for pair in pairs {
        starts[bucket(first_band_first(pair)) + 1] += 1;
    }
    for k in 1..starts.len() {
        starts[k] += starts[k - 1];
    }
    let mut order = Rows::<Ordered>::zeroed(pairs.len());
    let mut next = starts.clone();
    let places = &mut *order;
    for (place, pair) in (0..).zip(pairs) {
        let key = first_band_first(pair);
        let at = &mut next[bucket(key)];
        places[*at as usize] = [key, place];
        *at += 1;
    }
    let rest = |place: u64| &pairs[place as usize][1..];
    for range in starts.windows(2) {
        let bucket = &mut places[range[0] as usize..range[1] as usize];
        bucket.sort_unstable_by(|a, b| a[0].cmp(&b[0]).then_with(|| rest(a[1]).cmp(rest(b[1]))));
    }
    order
}

/// Whether both are of one hash.
fn is_equal(pairs: &[Pair], a: &Ordered, b: &Ordered) -> bool {
    a[0] == b[0] && pairs[a[1] as usize][..4] == pairs[b[1] as usize][..4]
}

/// A posting on its way to its bucket: key, sketch and hash.
type Posting = [u32; 3];

/// Postings of one band: counts, then first roughly and then exactly to their buckets, so that both times
/// writing stays within the cache.
fn write_band(columns: &mut Columns<'_>, shape: Shape, band: usize, postings: &mut [Posting]) {
    let (hashes, buckets) = (postings.len(), shape.buckets() + 1);
    let starts = &mut columns.bucket_starts[band * buckets..(band + 1) * buckets];
    let halves = || columns.first.iter().zip(columns.second.iter()).map(|(&[a, b], &[c, d])| [a, b, c, d]);
    for hash in halves() {
        starts[shape.key(&hash, band) as usize + 1] += 1;
    }
    for k in 1..buckets {
        starts[k] += starts[k - 1];
    }
    let rough_bits = (hashes.max(2).ilog2().saturating_sub(12)).clamp(1, ROUGH_BITS_MAX).min(shape.bits());
    let shift = shape.bits() - rough_bits;
    let mut rough: Vec<u32> = (0..1 << rough_bits).map(|k: usize| starts[k << shift]).collect();
    for (id, hash) in (0_u32..).zip(halves()) {
        let key = shape.key(&hash, band);
        let next = &mut rough[(key >> shift) as usize];
        postings[*next as usize] = [key, shape.sketch(&hash, band), id];
        *next += 1;
    }
    let sketches = &mut columns.sketches[band * hashes..];
    let id_bytes = columns.ids.len() / (hashes.max(1) * (shape.bands() - 1));
    let ids = band.checked_sub(1).map(|before| &mut columns.ids[before * hashes * id_bytes..]);
    let ids = ids.unwrap_or_default();
    for &[key, sketch, id] in &*postings {
        // The start of a bucket serves as its next place; shifted back below.
        let next = &mut starts[key as usize];
        let at = *next as usize;
        sketches[at] = sketch;
        if !ids.is_empty() {
            ids[at * id_bytes..(at + 1) * id_bytes].copy_from_slice(&id.to_le_bytes()[..id_bytes]);
        }
        *next += 1;
    }
    starts.copy_within(..buckets - 1, 1);
    starts[0] = 0;
    let first = (band * hashes) as u32;
    for start in starts {
        *start += first;
    }
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
mod tests {
    use super::Draft;
    use crate::kernel::Halves;
    use crate::table::Table;
    use crate::tombstones::Tombstones;

    #[test]
    fn damaged_bytes_that_give_owners_to_several_hashes_end_in_a_segment() {
        let halves = [[1, 2], [3, 4], [5, 6]];
        let owners = [[0, 0, 0, 0], [0, 1, 1, 0]];
        let table = Table {
            hashes: Halves { first: &halves, second: &halves, from: 0 },
            // The first and the last hash have both.
            owner_starts: &[0, 2, 0, 2],
            owners: &owners,
            numbers: &[7],
            banks: &[0],
            ..Table::default()
        };
        let draft = Draft::of(&[(table, &Tombstones::default())], |_| 0);
        assert_eq!((draft.sizes.owners, draft.sizes.entries), (owners.len(), 1));
    }
}
