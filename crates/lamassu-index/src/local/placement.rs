//! What is reported of an entry in its place.

use lamassu_fingerprint::local::LONGER_SIDE;

use super::field::Field;
use super::fit::{Map, Point};
use super::part::Owner;
use super::verify::Placed;
use crate::change::EntryNumber;

/// A feature of the entry that was found in the item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inlier {
    /// Where it is in the item, in fractions of its sides.
    pub item: (f32, f32),
    /// Where it is in the entry, in fractions of its sides.
    pub entry: (f32, f32),
    /// How far the features are apart, in bits.
    pub distance_bits: u32,
}

/// How an entry is seen in an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Way {
    /// Mirrored left to right.
    pub mirrored: bool,
    /// What is dark in the entry is bright in the item.
    pub negative: bool,
}

/// An entry found in an item: where, and what bears it out.
///
/// Coordinates are fractions of the sides of the upright picture, from its upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    /// The entry.
    pub entry: EntryNumber,
    /// Its bank.
    pub bank: u32,
    /// The moment of the entry, if it plays.
    pub entry_at_ms: u32,
    /// Where the entry may be: each is what is nearer to a moment that is like the item than to others that are known,
    /// to the entry's end where there is no second. The first is that of `entry_at_ms`; little moves where there are more.
    pub entry_near_ms: Vec<(u32, Option<u32>)>,
    /// Features of the entry that were found in their place.
    pub inliers: u32,
    /// Features of the entry that could be seen, found or not: they lie inside the item and are not too small there.
    pub visible: u32,
    /// Features of the entry in all: few where it is drawn or smooth.
    pub entry_features: u32,
    /// Inliers that are found where the entry is not.
    pub by_chance: f32,
    /// From the item to the entry, by rows: a place `(x, y, 1)` becomes `(x', y', w)`, and that `(x'/w, y'/w)`.
    pub transform: [[f64; 3]; 3],
    /// How the entry is seen.
    pub way: Way,
    /// How far the entry is turned in the item, clockwise, -180 to 180; of the mirrored one if it is mirrored.
    pub rotation_deg: f32,
    /// Size of the entry in the item, both measured in longer sides.
    pub scale: f32,
    /// Where the corners of the entry lie in the item, from its upper left one clockwise; each pulled to the
    /// item's edge if it lies beyond.
    pub item_outline: [(f32, f32); 4],
    /// Which part of the entry is seen: left, top, right and bottom.
    pub entry_region: [f32; 4],
    /// Where features were found, the most alike first.
    pub places: Vec<Inlier>,
    /// Over how much of what could be seen the inliers are spread: the area of their bounds beside that of the
    /// bounds of all visible features, 0 to 1. One word of a page is little, whatever it has of inliers.
    pub spread: f32,
    /// Median distance of the inliers, in bits.
    pub distance_bits: u32,
    /// How much less likely the inliers would be in unrelated pictures, in bits (a factor of 2 each), as if they
    /// were independent: near ones count for more, those that the entry has several of for less, and what is
    /// found where the entry is not is taken off. May be negative.
    pub evidence_bits: f32,
}

impl Placement {
    /// From the entry to the item, as `transform` is from the item to the entry; nothing if there is no such map.
    pub fn way_back(&self) -> Option<[[f64; 3]; 3]> {
        Some(Map(self.transform).inverse()?.0)
    }

    /// How much of the entry lies inside the item, 0 to 1, by the bounds of that part.
    pub fn seen_share(&self) -> f32 {
        let [left, top, right, bottom] = self.entry_region;
        (right - left) * (bottom - top)
    }
}

