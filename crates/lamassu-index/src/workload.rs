//! Synthetic hashes and questions, and what they cost: the same for the product's own measurement and for the
//! one beside its competitors. The clock is passed in.

use std::collections::BTreeSet;
use std::time::Duration;

use lamassu_fingerprint::{Bits256, Digest, StoredFrame, View};

use crate::change::ChangeKind;
use crate::index::Index;
use crate::kernel::Kernel;
use crate::sealed::SealedFile as _;
use crate::snapshot::{Filter, Hit, Snapshot};
use crate::tuning::Tuning;

/// Questions of one batch: the frames of a video of five minutes.
pub const BATCH: usize = 600;
/// Questions whose answers are compared with a scan's.
const COMPARED: usize = 200;
/// Questions that are asked of a scan in a round.
const SCANNED: usize = 8;
/// Questions asked before the scan for the dearest one is measured.
const ASKED_BEFORE: usize = 600;
/// So many hashes are taken in at once, as from a store that is read in pages.
const PAGE: usize = 1 << 18;
/// Entries added one by one.
const ADDED: usize = 1_000;
/// How long a frame of an entry lasts.
const FRAME_MS: u32 = 167;
/// Hashes around one centre of a cluster.
const CLUSTER: usize = 500;
/// Most bits by which a hash of a cluster differs from its centre: 22 %, as crops of one photograph do.
const CLUSTER_BITS_MAX: u32 = 56;

/// Of so many hashes one is of the crowd, and differs from its centre by at most so many bits.
const CROWD_OF: usize = 5;
const CROWD_BITS_MAX: u32 = 8;

/// How hashes lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distribution {
    /// As chance has it.
    Uniform,
    /// Around centres, as hashes of a bank's variants and near misses do.
    Clustered,
    /// A fifth of all within a few bits of one, as copies of one picture do; the rest as chance has it.
    Crowd,
    /// All with the same half of their bits, so that few buckets hold everything.
    Narrow,
}

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    /// How many entries.
    pub entries: usize,
    /// How many hashes each has: 1 for pictures, more for videos.
    pub frames: usize,
    /// Which inner loops search.
    pub kernel: Kernel,
    /// How far is searched, in bits.
    pub radius_bits: u32,
    /// How they lie.
    pub distribution: Distribution,
    /// Where chance begins.
    pub seed: u64,
    /// How many questions of each kind in a round.
    pub queries: usize,
    /// How often everything is built and asked.
    pub rounds: usize,
}

