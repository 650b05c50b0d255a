//! Plain pictures: flags, dark frames, blurred shapes. They have too little structure for PDQ, whose bits are noise
//! there, and no details for local features; what they have is where which brightness and colour is.
//!
//! The picture is divided into 8 x 8 cells, as MPEG-7's colour layout descriptor does. Bits of each cell say above which
//! thresholds its luma lies, in shares of what lies between the darkest and the brightest cells, so that a dark frame
//! counts like a bright one: four of a grey picture. One in colours has two of each cell, and of each 2 x 2 cells eight
//! that say how blue or yellow, red or green they are. Neighbours that differ are what such a picture has to be known by: its [`PlainHash::structure`].
//! Unrelated pictures of little structure are alike by necessity, so distances count in shares of it.
//!
//! Nothing in a plain picture tells where its edges were. So what is banked is hashed with its edges cut off in 16 ways
//! as well ([`of_entry`]), and what comes in without a border of one colour, and with each corner painted over, as marks
//! are put there ([`of_item`]).

mod cells;
mod raster;

use crate::bits::Bits256;
use crate::pdq::{DihedralPdq, Orientation};
use crate::picture::Picture;
use cells::Cells;
use raster::{Raster, SIDE};

/// PDQ with fewer firm bits says little: the others are noise.
const FIRM_BITS: u16 = 160;
/// With fewer it says nothing: more bits than any radius reaches turn by chance.
const FIRM_BITS_MIN: u16 = 128;
/// Of a picture that may be plain so much is smooth, in hundredths. Few photographs are: skies, and what is out of focus.
const SMOOTH_PERCENT: u8 = 70;
/// So few local features find nothing: drawn flags and dark frames have none to twenty, emblems with a name some more.
const FEATURES_FEW: usize = 20;
/// Windows of an entry begin at these samples of a side, and have this length: nine tenths of it.
const WINDOW_STARTS: [usize; 4] = [0, SIDE / 30, SIDE / 15, SIDE / 10];
const WINDOW: usize = SIDE * 9 / 10;

/// What a plain picture is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlainHash {
    /// How many neighbouring bits differ, at most 100: how much there is to be known by.
    pub structure: u8,
    /// One hash per [`Orientation`], in the order of [`Orientation::ALL`].
    pub bits: [Bits256; 8],
}

/// Whether a picture with this PDQ is too plain to be known by it.
#[must_use]
pub fn is_plain(pdq: &DihedralPdq) -> bool {
    pdq.firm_bits_unmarked < FIRM_BITS
}

/// Whether a picture with this PDQ may be plain for all that its PDQ says: a part of a plain picture is, whose shapes no
/// longer lie where they cancel out of the bits.
#[must_use]
pub fn may_be_plain(pdq: &DihedralPdq) -> bool {
    is_plain(pdq) || pdq.smooth_percent >= SMOOTH_PERCENT
}

/// Whether so many local features are too few to be known by.
#[must_use]
pub fn are_few(features: usize) -> bool {
    features <= FEATURES_FEW
}

/// Whether nothing can be found by this PDQ, whatever its quality: stripes have many strong edges and all the same hash.
#[must_use]
pub fn is_noise(pdq: &DihedralPdq) -> bool {
    pdq.firm_bits < FIRM_BITS_MIN
}

/// The hashes of a picture that is banked: the first is of all of it. None where it has too little to be known by, as one
/// colour, a ramp or a glow have.
pub fn of_entry(picture: &Picture<'_>) -> Vec<PlainHash> {
    let raster = Raster::of(picture);
    let windows = WINDOW_STARTS.into_iter().flat_map(|top| WINDOW_STARTS.map(|left| (left, top)));
    let spans = windows.map(|(left, top)| ((left, left + WINDOW), (top, top + WINDOW)));
    hashes(
        &raster,
        [raster.whole()].into_iter().chain(spans.map(|(across, down)| raster.cells(across, down))),
    )
}

/// The hashes of a picture that comes in, each a question; none as in [`of_entry`].
pub fn of_item(picture: &Picture<'_>) -> Vec<PlainHash> {
    let raster = Raster::of(picture);
    let seen = [Some(raster.whole()), raster.without_border()].into_iter().flatten();
    hashes(&raster, seen.flat_map(|cells| [cells].into_iter().chain(cells.without_corners())))
}

/// Each hash once.
fn hashes(raster: &Raster, of: impl Iterator<Item = Cells>) -> Vec<PlainHash> {
    let has_edges = raster.has_edges();
    let mut hashes: Vec<PlainHash> = Vec::new();
    for hash in of.filter_map(|cells| hash(&cells, has_edges)) {
        if hashes.iter().all(|known| known.bits[0] != hash.bits[0]) {
            hashes.push(hash);
        }
    }
    hashes
}

fn hash(cells: &Cells, has_edges: bool) -> Option<PlainHash> {
    let structure = cells.structure(has_edges)?;
    let bits = Orientation::ALL.map(|orientation| cells.oriented(orientation).bits());
    Some(PlainHash { structure, bits })
}
