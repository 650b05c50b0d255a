//! Which entries have features like those of the item: votes, at most one per feature and entry.

use lamassu_fingerprint::local::{Feature, Features};

use super::Limits;
use super::key::{self, Probes};
use super::part::Part;
use crate::kernel::{Kernel, Near};

/// Near features of one feature that are looked at, the nearest ones; what has more is of a template, and no vote is
/// missed that would count.
const NEAR_MAX: usize = 256;

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
        let mut votes = Vec::new();
        let (mut near, mut best) = (Vec::new(), Vec::new());
        for (query, feature) in (0..).zip(item.iter().take(self.limits.queries_max)) {
            near.clear();
            self.near(part, feature, &mut near);
            self.vote(part, query, &mut near, &mut best);
            votes.extend(best.iter().copied().filter(|vote: &Vote| accepts(vote.owner)));
        }
        votes.sort_unstable_by_key(|vote| (vote.owner, vote.query));
        let mut candidates: Vec<Candidate> = votes
            .chunk_by(|a, b| a.owner == b.owner)
            .filter(|votes| votes.len() >= self.limits.votes_min)
            .map(|votes| Candidate {
                part: number,
                owner: votes[0].owner,
                support: support(part, item, votes),
                votes: votes.to_vec(),
            })
            .collect();
        candidates.sort_by(|a, b| b.support.total_cmp(&a.support).then(a.owner.cmp(&b.owner)));
        candidates.truncate(self.limits.candidates_max);
        candidates
    }

    fn near(&self, part: &Part, feature: &Feature, near: &mut Vec<Near>) {
        let (query, how) = (feature.bits.0, (self.kernel, self.limits.vote_radius_bits));
        if part.features_count() <= self.limits.scan_max {
            part.search_all(&query, how, near);
            return;
        }
        let probes = Probes::of(feature.bits, part.cell_bits(), self.limits.probes);
        if probes.keys().first().is_some_and(|&own| part.is_common(own)) {
            return;
        }
        for &key in probes.keys() {
            part.prefetch_cell(key);
        }
        for &key in probes.keys() {
            part.search_cell(key, &query, how, near);
        }
    }

    /// The nearest entries to one feature, each once. A feature that many entries have says little.
    fn vote(&self, part: &Part, query: u32, near: &mut [Near], best: &mut Vec<Vote>) {
        best.clear();
        let nearest_first = |near: &Near| (near.distance_bits, near.hash);
        let count = near.len().min(NEAR_MAX);
        if near.len() > count {
            near.select_nth_unstable_by_key(count, nearest_first);
        }
        let near = &mut near[..count];
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

/// The weight of the votes that agree best about how much the entry is turned and enlarged.
fn support(part: &Part, item: &Features, votes: &[Vote]) -> f32 {
    let mut bins = [[0.0_f32; TURNS]; SIZES];
    for vote in votes {
        let (seen, known) = (&item[vote.query as usize], part.feature(vote.place));
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
