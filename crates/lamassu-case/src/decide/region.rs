//! Where in a picture a match lies, and whether another one has the same place.

use lamassu_fingerprint::{Area, View};

use super::Match;
use crate::evidence::{Candidate, Method, Placed, Segment};

/// Places along a side of the picture at which regions are compared.
const STEPS: u16 = 24;
/// What has so much of a region has it.
pub const WHOLE_SHARE: f64 = 0.8;
/// In a region that it has, a match has at least this share of the details that it has elsewhere. Where somebody pasted
/// another picture over it, it has none.
const DENSITY_MIN: f64 = 1.0 / 3.0;

/// The part of an item's picture that a match has.
pub enum Region<'a> {
    /// All of it, or what is left of it without borders.
    Whole,
    /// A picture inside it.
    Inside(Area),
    /// What has this outline.
    Placed(&'a Placed),
}

impl<'a> Region<'a> {
    /// Of a match.
    pub fn of(found: &'a Match) -> Self {
        let Candidate { placed, views, areas, .. } = &found.candidate;
        match placed {
            Some(placed) => Self::Placed(placed),
            // What lies somewhere explains nothing, and nothing explains it.
            None if views.as_ref().is_some_and(|[item, ..]| item == View::Panel(0).name()) => {
                Self::Inside(areas.map_or(Area::NOWHERE, |areas| areas.item))
            }
            None => Self::Whole,
        }
    }

    /// Of a segment of a match. Key frames tell where it is by the surest of them.
    pub fn of_segment(found: &'a Match, segment: &Segment) -> Self {
        match (segment.place, found.candidate.method) {
            (Some(place), _) => Self::Inside(place),
            (None, Method::Local | Method::Pdq) => Self::of(found),
            (None, _) => Self::Whole,
        }
    }

    /// How much of the picture it is, 0 to 1.
    pub fn share(&self) -> f64 {
        let inside = grid().filter(|&place| self.contains(place)).count();
        inside as f64 / f64::from(STEPS * STEPS)
    }

    /// Whether this has what `other` has.
    pub fn explains(&self, other: &Self) -> bool {
        let of_other: Vec<_> = grid().filter(|&place| other.contains(place)).collect();
        let both = of_other.iter().filter(|&&place| self.contains(place)).count();
        let own = grid().filter(|&place| self.contains(place)).count();
        if of_other.is_empty() || (both as f64) < WHOLE_SHARE * of_other.len() as f64 {
            return false;
        }
        let Self::Placed(placed) = self else { return true };
        let inside = placed.places.iter().filter(|[x, y, ..]| other.contains((*x, *y))).count();
        let expected = placed.places.len() as f64 * both as f64 / own.max(1) as f64;
        inside as f64 >= DENSITY_MIN * expected
    }

    /// Whether a place lies in it, by how often a line to the left crosses its outline.
    fn contains(&self, (x, y): (f32, f32)) -> bool {
        let placed = match self {
            Self::Whole => return true,
            Self::Inside(area) => return area.contains([x, y]),
            Self::Placed(placed) => placed,
        };
        let corners = &placed.item_outline;
        let sides = corners.iter().zip(corners.iter().cycle().skip(1));
        let crossed = sides.filter(|([x0, y0], [x1, y1])| {
            (*y0 > y) != (*y1 > y) && x < (x1 - x0) * (y - y0) / (y1 - y0) + x0
        });
        crossed.count() % 2 == 1
    }
}

fn grid() -> impl Iterator<Item = (f32, f32)> {
    let at = |step: u16| (f32::from(step) + 0.5) / f32::from(STEPS);
    (0..STEPS).flat_map(move |row| (0..STEPS).map(move |column| (at(column), at(row))))
}
