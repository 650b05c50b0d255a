//! Cost of tracing ten minutes of an item along an entry, on hashes of a fixed seed.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use lamassu_fingerprint::Bits256;
use lamassu_index::align::{Lane, Moment, RATES, Rules, Span, Vote, trace};

const SECONDS: u32 = 600;
/// Places of the entry that each frame of the item is near.
const PLACES: [u32; 2] = [1, 16];

/// A hash for each number, by `SplitMix64` (Steele, Lea, Flood 2014).
fn hash(number: u32) -> Bits256 {
    let mut state = u64::from(number) << 32;
    Bits256([0; 4].map(|_: u64| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }))
}

fn bench(c: &mut Criterion) {
    let moments = |step_ms: u32, hash_of: fn(u32) -> Bits256| -> Vec<Moment> {
        let span = |k: u32| Span::new(k * step_ms, (k + 1) * step_ms);
        (0..SECONDS * 1000 / step_ms).map(|k| Moment { span: span(k), bits: hash_of(k) }).collect()
    };
    let (item, entry) = (moments(500, |k| hash(3 * k + 1)), moments(166, hash));
    let mut group = c.benchmark_group("trace");
    for places in PLACES {
        let near = |asked: &Moment| {
            let first = (asked.span.middle_ms() / 166.0) as usize;
            let place = move |k: u32| (first + 997 * k as usize) % (SECONDS as usize * 6);
            let span = asked.span;
            let vote = move |at: usize| Vote::new(span, Span::new(at as u32 * 166, at as u32 * 166 + 166), 8);
            (0..places).map(move |k| vote(place(k)))
        };
        let votes: Vec<Vote> = item.iter().flat_map(near).collect();
        group.bench_function(format!("{SECONDS}_s_{places}_places"), |b| {
            let lane = Lane { votes: &votes, item: &item, entry: &entry, rates: RATES };
            b.iter(|| trace(black_box(&[lane]), &Rules::PICTURES).len());
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
