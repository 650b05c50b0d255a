//! Where in a picture a view lies, for people who look at both.
//!
//! Kept beside the fingerprints and never compared: the whole picture needs no area, so there are few.

use serde::{Deserialize, Serialize};

use crate::codec::DecodeError;
use crate::frame::View;
use crate::picture::Region;

/// The sides of a picture in the unit of an [`Area`].
pub const SIDE: u16 = 10_000;

/// The version written by [`encode_areas`] and the only one [`decode_areas`] reads.
const VERSION: u8 = 1;
const AREA_BYTES: usize = 13;

/// A rectangle in ten-thousandths of the sides of an upright picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Area {
    /// Left edge.
    pub x: u16,
    /// Upper edge.
    pub y: u16,
    /// Width; with `x` at most [`SIDE`].
    pub width: u16,
    /// Height; with `y` at most [`SIDE`].
    pub height: u16,
}

/// The area of a view that is not the whole picture, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewArea {
    /// The start of its [`crate::Frame`], in milliseconds.
    pub start_ms: u32,
    /// The view of its frame.
    pub view: View,
    /// Where it lies.
    pub area: Area,
}

impl Area {
    /// All of a picture.
    pub const WHOLE: Self = Self { x: 0, y: 0, width: SIDE, height: SIDE };

    /// Nothing of a picture.
    pub const NOWHERE: Self = Self { x: 0, y: 0, width: 0, height: 0 };

    /// Where `region` lies in a picture of `width` by `height` pixels, which holds it.
    pub fn of(region: Region, width: usize, height: usize) -> Self {
        let share = |part: usize, whole: usize| {
            let rounded = (part * usize::from(SIDE) + whole / 2) / whole.max(1);
            rounded.min(usize::from(SIDE)) as u16
        };
        let (x, y) = (share(region.x, width), share(region.y, height));
        let (right, bottom) =
            (share(region.x + region.width, width), share(region.y + region.height, height));
        Self { x, y, width: right.saturating_sub(x), height: bottom.saturating_sub(y) }
    }

    /// Whether all sides of both lie within a fiftieth of the picture of each other.
    pub fn is_near(self, other: Self) -> bool {
        let sides = |it: Self| [it.x, it.y, it.x + it.width, it.y + it.height];
        sides(self).iter().zip(sides(other)).all(|(a, b)| a.abs_diff(b) <= SIDE / 50)
    }

    /// Whether four fifths of either lie in the other one: what is known of one place holds for the other.
    pub fn is_alike(self, other: Self) -> bool {
        5 * self.common(other) >= 4 * self.common(self).max(other.common(other))
    }

    /// How much of the picture lies in both, in squares of its unit.
    pub fn common(self, other: Self) -> u64 {
        let side = |a: u16, a_length: u16, b: u16, b_length: u16| {
            let end = (u32::from(a) + u32::from(a_length)).min(u32::from(b) + u32::from(b_length));
            u64::from(end.saturating_sub(u32::from(a.max(b))))
        };
        side(self.x, self.width, other.x, other.width) * side(self.y, self.height, other.y, other.height)
    }

    /// Whether a place lies in it, in shares of the picture's sides.
    pub fn contains(self, [x, y]: [f32; 2]) -> bool {
        let lies = |at: f32, start: u16, length: u16| {
            let start = f32::from(start);
            (start..start + f32::from(length)).contains(&(at * f32::from(SIDE)))
        };
        lies(x, self.x, self.width) && lies(y, self.y, self.height)
    }

    fn is_inside(self) -> bool {
        let ends = |start: u16, length: u16| start.checked_add(length).is_some_and(|end| end <= SIDE);
        ends(self.x, self.width) && ends(self.y, self.height)
    }
}

/// The area of the view of a frame that starts at `start_ms`, if it is known.
pub fn area_of(areas: &[ViewArea], view: View, start_ms: u32) -> Option<Area> {
    match view {
        View::Full | View::OnWhite | View::Plain => Some(Area::WHOLE),
        // No area is that of something aslant.
        View::Straightened => None,
        View::Trimmed | View::Content | View::Panel(_) => {
            areas.iter().find(|it| it.view == view && it.start_ms == start_ms).map(|it| it.area)
        }
    }
}

/// The byte form of `areas`: one byte of version, then for each, in little-endian, start (4 bytes, ms), view (1),
/// and left, top, width, height (2 each).
pub fn encode_areas(areas: &[ViewArea]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + areas.len() * AREA_BYTES);
    bytes.push(VERSION);
    for ViewArea { start_ms, view, area } in areas {
        bytes.extend(start_ms.to_le_bytes());
        bytes.push(view.number());
        for side in [area.x, area.y, area.width, area.height] {
            bytes.extend(side.to_le_bytes());
        }
    }
    bytes
}

/// The inverse of [`encode_areas`].
///
/// # Errors
/// [`DecodeError`]; hostile bytes cannot make it panic or allocate more than a small multiple of their length.
pub fn decode_areas(bytes: &[u8]) -> Result<Vec<ViewArea>, DecodeError> {
    let (&version, body) = bytes.split_first().ok_or(DecodeError::Damaged)?;
    if version != VERSION {
        return Err(DecodeError::Version(version));
    }
    let (areas, rest) = body.as_chunks::<AREA_BYTES>();
    if rest.is_empty() { areas.iter().map(decode_area).collect() } else { Err(DecodeError::Damaged) }
}

fn decode_area(bytes: &[u8; AREA_BYTES]) -> Result<ViewArea, DecodeError> {
    let &[a, b, c, d, view, ref sides @ ..] = bytes;
    let view = View::from_number(view).ok_or(DecodeError::Damaged)?;
    let side = |at: usize| u16::from_le_bytes([sides[2 * at], sides[2 * at + 1]]);
    let area = Area { x: side(0), y: side(1), width: side(2), height: side(3) };
    let inside = ViewArea { start_ms: u32::from_le_bytes([a, b, c, d]), view, area };
    if area.is_inside() { Ok(inside) } else { Err(DecodeError::Damaged) }
}
