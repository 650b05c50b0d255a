//! Neutral pictures by formula: the same seed gives the same picture on every machine.

use image::{Rgb, RgbImage};

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formula {
    /// Hills behind hills under a sky.
    Landscape,
    /// Clouds of colour.
    Plasma,
    /// Cells around points, like dried earth.
    Cells,
    /// Flowers scattered on a ground.
    Rosettes,
    /// Clouds with grain, as coarse and as fine as a photograph.
    Photo,
}

impl Formula {
    /// Every formula that a person can tell from the others.
    pub const SHOWN: [Self; 4] = [Self::Landscape, Self::Plasma, Self::Cells, Self::Rosettes];

    /// Its name in file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Landscape => "landscape",
            Self::Plasma => "plasma",
            Self::Cells => "cells",
            Self::Rosettes => "rosettes",
            Self::Photo => "photo",
        }
    }

    /// The picture of `seed`, in pixels.
    pub fn draw(self, seed: u32, width: u32, height: u32) -> RgbImage {
        let longest = width.max(height) as f32;
        let scene = Scene::new(self, seed);
        RgbImage::from_fn(width, height, |x, y| {
            let at = (x as f32 / longest, y as f32 / longest);
            let grain = if self == Self::Photo {
                noise(seed ^ 0xA5, x.cast_signed(), y.cast_signed()) - 0.5
            } else {
                0.0
            };
            Rgb(scene.colour(at).map(|value| ((value + grain * 0.06) * 255.0).clamp(0.0, 255.0) as u8))
        })
    }
}

/// A flower, or the point of a cell.
struct Spot {
    at: (f32, f32),
    size: f32,
    petals: f32,
    colour: [f32; 3],
}

struct Scene {
    formula: Formula,
    seed: u32,
    spots: Vec<Spot>,
}

impl Scene {
    fn new(formula: Formula, seed: u32) -> Self {
        let count = match formula {
            Formula::Cells => 34,
            Formula::Rosettes => 16,
            _ => 0,
        };
        let spot = |k: i32| {
            let value = |channel: u32| noise(seed.wrapping_mul(31).wrapping_add(channel), k, 7);
            Spot {
                at: (value(1), value(2) * 0.75),
                size: 0.06 + 0.11 * value(3),
                petals: (4.0 + 6.0 * value(4)).floor(),
                colour: [0.15 + 0.85 * value(5), 0.15 + 0.85 * value(6), 0.15 + 0.85 * value(7)],
            }
        };
        Self { formula, seed, spots: (0..count).map(spot).collect() }
    }

    /// Red, green and blue, 0 to 1; `at` is 0 to 1 along the longer side.
    fn colour(&self, at: (f32, f32)) -> [f32; 3] {
        match self.formula {
            Formula::Landscape => self.landscape(at),
            Formula::Plasma => self.clouds(at, 3.5, 4),
            Formula::Cells => self.cells(at),
            Formula::Rosettes => self.rosettes(at),
            Formula::Photo => self.clouds(at, 5.0, 6),
        }
    }

    fn landscape(&self, (x, y): (f32, f32)) -> [f32; 3] {
        let cloud = fractal(self.seed ^ 0x9, x * 4.0, y * 9.0, 4);
        let mut colour = [0.25 + 0.5 * y + 0.4 * cloud, 0.4 + 0.3 * y + 0.3 * cloud, 0.85 - 0.3 * y];
        for layer in 0..4_u32 {
            let seed = self.seed.wrapping_add(layer * 101);
            let near = layer as f32 / 3.0;
            let ridge =
                0.12 + 0.14 * layer as f32 + 0.35 * (fractal(seed, x * (2.0 + near * 3.0), 0.5, 4) - 0.5);
            if y > ridge {
                let ground = fractal(seed ^ 0x3, x * 14.0, y * 14.0, 3);
                let light = 0.75 - 0.55 * near + 0.5 * (ground - 0.5);
                let tint = noise(seed, 3, 3);
                colour = [light * (0.7 + 0.4 * tint), light, light * (1.0 - 0.4 * tint)];
            }
        }
        colour
    }

    fn clouds(&self, (x, y): (f32, f32), scale: f32, octaves: u32) -> [f32; 3] {
        let whole = fractal(self.seed, x * scale, y * scale, octaves);
        let tint = fractal(self.seed ^ 0x55, x * scale * 0.7, y * scale * 0.7, 2);
        let light = ((whole - 0.5) * 2.2 + 0.5).clamp(0.0, 1.0);
        [light * (0.6 + 0.5 * tint), light, light * (1.1 - 0.5 * tint)]
    }

