//! The part of a picture in which another one is supposed to lie, pulled straight so that it can be hashed like a whole
//! picture: a card in a collage, a flag filmed from the side.

#![expect(clippy::many_single_char_names, reason = "formulas of places, as they are written in books")]

use crate::picture::{Channels, Picture};

/// A projective map, by rows: `(x, y, 1)` becomes `(x', y', w)`, and that `(x'/w, y'/w)`. Places are shares of the sides of
/// a picture.
pub type Map = [[f64; 3]; 3];

/// Pixels along each side of what is pulled straight: twice the grid that PDQ samples.
const SIDE: usize = 128;
/// Samples along each side of one of its pixels: at least so many of each pixel of the picture, and at most that.
const SAMPLES_A_PIXEL: f64 = 2.0;
const SAMPLES_MAX: usize = 4;

/// A square of luma.
pub struct Straight(Vec<u8>);

impl Straight {
    /// What lies in `picture` where `map` puts the unit square; beyond the picture its edge goes on.
    ///
    /// Deterministic: only basic arithmetic is used. Time grows with the rows of the picture that are looked at.
    pub fn of(picture: &Picture<'_>, map: &Map) -> Self {
        let (width, height) = (picture.width(), picture.height());
        let mut luma = vec![0.0; width * height];
        for (y, row) in luma.chunks_exact_mut(width).enumerate() {
            picture.luma_row(y, row);
        }
        let plane = Plane { luma, width, height };
        let samples = samples(map, (width, height));
        let share = |pixel: usize, sample: usize| (pixel * samples + sample) as f64 + 0.5;
        let unit = 1.0 / (SIDE * samples) as f64;
        let mut pixels = Vec::with_capacity(SIDE * SIDE);
        for (row, column) in (0..SIDE).flat_map(|row| (0..SIDE).map(move |column| (row, column))) {
            let mut sum = 0.0;
            for (down, across) in (0..samples).flat_map(|down| (0..samples).map(move |across| (down, across)))
            {
                let place = [share(column, across) * unit, share(row, down) * unit];
                sum += plane.at(apply(map, place));
            }
            pixels.push((sum / (samples * samples) as f64 + 0.5) as u8);
        }
        Self(pixels)
    }

    /// The square as a picture.
    pub fn picture(&self) -> Picture<'_> {
        Picture::new(&self.0, SIDE, SIDE, Channels::Gray).expect("it was made of this size")
    }
}

/// How densely the unit square is sampled, so that no pixel under it is passed over, up to a limit.
fn samples(map: &Map, (width, height): (usize, usize)) -> usize {
    let corners = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]].map(|place| apply(map, place));
    let length = |from: usize| {
        let (a, b) = (corners[from], corners[(from + 1) % 4]);
        let (x, y) = ((a[0] - b[0]) * width as f64, (a[1] - b[1]) * height as f64);
        (x * x + y * y).sqrt()
    };
    let longest = (0..4).map(length).fold(0.0, f64::max);
    ((SAMPLES_A_PIXEL * longest / SIDE as f64).ceil() as usize).clamp(1, SAMPLES_MAX)
}

/// Where a place goes; what lies on the horizon goes anywhere.
fn apply(map: &Map, [x, y]: [f64; 2]) -> [f64; 2] {
    let [p, q, r] = map.map(|row| row[0] * x + row[1] * y + row[2]);
    [p / r, q / r]
}

struct Plane {
    luma: Vec<f32>,
    width: usize,
    height: usize,
}

impl Plane {
    /// The luma at a place, between the four pixels around it.
    fn at(&self, [x, y]: [f64; 2]) -> f64 {
        let (left, right, across) = around(x, self.width);
        let (upper, lower, down) = around(y, self.height);
        let luma = |x: usize, y: usize| f64::from(self.luma[y * self.width + x]);
        let between = |a: f64, b: f64, share: f64| a + (b - a) * share;
        let row = |y: usize| between(luma(left, y), luma(right, y), across);
        between(row(upper), row(lower), down)
    }
}

