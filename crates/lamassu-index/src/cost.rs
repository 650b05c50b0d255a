//! What the steps of a search cost, by which the planner chooses between bands and a scan.
//!
//! Measured on processors with AVX2, one thread, in nanoseconds; only their ratios matter. With them a search
//! of uniform hashes at radius 31 changes from scan to bands between 15,000 and 30,000 hashes.

use crate::kernel::HALF_RADIUS_BITS_MAX;
use crate::tuning::Method;

/// The share of a scan that may be spent before it is known that bands are cheaper.
pub const UNCHECKED_SHARE: f64 = 0.1;
/// Finding one bucket.
const BUCKET_NS: f64 = 12.0;
/// Comparing one sketch.
const SKETCH_NS: f64 = 0.35;
/// Keeping a sketch that passed.
const KEPT_NS: f64 = 10.0;
/// Reading a hash whose sketch passed, and telling whether another band found it before.
const VERIFIED_NS: f64 = 45.0;
/// Choosing thresholds for one query: some two thousand buckets are looked up.
const ALLOCATION_NS: f64 = 12_000.0;
/// Comparing one half of a hash in a scan.
const HALF_NS: f64 = 0.6;
/// Comparing one half of a hash in a scan for many queries, when the hash is in the cache.
const HALF_AGAIN_NS: f64 = 0.45;

/// What a scan of so many hashes costs, alone or as one of many; without end where bands are wanted.
pub fn scan_ns(method: Method, hashes: usize, radius_bits: u32, one_of_many: bool) -> f64 {
    match method {
        Method::Bands => return f64::INFINITY,
        Method::Scan => return 0.0,
        Method::Cheapest => {}
    }
    let halves = if radius_bits <= HALF_RADIUS_BITS_MAX { 1.0 } else { 2.0 };
    hashes as f64 * halves * if one_of_many { HALF_AGAIN_NS } else { HALF_NS }
}

/// What looking at so many buckets with so many sketches costs, when so many of them pass.
pub fn bands_ns(buckets: u64, sketches: u64, survivors: u64) -> f64 {
    buckets as f64 * BUCKET_NS + sift_ns(sketches as f64, survivors as f64) + survivors as f64 * VERIFIED_NS
}

/// What is left to be paid of a search by bands after so many of its sketches were compared and so many passed.
pub fn left_ns((done, sketches): (u64, u64), survivors: u64) -> f64 {
    let (done, sketches, so_far) = (done as f64, sketches as f64, survivors as f64);
    let survivors = so_far * sketches / done.max(1.0);
    sift_ns(sketches - done, survivors - so_far) + survivors * VERIFIED_NS
}

/// Whether fewer sketches may be worth choosing thresholds for them: it must not cost much of a scan either.
pub fn is_worth_allocating(sketches: u64, scan_ns: f64) -> bool {
    ALLOCATION_NS < f64::min(sift_ns(sketches as f64, 0.0), UNCHECKED_SHARE * scan_ns)
}

fn sift_ns(sketches: f64, survivors: f64) -> f64 {
    sketches * SKETCH_NS + survivors * KEPT_NS
}
