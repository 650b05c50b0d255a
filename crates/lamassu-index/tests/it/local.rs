//! Entries found in items by their features: wherever they are, and not after they are gone.

use lamassu_fingerprint::Bits256;
use lamassu_fingerprint::local::{Feature, Features, KeyFrame};
use lamassu_index::local::{Limits, LocalIndex, Part, Placement, Way};
use lamassu_index::{Damaged, Filter, SealedFile as _, Superseded};
use proptest::prelude::*;

use crate::damage::open;

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// An entry of 120 features that are like no others, 3:2.
fn entry(seed: u64) -> Features {
    let mut random = Random(seed);
    let all = (0..120)
        .map(|_| Feature {
            x: random.below(65_000) as u16,
            y: random.below(43_000) as u16,
            scale: 200 + random.below(1500) as u16,
            angle: random.next() as u8,
            bits: Bits256([0; 4].map(|_| random.next())),
        })
        .collect();
    Features { width: u16::MAX, height: 43_690, all }
}

/// Every second feature of `entry` in a square item, at half its size, turned by a quarter, with some bits turned,
/// among features of nothing.
fn pasted(entry: &Features, seed: u64) -> Features {
    let mut random = Random(seed);
    let mut item = Features { width: u16::MAX, height: u16::MAX, all: self::entry(seed + 1000).all };
    item.all.extend(entry.iter().step_by(2).map(|known| {
        let mut bits = known.bits;
        (0..20).for_each(|_| bits.0[random.below(4) as usize] ^= 1 << random.below(64));
        Feature {
            x: 30_000 - known.y / 2,
            y: 10_000 + known.x / 2,
            scale: known.scale / 2,
            angle: known.angle.wrapping_add(64),
            bits,
        }
    }));
    item
}

fn filled(count: u64) -> LocalIndex {
    let index = LocalIndex::default();
    index.load((0..count).map(|number| (number, (number % 3) as u32, vec![entry(number).into()])));
    index
}

fn found(index: &LocalIndex, item: &Features) -> Vec<Placement> {
    index.snapshot().search(item, &Filter::AllBanks, &Limits::default())
}

#[test]
fn an_entry_is_found_where_it_is() {
    let index = filled(300);
    let best = &found(&index, &pasted(&entry(17), 1))[0];
    assert_eq!((best.entry, best.bank, best.way), (17, 2, Way::default()));
    assert!(best.inliers >= 55, "{best:?}");
    assert!((best.scale - 0.5).abs() < 0.01 && (best.rotation_deg - 90.0).abs() < 1.0, "{best:?}");
    // The upper left corner of the entry is the upper right one of what is seen.
    let corners = [(0.458, 0.153), (0.458, 0.653), (0.124, 0.653), (0.124, 0.153)];
    for (corner, expected) in best.item_outline.iter().zip(corners) {
        assert!((corner.0 - expected.0).abs() < 0.01 && (corner.1 - expected.1).abs() < 0.01, "{best:?}");
    }
    assert!(best.entry_region[0] < 0.01 && best.entry_region[2] > 0.99);
    assert!(best.places.is_sorted_by_key(|place| place.distance_bits));
}

#[test]
fn a_place_of_the_item_maps_to_that_of_the_entry() {
    let index = filled(50);
    for item in [pasted(&entry(7), 2), pasted(&entry(7), 2).mirrored()] {
        let best = &found(&index, &item)[0];
        assert_eq!(best.entry, 7);
        for place in &best.places {
            let at = [f64::from(place.item.0), f64::from(place.item.1), 1.0];
            let [x, y, w] = best.transform.map(|row| (0..3).map(|k| row[k] * at[k]).sum::<f64>());
            let off = ((x / w) as f32 - place.entry.0).hypot((y / w) as f32 - place.entry.1);
            assert!(off < 0.02, "{off}");
        }
    }
}

#[test]
fn a_mirrored_entry_is_found_and_said_to_be() {
    let index = filled(50);
    let item = pasted(&entry(7), 2).mirrored();
    let best = &found(&index, &item)[0];
    assert_eq!((best.entry, best.way), (7, Way { mirrored: true, ..Way::default() }));
    let upright = Limits { mirrored: false, ..Limits::default() };
    assert_eq!(index.snapshot().search(&item, &Filter::AllBanks, &upright), []);
}