/// The pixels of a side before and after a place, and how far it lies from the first to the second.
fn around(share: f64, pixels: usize) -> (usize, usize, f64) {
    // What is no number becomes 0.
    let at = (share * pixels as f64 - 0.5).max(0.0).min((pixels - 1) as f64);
    let before = at as usize;
    (before, (before + 1).min(pixels - 1), at - before as f64)
}

#[cfg(test)]
mod tests {
    use super::{Map, Straight};
    use crate::pdq::pdq;
    use crate::picture::{Channels, Picture};

    const WHOLE: Map = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    /// Boxes of many sizes and greys, one upon the other; numbers by a linear congruence (Knuth's MMIX).
    fn boxes(width: usize, height: usize) -> Vec<u8> {
        let mut state = 9_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / (1_u64 << 24) as f64
        };
        let mut pixels = vec![90; width * height];
        for _ in 0..40 {
            let [left, top, right, bottom] = [next(), next(), next(), next()];
            let grey = (255.0 * next()) as u8;
            for (at, pixel) in pixels.iter_mut().enumerate() {
                let place = [(at % width) as f64 / width as f64, (at / width) as f64 / height as f64];
                let within =
                    |share: f64, from: f64, length: f64| (from..from + 0.5 * length).contains(&share);
                if within(place[0], left, right) && within(place[1], top, bottom) {
                    *pixel = grey;
                }
            }
        }
        pixels
    }

    fn picture(pixels: &[u8], width: usize) -> Picture<'_> {
        Picture::new(pixels, width, pixels.len() / width, Channels::Gray).unwrap()
    }

    fn bits_apart(straight: &Straight, known: &Picture<'_>) -> u32 {
        let [seen, known] = [pdq(&straight.picture()), pdq(known)].map(|hash| hash.unwrap().bits[0]);
        seen.distance(known)
    }

    #[test]
    fn the_whole_has_nearly_the_hash_of_the_picture() {
        for width in [200, 300, 2_000] {
            let pixels = boxes(width, width * 3 / 4);
            let known = picture(&pixels, width);
            let apart = bits_apart(&Straight::of(&known, &WHOLE), &known);
            assert!(apart <= 16, "{width}: {apart}");
        }
    }

    #[test]
    fn a_picture_that_was_laid_aslant_on_another_one_is_pulled_straight() {
        let pixels = boxes(400, 300);
        let known = picture(&pixels, 400);
        // Turned by a third of a right angle, at half its size, with its corner in the middle of the upper edge.
        let (cos, sin) = (0.5 * 0.866, 0.5 * 0.5);
        let map = [[cos * 0.4, -sin * 0.3, 0.5], [sin * 0.4, cos * 0.3, 0.05], [0.0, 0.0, 1.0]];
        let (side, mut seen) = (1_000, vec![128; 1_000 * 1_000]);
        for (at, pixel) in seen.iter_mut().enumerate() {
            let (x, y) = ((at % side) as f64 - 500.0, (at / side) as f64 - 50.0);
            let (u, v) = ((x * cos + y * sin) / 0.25, (y * cos - x * sin) / 0.25);
            if (0.0..400.0).contains(&u) && (0.0..300.0).contains(&v) {
                *pixel = pixels[v as usize * 400 + u as usize];
            }
        }
        let seen = picture(&seen, side);
        assert!(bits_apart(&Straight::of(&seen, &map), &known) <= 24);
        assert!(bits_apart(&Straight::of(&seen, &WHOLE), &known) > 60);
    }

    #[test]
    fn a_map_that_makes_no_sense_gives_a_square_all_the_same() {
        let pixels = boxes(40, 30);
        let known = picture(&pixels, 40);
        for bad in [0.0, f64::NAN, f64::INFINITY, 1e300] {
            let straight = Straight::of(&known, &[[bad; 3]; 3]);
            assert_eq!(straight.picture().width(), 128, "{bad}");
        }
    }
}
