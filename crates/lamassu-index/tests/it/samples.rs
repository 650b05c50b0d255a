//! Entries, changes and hashes for the tests.

use lamassu_fingerprint::{Bits256, Digest, StoredFrame, View};
pub use lamassu_index::workload::{flipped, stream};
use lamassu_index::{Change, ChangeKind, EntryNumber, Index, Kernel, Merge, Method, Segment, Tuning};
use proptest::prelude::*;

/// A frame with this hash; its times and view are of no matter to a search.
pub fn frame(hash: Bits256) -> StoredFrame {
    StoredFrame { start_ms: 0, end_ms: 500, view: View::Full, quality: 100, bits: [hash] }
}

/// The digest that belongs to the entry.
pub fn digest(entry: EntryNumber) -> Digest {
    Digest::of(&entry.to_le_bytes())
}

/// An entry with one frame for each hash.
pub fn added(entry: EntryNumber, bank: u32, hashes: &[Bits256]) -> ChangeKind {
    let frames = hashes.iter().map(|&hash| frame(hash)).collect();
    ChangeKind::Added { entry, bank, digest: digest(entry), frames }
}

/// The changes, numbered from `first`.
pub fn numbered(first: u64, kinds: impl IntoIterator<Item = ChangeKind>) -> Vec<Change> {
    (first..).zip(kinds).map(|(sequence, kind)| Change { sequence, kind }).collect()
}

/// `hash` with some bits turned over.
pub fn turned(mut hash: Bits256, bits: &[u8]) -> Bits256 {
    for &bit in bits {
        hash.0[usize::from(bit) / 64] ^= 1 << (bit % 64);
    }
    hash
}

/// Hashes as different as chance makes them.
pub fn uniform() -> impl Strategy<Value = Bits256> {
    any::<[u64; 4]>().prop_map(Bits256)
}

/// Hashes within 40 bits of one of three centres.
pub fn clustered() -> impl Strategy<Value = Bits256> {
    let centres = [Bits256([0; 4]), Bits256([u64::MAX; 4]), Bits256([0x5555_5555_5555_5555; 4])];
    (prop::sample::select(centres.to_vec()), prop::collection::vec(any::<u8>(), 0..=40))
        .prop_map(|(centre, bits)| turned(centre, &bits))
}

/// A few hashes of one of the four distributions: uniform, clustered, all equal, all zero.
pub fn hashes(count_max: usize) -> impl Strategy<Value = Vec<Bits256>> {
    let many = |one: BoxedStrategy<Bits256>| prop::collection::vec(one, 1..=count_max).boxed();
    prop_oneof![
        many(uniform().boxed()),
        many(clustered().boxed()),
        (uniform(), 1..=count_max).prop_map(|(hash, count)| vec![hash; count]),
        (1..=count_max).prop_map(|count| vec![Bits256::default(); count]),
    ]
}

/// Settings under which a few hashes are sealed, cut into bands and merged as otherwise millions are.
pub fn tuning() -> impl Strategy<Value = Tuning> {
    let kernels = prop::sample::select(Kernel::available().to_vec());
    // So few hashes would mostly be scanned.
    let methods = prop::sample::select(vec![Method::Cheapest, Method::Bands, Method::Bands]);
    ((kernels, methods), 1..40_usize, 0..60_usize, prop::array::uniform2(8..=13_u32), 1..4_usize).prop_map(
        |((kernel, method), sealed_at, banded_from, band_bits, segments_max)| Tuning {
            kernel,
            method,
            sealed_at,
            banded_from,
            wide_from: banded_from + 40,
            band_bits,
            segments_max,
            merge_ratio: 2,
        },
    )
}

/// Takes the merge in, in memory, and gives its segment.
pub fn merge(index: &Index, planned: &Merge) -> Segment {
    let segment = planned.in_memory(u128::from(index.snapshot().sequence()) << 32 | next());
    index.install(planned, segment.clone()).expect("nobody else merges");
    segment
}

/// Merges as long as there is something to merge.
pub fn maintain(index: &Index) {
    while let Some(planned) = index.plan(false) {
        merge(index, &planned);
    }
}

/// A number that was not given before.
fn next() -> u128 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    u128::from(NEXT.fetch_add(1, Ordering::Relaxed))
}
