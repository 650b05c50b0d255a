//! A search finds what a naive full scan finds: the same entries at the same distances.

use std::collections::BTreeSet;

use lamassu_fingerprint::Bits256;
use lamassu_index::{ChangeKind, EntryNumber, Filter, Hit, Index};
use proptest::prelude::*;

use crate::samples::{added, clustered, hashes, numbered, uniform};

/// What is to happen, as the test draws it: hashes of a new entry and its bank, or which entry goes.
#[derive(Debug, Clone)]
enum Step {
    Add(Vec<Bits256>, u32),
    Remove(prop::sample::Index),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (hashes(12), 0..3_u32).prop_map(|(hashes, bank)| Step::Add(hashes, bank)),
        1 => any::<prop::sample::Index>().prop_map(Step::Remove),
    ];
    prop::collection::vec(step, 1..30)
}

fn filter() -> impl Strategy<Value = Filter> {
    prop_oneof![Just(Filter::AllBanks), (0..4_u32).prop_map(Filter::Bank)]
}

fn query() -> impl Strategy<Value = Bits256> {
    prop_oneof![uniform(), clustered(), Just(Bits256::default())]
}

/// The plainest thing that can be right: every hash ever added, and who was removed.
#[derive(Debug, Default)]
struct Naive {
    hashes: Vec<(EntryNumber, u32, Bits256)>,
    removed: BTreeSet<EntryNumber>,
    entries: u64,
}

impl Naive {
    fn change(&mut self, step: &Step) -> ChangeKind {
        match step {
            Step::Add(hashes, bank) => {
                self.entries += 1;
                self.hashes.extend(hashes.iter().map(|&hash| (self.entries, *bank, hash)));
                added(self.entries, *bank, hashes)
            }
            Step::Remove(which) => {
                // Sometimes one that never was: it is ignored.
                let entry = which.index(self.entries as usize + 2) as u64;
                self.removed.insert(entry);
                ChangeKind::Removed { entry }
            }
        }
    }

    fn search(&self, query: Bits256, radius_bits: u32, filter: &Filter) -> Vec<(EntryNumber, u32, u32)> {
        let distance = |hash: Bits256| {
            let (hash, query) = (hash.to_bytes(), query.to_bytes());
            (0..256).filter(|k| (hash[k / 8] ^ query[k / 8]) >> (k % 8) & 1 == 1).count() as u32
        };
        let kept = self.hashes.iter().filter(|(entry, bank, _)| {
            !self.removed.contains(entry)
                && matches!(filter, Filter::AllBanks | Filter::Bank(_))
                && !matches!(filter, Filter::Bank(only) if only != bank)
        });
        kept.map(|&(entry, bank, hash)| (entry, bank, distance(hash)))
            .filter(|&(.., distance)| distance <= radius_bits)
            .collect()
    }
}

fn build(steps: &[Step], at_once: bool) -> (Index, Naive) {
    let (index, mut naive) = (Index::default(), Naive::default());
    let changes = numbered(1, steps.iter().map(|step| naive.change(step)));
    if at_once {
        index.apply(changes).expect("numbered upwards");
    } else {
        for change in changes {
            index.apply([change]).expect("numbered upwards");
        }
    }
    (index, naive)
}

fn plain(hits: &[Hit]) -> Vec<(EntryNumber, u32, u32)> {
    hits.iter().map(|hit| (hit.entry, hit.bank, hit.distance_bits)).collect()
}

proptest! {
    #[test]
    fn finds_what_a_full_scan_finds(
        steps in steps(), queries in prop::collection::vec(query(), 1..5),
        radius_bits in 0..=96_u32, filter in filter(), at_once: bool,
    ) {
        let (index, naive) = build(&steps, at_once);
        let snapshot = index.snapshot();
        let own: Vec<Bits256> = naive.hashes.iter().map(|&(.., hash)| hash).take(5).collect();
        let queries = [queries, own].concat();
        let batch = snapshot.search_batch(&queries, radius_bits, &filter);
        prop_assert_eq!(batch.len(), queries.len());
        for (&query, in_batch) in queries.iter().zip(&batch) {
            let mut hits = Vec::new();
            snapshot.search(query, radius_bits, &filter, &mut hits);
            prop_assert_eq!(plain(&hits), naive.search(query, radius_bits, &filter));
            prop_assert_eq!(&hits, in_batch);
        }
    }

    #[test]
    fn nearest_are_the_first_of_all_by_distance(
        steps in steps(), query in query(), k in 0..20_usize, radius_bits in 0..=256_u32, filter in filter(),
    ) {
        let (index, naive) = build(&steps, true);
        let mut expected = naive.search(query, radius_bits, &filter);
        expected.sort_by_key(|&(.., distance_bits)| distance_bits);
        expected.truncate(k);
        prop_assert_eq!(plain(&index.snapshot().nearest(query, k, radius_bits, &filter)), expected);
    }
}

#[test]
fn search_adds_to_the_hits_there_are() {
    let (index, _) = build(&[Step::Add(vec![Bits256::default()], 0)], true);
    let mut hits = Vec::new();
    for _ in 0..2 {
        index.snapshot().search(Bits256::default(), 0, &Filter::AllBanks, &mut hits);
    }
    assert_eq!(plain(&hits), [(1, 0, 0), (1, 0, 0)]);
}

#[test]
fn the_radius_is_included() {
    let (index, _) = build(&[Step::Add(vec![Bits256([u64::MAX >> 33, 0, 0, 0])], 0)], true);
    let within =
        |radius_bits| index.snapshot().nearest(Bits256::default(), 1, radius_bits, &Filter::AllBanks);
    assert_eq!(plain(&within(31)), [(1, 0, 31)]);
    assert_eq!(within(30), []);
}
