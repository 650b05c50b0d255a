//! Whether the features of an entry lie in an item as they lie in the entry: the map between both, and the
//! features that bear it out.

#![expect(clippy::many_single_char_names, reason = "formulas of places, as they are written in books")]

use super::Limits;
use super::field::{Field, Spot, distance};
use super::fit::{self, Map, Pair, Point};
use super::key::log2;
use super::look::{Inlier, Looking, REACH_LEAST, SIZE_MAX, TURN_MAX, turned};
use super::part::Part;
use super::votes::Candidate;

/// Seeds that are tried, strongest votes first, and those of them that are followed.
const SEEDS_MAX: usize = 32;
const FOLLOWED_MAX: usize = 3;
/// Votes that must agree with a seed, itself counted.
const AGREEING_MIN: usize = 2;
/// How far a vote may be from where its seed puts it, as a share of the entry's size in the item.
const SEED_REACH: f32 = 0.10;
/// The same for features that are looked for, in the rounds of looking again.
const REACHES: [f32; 4] = [0.06, 0.04, 0.025, 0.012];
/// Where the last round looks once more, in shares of the entry's size: what it finds there it finds by chance. Aslant,
/// then along and across its lines: letters of other words stand on the same lines.
const SHIFTS: [[[f64; 2]; 4]; 3] = [
    [[0.07, 0.05], [-0.05, 0.07], [-0.07, -0.05], [0.05, -0.07]],
    [[0.045, 0.0], [-0.045, 0.0], [0.085, 0.0], [-0.085, 0.0]],
    [[0.0, 0.045], [0.0, -0.045], [0.0, 0.085], [0.0, -0.085]],
];
/// With so many inliers the first seed is right, and no other one is followed.
const ENOUGH: usize = 12;
/// Features of an entry that are at most so far apart in bits, and at least so far in place, are repeats: letters,
/// windows, stripes.
const REPEAT_BITS: u32 = 50;
const REPEAT_APART: f32 = 0.02;
/// At this distance a feature says nothing, and each time it is nearer by so many bits, unrelated ones are half as
/// frequent: measured on features of photographs.
const SAYS_NOTHING_BITS: f32 = 66.0;
const HALVES_BITS: f32 = 6.0;
/// Entries are seen at no less and no more than this, in doublings.
const ZOOM_MAX: f32 = 4.0;

/// An entry in its place.
#[derive(Debug)]
pub struct Placed {
    /// From the entry to the item, both in longer sides.
    pub map: Map,
    pub inliers: Vec<Inlier>,
    /// Places of the entry's features that lie inside the item and are large enough there to be seen.
    pub visible: Vec<Point>,
    /// Features of the entry in all.
    pub entry_features: u32,
    /// How many inliers chance alone gives.
    pub by_chance: f32,
    /// What the inliers say beyond what those by chance say.
    pub evidence_bits: f32,
}

/// Looks for the entry of `candidate` in the item; the placement with most inliers, if it has enough.
pub fn place(part: &Part, candidate: &Candidate, item: &Field, limits: &Limits) -> Option<Placed> {
    let known: Vec<Spot> = part.features_of(candidate.owner).map(|feature| Spot::from(&feature)).collect();
    let mut seeds = agreeing(part, candidate, item);
    seeds.sort_by(|a, b| b.0.total_cmp(&a.0));
    let looking = Looking { known: &known, item, radius_bits: limits.inlier_radius_bits };
    let mut best: Option<Placed> = None;
    for (_, pairs, seed) in seeds.iter().take(FOLLOWED_MAX) {
        let map =
            if pairs.len() >= 3 { fit::similarity(pairs).filter(zoomed).unwrap_or(*seed) } else { *seed };
        let Some(placed) = follow(&looking, map) else { continue };
        if best.as_ref().is_none_or(|best| best.inliers.len() < placed.inliers.len()) {
            best = Some(placed);
        }
        if best.as_ref().is_some_and(|best| best.inliers.len() >= ENOUGH) {
            break;
        }
    }
    let mut best = best.filter(|best| best.inliers.len() >= limits.inliers_min as usize)?;
    let mut repeats = Repeats::of(&known);
    let (mut by_chance, mut bits_by_chance) = (0.0_f32, 0.0_f32);
    for way in SHIFTS {
        let mean = 1.0 / way.len() as f32;
        let shifted = way.map(|shift| shifted(&looking, &best.map, shift));
        by_chance = by_chance.max(shifted.iter().map(Vec::len).sum::<usize>() as f32 * mean);
        let bits = shifted.iter().map(|inliers| repeats.evidence_bits(inliers)).sum::<f32>();
        bits_by_chance = bits_by_chance.max(bits * mean);
    }
    best.by_chance = by_chance;
    best.evidence_bits = repeats.evidence_bits(&best.inliers) - bits_by_chance;
    Some(best)
}

