//! Many queries against one table: band after band, with their buckets in the order of memory.

use crate::bands::Thresholds;
use crate::cost::{UNCHECKED_SHARE, bands_ns, scan_ns};
use crate::kernel::{Candidate, Halves, Near, Probe, Range, Survivor, Wanted, prefetch};
use crate::order::Stored;
use crate::search::{self, How, Scratch};
use crate::table::{Bands, Table};

/// Queries that are looked at together: their probes fit into the cache.
const QUERIES_MAX: usize = 8192;
/// Hashes that a scan compares with one query after the other: their first halves fit into the first cache.
const TILE_HASHES: usize = 1024;
/// By so many bits of their keys buckets are put into order.
const ORDER_BITS: u32 = 11;
/// So many buckets ahead their starts are asked from memory.
const BUCKET_AHEAD: usize = 24;

/// Calls `found` with the place of a query and each hash within the radius, each once.
pub fn near(table: &Table<'_>, how: How, queries: &[Stored], found: &mut impl FnMut(usize, Near)) {
    for (chunk, queries) in queries.chunks(QUERIES_MAX).enumerate() {
        let mut found = |query: usize, near| found(chunk * QUERIES_MAX + query, near);
        let thresholds = table.bands.as_ref().and_then(|bands| {
            let thresholds = bands.shape.thresholds(how.radius_bits)?;
            let probes = bands.shape.probes(&thresholds);
            let sketches = table.len() as u64 * probes / bands.shape.buckets() as u64;
            let scan_ns = scan_ns(how.method, table.len(), how.radius_bits, true);
            (bands_ns(probes, sketches, 0) < scan_ns).then_some((bands, thresholds))
        });
        match thresholds {
            Some((bands, thresholds)) => {
                let hashes = table.hashes;
                let mut batch = Batch { bands, hashes, how, queries, thresholds };
                batch.run(table, &mut found);
            }
            None => scan(table, how, &queries.iter().enumerate(), &mut found),
        }
    }
}

/// Compares these queries, which are told by their places, with all hashes.
fn scan<'a>(
    table: &Table<'_>,
    how: How,
    queries: &(impl Iterator<Item = (usize, &'a Stored)> + Clone),
    found: &mut impl FnMut(usize, Near),
) {
    let (first, second) = (table.hashes.first, table.hashes.second);
    let mut near = Vec::new();
    for (tile, (first, second)) in first.chunks(TILE_HASHES).zip(second.chunks(TILE_HASHES)).enumerate() {
        let hashes = Halves { first, second, from: (tile * TILE_HASHES) as u32 };
        for (query, bits) in queries.clone() {
            how.kernel.scan(hashes, (query as u32, bits), how.radius_bits, &mut near);
            near.drain(..).for_each(|near| found(query, near));
        }
    }
}

struct Batch<'a> {
    bands: &'a Bands<'a>,
    hashes: Halves<'a>,
    how: How,
    queries: &'a [Stored],
    thresholds: Thresholds,
}

/// What one query has cost so far.
#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    sketches: u64,
    survivors: u64,
    /// It costs more than its share and is searched by itself.
    alone: bool,
}

impl Spent {
    /// Whether, after this share of the bands, a scan is the better way.
    fn exceeds(&self, share: f64, scan_ns: f64) -> bool {
        let so_far = bands_ns(0, self.sketches, self.survivors);
        so_far > UNCHECKED_SHARE * scan_ns && so_far > share * scan_ns
    }
}

