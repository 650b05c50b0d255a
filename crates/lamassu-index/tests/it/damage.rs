//! Bytes of a segment that something wrote over: they are told, and a search of them ends.

use std::sync::Arc;

use lamassu_fingerprint::Bits256;
use lamassu_index::{Damaged, Filter, Index, SealedFile, Segment, Tuning};
use proptest::prelude::*;

use crate::samples::{added, digest, merge, numbered, stream};

/// A small segment with bands, and the hashes in it.
fn segment() -> (Segment, Vec<Bits256>) {
    let index = Index::new(Tuning { banded_from: 1, band_bits: [8, 8], ..Tuning::default() });
    let mut next = stream(1);
    let hashes: Vec<Bits256> = (0..500).map(|_| next()).collect();
    index
        .apply(numbered(1, (1..).zip(&hashes).map(|(entry, hash)| added(entry, 0, &[*hash]))))
        .expect("upwards");
    let planned = index.plan(true).expect("there is something");
    (merge(&index, &planned), hashes)
}

struct Aligned(Vec<u64>);

impl AsRef<[u8]> for Aligned {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

pub fn open<F: SealedFile>(bytes: &[u8]) -> Result<F, Damaged> {
    let words = bytes.chunks(8).map(|word| {
        let mut bytes = [0; 8];
        bytes[..word.len()].copy_from_slice(word);
        u64::from_ne_bytes(bytes)
    });
    F::open(1, Arc::new(Aligned(words.collect())))
}

#[test]
fn what_was_written_opens_and_is_whole() {
    let (segment, hashes) = segment();
    let again: Segment = open(segment.bytes()).expect("opens");
    assert_eq!((again.check(), again.hashes(), again.entries()), (Ok(()), hashes.len(), hashes.len()));
}

#[test]
fn a_flipped_bit_in_each_section_is_told_by_name() {
    let (segment, _) = segment();
    let mut told = Vec::new();
    let mut bytes = segment.bytes().to_vec();
    for at in (512..bytes.len()).step_by(8) {
        bytes[at] ^= 0x10;
        match open::<Segment>(&bytes).expect("its header is whole").check() {
            Err(Damaged::Section(section)) => told.extend((!told.contains(&section)).then_some(section)),
            // Between sections lies nothing.
            Ok(()) => {}
            Err(other) => panic!("{other:?}"),
        }
        bytes[at] ^= 0x10;
    }
    let sections = [
        "first-halves",
        "second-halves",
        "owner-starts",
        "owners",
        "entry-numbers",
        "entry-banks",
        "digests",
        "digest-entries",
        "bucket-starts",
        "sketches",
        "ids",
    ];
    assert_eq!(told, sections);
}

#[test]
fn a_header_is_checked_before_anything_is_read() {
    let (segment, _) = segment();
    for at in 0..512 {
        let mut bytes = segment.bytes().to_vec();
        bytes[at] ^= 1;
        let refused = open::<Segment>(&bytes).expect_err("its header is damaged");
        assert_eq!(refused, if at < 12 { Damaged::Foreign } else { Damaged::Header }, "byte {at}");
    }
    assert_eq!(open::<Segment>(&segment.bytes()[..100]).map(|_| ()), Err(Damaged::Foreign));
    let cut = open::<Segment>(&segment.bytes()[..segment.bytes().len() - 64]).expect_err("is cut");
    assert!(matches!(cut, Damaged::Cut { .. }), "{cut:?}");
}

proptest! {
    /// Serving begins before everything is checked, so a search must stand any bytes.
    #[test]
    fn a_search_of_damaged_bytes_ends(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u64>()), 1..60),
        query: [u64; 4], radius_bits in 0..100_u32,
    ) {
        let (segment, hashes) = segment();
        let mut bytes = segment.bytes().to_vec();
        for (at, word) in damage {
            let at = 512 + 8 * at.index((bytes.len() - 512) / 8);
            bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
        }
        let index = Index::default();
        index.restore([(open(&bytes).expect("its header is whole"), vec![3])], 1);
        let snapshot = index.snapshot();
        let queries = [Bits256(query), hashes[0], hashes[499]];
        let batch = snapshot.search_batch(&queries, radius_bits, &Filter::AllBanks);
        prop_assert_eq!(batch.len(), 3);
        let mut hits = Vec::new();
        for query in queries {
            snapshot.search(query, radius_bits, &Filter::AllBanks, &mut hits);
        }
        prop_assert!(snapshot.find_digest(digest(1), &Filter::AllBanks).len() <= 500);
    }
}
