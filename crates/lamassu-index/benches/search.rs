//! Cost of one question to the index, on uniform hashes of a fixed seed.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lamassu_fingerprint::{Digest, StoredFrame, View};
use lamassu_index::workload::stream;
use lamassu_index::{ChangeKind, Filter, Index};

const HASHES: [u64; 2] = [10_000, 100_000];
const RADIUS_BITS: u32 = 31;

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("search");
    for count in HASHES {
        let (index, mut next) = (Index::default(), stream(42));
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