impl Batch<'_> {
    fn run(&mut self, table: &Table<'_>, found: &mut impl FnMut(usize, Near)) {
        let bands = self.bands.shape.bands();
        let scan_ns = scan_ns(self.how.method, self.hashes.first.len(), self.how.radius_bits, false);
        let mut spent = vec![Spent::default(); self.queries.len()];
        let mut hits = Vec::new();
        let mut step = Step::default();
        for band in (0..bands).filter(|&band| self.thresholds[band] >= 0).collect::<Vec<_>>() {
            self.find_buckets(band, &mut spent, &mut step);
            self.leave_out(band, scan_ns, &mut spent, &mut step);
            step.survivors.clear();
            self.how.kernel.sift(self.bands.sketches, &step.ranges, &step.probes, &mut step.survivors);
            self.verify(band, &mut spent, &mut step, &mut hits);
            let share = (band + 1) as f64 / bands as f64;
            for spent in &mut spent {
                spent.alone |= spent.exceeds(share, scan_ns);
            }
        }
        for near in hits {
            if !spent[near.query as usize].alone {
                found(near.query as usize, near);
            }
        }
        self.search_alone(table, &spent, found);
    }

    /// Queries in a crowd: by bands of their own, or by a scan of all that this is dearer for.
    fn search_alone(&self, table: &Table<'_>, spent: &[Spent], found: &mut impl FnMut(usize, Near)) {
        let alone = self.queries.iter().enumerate().filter(|(query, _)| spent[*query].alone);
        let mut dear = Vec::new();
        for (query, bits) in alone {
            Scratch::with(|scratch| {
                if search::near_by_bands(table, self.how, bits, scratch) {
                    scratch.near.iter().for_each(|&near| found(query, near));
                } else {
                    dear.push((query, bits));
                }
            });
        }
        scan(table, self.how, &dear.iter().copied(), found);
    }

    /// Leaves out the ranges of queries whose buckets are too large already.
    fn leave_out(&self, band: usize, scan_ns: f64, spent: &mut [Spent], step: &mut Step) {
        let share = (band + 1) as f64 / self.bands.shape.bands() as f64;
        let mut some = false;
        for spent in spent.iter_mut().filter(|spent| !spent.alone) {
            spent.alone = spent.exceeds(share, scan_ns);
            some |= spent.alone;
        }
        if some {
            let weights = self.thresholds[band] as u32 + 1;
            step.ranges.retain(|range| !spent[(range.probe / weights) as usize].alone);
        }
    }

    /// The ranges of the band's buckets for all queries, roughly in the order of memory.
    fn find_buckets(&self, band: usize, spent: &mut [Spent], step: &mut Step) {
        let (shape, threshold) = (self.bands.shape, self.thresholds[band]);
        let weights = threshold as usize + 1;
        step.keys.clear();
        step.probes.clear();
        for (query, bits) in self.queries.iter().enumerate() {
            let key = shape.key(bits, band);
            for weight in 0..weights {
                let probe = (query * weights + weight) as u32;
                step.probes.push(shape.probe(bits, &self.thresholds, band, weight as u32));
                if !spent[query].alone {
                    step.keys.extend(shape.masks(weight).iter().map(|mask| (key ^ mask, probe)));
                }
            }
        }
        step.order(shape.bits());
        step.ranges.clear();
        let starts = self.bands.bucket_starts;
        for (k, &(key, probe)) in step.ordered.iter().enumerate() {
            if let Some(&(ahead, _)) = step.ordered.get(k + BUCKET_AHEAD) {
                prefetch(starts, self.bands.bucket_at(band, ahead));
            }
            let (start, end) = self.bands.bucket(band, key);
            if start < end {
                spent[probe as usize / weights].sketches += u64::from(end - start);
                step.ranges.push(Range { start, end, probe });
            }
        }
    }

    /// Keeps of the sketches that passed the hashes within the radius that no band before found.
    fn verify(&self, band: usize, spent: &mut [Spent], step: &mut Step, near: &mut Vec<Near>) {
        let weights = self.thresholds[band] as u32 + 1;
        let count = self.hashes.first.len();
        step.candidates.clear();
        for survivor in &step.survivors {
            let query = survivor.probe / weights;
            spent[query as usize].survivors += 1;
            let hash = self.bands.hash_of(survivor.position, count);
            step.candidates.push(Candidate { hash, query, band: band as u32 });
        }
        let (radius_bits, shape) = (self.how.radius_bits, self.bands.shape);
        let wanted = Wanted { queries: self.queries, radius_bits, shape, thresholds: &self.thresholds };
        self.how.kernel.verify(self.hashes, &wanted, &step.candidates, near);
    }
}

/// Buffers of one band's step.
#[derive(Debug, Default)]
struct Step {
    keys: Vec<(u32, u32)>,
    ordered: Vec<(u32, u32)>,
    counts: Vec<u32>,
    probes: Vec<Probe>,
    ranges: Vec<Range>,
    survivors: Vec<Survivor>,
    candidates: Vec<Candidate>,
}

impl Step {
    /// Puts the keys into the order of their highest bits, by counting.
    fn order(&mut self, key_bits: u32) {
        let shift = key_bits.saturating_sub(ORDER_BITS);
        self.counts.clear();
        self.counts.resize((1 << ORDER_BITS.min(key_bits)) + 1, 0);
        self.keys.iter().for_each(|(key, _)| self.counts[(key >> shift) as usize + 1] += 1);
        for k in 1..self.counts.len() {
            self.counts[k] += self.counts[k - 1];
        }
        self.ordered.clear();
        self.ordered.resize(self.keys.len(), (0, 0));
        for &(key, probe) in &self.keys {
            let at = &mut self.counts[(key >> shift) as usize];
            self.ordered[*at as usize] = (key, probe);
            *at += 1;
        }
    }
}
