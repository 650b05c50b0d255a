//! One query against one table: by its bands, or by a scan where that is cheaper.
//!
//! What remains of the cost is memory. At radius 31 a query of ten million hashes in 16 bands reads 272 runs of about
//! 150 sketches, some 2,900 lines of 64 bytes: 7 µs at the 26.5 GB/s that one core reads in a row, 29 µs at the 10 ns of
//! a line that lies elsewhere, 40 µs measured. At a hundred million, in 11 bands of 23 bits, it is 2,794 buckets of 12
//! sketches, each with its start and 1.7 lines of sketches: 18 µs by bandwidth, 76 µs by lines, 149 µs measured; the rest
//! is probably the processor's own list of pages, which is shorter than the six thousand large pages of 12 GB. Fewer
//! bytes could only be read by shorter sketches, of which more would pass and be read in full. Batches sort their
//! buckets, so that neighbours in memory follow each other.

use std::cell::RefCell;

use crate::bands::{THRESHOLD_MAX, Thresholds};
use crate::cost::{UNCHECKED_SHARE, bands_ns, is_worth_allocating, left_ns, scan_ns};
use crate::kernel::{Candidate, Halves, Kernel, Near, Probe, Range, Survivor, Wanted, prefetch};
use crate::order::Stored;
use crate::skew;
use crate::table::{Bands, Table};
use crate::tuning::Method;

/// Probes of a band, one for each number of differing bits of its key.
const WEIGHTS: u32 = THRESHOLD_MAX as u32 + 1;
/// Buckets are skewed when they hold this many times what uniform hashes would fill them with.
const SKEW_RATIO: f64 = 2.0;
/// Sketches that are sifted before looking again, so that longer buckets are taken in parts.
const STEP_SKETCHES: u32 = 1024;
/// One of so many sketches tells how many will pass in all.
const TELLING: u64 = 8;
/// Where comparing sketches alone costs that share of a scan, so many places tell beforehand how many will pass, each by
/// so many sketches.
const SAMPLES: u64 = 64;
const SAMPLE_SKETCHES: u32 = 32;
/// A buffer that grew beyond this many elements is let go after the search.
const KEPT_ELEMENTS_MAX: usize = 1 << 18;

/// Buffers that a thread uses again.
#[derive(Debug, Default)]
pub struct Scratch {
    buckets: Vec<(u32, u32)>,
    ranges: Vec<Range>,
    probes: Vec<Probe>,
    survivors: Vec<Survivor>,
    candidates: Vec<Candidate>,
    /// What the last search found.
    pub near: Vec<Near>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Scratch {
    /// Calls `with` with this thread's buffers.
    pub fn with<T>(with: impl FnOnce(&mut Self) -> T) -> T {
        SCRATCH.with_borrow_mut(|scratch| {
            let result = with(scratch);
            if scratch.survivors.capacity().max(scratch.near.capacity()) > KEPT_ELEMENTS_MAX {
                *scratch = Self::default();
            }
            result
        })
    }
}

/// Puts every hash of the table within the radius into `scratch.near`, each once.
pub fn near(table: &Table<'_>, how: How, query: &Stored, scratch: &mut Scratch) {
    if !near_by_bands(table, how, query, scratch) {
        scratch.near.clear();
        how.kernel.scan(table.hashes, (0, query), how.radius_bits, &mut scratch.near);
    }
}

/// The same where bands are cheaper than a scan; false, and nothing found, where they are not.
pub fn near_by_bands(table: &Table<'_>, how: How, query: &Stored, scratch: &mut Scratch) -> bool {
    table.bands.as_ref().is_some_and(|bands| {
        let search = Search { bands, hashes: table.hashes, how, query };
        search.run(scratch)
    })
}

/// What a search is to find, and by which means.
#[derive(Debug, Clone, Copy)]
pub struct How {
    pub radius_bits: u32,
    pub kernel: Kernel,
    pub method: Method,
}

/// How many of the first ranges are sifted in one step.
fn step(ranges: &[Range]) -> usize {
    let mut sketches = 0;
    let fits = |range: &&Range| {
        sketches += range.sketches();
        sketches <= u64::from(STEP_SKETCHES)
    };
    ranges.iter().take_while(fits).count().max(1)
}

struct Search<'a> {
    bands: &'a Bands<'a>,
    hashes: Halves<'a>,
    how: How,
    query: &'a Stored,
}

