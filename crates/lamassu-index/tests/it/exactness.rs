//! Large sets, some of them made to hurt: what is found is what a scan finds, entry by entry.

use lamassu_fingerprint::Bits256;
use lamassu_index::{EntryNumber, Filter, Index, Method, Snapshot, Tuning};

use crate::samples::{added, flipped, maintain, numbered, stream};

/// Distances are compared pair by pair, so sets and queries are as many as a test run bears.
const MANY: usize = 200_000;
/// As it is, and with bands also where a scan is cheaper: thresholds are then chosen for each crowded query.
const METHODS: [Method; 2] = [Method::Cheapest, Method::Bands];
const RADII_BITS: [u32; 12] = [0, 1, 15, 16, 31, 32, 47, 48, 63, 64, 80, 96];

fn index_of(hashes: &[Bits256], tuning: Tuning) -> Index {
    let index = Index::new(tuning);
    let kinds = (1..).zip(hashes).map(|(entry, hash)| added(entry, 0, &[*hash]));
    index.apply(numbered(1, kinds)).expect("numbered upwards");
    maintain(&index);
    index
}

fn scanned(hashes: &[Bits256], query: Bits256, radius_bits: u32) -> Vec<(EntryNumber, u32)> {
    let pairs = (1..).zip(hashes).map(|(entry, hash)| (entry, hash.distance(query)));
    pairs.filter(|&(_, distance_bits)| distance_bits <= radius_bits).collect()
}

/// Single searches and one batch find for each query what comparing with every hash finds.
fn assert_exact(snapshot: &Snapshot, hashes: &[Bits256], queries: &[Bits256], radius_bits: u32) {
    let batch = snapshot.search_batch(queries, radius_bits, &Filter::AllBanks);
    for (&query, in_batch) in queries.iter().zip(batch) {
        let expected = scanned(hashes, query, radius_bits);
        let mut single = Vec::new();
        snapshot.search(query, radius_bits, &Filter::AllBanks, &mut single);
        for mut found in [single, in_batch] {
            found.sort_unstable_by_key(|hit| hit.entry);
            let found: Vec<_> = found.iter().map(|hit| (hit.entry, hit.distance_bits)).collect();
            assert!(found == expected, "{} found, {} are there", found.len(), expected.len());
        }
    }
}

/// Queries from equal to a stored hash to unlike any.
fn queries_near(hashes: &[Bits256]) -> Vec<Bits256> {
    let mut next = stream(7);
    let near = [0, 1, 8, 20, 31, 32, 47, 60, 90].map(|count| {
        let chance = next();
        flipped(hashes[chance.0[3] as usize % hashes.len()], count, chance)
    });
    near.into_iter().chain([next(), next(), Bits256::default()]).collect()
}

#[test]
fn uniform_hashes() {
    let mut next = stream(1);
    let hashes: Vec<Bits256> = (0..MANY).map(|_| next()).collect();
    let index = index_of(&hashes, Tuning::default());
    assert_eq!(index.snapshot().segments().count(), 1);
    for radius_bits in RADII_BITS {
        assert_exact(&index.snapshot(), &hashes, &queries_near(&hashes), radius_bits);
    }
}

#[test]
fn every_radius() {
    let mut next = stream(2);
    let centres: Vec<Bits256> = (0..40).map(|_| next()).collect();
    let hashes: Vec<Bits256> =
        (0..30_000_u32).map(|k| flipped(centres[k as usize % 40], k / 40 % 110, next())).collect();
    let index = index_of(&hashes, Tuning::default());
    for radius_bits in 0..=96 {
        let query = flipped(centres[radius_bits as usize % 40], radius_bits % 7, next());
        assert_exact(&index.snapshot(), &hashes, &[query, next()], radius_bits);
    }
}

#[test]
fn near_duplicates_of_one_picture() {
    let mut next = stream(3);
    let centre = next();
    let hashes: Vec<Bits256> = (0..MANY as u32).map(|k| flipped(centre, k % 24, next())).collect();
    let index = index_of(&hashes, Tuning::default());
    for radius_bits in [0, 15, 31, 47, 64] {
        let queries = [0, 8, 40, 60, 90].map(|count| flipped(centre, count, next()));
        assert_exact(&index.snapshot(), &hashes, &queries, radius_bits);
    }
}

