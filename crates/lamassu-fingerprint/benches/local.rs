//! Cost of local features, on blobs and grain of a fixed seed.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use lamassu_fingerprint::local::{Wanted, extract};
use lamassu_fingerprint::{Channels, Picture};

/// Squares of many sizes and shades by a linear congruential generator (Knuth's MMIX).
fn squares(width: usize, height: usize) -> Vec<u8> {
    let mut state = 42_u64;
    let mut next = move |end: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % end
    };
    let mut luma = vec![128; width * height];
    for _ in 0..width * height / 600 {
        let (x, y, side, shade) = (next(width), next(height), 4 + next(40), next(256) as u8);
        for row in y..(y + side).min(height) {
            luma[row * width + x..row * width + (x + side).min(width)].fill(shade);
        }
    }
    luma
}

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("local");
    for (width, height) in [(480, 360), (800, 600), (4000, 3000)] {
        let bytes = squares(width, height);
        let picture = Picture::new(&bytes, width, height, Channels::Gray).expect("the size fits");
        for (name, wanted) in [("entry", Wanted::ENTRY), ("item", Wanted::ITEM)] {
            group.bench_function(format!("{name}_{width}x{height}"), |b| {
                b.iter(|| extract(black_box(picture), &wanted));
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = bench
}
criterion_main!(benches);
