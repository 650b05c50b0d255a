//! Which features of an entry are in an item where a map puts them.

use super::field::{Field, Spot, distance};
use super::fit::{Map, Point};
use super::key::log2;

/// A shift that is always allowed: features of an item are placed no better, as a share of its longer side.
pub const REACH_LEAST: f32 = 0.004;
/// How far directions may differ, in 256ths of a turn, and sizes, in doublings; less in the last round.
pub const TURN_MAX: u8 = 18;
const TURN_LAST_MAX: u8 = 13;
pub const SIZE_MAX: f32 = 0.75;
const SIZE_LAST_MAX: f32 = 0.5;
/// Two features nearer than this in the entry, or in the item, are two directions of one place.
const ONE_PLACE: [f32; 2] = [0.003, 0.0015];

/// A feature of the entry and the one of the item that it is.
#[derive(Debug, Clone, Copy)]
pub struct Inlier {
    pub known: Spot,
    pub seen: Spot,
    pub distance_bits: u32,
    /// The number of the entry's feature.
    pub known_number: u32,
}

/// Whose features are looked for, and where.
pub struct Looking<'a> {
    pub known: &'a [Spot],
    pub item: &'a Field,
    /// Features at most this far apart are the same.
    pub radius_bits: u32,
}

impl Looking<'_> {
    /// The features that lie within `reach`, a share of the entry's size, of where `map` puts them.
    pub fn look(&self, map: &Map, (reach, last): (f32, bool)) -> Vec<Inlier> {
        let (turn_max, size_max) = if last { (TURN_LAST_MAX, SIZE_LAST_MAX) } else { (TURN_MAX, SIZE_MAX) };
        let mut found: Vec<(u32, u32, u32)> = Vec::new();
        for (number, known) in (0..).zip(self.known) {
            let Some(at) = map.apply(known.place).filter(|&at| self.item.contains(at)) else { continue };
            let local = Local::new(map, known.place);
            let size = known.size + local.doublings();
            // Most features meet none that is alike, so that the dearest question comes last and is asked once.
            let mut angle = None;
            let mut best: Option<(u32, u32)> = None;
            self.item.around(at, reach * local.scale + REACH_LEAST, |seen_number, seen| {
                if (seen.size - size).abs() > size_max {
                    return;
                }
                let distance_bits = known.bits.distance(seen.bits);
                if distance_bits > self.radius_bits || best.is_some_and(|best| distance_bits >= best.0) {
                    return;
                }
                if turned(seen.angle, *angle.get_or_insert_with(|| local.turned(known.angle)), turn_max) {
                    best = Some((distance_bits, seen_number));
                }
            });
            found.extend(best.map(|(distance_bits, seen)| (distance_bits, number, seen)));
        }
        self.each_once(found)
    }

    /// Each feature of the item is one feature of the entry: the most alike. `found` has the distance and both numbers.
    fn each_once(&self, mut found: Vec<(u32, u32, u32)>) -> Vec<Inlier> {
        found.sort_unstable();
        let mut taken = vec![false; self.item.spots.len()];
        let mut places: Vec<(Point, Point)> = Vec::new();
        let mut inliers = Vec::new();
        for (distance_bits, known_number, seen_number) in found {
            let (known, seen) = (self.known[known_number as usize], self.item.spots[seen_number as usize]);
            let again = places.iter().any(|&(a, b)| {
                distance(a, known.place) < ONE_PLACE[0] || distance(b, seen.place) < ONE_PLACE[1]
            });
            if !std::mem::replace(&mut taken[seen_number as usize], true) && !again {
                places.push((known.place, seen.place));
                inliers.push(Inlier { known, seen, distance_bits, known_number });
            }
        }
        inliers
    }

    /// Places of the entry's features that lie inside the item and are large enough there to be seen.
    pub fn visible(&self, map: &Map) -> Vec<Point> {
        let inside = self
            .known
            .iter()
            .filter(|known| map.apply(known.place).is_some_and(|at| self.item.contains(at)))
            .filter(|known| known.size + Local::new(map, known.place).doublings() >= self.item.size_min);
        inside.map(|known| known.place).collect()
    }
}

/// Whether two turns are about the same.
pub fn turned(a: u8, b: u8, off_max: u8) -> bool {
    let off = a.wrapping_sub(b);
    off.min(off.wrapping_neg()) <= off_max
}

/// How a map turns and enlarges what is around a place of the entry.
struct Local {
    derivative: [[f64; 2]; 2],
    scale: f32,
}

impl Local {
    fn new(map: &Map, place: Point) -> Self {
        let derivative @ [[a, b], [c, d]] = map.derivative(place);
        Self { derivative, scale: (a * d - b * c).abs().sqrt() as f32 }
    }

    fn doublings(&self) -> f32 {
        log2(self.scale)
    }

    /// Where a direction points in the item.
    fn turned(&self, angle: u8) -> u8 {
        let [[a, b], [c, d]] = self.derivative;
        let (sin, cos) = (f64::from(angle) / 256.0 * std::f64::consts::TAU).sin_cos();
        let turned = (c * cos + d * sin).atan2(a * cos + b * sin) / std::f64::consts::TAU;
        ((turned * 256.0).round() as i32 & 255) as u8
    }
}