/// The report; nothing when the map does not make sense.
pub fn placement(owner: &Owner, placed: &Placed, item: &Field, way: Way) -> Option<Placement> {
    let side = |units: u16| f32::from(units) / f32::from(LONGER_SIDE);
    let sides = [side(owner.width), side(owner.height)];
    let to_sides = |place: Point, sides: Point| (place[0] / sides[0], place[1] / sides[1]);
    let upright = |(x, y): (f32, f32)| if way.mirrored { (1.0 - x, y) } else { (x, y) };
    let mut places: Vec<Inlier> = placed
        .inliers
        .iter()
        .map(|inlier| Inlier {
            item: upright(to_sides(inlier.seen.place, item.sides)),
            entry: to_sides(inlier.known.place, sides),
            distance_bits: inlier.distance_bits,
        })
        .collect();
    places.sort_by_key(|inlier| inlier.distance_bits);
    let map = whole_map(placed, sides, item, way.mirrored)?;
    let outline = outline(&map)?;
    let region = region(&map)?;
    let [[a, b], [c, d]] = placed.map.derivative([0.5 * sides[0], 0.5 * sides[1]]);
    let scale = (a * d - b * c).abs().sqrt() as f32;
    let rotation_deg = (c - b).atan2(a + d).to_degrees() as f32;
    Some(Placement {
        entry: owner.number,
        bank: owner.bank,
        entry_at_ms: owner.at_ms,
        entry_near_ms: Vec::new(),
        inliers: places.len() as u32,
        visible: placed.visible.len() as u32,
        entry_features: placed.entry_features,
        by_chance: placed.by_chance,
        transform: map.inverse()?.0,
        way,
        rotation_deg,
        scale,
        item_outline: outline,
        entry_region: region,
        spread: spread(placed),
        distance_bits: places.get(places.len() / 2)?.distance_bits,
        evidence_bits: placed.evidence_bits,
        places,
    })
}

/// From the entry to the item as it came, both in fractions of their sides.
fn whole_map(placed: &Placed, entry: Point, item: &Field, mirrored: bool) -> Option<Map> {
    let [width, height] = entry.map(f64::from);
    let [item_width, item_height] = item.sides.map(f64::from);
    if width <= 0.0 || height <= 0.0 || item_width <= 0.0 || item_height <= 0.0 {
        return None;
    }
    let back = Map::scaling(1.0 / item_width, 1.0 / item_height, [0.0; 2]);
    let whole = back.after(&placed.map).after(&Map::scaling(width, height, [0.0; 2]));
    Some(if mirrored { Map::scaling(-1.0, 1.0, [1.0, 0.0]).after(&whole) } else { whole })
}

fn outline(map: &Map) -> Option<[(f32, f32); 4]> {
    let corner = |place: Point| map.apply(place).map(|[x, y]| (x.clamp(0.0, 1.0), y.clamp(0.0, 1.0)));
    Some([corner([0.0, 0.0])?, corner([1.0, 0.0])?, corner([1.0, 1.0])?, corner([0.0, 1.0])?])
}

/// The bounds of the places of the entry that lie inside the item.
fn region(map: &Map) -> Option<[f32; 4]> {
    const STEPS: usize = 32;
    let mut bounds: Option<[f32; 4]> = None;
    for row in 0..=STEPS {
        for column in 0..=STEPS {
            let place = [column, row].map(|k| k as f32 / STEPS as f32);
            let seen = map.apply(place).is_some_and(|at| at.iter().all(|v| (-0.01..=1.01).contains(v)));
            if seen {
                let [left, top, right, bottom] = bounds.unwrap_or([place[0], place[1], place[0], place[1]]);
                bounds =
                    Some([left.min(place[0]), top.min(place[1]), right.max(place[0]), bottom.max(place[1])]);
            }
        }
    }
    bounds
}

/// The area of the bounds of the inliers beside that of all features that could be seen.
fn spread(placed: &Placed) -> f32 {
    let found = bounds_area(&placed.inliers.iter().map(|inlier| inlier.known.place));
    let possible = bounds_area(&placed.visible.iter().copied());
    if possible > 0.0 { (found / possible).min(1.0) } else { 0.0 }
}

/// The area of the bounds of these places, the outermost twentieths left away.
fn bounds_area(places: &(impl Iterator<Item = Point> + Clone)) -> f32 {
    let reach = |axis: usize| {
        let mut along: Vec<f32> = places.clone().map(|place| place[axis]).collect();
        along.sort_unstable_by(f32::total_cmp);
        let cut = along.len() / 20;
        along.len().checked_sub(1 + cut).map_or(0.0, |last| along[last] - along[cut.min(last)])
    };
    reach(0) * reach(1)
}