#[test]
fn an_entry_is_found_in_a_negative_and_said_to_be() {
    let index = filled(50);
    let mut item = pasted(&entry(7), 2).negative();
    // The most salient features come first, and those of nothing are last.
    item.all.reverse();
    let best = &found(&index, &item)[0];
    assert_eq!((best.entry, best.way), (7, Way { negative: true, ..Way::default() }));
    assert!((best.rotation_deg - 90.0).abs() < 1.0, "{best:?}");
    let positive = Limits { negative_queries_max: 0, ..Limits::default() };
    assert_eq!(index.snapshot().search(&item, &Filter::AllBanks, &positive), []);
    let mirrored = &found(&index, &item.mirrored())[0];
    assert_eq!((mirrored.entry, mirrored.way), (7, Way { mirrored: true, negative: true }));
}

#[test]
fn nothing_is_found_in_unrelated_items_and_empty_ones() {
    let index = filled(200);
    for seed in 5000..5020 {
        assert_eq!(found(&index, &entry(seed)), []);
    }
    assert_eq!(found(&index, &Features::default()), []);
    assert_eq!(found(&LocalIndex::default(), &entry(1)), []);
}

#[test]
fn changes_are_seen_at_once_and_snapshots_stay() {
    let index = filled(20);
    let item = pasted(&entry(99), 3);
    let before = index.snapshot();
    index.add(99, 7, &entry(99));
    index.add(99, 8, &entry(99));
    assert_eq!((found(&index, &item)[0].entry, found(&index, &item)[0].bank), (99, 7));
    assert_eq!(index.snapshot().pictures(), 21);
    let other = Filter::Bank(6);
    assert_eq!(index.snapshot().search(&item, &other, &Limits::default()), []);
    assert_eq!(before.search(&item, &Filter::AllBanks, &Limits::default()), []);
    index.remove(99);
    index.remove(1234);
    assert_eq!(found(&index, &item), []);
    assert_eq!(index.snapshot().pictures(), 20);
}

#[test]
fn moments_of_an_entry_are_told_apart_and_go_together() {
    let index = filled(20);
    let frames = [0, 2_000, 4_000].map(|at_ms| KeyFrame { at_ms, features: entry(500 + u64::from(at_ms)) });
    index.load([(77, 1, frames.to_vec())]);
    assert_eq!(index.snapshot().pictures(), 23);
    let item = pasted(&entry(2_500), 3);
    let seen = |index: &LocalIndex| {
        found(index, &item).iter().map(|it| (it.entry, it.entry_at_ms)).collect::<Vec<_>>()
    };
    assert_eq!(seen(&index), [(77, 2_000)]);
    let merge = index.plan(true).expect("there is something");
    index.remove(77);
    index.install(&merge, merge.in_memory(1)).expect("nobody else merges");
    assert_eq!(seen(&index), []);
    assert_eq!(index.snapshot().pictures(), 20);
    assert_eq!(index.snapshot().sealed().next().expect("one is sealed").1, [77]);
}

#[test]
fn merging_changes_no_answer() {
    let (one, many) = (filled(40), LocalIndex::default());
    (0..40).for_each(|number| many.add(number, (number % 3) as u32, &entry(number)));
    for number in [3, 30] {
        one.remove(number);
        many.remove(number);
    }
    let ask = |index: &LocalIndex| {
        (0..40).map(|number| found(index, &pasted(&entry(number), 9))).collect::<Vec<_>>()
    };
    let expected = ask(&one);
    assert_eq!(ask(&many), expected);
    let merge = many.plan(true).expect("there is something");
    many.install(&merge, merge.in_memory(1)).expect("nobody else merges");
    assert_eq!(ask(&many), expected);
    assert_eq!(many.snapshot().pictures(), 38);
    assert!(
        expected.iter().enumerate().all(|(number, found)| found.is_empty() == (number == 3 || number == 30))
    );
}

#[test]
fn cells_find_what_a_scan_finds() {
    let index = filled(400);
    let scan = Limits { scan_max: usize::MAX, ..Limits::default() };
    for number in (0..400).step_by(40) {
        let item = pasted(&entry(number), number);
        let snapshot = index.snapshot();
        let by_cells = snapshot.search(&item, &Filter::AllBanks, &Limits::default());
        let by_scan = snapshot.search(&item, &Filter::AllBanks, &scan);
        assert_eq!(by_cells[0].entry, number);
        assert_eq!(by_cells[0].inliers, by_scan[0].inliers);
    }
}

