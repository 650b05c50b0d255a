//! Features with numbers to calculate with, and those of an item by their place.

use lamassu_fingerprint::local::{Feature, Features};

use super::fit::Point;
use super::key::log2;

/// Buckets along a side of the grid of the item's features.
const BUCKETS: usize = 32;

/// A feature with numbers to calculate with.
#[derive(Debug, Clone, Copy)]
pub struct Spot {
    /// In longer sides of its picture.
    pub place: Point,
    /// In doublings.
    pub size: f32,
    pub angle: u8,
    pub bits: lamassu_fingerprint::Bits256,
}

impl From<&Feature> for Spot {
    fn from(feature: &Feature) -> Self {
        let share = |at: u16| f32::from(at) / f32::from(u16::MAX);
        Self {
            place: [share(feature.x), share(feature.y)],
            size: log2(f32::from(feature.scale)),
            angle: feature.angle,
            bits: feature.bits,
        }
    }
}

/// The item's features, found by place.
#[derive(Debug)]
pub struct Field {
    pub spots: Vec<Spot>,
    /// The sides of the item, the longer one being 1.
    pub sides: Point,
    /// The numbers of the spots, by bucket.
    by_bucket: Vec<u32>,
    /// Where each bucket begins in that, and the end of the last.
    starts: Vec<u32>,
    /// The smallest size of its features: smaller ones could not be seen.
    pub size_min: f32,
}

impl Field {
    /// Of an item.
    pub fn of(features: &Features) -> Self {
        let sides = [features.width, features.height].map(|units| f32::from(units) / f32::from(u16::MAX));
        let spots: Vec<Spot> = features.iter().map(Spot::from).collect();
        let bucket_of = |spot: &Spot| {
            let [x, y] = spot.place.map(bucket);
            y * BUCKETS + x
        };
        let mut starts = vec![0_u32; BUCKETS * BUCKETS + 1];
        for spot in &spots {
            starts[bucket_of(spot) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut by_bucket: Vec<u32> = (0..spots.len() as u32).collect();
        by_bucket.sort_by_key(|&at| bucket_of(&spots[at as usize]));
        let size_min = spots.iter().map(|spot| spot.size).fold(f32::INFINITY, f32::min);
        Self { spots, sides, by_bucket, starts, size_min }
    }

    /// Calls `visit` with the features within `reach` of a place, and their numbers.
    pub fn around(&self, [x, y]: Point, reach: f32, mut visit: impl FnMut(u32, &Spot)) {
        let (left, right) = (bucket(x - reach), bucket(x + reach));
        for row in bucket(y - reach)..=bucket(y + reach) {
            let bounds = [left, right + 1].map(|column| self.starts[row * BUCKETS + column] as usize);
            for &at in &self.by_bucket[bounds[0]..bounds[1]] {
                let spot = &self.spots[at as usize];
                let (dx, dy) = (spot.place[0] - x, spot.place[1] - y);
                if dx * dx + dy * dy <= reach * reach {
                    visit(at, spot);
                }
            }
        }
    }

    /// Whether a place lies in the item.
    pub fn contains(&self, [x, y]: Point) -> bool {
        (0.0..=self.sides[0]).contains(&x) && (0.0..=self.sides[1]).contains(&y)
    }
}

fn bucket(at: f32) -> usize {
    ((at * BUCKETS as f32).max(0.0) as usize).min(BUCKETS - 1)
}

/// How far apart two places are.
pub fn distance(a: Point, b: Point) -> f32 {
    let (dx, dy) = (a[0] - b[0], a[1] - b[1]);
    (dx * dx + dy * dy).sqrt()
}
