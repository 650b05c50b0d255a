//! One run of entries as columns, whether they lie in memory or in the bytes of a segment.

use lamassu_fingerprint::{StoredFrame, View};

use crate::bands::Shape;
use crate::change::EntryNumber;
use crate::kernel::Halves;

/// What belongs to one hash: its entry's place in the table, `start_ms`, `end_ms`, view and quality.
pub type Owner = [u32; 4];

/// Packs what belongs to a hash of the entry at this place.
pub fn owner(entry: u32, frame: &StoredFrame) -> Owner {
    [entry, frame.start_ms, frame.end_ms, u32::from(frame.view.number()) | u32::from(frame.quality) << 8]
}

/// The view of an owner; what no writer wrote counts as the whole picture.
pub fn view(owner: &Owner) -> View {
    View::from_number(owner[3] as u8).unwrap_or(View::Full)
}

/// The quality of an owner.
pub fn quality(owner: &Owner) -> u8 {
    (owner[3] >> 8) as u8
}

/// Columns of one run of entries. Nothing in them is trusted: what points outside is passed over.
#[derive(Debug, Clone, Copy, Default)]
pub struct Table<'a> {
    /// The hashes, each once, in the stored order of bits.
    pub hashes: Halves<'a>,
    /// Where the owners of each hash begin, and one more; empty when each has one.
    pub owner_starts: &'a [u32],
    /// The owners, by hash.
    pub owners: &'a [Owner],
    /// The entries' numbers, upwards.
    pub numbers: &'a [EntryNumber],
    /// Their banks.
    pub banks: &'a [u32],
    /// Digests, upwards.
    pub digests: &'a [[u8; 32]],
    /// The places of the digests' entries.
    pub digest_entries: &'a [u32],
    /// The bands, when there are enough hashes for them.
    pub bands: Option<Bands<'a>>,
}

/// Postings of all bands, one band after the other.
#[derive(Debug, Clone, Copy)]
pub struct Bands<'a> {
    pub shape: Shape,
    /// For each band its buckets' first postings and the end of the last.
    pub bucket_starts: &'a [u32],
    /// For each posting the 32 bits after its band, then padding.
    pub sketches: &'a [u32],
    /// For each posting after the first band its hash, in three or four bytes; in the first, postings are the
    /// hashes in their order.
    pub ids: &'a [u8],
    /// Three or four.
    pub id_bytes: usize,
}

impl<'a> Table<'a> {
    /// How many distinct hashes.
    pub fn len(&self) -> usize {
        self.hashes.first.len()
    }

    /// The owners of the hash at this place.
    pub fn owners_of(&self, hash: u32) -> &'a [Owner] {
        let hash = hash as usize;
        let range = if self.owner_starts.is_empty() {
            hash..hash + 1
        } else {
            let [start, end] = [hash, hash + 1].map(|at| self.owner_starts.get(at).copied().unwrap_or(0));
            start as usize..end as usize
        };
        self.owners.get(range).unwrap_or_default()
    }

    /// The entry at this place: its number and bank.
    pub fn entry(&self, place: u32) -> Option<(EntryNumber, u32)> {
        Some((*self.numbers.get(place as usize)?, *self.banks.get(place as usize)?))
    }

    /// The place of the entry of this number.
    pub fn place(&self, number: EntryNumber) -> Option<u32> {
        self.numbers.binary_search(&number).ok().map(|place| place as u32)
    }

    /// The places of the entries with this digest.
    pub fn with_digest(&self, digest: &[u8; 32]) -> &'a [u32] {
        let start = self.digests.partition_point(|stored| stored < digest);
        let count = self.digests[start..].iter().take_while(|stored| *stored == digest).count();
        self.digest_entries.get(start..start + count).unwrap_or_default()
    }
}

impl Bands<'_> {
    /// The postings of a bucket, from the first to before the last; equal when there are none.
    #[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
    #[inline(always)]
    pub fn bucket(&self, band: usize, key: u32) -> (u32, u32) {
        let at = self.bucket_at(band, key);
        match self.bucket_starts.get(at..at + 2) {
            Some(&[start, end]) if start < end => (start, end),
            _ => (0, 0),
        }
    }

    /// Where the bucket's start stands.
    #[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
    #[inline(always)]
    pub fn bucket_at(&self, band: usize, key: u32) -> usize {
        band * (self.shape.buckets() + 1) + key as usize
    }

    /// The hash of a posting, of `hashes` in all.
    #[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
    #[inline(always)]
    pub fn hash_of(&self, posting: u32, hashes: usize) -> u32 {
        let Some(at) = (posting as usize).checked_sub(hashes) else { return posting };
        let bytes = self.ids.get(at * self.id_bytes..(at + 1) * self.id_bytes);
        match bytes {
            Some(&[a, b, c]) => u32::from_le_bytes([a, b, c, 0]),
            Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
            _ => u32::MAX,
        }
    }
}
