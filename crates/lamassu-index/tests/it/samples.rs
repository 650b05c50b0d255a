//! Entries, changes and hashes for the tests.

use lamassu_fingerprint::{Bits256, Digest, StoredFrame, View};
use lamassu_index::{Change, ChangeKind, EntryNumber};
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
