//! Cost of listening to a minute of noise of a fixed seed, as an entry and as an item.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lamassu_fingerprint::sound::{Listener, RATE_HZ, Variant};

const SECONDS: u32 = 60;

fn bench(c: &mut Criterion) {
    let mut state = 42_u64;
    // A linear congruential generator (Knuth's MMIX).
    let noise = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i16::from_be_bytes([state.to_be_bytes()[0], state.to_be_bytes()[1]])
    };
    let samples: Vec<i16> = (0..SECONDS * RATE_HZ).map(noise).collect();
    let mut group = c.benchmark_group("sound");
    group.throughput(Throughput::Elements(samples.len() as u64));
    for (name, variants) in [("entry", &[Variant::PLAIN][..]), ("item", &Variant::ALL)] {
        group.bench_function(format!("{name}_{SECONDS}_s"), |b| {
            b.iter(|| {
                let mut listener = Listener::new(variants);
                listener.push(black_box(&samples));
                listener.finish().len()
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = bench
}
criterion_main!(benches);