#[test]
fn sealing_goes_on_beside_changes_and_is_taken_up_again() {
    let index = filled(30);
    index.followed(30);
    let first = index.plan(true).expect("there is something");
    // While it is written: one is added, and one of those that are being written goes.
    index.add(30, 0, &entry(30));
    index.remove(4);
    index.followed(32);
    index.install(&first, first.in_memory(7)).expect("nobody else merges");
    assert_eq!(index.install(&first, first.in_memory(8)), Err(Superseded), "they are no longer there");
    let held = index.snapshot();
    assert_eq!((held.sequence(), held.sealed_sequence(), held.pictures()), (32, 30, 30));
    let sealed: Vec<_> =
        held.sealed().map(|(part, removed)| (open::<Part>(part.bytes()).expect("opens"), removed)).collect();
    assert_eq!((sealed.len(), &sealed[0].1), (1, &vec![4]));

    let again = LocalIndex::default();
    again.restore(sealed, 30);
    assert_eq!((again.snapshot().sequence(), again.snapshot().pictures()), (30, 29));
    for number in [0, 4, 29, 30] {
        let there = !found(&again, &pasted(&entry(number), number)).is_empty();
        assert_eq!(there, number != 4 && number != 30, "{number}");
    }
    // What the store says after it; what was sealed already is passed over.
    again.load([(29, 2, vec![entry(29).into()]), (30, 0, vec![entry(30).into()])]);
    assert_eq!(again.snapshot().pictures(), 30);
    assert_eq!(found(&again, &pasted(&entry(30), 1)), found(&index, &pasted(&entry(30), 1)));
}

#[test]
fn enough_in_memory_is_sealed_and_parts_stay_few() {
    let index = LocalIndex::default();
    for number in 0..1_200 {
        index.add(number, 0, &Features { all: entry(number).all[..20].to_vec(), ..entry(number) });
        index.followed(number);
        while let Some(merge) = index.plan(false) {
            index.install(&merge, merge.in_memory(number.into())).expect("nobody else merges");
        }
    }
    let snapshot = index.snapshot();
    assert_eq!(snapshot.pictures(), 1_200);
    assert!(snapshot.sealed().count() <= 2 && snapshot.sealed_sequence() >= 1_000);
    (0..1_000).for_each(|number| index.remove(number));
    let merge = index.plan(false).expect("more than half is removed");
    index.install(&merge, merge.in_memory(1)).expect("nobody else merges");
    assert_eq!(index.snapshot().pictures(), 200);
    assert_eq!(index.snapshot().features(), 20 * 200, "what was removed is gone");
}

#[test]
fn damage_of_a_part_is_told_by_name() {
    let index = filled(20);
    let part = index.plan(true).expect("there is something").in_memory(1);
    assert_eq!(open::<Part>(part.bytes()).expect("opens").check(), Ok(()));
    let mut bytes = part.bytes().to_vec();
    let mut told = Vec::new();
    for at in (512..bytes.len()).step_by(4) {
        bytes[at] ^= 0x10;
        if let Err(Damaged::Section(section)) = open::<Part>(&bytes).expect("its header is whole").check() {
            told.extend((!told.contains(&section)).then_some(section));
        }
        bytes[at] ^= 0x10;
    }
    let columns = [
        "cells",
        "halves",
        "features-by-cell",
        "bits",
        "seats",
        "feature-starts",
        "entry-numbers",
        "entry-banks",
        "moments",
        "shapes",
    ];
    assert_eq!(told, columns);
    bytes[9] ^= 1;
    assert_eq!(open::<Part>(&bytes).expect_err("another version"), Damaged::Foreign);
}

proptest! {
    /// Serving begins before everything is checked, so a search must stand any bytes.
    #[test]
    fn a_search_of_damaged_features_ends(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u32>()), 1..200),
    ) {
        let index = filled(40);
        let mut bytes = index.plan(true).expect("there is something").in_memory(1).bytes().to_vec();
        for (at, word) in damage {
            let at = 512 + 4 * at.index((bytes.len() - 512) / 4);
            bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        }
        let damaged = LocalIndex::default();
        damaged.restore([(open(&bytes).expect("its header is whole"), vec![3, 9999])], 1);
        for number in [0, 3, 39] {
            prop_assert!(found(&damaged, &pasted(&entry(number), 5)).len() <= 16);
        }
        let merge = damaged.plan(true);
        prop_assert!(merge.is_none_or(|merge| merge.in_memory(2).pictures() <= 40));
    }
}
