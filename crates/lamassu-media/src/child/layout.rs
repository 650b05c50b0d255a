//! Where the pictures inside a picture lie: of what plays, each keeps its number for as long as it stays in its place, so
//! that its moments can be followed.

use lamassu_fingerprint::frame::PANELS_MAX;
use lamassu_fingerprint::{Area, Grid, Region, panels};

use crate::reading::Purpose;

/// A panel is looked at for so many frames after it was last told: in the dark its sides cannot be seen.
const UNSEEN_MAX: u8 = 2;

/// The panels that were told of late, by number.
#[derive(Debug, Default)]
pub struct Layout {
    places: [Option<Place>; PANELS_MAX],
}

#[derive(Debug, Clone, Copy)]
struct Place {
    region: Region,
    /// Frames since it was told.
    unseen: u8,
}

impl Layout {
    /// Nothing yet; none of an entry, which is banked as a whole.
    pub fn of(purpose: Purpose) -> Option<Self> {
        (purpose == Purpose::Item).then(Self::default)
    }

    /// The panels of the next picture and their numbers, but for what lies in one of the `known` regions.
    pub fn panels(
        &mut self,
        grid: &Grid,
        (width, height): (usize, usize),
        known: &[Region],
    ) -> Vec<(u8, Region)> {
        let area = |region: Region| Area::of(region, width, height);
        let is_same = |a: Region, b: Region| area(a).is_near(area(b));
        for place in &mut self.places {
            *place =
                place.map(|it| Place { unseen: it.unseen + 1, ..it }).filter(|it| it.unseen <= UNSEEN_MAX);
        }
        for region in panels::panels(grid) {
            if known.iter().any(|&known| is_same(known, region)) {
                continue;
            }
            let same = |place: &Option<Place>| place.is_some_and(|place| is_same(place.region, region));
            let at =
                self.places.iter().position(same).or_else(|| self.places.iter().position(Option::is_none));
            if let Some(at) = at {
                self.places[at] = Some(Place { region, unseen: 0 });
            }
        }
        let told = (0..).zip(&self.places);
        told.filter_map(|(number, place)| place.map(|place| (number, place.region))).collect()
    }
}

#[cfg(test)]
mod tests {
    use lamassu_fingerprint::{Channels, Grid, Picture, Region};

    use super::{Layout, UNSEEN_MAX};

    const SIZE: (usize, usize) = (160, 120);

    /// Dark grain to the left of `at`, and bright grain from there on.
    fn halves(at: usize) -> Vec<u8> {
        let (width, height) = SIZE;
        let luma = |k: usize| {
            let (x, y) = (k % width, k / width);
            (if x < at { 20 } else { 150 }) + ((x * x * 7 + y * y * 5 + x * y) % 60) as u8
        };
        (0..width * height).map(luma).collect()
    }

    fn told(layout: &mut Layout, pixels: &[u8], known: &[Region]) -> Vec<(u8, [usize; 2])> {
        let picture = Picture::new(pixels, SIZE.0, SIZE.1, Channels::Gray).expect("the size fits");
        let panels = layout.panels(&Grid::sample(&picture), SIZE, known);
        panels.into_iter().map(|(number, region)| (number, [region.x, region.width])).collect()
    }

    #[test]
    fn a_panel_keeps_its_number_for_a_while() {
        let (dark, middle) = (vec![20; SIZE.0 * SIZE.1], halves(80));
        let mut layout = Layout::default();
        let both = vec![(0, [0, 80]), (1, [80, 80])];
        assert_eq!(told(&mut layout, &middle, &[]), both);
        for _ in 0..UNSEEN_MAX {
            assert_eq!(told(&mut layout, &dark, &[]), both, "its sides cannot be seen");
        }
        assert_eq!(told(&mut layout, &middle, &[]), both);
        // Other ones have other numbers, until the first are forgotten.
        let other = told(&mut layout, &halves(50), &[]);
        assert_eq!(other, [(0, [0, 80]), (1, [80, 80]), (2, [0, 50]), (3, [50, 110])]);
        for _ in 0..UNSEEN_MAX {
            told(&mut layout, &halves(50), &[]);
        }
        assert_eq!(told(&mut layout, &halves(50), &[]), [(2, [0, 50]), (3, [50, 110])]);
        for _ in 0..=UNSEEN_MAX {
            told(&mut layout, &dark, &[]);
        }
        assert_eq!(told(&mut layout, &middle, &[]), both);
    }

    #[test]
    fn what_is_a_view_already_is_no_panel() {
        let known = Region { x: 0, y: 0, width: 80, height: SIZE.1 };
        assert_eq!(told(&mut Layout::default(), &halves(80), &[known]), [(0, [80, 80])]);
    }
}