/// What it cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// CPU seconds from hashes in memory to a searchable segment: the median of the rounds.
    pub build_s: f64,
    /// The same the first time, in memory that the system had not given before.
    pub first_build_s: f64,
    /// Bytes of hashes and what makes them searchable, without owners and digests.
    pub search_bytes: u64,
    /// Bytes of everything.
    pub bytes: u64,
    /// CPU microseconds for a question asked alone: the median of the rounds' means.
    pub single_us: f64,
    /// The 99th of a hundred, each with about half a microsecond of the clock's own.
    pub single_p99_us: f64,
    /// The dearest question, by the round in which it cost least.
    pub single_worst_us: f64,
    /// What a comparison with every hash costs for that question, likewise.
    pub worst_scan_us: f64,
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
    /// How many hashes.
    pub fn hash_count(&self) -> usize {
        self.entries * self.frames
    }

    /// The hashes of the entries 1, 2, … one after another.
    pub fn hashes(&self) -> impl Iterator<Item = Bits256> + use<> {
        let (mut next, distribution) = (stream(self.seed), self.distribution);
        let mut centre = next();
        (0..self.hash_count()).map(move |k| match distribution {
            Distribution::Uniform => next(),
            Distribution::Clustered => {
                if k % CLUSTER == 0 {
                    centre = next();
                }
                let chance = next();
                flipped(centre, (chance.0[3] >> 32) as u32 % (CLUSTER_BITS_MAX + 1), chance)
            }
            Distribution::Crowd => match next() {
                chance if k % CROWD_OF == 0 => {
                    flipped(centre, chance.0[2] as u32 % (CROWD_BITS_MAX + 1), chance)
                }
                alone => alone,
            },
            Distribution::Narrow => {
                let Bits256([a, b, ..]) = next();
                Bits256([a, b, centre.0[2], centre.0[3]])
            }
        })
    }

    /// Questions: one half far from everything, as most uploads are, the other within the radius of an entry.
    pub fn questions(&self) -> Vec<Bits256> {
        let mut next = stream(self.seed ^ 0x5eed);
        let step = (self.hash_count() / self.queries.max(1)).max(1);
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
        let index = self.loaded();
        let mut watch = Watch(&mut cpu_time);
        let mut builds = Vec::new();
        if let Some(merge) = index.plan(true) {
            for round in 0..self.rounds {
                let mut built = None;
                builds.push(watch.seconds(|| built = Some(merge.in_memory(1))));
                if let Some(segment) = built.filter(|_| round + 1 == self.rounds) {
                    index.install(&merge, segment).expect("nobody else merges");
                }
            }
        }
        let first_build_s = builds.first().copied().unwrap_or(0.0);
        let (questions, mut costs) = (self.questions(), Costs::default());
        for round in 0..self.rounds {
            between(round);
            costs.ask(&index.snapshot(), &questions, self.radius_bits, &mut watch);
        }
        let sizes = index.snapshot();
        let sizes =
            sizes.segments().map(|(segment, _)| (segment.search_bytes(), segment.bytes().len() as u64));
        let (search_bytes, bytes) = sizes.fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
        let recall = self.recall(&index.snapshot(), &questions);
        let mut next = stream(self.seed ^ 0xadd);
        let fresh: Vec<_> = (1 + self.entries as u64..).zip((0..ADDED).map(|_| next())).collect();
        let add = || fresh.iter().for_each(|&(entry, hash)| index.load([added(entry, &[hash])]));
        let add_us = per_one(watch.seconds(add), ADDED);
        let (dearest, single_worst_us) = costs.worst(questions.len());
        let scan = |_| Costs::scan(&index.snapshot(), (&questions, dearest), self.radius_bits, &mut watch);
        let worst_scan_us = (0..self.rounds).map(scan).fold(f64::INFINITY, f64::min);
        costs.each.sort_unstable_by(f64::total_cmp);
        let figures = Figures {
            build_s: median(builds),
            first_build_s,
            search_bytes,
            bytes,
            single_us: median(costs.singles),
            single_p99_us: costs.each.get(costs.each.len() * 99 / 100).copied().unwrap_or(0.0),
            single_worst_us,
            worst_scan_us,
            batch_us: median(costs.batches),
            scan_us: median(costs.scans),
            add_us,
            recall,
        };
        (index, figures)
    }

    /// The entries in memory, not yet a segment.
    fn loaded(&self) -> Index {
        let index = Index::new(Tuning { kernel: self.kernel, ..Tuning::default() });
        let mut hashes = self.hashes();
        let mut entries = (1..=self.entries as u64).peekable();
        while entries.peek().is_some() {
            let page = entries.by_ref().take((PAGE / self.frames.max(1)).max(1));
            index.load(page.map(|entry| {
                let frames: Vec<_> = hashes.by_ref().take(self.frames).collect();
                added(entry, &frames)
            }));
        }
        index
    }

    fn recall(&self, snapshot: &Snapshot, questions: &[Bits256]) -> f64 {
        let key = |hit: &Hit| (hit.entry, hit.start_ms, hit.distance_bits);
        let asked = &questions[..questions.len().min(COMPARED)];
        let batched = snapshot.search_batch(asked, self.radius_bits, &Filter::AllBanks);
        let (mut expected, mut found) = (0, 0);
        for (&question, batched) in asked.iter().zip(batched) {
            let [mut scanned, mut searched] = [Vec::new(), Vec::new()];
            snapshot.scan(question, self.radius_bits, &Filter::AllBanks, &mut scanned);
            snapshot.search(question, self.radius_bits, &Filter::AllBanks, &mut searched);
            let [alone, together] =
                [&searched, &batched].map(|hits| hits.iter().map(key).collect::<BTreeSet<_>>());
            let in_both = |hit: &Hit| alone.contains(&key(hit)) && together.contains(&key(hit));
            expected += scanned.len().max(searched.len()).max(batched.len());
            found += scanned.iter().filter(|hit| in_both(hit)).count();
        }
        if expected == 0 { 1.0 } else { f64::from(found as u32) / f64::from(expected as u32) }
    }
}

