//! Seeded lives of a service: uploads, reviews and deliveries, killed at any await, on a clock that jumps and a
//! store that fails at any statement.
//!
//! Each seed is a story of some steps. A step may be cut off at any point and the engine dropped as it is, which
//! leaves on disk what a killed process leaves. At the end everything is set right and the promises are checked:
//! nothing accepted is lost, nothing is sent without a decision, and no action goes out under two ids. In every other
//! story the bank acts by a rule, which people switch off and on, and whose acts they undo.
//!
//! `LAMASSU_SIMULATION_SEEDS` says how many seeds, `LAMASSU_SIMULATION_FROM` the first of them.

mod fault;
mod receiver;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};

use world::World;

/// Seeds of an ordinary run; `make test-long` takes 1,000.
const SEEDS: u64 = 50;
/// Steps of each story.
const STEPS: u32 = 60;

#[test]
fn what_is_promised_holds_whatever_happens() {
    let number = |name, otherwise| std::env::var(name).map_or(otherwise, |text| text.parse().expect(name));
    let first: u64 = number("LAMASSU_SIMULATION_FROM", 0);
    let next = AtomicU64::new(first);
    let end = first + number("LAMASSU_SIMULATION_SEEDS", SEEDS);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return;
            }
            let told = std::panic::catch_unwind(|| live(seed));
            assert!(
                told.is_ok(),
                "seed {seed} failed; LAMASSU_SIMULATION_FROM={seed} LAMASSU_SIMULATION_SEEDS=1 repeats it"
            );
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
}

/// One story from its beginning to the check of all promises.
fn live(seed: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut world = World::new(seed).await;
        for _ in 0..STEPS {
            world.step().await;
        }
        world.set_right().await;
        world.check().await;
    });
}
