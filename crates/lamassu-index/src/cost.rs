//! What the steps of a search cost, by which the planner chooses between bands and a scan.
//!
//! Measured on processors with AVX2, one thread, in nanoseconds; only their ratios matter. With them a search
//! of uniform hashes at radius 31 changes from scan to bands between 15,000 and 30,000 hashes.

use crate::kernel::HALF_RADIUS_BITS_MAX;
use crate::tuning::Method;

/// Finding one bucket.
const BUCKET_NS: f64 = 12.0;
/// Comparing one sketch.
const SKETCH_NS: f64 = 0.35;
/// Reading a hash whose sketch passed, and telling whether another band found it before.
const SURVIVOR_NS: f64 = 30.0;
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
    buckets as f64 * BUCKET_NS + sketches as f64 * SKETCH_NS + survivors as f64 * SURVIVOR_NS
}
