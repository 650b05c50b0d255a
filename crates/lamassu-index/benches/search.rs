//! Cost of one question to the index, on uniform hashes of a fixed seed.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lamassu_fingerprint::{Bits256, Digest, StoredFrame, View};
use lamassu_index::{ChangeKind, Filter, Index};

const HASHES: [u64; 2] = [10_000, 100_000];
const RADIUS_BITS: u32 = 31;

/// Uniform hashes by `SplitMix64` (Steele, Lea, Flood 2014).
fn hashes(mut state: u64) -> impl FnMut() -> Bits256 {
    move || {
        Bits256([0; 4].map(|_: u64| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }))
    }
}

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("search");
    for count in HASHES {
        let (index, mut next) = (Index::default(), hashes(42));
        index.load((1..=count).map(|entry| {
            let bits = [next()];
            let frame = StoredFrame { start_ms: 0, end_ms: 0, view: View::Full, quality: 100, bits };
            let digest = Digest::of(&entry.to_le_bytes());
            ChangeKind::Added { entry, bank: 0, digest, frames: vec![frame] }
        }));
        let (snapshot, query) = (index.snapshot(), next());
        let mut hits = Vec::new();
        group.throughput(Throughput::Elements(count));
        group.bench_function(format!("uniform_{count}_radius_{RADIUS_BITS}"), |b| {
            b.iter(|| {
                hits.clear();
                snapshot.search(black_box(query), RADIUS_BITS, &Filter::AllBanks, &mut hits);
                hits.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