impl Search<'_> {
    /// Searches by bands; false, and nothing found, where a scan is cheaper.
    fn run(&self, scratch: &mut Scratch) -> bool {
        let shape = self.bands.shape;
        let Some(mut thresholds) = shape.thresholds(self.how.radius_bits) else { return false };
        let scan_ns = scan_ns(self.how.method, self.hashes.first.len(), self.how.radius_bits, false);
        let probes = shape.probes(&thresholds);
        if bands_ns(probes, 0, 0) >= scan_ns {
            return false;
        }
        let mut sketches = self.find_buckets(&thresholds, scratch);
        let expected = self.hashes.first.len() as f64 * probes as f64 / shape.buckets() as f64;
        let is_skewed = sketches as f64 > SKEW_RATIO * expected + probes as f64;
        if is_skewed && is_worth_allocating(sketches, scan_ns) {
            thresholds = skew::allocate(self.bands, self.query, &thresholds);
            sketches = self.find_buckets(&thresholds, scratch);
        }
        if bands_ns(shape.probes(&thresholds), sketches, 0) > scan_ns {
            return false;
        }
        self.set_probes(&thresholds, scratch);
        if !self.sift(sketches, scan_ns, scratch) {
            return false;
        }
        self.verify(&thresholds, scratch);
        true
    }

    /// The ranges of all buckets to be looked at; how many sketches lie in them.
    fn find_buckets(&self, thresholds: &Thresholds, scratch: &mut Scratch) -> u64 {
        let (bands, shape) = (self.bands, self.bands.shape);
        scratch.buckets.clear();
        for (band, &threshold) in thresholds.iter().enumerate().take(shape.bands()) {
            let key = shape.key(self.query, band);
            for weight in 0..=threshold {
                let probe = band as u32 * WEIGHTS + weight as u32;
                for mask in shape.masks(weight as usize) {
                    let at = bands.bucket_at(band, key ^ mask);
                    prefetch(bands.bucket_starts, at);
                    scratch.buckets.push((at as u32, probe));
                }
            }
        }
        scratch.ranges.clear();
        let mut sketches = 0;
        for &(at, probe) in &scratch.buckets {
            let at = at as usize;
            let Some(&[start, end]) = bands.bucket_starts.get(at..at + 2) else { continue };
            if start < end {
                prefetch(bands.sketches, start as usize);
                prefetch(bands.sketches, end as usize - 1);
                scratch.ranges.push(Range { start, end, probe });
                sketches += u64::from(end - start);
            }
        }
        sketches
    }

    fn set_probes(&self, thresholds: &Thresholds, scratch: &mut Scratch) {
        let shape = self.bands.shape;
        scratch.probes.clear();
        scratch.probes.resize(shape.bands() * WEIGHTS as usize, Probe::default());
        for (band, &threshold) in thresholds.iter().enumerate().take(shape.bands()) {
            for weight in 0..=threshold.max(-1) {
                let at = band * WEIGHTS as usize + weight as usize;
                scratch.probes[at] = shape.probe(self.query, thresholds, band, weight as u32);
            }
        }
    }

    /// Keeps the sketches that pass; false when so many do that a scan is cheaper.
    fn sift(&self, sketches: u64, scan_ns: f64, scratch: &mut Scratch) -> bool {
        let is_long = bands_ns(0, sketches, 0) > UNCHECKED_SHARE * scan_ns;
        if is_long && bands_ns(0, sketches, self.passing(sketches, scratch)) > scan_ns {
            return false;
        }
        let Scratch { ranges, probes, survivors, .. } = scratch;
        survivors.clear();
        let mut done = 0;
        let mut is_cheaper_after = |step: &[Range]| {
            self.how.kernel.sift(self.bands.sketches, step, probes, survivors);
            done += step.iter().map(Range::sketches).sum::<u64>();
            // What was spent is spent: only what is left is held against a scan. Few tell little of the others.
            let expected = if done < sketches / TELLING { done } else { sketches };
            left_ns((done, expected), survivors.len() as u64) <= scan_ns
        };
        let mut rest = &ranges[..];
        while let Some(first) = rest.first() {
            let (step, later) = rest.split_at(step(rest));
            rest = later;
            let is_cheaper = if first.sketches() > u64::from(STEP_SKETCHES) {
                first.parts(STEP_SKETCHES).all(|part| is_cheaper_after(&[part]))
            } else {
                is_cheaper_after(step)
            };
            if !is_cheaper {
                return false;
            }
        }
        true
    }

    /// How many of the sketches will pass, by some of them.
    fn passing(&self, sketches: u64, scratch: &mut Scratch) -> u64 {
        let Scratch { ranges, probes, survivors, .. } = scratch;
        let stride = (sketches / SAMPLES).max(1);
        let (mut samples, mut at, mut next) = (Vec::with_capacity(SAMPLES as usize + 1), 0, stride / 2);
        for range in ranges.iter() {
            let end = at + range.sketches();
            while next < end {
                let start = range.start + (next - at) as u32;
                prefetch(self.bands.sketches, start as usize);
                samples.extend(Range { start, ..*range }.parts(SAMPLE_SKETCHES).next());
                next += stride;
            }
            at = end;
        }
        survivors.clear();
        self.how.kernel.sift(self.bands.sketches, &samples, probes, survivors);
        let seen: u64 = samples.iter().map(Range::sketches).sum();
        (survivors.len() as f64 * sketches as f64 / seen.max(1) as f64) as u64
    }

    /// Keeps of the sketches that passed the hashes within the radius that no band before found.
    fn verify(&self, thresholds: &Thresholds, scratch: &mut Scratch) {
        let Scratch { survivors, candidates, near, .. } = scratch;
        let count = self.hashes.first.len();
        candidates.clear();
        candidates.extend(survivors.iter().map(|survivor| Candidate {
            hash: self.bands.hash_of(survivor.position, count),
            query: 0,
            band: survivor.probe / WEIGHTS,
        }));
        let (radius_bits, shape) = (self.how.radius_bits, self.bands.shape);
        let wanted = Wanted { queries: std::slice::from_ref(self.query), radius_bits, shape, thresholds };
        near.clear();
        self.how.kernel.verify(self.hashes, &wanted, candidates, near);
    }
}
