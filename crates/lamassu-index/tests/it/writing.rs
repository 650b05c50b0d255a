//! One writer, many readers: order, snapshots and the boundary between segments.

use lamassu_fingerprint::Bits256;
use lamassu_index::{ChangeKind, EntryNumber, Filter, Index, OutOfOrder, Snapshot};
use proptest::prelude::*;

use crate::samples::{added, digest, numbered};

/// A hash of its own for each number.
fn hash(number: u64) -> Bits256 {
    Bits256([number, number.rotate_left(17), !number, 0])
}

fn entries(snapshot: &Snapshot) -> Vec<EntryNumber> {
    let hits = snapshot.search_batch(&[Bits256::default()], 256, &Filter::AllBanks).remove(0);
    let mut entries: Vec<_> = hits.iter().map(|hit| hit.entry).collect();
    entries.sort_unstable();
    entries
}

#[test]
fn a_held_snapshot_never_changes() {
    let index = Index::default();
    let mut held = Vec::new();
    for sequence in 1..=60_u64 {
        // Every third change takes away the entry before it.
        let kind = match sequence % 3 {
            0 => ChangeKind::Removed { entry: sequence - 1 },
            _ => added(sequence, 0, &[hash(sequence), hash(sequence + 1000)]),
        };
        held.push((index.snapshot(), sequence - 1, entries(&index.snapshot())));
        index.apply(numbered(sequence, [kind])).unwrap();
    }
    for (snapshot, sequence, seen) in held {
        assert_eq!((snapshot.sequence(), entries(&snapshot)), (sequence, seen));
    }
    assert_eq!(entries(&index.snapshot()).len(), 2 * 20);
}

#[test]
fn readers_see_whole_changes_only() {
    let index = Index::default();
    let count = 400_u64;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = 0;
                while last < count {
                    let snapshot = index.snapshot();
                    let sequence = snapshot.sequence();
                    assert!(sequence >= last, "a reader went back from {last} to {sequence}");
                    assert_eq!(snapshot.hashes() as u64, 3 * sequence);
                    last = sequence;
                }
            });
        }
        for sequence in 1..=count {
            let hashes = [0, 1, 2].map(|k| hash(3 * sequence + k));
            index.apply(numbered(sequence, [added(sequence, 0, &hashes)])).unwrap();
        }
    });
}

proptest! {
    #[test]
    fn out_of_order_changes_nothing(before in 1..50_u64, good in 0..5_u64, bad in 0..60_u64) {
        let index = Index::default();
        index.apply(numbered(before, [added(1, 0, &[hash(1)])])).unwrap();
        let held = index.snapshot();
        // Some in order, then one that is not newer.
        let bad = bad.min(before + good);
        let mut changes = numbered(before + 1, (0..good).map(|k| added(2 + k, 0, &[hash(2 + k)])));
        changes.extend(numbered(bad, [ChangeKind::Removed { entry: 1 }]));
        prop_assert_eq!(index.apply(changes), Err(OutOfOrder { offered: bad, applied: before + good }));
        prop_assert_eq!(index.snapshot().sequence(), before);
        prop_assert_eq!(entries(&index.snapshot()), entries(&held));
        prop_assert_eq!(index.snapshot().find_digest(digest(2), &Filter::AllBanks), []);
        // It goes on as if nothing had been offered.
        prop_assert_eq!(index.apply(numbered(before + 7, [added(9, 0, &[hash(9)])])), Ok(()));
    }
}

#[test]
fn nothing_is_lost_at_the_boundary_of_a_segment() {
    for count in [4095, 4096, 4097, 8192, 8193] {
        let index = Index::default();
        index.apply(numbered(1, (1..=count).map(|entry| added(entry, 0, &[hash(entry)])))).unwrap();
        let held = index.snapshot();
        index.apply(numbered(count + 1, [added(count + 1, 0, &[hash(count + 1)])])).unwrap();
        let now = index.snapshot();
        assert_eq!((held.hashes() as u64, now.hashes() as u64), (count, count + 1));
        for entry in [1, 4095, 4096, 4097, 8192, 8193].into_iter().filter(|&entry| entry <= count) {
            let hits = now.nearest(hash(entry), 1, 0, &Filter::AllBanks);
            assert_eq!(hits.iter().map(|hit| hit.entry).collect::<Vec<_>>(), [entry]);
        }
        assert_eq!(entries(&now), (1..=count + 1).collect::<Vec<_>>());
    }
}

#[test]
fn an_entry_larger_than_a_segment_is_found_whole() {
    let index = Index::default();
    let hashes: Vec<Bits256> = (0..10_000).map(hash).collect();
    index.apply(numbered(1, [added(1, 0, &hashes), added(2, 0, &hashes[..1])])).unwrap();
    assert_eq!(entries(&index.snapshot()).len(), 10_001);
    index.apply(numbered(3, [ChangeKind::Removed { entry: 1 }])).unwrap();
    assert_eq!(entries(&index.snapshot()), [2]);
}

#[test]
fn loading_is_seen_and_the_changes_go_on_from_there() {
    let index = Index::default();
    index.load([added(1, 0, &[hash(1)]), added(2, 0, &[hash(2)])]);
    index.loaded(41);
    assert_eq!((index.snapshot().sequence(), entries(&index.snapshot())), (41, vec![1, 2]));
    let late = index.apply(numbered(41, [ChangeKind::Removed { entry: 1 }]));
    assert_eq!(late, Err(OutOfOrder { offered: 41, applied: 41 }));
    index.apply(numbered(42, [ChangeKind::Removed { entry: 1 }])).unwrap();
    assert_eq!(entries(&index.snapshot()), [2]);
}
