//! Synthetic hashes and questions, and what they cost: the same for the product's own measurement and for the
//! one beside its competitors. The clock is passed in.

use std::time::Duration;

use lamassu_fingerprint::{Bits256, Digest, StoredFrame, View};

use crate::change::ChangeKind;
use crate::index::Index;
use crate::snapshot::{Filter, Hit, Snapshot};

/// Questions of one batch: the frames of a video of five minutes.
pub const BATCH: usize = 600;
/// Questions whose answers are compared with a scan's.
const COMPARED: usize = 200;
/// Hashes around one centre of a cluster.
const CLUSTER: usize = 500;
/// Most bits by which a hash of a cluster differs from its centre: 22 %, as crops of one photograph do.
const CLUSTER_BITS_MAX: u32 = 56;

/// How hashes lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distribution {
    /// As chance has it.
    Uniform,
    /// Around centres, as hashes of a bank's variants and near misses do.
    Clustered,
}

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    /// How many hashes, each of an entry of its own.
    pub entries: usize,
    /// How far is searched, in bits.
    pub radius_bits: u32,
    /// How they lie.
    pub distribution: Distribution,
    /// Where chance begins.
    pub seed: u64,
    /// How many questions of each kind in a round.
    pub queries: usize,
    /// How often everything is asked.
    pub rounds: usize,
}

/// What it cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// CPU seconds from hashes in memory to a searchable segment.
    pub build_s: f64,
    /// Bytes of hashes and what makes them searchable, without owners and digests.
    pub search_bytes: u64,
    /// Bytes of everything.
    pub bytes: u64,
    /// CPU microseconds for a question asked alone: the median of the rounds' means.
    pub single_us: f64,
    /// The 99th of a hundred, each with about half a microsecond of the clock's own.
    pub single_p99_us: f64,
    /// CPU microseconds for a question in a batch of [`BATCH`]: the median of the rounds' means.
    pub batch_us: f64,
    /// CPU microseconds for a comparison with every hash.
    pub scan_us: f64,
    /// CPU microseconds for an entry added alone, searchable before the next.
    pub add_us: f64,
    /// Share of what a scan finds that a search found, by entries' numbers. 1 unless there is a defect.
    pub recall: f64,
}

impl Workload {
    /// The hashes of the entries 1, 2, …
    pub fn hashes(&self) -> impl Iterator<Item = Bits256> + use<> {
        let (mut next, distribution) = (stream(self.seed), self.distribution);
        let mut centre = next();
        (0..self.entries).map(move |k| match distribution {
            Distribution::Uniform => next(),
            Distribution::Clustered => {
                if k % CLUSTER == 0 {
                    centre = next();
                }
                let chance = next();
                flipped(centre, (chance.0[3] >> 32) as u32 % (CLUSTER_BITS_MAX + 1), chance)
            }
        })
    }

    /// Questions: one half far from everything, as most uploads are, the other within the radius of an entry.
    pub fn questions(&self) -> Vec<Bits256> {
        let mut next = stream(self.seed ^ 0x5eed);
        let step = (self.entries / self.queries.max(1)).max(1);
        let near = self.hashes().step_by(step).take(self.queries.div_ceil(2));
        let mut questions = Vec::with_capacity(self.queries);
        for hash in near {
            let chance = next();
            questions.push(flipped(hash, chance.0[2] as u32 % (self.radius_bits.min(255) + 1), chance));
            questions.push(next());
        }
        questions.truncate(self.queries);
        questions
    }

