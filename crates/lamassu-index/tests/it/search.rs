//! A search finds what a naive full scan finds: the same entries at the same distances, whatever was added,
//! removed, sealed and merged before, and however hashes are cut into bands.

use std::collections::BTreeSet;

use lamassu_fingerprint::Bits256;
use lamassu_index::{ChangeKind, EntryNumber, Filter, Hit, Index, Merge};
use proptest::prelude::*;

use crate::samples::{added, clustered, hashes, merge, numbered, tuning, uniform};

/// What is to happen, as the test draws it.
#[derive(Debug, Clone)]
enum Step {
    /// Hashes of a new entry, and its bank.
    Add(Vec<Bits256>, u32),
    /// Which entry goes.
    Remove(prop::sample::Index),
    /// A merge is planned, and taken in after so many more steps.
    Merge(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (hashes(12), 0..3_u32).prop_map(|(hashes, bank)| Step::Add(hashes, bank)),
        1 => any::<prop::sample::Index>().prop_map(Step::Remove),
        1 => (0..4_usize).prop_map(Step::Merge),
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
    fn change(&mut self, step: &Step) -> Option<ChangeKind> {
        match step {
            Step::Add(hashes, bank) => {
                self.entries += 1;
                self.hashes.extend(hashes.iter().map(|&hash| (self.entries, *bank, hash)));
                Some(added(self.entries, *bank, hashes))
            }
            Step::Remove(which) => {
                // Sometimes one that never was: it is ignored.
                let entry = which.index(self.entries as usize + 2) as u64;
                self.removed.extend((entry <= self.entries).then_some(entry));
                Some(ChangeKind::Removed { entry })
            }
            Step::Merge(_) => None,
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
        let mut found: Vec<_> = kept
            .map(|&(entry, bank, hash)| (entry, bank, distance(hash)))
            .filter(|&(.., distance)| distance <= radius_bits)
            .collect();
        found.sort_unstable();
        found
    }
}

fn build(steps: &[Step], index: Index) -> (Index, Naive) {
    let mut naive = Naive::default();
    let (mut sequence, mut planned): (u64, Option<(usize, Merge)>) = (0, None);
    for step in steps {
        if let Some(kind) = naive.change(step) {
            sequence += 1;
            index.apply(numbered(sequence, [kind])).expect("numbered upwards");
        }
        if let (Step::Merge(later), None) = (step, &planned) {
            planned = index.plan(true).map(|merge| (*later, merge));
        }
        planned = match planned {
            Some((0, planned)) => {
                merge(&index, &planned);
                None
            }
            later => later.map(|(steps, merge)| (steps - 1, merge)),
        };
    }
    (index, naive)
}

fn plain(hits: &[Hit]) -> Vec<(EntryNumber, u32, u32)> {
    let mut plain: Vec<_> = hits.iter().map(|hit| (hit.entry, hit.bank, hit.distance_bits)).collect();
    plain.sort_unstable();
    plain
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn finds_what_a_full_scan_finds(
        tuning in tuning(), steps in steps(), queries in prop::collection::vec(query(), 1..5),
        radius_bits in 0..=96_u32, filter in filter(),
    ) {
        let (index, naive) = build(&steps, Index::new(tuning));
        let snapshot = index.snapshot();
        let own: Vec<Bits256> = naive.hashes.iter().map(|&(.., hash)| hash).take(5).collect();
        let queries = [queries, own].concat();
        let batch = snapshot.search_batch(&queries, radius_bits, &filter);
        prop_assert_eq!(batch.len(), queries.len());
        for (&query, in_batch) in queries.iter().zip(&batch) {
            let (mut hits, mut scanned) = (Vec::new(), Vec::new());
            snapshot.search(query, radius_bits, &filter, &mut hits);
            snapshot.scan(query, radius_bits, &filter, &mut scanned);
            let expected = naive.search(query, radius_bits, &filter);
            prop_assert_eq!(plain(&hits), expected.clone());
            prop_assert_eq!(plain(&scanned), expected.clone());
            prop_assert_eq!(plain(in_batch), expected);
        }
    }

    #[test]
    fn nearest_are_the_first_of_all_by_distance(
        tuning in tuning(), steps in steps(), query in query(), k in 0..20_usize,
        radius_bits in 0..=256_u32, filter in filter(),
    ) {
        let (index, naive) = build(&steps, Index::new(tuning));
        let mut expected = naive.search(query, radius_bits, &filter);
        expected.sort_by_key(|&(entry, _, distance_bits)| (distance_bits, entry));
        expected.truncate(k);
        let nearest = index.snapshot().nearest(query, k, radius_bits, &filter);
        let nearest: Vec<_> = nearest.iter().map(|hit| (hit.entry, hit.bank, hit.distance_bits)).collect();
        prop_assert_eq!(nearest, expected);
    }
}

#[test]
fn search_adds_to_the_hits_there_are() {
    let (index, _) = build(&[Step::Add(vec![Bits256::default()], 0)], Index::default());
    let mut hits = Vec::new();
    for _ in 0..2 {
        index.snapshot().search(Bits256::default(), 0, &Filter::AllBanks, &mut hits);
    }
    assert_eq!(plain(&hits), [(1, 0, 0), (1, 0, 0)]);
}

#[test]
fn the_radius_is_included() {
    let (index, _) = build(&[Step::Add(vec![Bits256([u64::MAX >> 33, 0, 0, 0])], 0)], Index::default());
    let within =
        |radius_bits| index.snapshot().nearest(Bits256::default(), 1, radius_bits, &Filter::AllBanks);
    assert_eq!(plain(&within(31)), [(1, 0, 31)]);
    assert_eq!(within(30), []);
}
