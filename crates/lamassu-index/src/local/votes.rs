//! Which entries have features like those of the item: votes, at most one per feature and entry.

use std::ops::Range;

use lamassu_fingerprint::local::{Feature, Features};

use super::Limits;
use super::key::{self, Probes};
use super::part::{CELL_FEATURES, Cells, Part};
use crate::kernel::{Kernel, Near};

/// So many features of a cell are compared; one with more holds what many entries share.
const CELL_COMPARED_MAX: usize = 8 * CELL_FEATURES;
/// A feature whose own cell holds so many is of a template, and has no vote.
const CELL_COMMON: usize = 16 * CELL_FEATURES;
/// A feature with more like it has no vote either: each would count for next to nothing, and where everything is alike,
/// as in pictures by one formula, they are most of the cost.
const WITHIN_COMMON: usize = 64;

/// Directions and doublings of size among which votes are sorted.
const TURNS: usize = 12;
const SIZES: usize = 12;

/// A feature of the item that is like one of an entry.
#[derive(Debug, Clone, Copy)]
pub struct Vote {
    /// The entry's place in its part.
    pub owner: u32,
    /// The feature of the item.
    pub query: u32,
    /// The feature's place in the part.
    pub place: u32,
    pub weight: f32,
}

/// The votes for one entry.
#[derive(Debug)]
pub struct Candidate {
    pub part: usize,
    pub owner: u32,
    /// Sum of the weights that agree about turn and size.
    pub support: f32,
    pub votes: Vec<Vote>,
}

/// Where votes are gathered.
pub struct Voting<'a> {
    pub kernel: Kernel,
    pub limits: &'a Limits,
}

impl Voting<'_> {
    /// The entries of `part` that features of `item` are like, most supported first.
    pub fn candidates(
        &self,
        (number, part): (usize, &Part),
        item: &Features,
        accepts: impl Fn(u32) -> bool,
    ) -> Vec<Candidate> {
        let queries = &item[..item.len().min(self.limits.queries_max)];
        let looking = Looking { voting: self, part, cells: part.cells() };
        let mut votes = Vec::new();
        let mut best = Vec::new();
        looking.near_each(queries, |query, near| {
            self.vote(part, query, near, &mut best);
            votes.extend(best.iter().copied().filter(|vote: &Vote| accepts(vote.owner)));
        });
        votes.sort_unstable_by_key(|vote| (vote.owner, vote.query));
        let mut supported: Vec<(f32, &[Vote])> = votes
            .chunk_by(|a, b| a.owner == b.owner)
            .filter(|votes| votes.len() >= self.limits.votes_min)
            .map(|votes| (support(part, item, votes), votes))
            .collect();
        supported.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1[0].owner.cmp(&b.1[0].owner)));
        supported.truncate(self.limits.candidates_max);
        let candidate = |(support, votes): (f32, &[Vote])| Candidate {
            part: number,
            owner: votes[0].owner,
            support,
            votes: votes.to_vec(),
        };
        supported.into_iter().map(candidate).collect()
    }

    /// The nearest entries to one feature, each once. A feature that many entries have says little.
    fn vote(&self, part: &Part, query: u32, near: &mut [Near], best: &mut Vec<Vote>) {
        best.clear();
        let nearest_first = |near: &Near| (near.distance_bits, near.hash);
        near.sort_unstable_by_key(nearest_first);
        let mut entries = 0_u32;
        for near in near.iter() {
            let owner = part.owner_of(near.hash);
            if best.iter().any(|vote| vote.owner == owner) {
                continue;
            }
            entries += 1;
            if best.len() < self.limits.votes_max {
                let nearness = 1.0 - near.distance_bits as f32 / (self.limits.vote_radius_bits + 24) as f32;
                best.push(Vote { owner, query, place: near.hash, weight: nearness });
            } else if entries > 4 * self.limits.votes_max as u32 {
                break;
            }
        }
        let rarity = 1.0 / (1.0 + 0.25 * entries.saturating_sub(1) as f32);
        for vote in best {
            vote.weight *= rarity;
        }
    }
}