    /// Builds an index, asks it, and compares. `cpu_time` is the CPU time this thread has used; `between` runs
    /// before each round, so that a competitor takes turns.
    pub fn measure(
        &self,
        mut cpu_time: impl FnMut() -> Duration,
        mut between: impl FnMut(usize),
    ) -> (Index, Figures) {
        let index = Index::default();
        index.load((1..).zip(self.hashes()).map(|(entry, hash)| added(entry, hash)));
        let mut timed = |work: &mut dyn FnMut()| {
            let start = cpu_time();
            work();
            (cpu_time() - start).as_secs_f64()
        };
        let mut build_s = 0.0;
        if let Some(merge) = index.plan(true) {
            build_s = timed(&mut || {
                index.install(&merge, merge.in_memory(1)).expect("nobody else merges");
            });
        }
        let questions = self.questions();
        let mut hits = Vec::new();
        let (mut singles, mut batches, mut scans, mut each) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let per = |seconds: f64, count: usize| 1e6 * seconds / count.max(1) as f64;
        for round in 0..self.rounds {
            between(round);
            let snapshot = index.snapshot();
            let mut ask = |question: Bits256, scan: bool| {
                hits.clear();
                let ask = if scan { Snapshot::scan } else { Snapshot::search };
                ask(&snapshot, question, self.radius_bits, &Filter::AllBanks, &mut hits);
            };
            singles.push(per(timed(&mut || questions.iter().for_each(|&q| ask(q, false))), questions.len()));
            for &question in &questions {
                each.push(1e6 * timed(&mut || ask(question, false)));
            }
            let few = &questions[..questions.len().min(8)];
            scans.push(per(timed(&mut || few.iter().for_each(|&q| ask(q, true))), few.len()));
            let asked = questions.len() / BATCH * BATCH;
            let batch = || {
                for batch in questions[..asked].chunks(BATCH) {
                    std::hint::black_box(snapshot.search_batch(batch, self.radius_bits, &Filter::AllBanks));
                }
            };
            batches.push(per(timed(&mut { batch }), asked));
        }
        let segments =
            |size: fn(&crate::Segment) -> u64| index.snapshot().segments().map(|(it, _)| size(it)).sum();
        let (search_bytes, bytes) =
            (segments(crate::Segment::search_bytes), segments(|segment| segment.bytes().len() as u64));
        let recall = self.recall(&index.snapshot(), &questions);
        let mut next = stream(self.seed ^ 0xadd);
        let fresh: Vec<_> = (1 + self.entries as u64..).zip((0..1_000).map(|_| next())).collect();
        let add_us = per(
            timed(&mut || fresh.iter().for_each(|&(entry, hash)| index.load([added(entry, hash)]))),
            1_000,
        );
        each.sort_unstable_by(f64::total_cmp);
        let figures = Figures {
            build_s,
            search_bytes,
            bytes,
            single_us: median(singles),
            single_p99_us: each.get(each.len() * 99 / 100).copied().unwrap_or(0.0),
            batch_us: median(batches),
            scan_us: median(scans),
            add_us,
            recall,
        };
        (index, figures)
    }

    fn recall(&self, snapshot: &Snapshot, questions: &[Bits256]) -> f64 {
        let asked = &questions[..questions.len().min(COMPARED)];
        let batched = snapshot.search_batch(asked, self.radius_bits, &Filter::AllBanks);
        let (mut expected, mut found) = (0, 0);
        for (&question, batched) in asked.iter().zip(batched) {
            let [mut scanned, mut searched] = [Vec::new(), Vec::new()];
            snapshot.scan(question, self.radius_bits, &Filter::AllBanks, &mut scanned);
            snapshot.search(question, self.radius_bits, &Filter::AllBanks, &mut searched);
            let in_both = |hit: &Hit| searched.contains(hit) && batched.contains(hit);
            expected += scanned.len().max(searched.len()).max(batched.len());
            found += scanned.iter().filter(|hit| in_both(hit)).count();
        }
        if expected == 0 { 1.0 } else { f64::from(found as u32) / f64::from(expected as u32) }
    }
}

fn added(entry: u64, hash: Bits256) -> ChangeKind {
    let frame = StoredFrame { start_ms: 0, end_ms: 0, view: View::Full, quality: 100, bits: [hash] };
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&entry.to_le_bytes());
    ChangeKind::Added { entry, bank: 0, digest: Digest(digest), frames: vec![frame] }
}

/// The middle one; 0 of none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Hashes by `SplitMix64` (Steele, Lea, Flood 2014), the same for the same seed.
pub fn stream(mut state: u64) -> impl FnMut() -> Bits256 {
    move || {
        Bits256([0; 4].map(|_: u64| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }))
    }
}

/// `hash` with `count` different bits turned over, chosen by `chance`.
pub fn flipped(mut hash: Bits256, count: u32, chance: Bits256) -> Bits256 {
    let mut order: [u8; 256] = std::array::from_fn(|bit| bit as u8);
    let mut state = chance.0[0];
    for k in 0..count as usize {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(chance.0[1] | 1);
        order.swap(k, k + (state >> 33) as usize % (256 - k));
        hash.0[usize::from(order[k]) / 64] ^= 1 << (order[k] % 64);
    }
    hash
}