#[test]
fn a_cluster_among_others() {
    let mut next = stream(4);
    let centre = next();
    let hashes: Vec<Bits256> =
        (0..MANY).map(|k| if k % 4 == 0 { flipped(centre, 12, next()) } else { next() }).collect();
    let queries = [0, 8, 20, 40, 60, 90].map(|count| flipped(centre, count, next()));
    // Many at once, so that hot ones are among cold ones.
    let queries: Vec<Bits256> = queries.into_iter().chain((0..60).map(|_| next())).collect();
    for method in METHODS {
        let index = index_of(&hashes, Tuning { method, ..Tuning::default() });
        for radius_bits in [15, 31, 47] {
            assert_exact(&index.snapshot(), &hashes, &queries, radius_bits);
        }
    }
}

#[test]
fn one_bucket_holds_all() {
    // A band in common, in the order of the hash: every 17th bit.
    let mut next = stream(5);
    let mut hash = || {
        let mut hash = next();
        (0..16_usize).for_each(|i| hash.0[17 * i / 64] &= !(1 << (17 * i % 64)));
        hash
    };
    let hashes: Vec<Bits256> = (0..MANY).map(|_| hash()).collect();
    let queries: Vec<Bits256> = (0..6).map(|_| hash()).chain(queries_near(&hashes)).collect();
    for method in METHODS {
        let index = index_of(&hashes, Tuning { method, ..Tuning::default() });
        for radius_bits in [0, 15, 31, 47] {
            assert_exact(&index.snapshot(), &hashes, &queries, radius_bits);
        }
    }
}

#[test]
fn equal_and_empty_hashes() {
    for hash in [Bits256::default(), Bits256([u64::MAX; 4]), stream(6)()] {
        let hashes = vec![hash; MANY / 4];
        let index = index_of(&hashes, Tuning::default());
        assert_eq!(index.snapshot().hashes(), 1, "equal hashes are stored once");
        let near = flipped(hash, 31, stream(8)());
        assert_exact(&index.snapshot(), &hashes, &[hash, near], 31);
        assert_exact(&index.snapshot(), &hashes, &[near], 30);
    }
}

#[test]
fn every_size_around_a_switch_point() {
    let tuning = Tuning {
        sealed_at: 300,
        banded_from: 1000,
        wide_from: 2000,
        band_bits: [8, 20],
        ..Tuning::default()
    };
    let mut next = stream(9);
    let centre = next();
    let hashes: Vec<Bits256> =
        (0..2002_u32).map(|k| if k % 3 == 0 { flipped(centre, k % 50, next()) } else { next() }).collect();
    let near = [1, 2, 149, 150, 151, 299, 300, 301, 999, 1000, 1001, 1999, 2000, 2001];
    for count in near {
        let index = index_of(&hashes[..count], tuning);
        for radius_bits in [0, 7, 31, 48] {
            let queries = [flipped(centre, 5, next()), hashes[count - 1], next()];
            assert_exact(&index.snapshot(), &hashes[..count], &queries, radius_bits);
        }
    }
}

#[test]
fn more_queries_than_one_batch_holds() {
    let mut next = stream(10);
    let hashes: Vec<Bits256> = (0..30_000).map(|_| next()).collect();
    let index = index_of(&hashes, Tuning::default());
    let queries: Vec<Bits256> =
        (0..20_000_u32).map(|k| flipped(hashes[k as usize], k % 40, next())).collect();
    let found = index.snapshot().search_batch(&queries, 31, &Filter::AllBanks);
    for (k, hits) in found.iter().enumerate() {
        let own = hits.iter().find(|hit| hit.entry == k as u64 + 1);
        assert_eq!(own.map(|hit| hit.distance_bits), (k % 40 <= 31).then_some(k as u32 % 40), "query {k}");
    }
}