/// A feature of the item on its way through the stages.
#[derive(Debug, Default, Clone)]
struct Flying {
    /// Where its like may lie.
    ranges: Vec<Range<usize>>,
    /// What is within reach by its first half.
    within: Vec<u32>,
}

struct Looking<'a> {
    voting: &'a Voting<'a>,
    part: &'a Part,
    cells: Cells<'a>,
}

impl Looking<'_> {
    /// Calls `visit` with the near features of each query. Several queries are under way at a time: what one of them
    /// needs comes from memory while others are worked on.
    fn near_each(&self, queries: &[Feature], mut visit: impl FnMut(u32, &mut [Near])) {
        const STAGES: usize = 4;
        let mut flying: [Flying; STAGES] = std::array::from_fn(|_| Flying::default());
        let mut near = Vec::new();
        let at = |step: usize, stage: usize| step.checked_sub(stage).and_then(|query| queries.get(query));
        for step in 0..queries.len() + STAGES - 1 {
            flying.rotate_right(1);
            let [first, second, third, last] = &mut flying;
            if let Some(query) = at(step, 0) {
                self.probe(query, &mut first.ranges);
            }
            if let Some(query) = at(step, 1) {
                self.scan(query, second);
            }
            if at(step, 2).is_some() {
                self.cells.resolve(&mut third.within);
            }
            if let Some(query) = at(step, 3) {
                near.clear();
                near.extend(last.within.iter().filter_map(|&feature| {
                    let distance_bits = self.cells.distance_bits(feature, &query.bits.0)?;
                    let is_near = distance_bits <= self.voting.limits.vote_radius_bits;
                    is_near.then_some(Near { hash: feature, query: 0, distance_bits })
                }));
                visit((step + 1 - STAGES) as u32, &mut near);
            }
        }
    }

    /// Where the like of a feature may lie; nowhere for one that very many entries share.
    fn probe(&self, query: &Feature, ranges: &mut Vec<Range<usize>>) {
        ranges.clear();
        let limits = self.voting.limits;
        if self.part.features() <= limits.scan_max {
            ranges.push(self.cells.all());
            return;
        }
        let probes = Probes::of(query.bits, self.part.cell_bits() as usize, limits.probes);
        let own = probes.keys().first().map_or(0, |&own| self.cells.range(own).len());
        if own > CELL_COMMON {
            return;
        }
        for &key in probes.keys() {
            let range = self.cells.range(key);
            let range = range.start..range.end.min(range.start + CELL_COMPARED_MAX);
            self.cells.prefetch(&range);
            ranges.push(range);
        }
    }

    fn scan(&self, query: &Feature, flying: &mut Flying) {
        flying.within.clear();
        let half_bits = self.voting.limits.half_radius_bits;
        for range in &flying.ranges {
            self.cells.scan(range, &query.bits.0, (self.voting.kernel, half_bits), &mut flying.within);
            if flying.within.len() > WITHIN_COMMON {
                return flying.within.clear();
            }
        }
    }
}

/// The weight of the votes that agree best about how much the entry is turned and enlarged.
fn support(part: &Part, item: &Features, votes: &[Vote]) -> f32 {
    let mut bins = [[0.0_f32; TURNS]; SIZES];
    for vote in votes {
        let seen = &item[vote.query as usize];
        let Some(known) = part.feature(vote.place) else { continue };
        let turn = seen.angle.wrapping_sub(known.angle) as usize * TURNS / 256;
        let size = key::log2(f32::from(seen.scale) / f32::from(known.scale));
        let size = ((size * 1.5 + SIZES as f32 / 2.0).max(0.0) as usize).min(SIZES - 1);
        bins[size][turn] += vote.weight;
    }
    let mut most = 0.0_f32;
    for size in 0..SIZES - 1 {
        for turn in 0..TURNS {
            let next = (turn + 1) % TURNS;
            let sum = bins[size][turn] + bins[size][next] + bins[size + 1][turn] + bins[size + 1][next];
            most = most.max(sum);
        }
    }
    most
}
