//! The postings of a segment whose hashes are written.

use super::{Columns, to_starts};
use crate::bands::Shape;
use crate::sealed::Rows;

/// Most bits of a key by which postings are put into parts.
const PART_BITS_MAX: u32 = 10;

/// A posting on its way to its bucket: key, sketch and hash.
type Posting = [u32; 3];

/// Postings of all bands. Those of a band go to their parts first, by the first bits of their keys, and within their
/// part to their buckets, so that both times what is written stays within the cache.
pub fn write(columns: &mut Columns<'_>, shape: Shape, hashes: usize) {
    let part_bits = (hashes.max(2).ilog2().saturating_sub(12)).clamp(1, PART_BITS_MAX).min(shape.bits());
    let shift = shape.bits() - part_bits;
    let mut postings = Rows::zeroed(hashes);
    for band in 0..shape.bands() {
        let ends = to_parts(columns, shape, band, shift, &mut postings);
        to_buckets(columns, shape, band, (&ends, shift), &postings);
    }
}

/// Puts the postings of a band into the order of their parts; where each of these ends. Of the hashes only those halves
/// are read that the band and its sketch lie in.
fn to_parts(
    columns: &Columns<'_>,
    shape: Shape,
    band: usize,
    shift: u32,
    postings: &mut [Posting],
) -> Vec<u32> {
    let (first, second) = (columns.first.iter(), columns.second.iter());
    let both = first.clone().zip(second.clone());
    match shape.place(band) {
        Some((0, at)) => place(first.map(|&[a, b]| from(at, a, b)), shape, shift, postings),
        Some((1, at)) => place(both.map(|(&[_, a], &[b, _])| from(at, a, b)), shape, shift, postings),
        Some((2, at)) => place(second.map(|&[a, b]| from(at, a, b)), shape, shift, postings),
        Some((_, at)) => place(second.map(|&[_, a]| from(at, a, 0)), shape, shift, postings),
        None => {
            let hashes = both.map(|(&[a, b], &[c, d])| [a, b, c, d]);
            let cuts = hashes.map(|hash| {
                u64::from(shape.key(&hash, band)) | u64::from(shape.sketch(&hash, band)) << shape.bits()
            });
            place(cuts, shape, shift, postings)
        }
    }
}

/// The 64 bits from bit `at` of the first word on.
#[inline]
fn from(at: u32, first: u64, second: u64) -> u64 {
    ((u128::from(first) | u128::from(second) << 64) >> at) as u64
}

/// Does so with keys and the sketches after them, which `cuts` begin with.
fn place(
    cuts: impl Iterator<Item = u64> + Clone,
    shape: Shape,
    shift: u32,
    postings: &mut [Posting],
) -> Vec<u32> {
    let mut nexts = vec![0_u32; shape.buckets() >> shift];
    let key_of = |cut: u64| cut as u32 & (shape.buckets() as u32 - 1);
    for cut in cuts.clone() {
        nexts[(key_of(cut) >> shift) as usize] += 1;
    }
    to_starts(&mut nexts, 0);
    for (id, cut) in (0..).zip(cuts) {
        let key = key_of(cut);
        let next = &mut nexts[(key >> shift) as usize];
        postings[*next as usize] = [key, (cut >> shape.bits()) as u32, id];
        *next += 1;
    }
    nexts
}

/// Writes the buckets of a band, part by part. `ends` are those of the parts.
fn to_buckets(
    columns: &mut Columns<'_>,
    shape: Shape,
    band: usize,
    (ends, shift): (&[u32], u32),
    postings: &[Posting],
) {
    let (hashes, buckets) = (postings.len(), shape.buckets() + 1);
    let starts = &mut columns.bucket_starts[band * buckets..(band + 1) * buckets];
    let first = (band * hashes) as u32;
    starts[0] = first;
    let sketches = &mut columns.sketches[band * hashes..(band + 1) * hashes];
    let mut ids = match (band.checked_sub(1), columns.ids.len() / (hashes.max(1) * (shape.bands() - 1))) {
        (None, _) => Ids::Places,
        (Some(before), 3) => Ids::Three(&mut columns.ids.as_chunks_mut().0[before * hashes..]),
        (Some(before), _) => Ids::Four(&mut columns.ids.as_chunks_mut().0[before * hashes..]),
    };
    let mut start = 0;
    // What serves as a bucket's next place is in the end where the bucket after it begins.
    for (&end, nexts) in ends.iter().zip(starts[1..].chunks_exact_mut(1 << shift)) {
        let part = &postings[start as usize..end as usize];
        let within = |key: u32| (key & ((1 << shift) - 1)) as usize;
        for &[key, ..] in part {
            nexts[within(key)] += 1;
        }
        start = to_starts(nexts, start);
        for &[key, sketch, id] in part {
            let next = &mut nexts[within(key)];
            let at = *next as usize;
            *next += 1;
            sketches[at] = sketch;
            ids.put(at, id);
        }
        for next in nexts {
            *next += first;
        }
    }
}

/// The hashes of a band's postings.
enum Ids<'a> {
    /// In the first band postings are the hashes as they lie.
    Places,
    Three(&'a mut [[u8; 3]]),
    Four(&'a mut [[u8; 4]]),
}

impl Ids<'_> {
    #[inline]
    fn put(&mut self, at: usize, id: u32) {
        let [a, b, c, d] = id.to_le_bytes();
        match self {
            Self::Places => {}
            Self::Three(ids) => ids[at] = [a, b, c],
            Self::Four(ids) => ids[at] = [a, b, c, d],
        }
    }
}