/// The CPU time of what is done.
struct Watch<'a>(&'a mut dyn FnMut() -> Duration);

impl Watch<'_> {
    fn seconds(&mut self, work: impl FnOnce()) -> f64 {
        let start = (self.0)();
        work();
        (self.0)().saturating_sub(start).as_secs_f64()
    }
}

/// CPU microseconds of each round, and of each question.
#[derive(Default)]
struct Costs {
    singles: Vec<f64>,
    batches: Vec<f64>,
    scans: Vec<f64>,
    each: Vec<f64>,
}

impl Costs {
    /// The dearest of so many questions, and its cost in the round in which that was least: what else runs makes some
    /// rounds dearer.
    fn worst(&self, questions: usize) -> (usize, f64) {
        let least = |question: usize| {
            self.each.iter().skip(question).step_by(questions).copied().fold(f64::INFINITY, f64::min)
        };
        let costs = (0..questions).map(|question| (question, least(question)));
        costs.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default()
    }

    /// CPU microseconds for a comparison of one question with every hash, after others, which leave as little of it in
    /// the caches as they did for its search.
    fn scan(
        snapshot: &Snapshot,
        (questions, at): (&[Bits256], usize),
        radius_bits: u32,
        watch: &mut Watch<'_>,
    ) -> f64 {
        let (filter, mut hits) = (&Filter::AllBanks, Vec::new());
        for &before in questions[..at].iter().rev().chain(&questions[at + 1..]).take(ASKED_BEFORE) {
            hits.clear();
            snapshot.search(before, radius_bits, filter, &mut hits);
        }
        hits.clear();
        1e6 * watch.seconds(|| snapshot.scan(questions[at], radius_bits, filter, &mut hits))
    }

    fn ask(&mut self, snapshot: &Snapshot, questions: &[Bits256], radius_bits: u32, watch: &mut Watch<'_>) {
        let (filter, mut hits) = (&Filter::AllBanks, Vec::new());
        let mut search = |question: Bits256| {
            hits.clear();
            snapshot.search(question, radius_bits, filter, &mut hits);
        };
        let seconds = watch.seconds(|| questions.iter().for_each(|&question| search(question)));
        self.singles.push(per_one(seconds, questions.len()));
        for &question in questions {
            self.each.push(1e6 * watch.seconds(|| search(question)));
        }
        let few = &questions[..questions.len().min(SCANNED)];
        let seconds = watch.seconds(|| {
            for &question in few {
                hits.clear();
                snapshot.scan(question, radius_bits, filter, &mut hits);
            }
        });
        self.scans.push(per_one(seconds, few.len()));
        let batches = questions.chunks_exact(BATCH);
        let asked = BATCH * batches.len();
        let seconds = watch.seconds(|| {
            for batch in batches {
                std::hint::black_box(snapshot.search_batch(batch, radius_bits, filter));
            }
        });
        self.batches.push(per_one(seconds, asked));
    }
}

fn per_one(seconds: f64, count: usize) -> f64 {
    1e6 * seconds / count.max(1) as f64
}

fn added(entry: u64, hashes: &[Bits256]) -> ChangeKind {
    let frame = |(at, &hash): (usize, &Bits256)| {
        let [start_ms, end_ms] = [at, at + 1].map(|at| at as u32 * FRAME_MS);
        StoredFrame { start_ms, end_ms, view: View::Full, quality: 100, bits: [hash] }
    };
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&entry.to_le_bytes());
    ChangeKind::Added {
        entry,
        bank: 0,
        digest: Digest(digest),
        frames: hashes.iter().enumerate().map(frame).collect(),
    }
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