/// For each seed: the weight of the votes that agree with it, their places, and its map.
fn agreeing(part: &Part, candidate: &Candidate, item: &Field) -> Vec<(f32, Vec<Pair>, Map)> {
    let mut votes: Vec<(Spot, Spot, f32)> = candidate
        .votes
        .iter()
        .filter_map(|vote| {
            let known = Spot::from(&part.feature(vote.place)?);
            Some((known, item.spots[vote.query as usize], vote.weight))
        })
        .collect();
    votes.sort_by(|a, b| b.2.total_cmp(&a.2));
    let seed_of = |&(known, seen, _): &(Spot, Spot, f32)| {
        let map = seeded(&known, &seen)?;
        let zoom = seen.size - known.size;
        let reach = SEED_REACH * zoom.exp2() + REACH_LEAST;
        let turn = seen.angle.wrapping_sub(known.angle);
        let mut pairs = Vec::new();
        let mut weight = 0.0;
        for (known, seen, own) in &votes {
            let near = map.apply(known.place).is_some_and(|at| distance(at, seen.place) <= reach);
            let fits = turned(seen.angle.wrapping_sub(known.angle), turn, TURN_MAX)
                && (seen.size - known.size - zoom).abs() <= SIZE_MAX;
            let fresh = pairs.iter().all(|pair: &Pair| {
                distance(pair.0, known.place) > 0.002 && distance(pair.1, seen.place) > 0.001
            });
            if near && fits && fresh {
                pairs.push((known.place, seen.place));
                weight += own;
            }
        }
        (pairs.len() >= AGREEING_MIN).then_some((weight, pairs, map))
    };
    votes.iter().take(SEEDS_MAX).filter_map(seed_of).collect()
}

/// The similarity that puts one feature of the entry onto one of the item.
fn seeded(known: &Spot, seen: &Spot) -> Option<Map> {
    let zoom = seen.size - known.size;
    if zoom.abs() > ZOOM_MAX {
        return None;
    }
    let turn = f64::from(seen.angle.wrapping_sub(known.angle)) / 256.0 * std::f64::consts::TAU;
    let (scale, (sin, cos)) = (f64::from(zoom.exp2()), turn.sin_cos());
    let (a, b) = (scale * cos, scale * sin);
    let [x, y] = known.place.map(f64::from);
    let [u, v] = seen.place.map(f64::from);
    Some(Map::similarity(a, b, [u - a * x + b * y, v - b * x - a * y]))
}

fn zoomed(map: &Map) -> bool {
    let [[a, b], [c, d]] = map.derivative([0.5, 0.5]);
    let area = (a * d - b * c).abs() as f32;
    area.is_finite() && area > 0.0 && (0.5 * log2(area)).abs() <= ZOOM_MAX
}

/// How often features of an entry come again in it, counted when asked for.
struct Repeats<'a> {
    known: &'a [Spot],
    counts: Vec<Option<u32>>,
}

impl<'a> Repeats<'a> {
    fn of(known: &'a [Spot]) -> Self {
        Self { known, counts: vec![None; known.len()] }
    }

    fn count(&mut self, number: u32) -> u32 {
        let known = self.known;
        *self.counts[number as usize].get_or_insert_with(|| {
            let own = &known[number as usize];
            let alike = |spot: &&Spot| {
                spot.bits.distance(own.bits) <= REPEAT_BITS && distance(spot.place, own.place) > REPEAT_APART
            };
            known.iter().filter(alike).count() as u32
        })
    }

    /// How much less likely these inliers are in unrelated pictures, in bits.
    fn evidence_bits(&mut self, inliers: &[Inlier]) -> f32 {
        let mut sum = 0.0;
        for inlier in inliers {
            let nearer = (SAYS_NOTHING_BITS - inlier.distance_bits as f32).max(0.0);
            // One of n alike says less, as each of them might have lain there: not n times less, as the others might not.
            let root = (1.0 + self.count(inlier.known_number) as f32).sqrt();
            sum += nearer / HALVES_BITS / (root * root.sqrt());
        }
        sum
    }
}

/// Looks for the entry's features where `map` puts them, and fits the map to what is found, over and over.
fn follow(looking: &Looking<'_>, mut map: Map) -> Option<Placed> {
    let mut inliers = Vec::new();
    for (number, reach) in REACHES.into_iter().enumerate() {
        if !zoomed(&map) {
            return None;
        }
        let last = number + 1 == REACHES.len();
        inliers = looking.look(&map, (reach, last));
        if inliers.len() < 3 {
            return None;
        }
        if !last {
            let pairs: Vec<Pair> = inliers.iter().map(|it| (it.known.place, it.seen.place)).collect();
            map = fitted(&pairs, number)?;
        }
    }
    Some(Placed {
        inliers,
        visible: looking.visible(&map),
        entry_features: looking.known.len() as u32,
        by_chance: 0.0,
        evidence_bits: 0.0,
        map,
    })
}

/// Inliers where the entry is not: it is shifted before it is mapped, so that whatever repeats itself, such as letters
/// and lattices, shows how much of it there is.
fn shifted(looking: &Looking<'_>, map: &Map, shift: [f64; 2]) -> Vec<Inlier> {
    let shifted = map.after(&Map::scaling(1.0, 1.0, shift));
    looking.look(&shifted, (REACHES[REACHES.len() - 1], true))
}

/// A similarity at first, then freer maps as far as there are pairs for them.
fn fitted(pairs: &[Pair], round: usize) -> Option<Map> {
    match (round, pairs.len()) {
        (2, 12..) => fit::projective(pairs).or_else(|| fit::affine(pairs)).or_else(|| fit::similarity(pairs)),
        (1 | 2, 6..) => fit::affine(pairs).or_else(|| fit::similarity(pairs)),
        _ => fit::similarity(pairs),
    }
}
