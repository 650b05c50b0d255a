//! Cost of PDQ in all eight orientations and of finding content, on noise of a fixed seed.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lamassu_fingerprint::pdq::pdq;
use lamassu_fingerprint::trim::content_regions;
use lamassu_fingerprint::{Channels, Grid, Picture};

const SIZES_PX: [(usize, usize); 3] = [(256, 256), (1024, 1024), (4000, 3000)];

/// RGB noise by a linear congruential generator (Knuth's MMIX), with a border when `border_px` > 0.
fn pixels(width: usize, height: usize, border_px: usize) -> Vec<u8> {
    let mut state = 42_u64;
    (0..width * height)
        .flat_map(|k| {
            let (x, y) = (k % width, k / width);
            let edge = x.min(y).min(width - 1 - x).min(height - 1 - y);
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = state.to_be_bytes();
            if edge < border_px { [255; 3] } else { [noise[0], noise[1], noise[2]] }
        })
        .collect()
}

fn bench(c: &mut Criterion) {
    let mut group = c.benchmark_group("pdq");
    for (width, height) in SIZES_PX {
        let bytes = pixels(width, height, 0);
        let picture = Picture::new(&bytes, width, height, Channels::Rgb).expect("the size fits");
        group.throughput(Throughput::Elements((width * height) as u64));
        group.bench_function(format!("rgb_{width}x{height}"), |b| b.iter(|| pdq(black_box(&picture))));
    }
    group.finish();

    let mut group = c.benchmark_group("content_regions");
    for (width, height) in SIZES_PX {
        let bytes = pixels(width, height, width / 16);
        let picture = Picture::new(&bytes, width, height, Channels::Rgb).expect("the size fits");
        group.throughput(Throughput::Elements((width * height) as u64));
        group.bench_function(format!("bordered_rgb_{width}x{height}"), |b| {
            b.iter(|| content_regions(&Grid::sample(black_box(&picture))));
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
