//! Sealing and merging while the index goes on.

use std::collections::BTreeSet;

use lamassu_fingerprint::Bits256;
use lamassu_index::{ChangeKind, EntryNumber, Filter, Index, Superseded, Tuning};
use proptest::prelude::*;

use crate::samples::{added, digest, maintain, merge, numbered, stream};

fn small() -> Tuning {
    Tuning { sealed_at: 100, banded_from: 150, ..Tuning::default() }
}

fn entries(index: &Index) -> BTreeSet<EntryNumber> {
    let hits = index.snapshot().search_batch(&[Bits256::default()], 256, &Filter::AllBanks).remove(0);
    hits.iter().map(|hit| hit.entry).collect()
}

fn add(index: &Index, numbers: std::ops::Range<u64>) {
    let mut next = stream(numbers.start);
    let changes = numbers.clone().map(|entry| added(entry, 0, &[next()]));
    index.apply(numbered(numbers.start, changes)).expect("numbered upwards");
}

#[test]
fn little_is_not_sealed_unless_asked() {
    let index = Index::new(small());
    assert!(index.plan(true).is_none(), "there is nothing");
    add(&index, 1..11);
    assert!(index.plan(false).is_none());
    let planned = index.plan(true).expect("there are ten");
    merge(&index, &planned);
    assert_eq!((index.snapshot().sealed_sequence(), index.snapshot().segments().count()), (10, 1));
    assert_eq!(entries(&index), (1..11).collect());
}

#[test]
fn segments_stay_few_however_many_entries_come() {
    let index = Index::new(small());
    for k in 0..60 {
        add(&index, k * 70 + 1..(k + 1) * 70 + 1);
        maintain(&index);
        assert!(index.snapshot().segments().count() <= 3);
    }
    assert_eq!(entries(&index), (1..=60 * 70).collect());
}

#[test]
fn what_changes_during_a_merge_is_there_after_it() {
    let index = Index::new(small());
    add(&index, 1..201);
    let planned = index.plan(false).expect("two hundred are enough");
    let segment = planned.in_memory(1);
    // Meanwhile some come, some of the merged go, and one is found at every moment.
    add(&index, 201..221);
    index.apply(numbered(221, [7, 205].map(|entry| ChangeKind::Removed { entry }))).expect("upwards");
    let expected: BTreeSet<u64> = (1..221).filter(|entry| ![7, 205].contains(entry)).collect();
    assert_eq!(entries(&index), expected);
    index.install(&planned, segment.clone()).expect("nobody else merged");
    assert_eq!(entries(&index), expected);
    assert_eq!(index.snapshot().find_digest(digest(7), &Filter::AllBanks), []);
    // What is sealed is what was there when the merge was planned.
    let snapshot = index.snapshot();
    assert_eq!((snapshot.sealed_sequence(), snapshot.sequence()), (200, 222));
    let (sealed, removed) = snapshot.segments().next().expect("one segment");
    assert_eq!((sealed.entries(), removed), (200, vec![7]));
    assert_eq!(index.install(&planned, segment), Err(Superseded));
    assert_eq!(entries(&index), expected);
}

#[test]
fn a_restored_index_goes_on_from_its_segments() {
    let index = Index::new(small());
    add(&index, 1..301);
    maintain(&index);
    index.apply(numbered(301, [ChangeKind::Removed { entry: 5 }])).expect("upwards");
    let kept: Vec<_> =
        index.snapshot().segments().map(|(segment, removed)| ((**segment).clone(), removed)).collect();
    let restored = Index::new(small());
    restored.restore(kept, index.snapshot().sealed_sequence());
    assert_eq!(restored.snapshot().sequence(), 300);
    assert_eq!(entries(&restored), entries(&index));
    // The same change again is passed over; the next ones are not.
    restored.apply(numbered(301, [ChangeKind::Removed { entry: 5 }])).expect("upwards");
    restored.apply(numbered(302, [added(300, 0, &[Bits256::default()])])).expect("upwards");
    assert_eq!(entries(&restored), entries(&index));
    add(&restored, 303..304);
    assert!(entries(&restored).contains(&303));
}

#[test]
fn half_removed_segments_are_written_anew() {
    let index = Index::new(small());
    add(&index, 1..301);
    maintain(&index);
    let removals = (1..160).map(|entry| ChangeKind::Removed { entry });
    index.apply(numbered(301, removals)).expect("upwards");
    maintain(&index);
    let snapshot = index.snapshot();
    let (segment, removed) = snapshot.segments().next().expect("one segment");
    assert_eq!((segment.entries(), removed.len()), (141, 0));
    let removals = (160..301).map(|entry| ChangeKind::Removed { entry });
    index.apply(numbered(1000, removals)).expect("upwards");
    maintain(&index);
    assert_eq!(index.snapshot().segments().count(), 0, "nothing is left to keep");
}

#[test]
fn readers_see_every_entry_while_segments_are_exchanged() {
    let index = Index::new(small());
    let count = 3000;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut last = 0;
            while last < count {
                let snapshot = index.snapshot();
                last = snapshot.sequence();
                let hits = snapshot.search_batch(&[Bits256::default()], 256, &Filter::AllBanks);
                assert_eq!(hits[0].len() as u64, last);
            }
        });
        for k in 0..count / 30 {
            add(&index, k * 30 + 1..(k + 1) * 30 + 1);
            maintain(&index);
        }
    });
}

proptest! {
    /// Owners keep what belongs to a hash through every merge.
    #[test]
    fn owners_keep_times_view_and_quality(
        frames in prop::collection::vec((0..3_u64, any::<[u32; 2]>(), 0..4_u8, 0..=100_u8), 1..40),
    ) {
        use lamassu_fingerprint::{StoredFrame, View};
        let index = Index::new(small());
        let frames: Vec<StoredFrame> = frames
            .into_iter()
            .map(|(hash, [start_ms, end_ms], view, quality)| StoredFrame {
                start_ms, end_ms, view: View::from_number(view).expect("0 to 3"), quality,
                bits: [Bits256([hash, 0, 0, 0])],
            })
            .collect();
        let kind = |entry, frames| ChangeKind::Added { entry, bank: 9, digest: digest(entry), frames };
        index.apply(numbered(1, [kind(1, frames.clone()), kind(2, Vec::new())])).unwrap();
        for _ in 0..2 {
            let mut found: Vec<_> = index
                .snapshot()
                .search_batch(&[Bits256::default()], 256, &Filter::Bank(9))
                .remove(0)
                .into_iter()
                .map(|hit| (hit.entry, hit.start_ms, hit.end_ms, hit.view, hit.quality, hit.distance_bits))
                .collect();
            let mut expected: Vec<_> = frames
                .iter()
                .map(|it| (1, it.start_ms, it.end_ms, it.view, it.quality, it.bits[0].0[0].count_ones()))
                .collect();
            found.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
            if let Some(planned) = index.plan(true) {
                merge(&index, &planned);
            }
        }
    }
}