    fn cells(&self, (x, y): (f32, f32)) -> [f32; 3] {
        let (mut nearest, mut second, mut colour) = (f32::MAX, f32::MAX, [0.0; 3]);
        for spot in &self.spots {
            let distance = (x - spot.at.0).hypot(y - spot.at.1);
            if distance < nearest {
                (second, nearest, colour) = (nearest, distance, spot.colour);
            } else {
                second = second.min(distance);
            }
        }
        let edge = ((second - nearest) * 40.0).min(1.0);
        let rough = 0.75 + 0.5 * (fractal(self.seed ^ 0x15, x * 12.0, y * 12.0, 3) - 0.5);
        colour.map(|value| value * edge * rough)
    }

    fn rosettes(&self, (x, y): (f32, f32)) -> [f32; 3] {
        let ground = fractal(self.seed ^ 0x4D, x * 7.0, y * 7.0, 3);
        let mut colour = [0.15 + 0.3 * ground, 0.25 + 0.5 * ground, 0.15 + 0.2 * ground];
        for spot in &self.spots {
            let (dx, dy) = (x - spot.at.0, y - spot.at.1);
            let (distance, angle) = (dx.hypot(dy), dy.atan2(dx));
            let reach = spot.size * (0.65 + 0.35 * (angle * spot.petals).cos());
            if distance < reach {
                let shade = 0.55 + 0.45 * (distance / reach);
                colour = spot.colour.map(|value| value * shade);
            }
            if distance < spot.size * 0.2 {
                colour = [0.95, 0.8, 0.2];
            }
        }
        colour
    }
}

/// Noise of several scales laid over each other, 0 to 1.
fn fractal(seed: u32, x: f32, y: f32, octaves: u32) -> f32 {
    let (mut sum, mut whole, mut weight, mut scale) = (0.0, 0.0, 1.0, 1.0);
    for octave in 0..octaves {
        sum += weight * smooth(seed.wrapping_add(octave * 7919), x * scale, y * scale);
        whole += weight;
        (weight, scale) = (weight * 0.5, scale * 2.0);
    }
    sum / whole
}

/// Noise between the whole numbers, 0 to 1, without steps; for coordinates of 0 and more.
fn smooth(seed: u32, x: f32, y: f32) -> f32 {
    // Not `floor`: that is a call on machines without the instruction, and half the time of a picture.
    let (left, top) = (x as i32, y as i32);
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (across, down) = (ease(x - left as f32), ease(y - top as f32));
    let row = |y: i32| {
        let (a, b) = (noise(seed, left, y), noise(seed, left + 1, y));
        a + (b - a) * across
    };
    let (above, below) = (row(top), row(top + 1));
    above + (below - above) * down
}

/// A number from 0 to 1 for each pair of whole numbers.
fn noise(seed: u32, x: i32, y: i32) -> f32 {
    let mut bits =
        seed ^ x.cast_unsigned().wrapping_mul(0x9E37_79B1) ^ y.cast_unsigned().wrapping_mul(0x85EB_CA77);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x2C1B_3C6D);
    bits = (bits ^ (bits >> 12)).wrapping_mul(0x297A_2D39);
    bits ^= bits >> 15;
    (bits >> 8) as f32 / (1 << 24) as f32
}

#[cfg(test)]
mod tests {
    use lamassu_fingerprint::pdq::pdq;
    use lamassu_fingerprint::{Channels, Picture};

    use super::Formula;

    fn hash(formula: Formula, seed: u32) -> (lamassu_fingerprint::Bits256, u8) {
        let drawn = formula.draw(seed, 320, 240);
        let picture = Picture::new(&drawn, 320, 240, Channels::Rgb).expect("the size is right");
        let hash = pdq(&picture).expect("it is large enough");
        (hash.bits[0], hash.quality)
    }

    #[test]
    fn pictures_have_structure_and_seeds_differ() {
        for formula in Formula::SHOWN.into_iter().chain([Formula::Photo]) {
            let (first, quality) = hash(formula, 1);
            assert!(quality >= 50, "{formula:?}: quality {quality}");
            assert_eq!(first, hash(formula, 1).0, "{formula:?}");
            let bits = first.distance(hash(formula, 2).0);
            assert!(bits > 60, "{formula:?}: {bits} bits");
        }
    }
}
