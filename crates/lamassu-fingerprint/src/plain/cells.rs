//! The cells of a plain picture: their bits, and whether there is enough to be known by.

use crate::bits::Bits256;
use crate::pdq::Orientation;

/// Cells along each side.
pub const CELLS: usize = 8;
/// Thresholds of luma, of a grey picture and of one in colours.
const LEVELS_OF_GREY: usize = 4;
const LEVELS_IN_COLOURS: usize = 2;
/// Patches of colour along each side, each of 2 x 2 cells.
const PATCHES: usize = CELLS / 2;
/// Thresholds of each colour difference. What JPEG makes of grey stays within the inner ones.
const COLOUR_STEPS: [f32; 4] = [-48.0, -14.0, 14.0, 48.0];
/// Turned in the hash of a picture in colours, so that it lies far from that of a grey one.
const IN_COLOURS: Bits256 =
    Bits256([0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 0xd6e8_feb8_6659_fd93]);
/// So many of the darkest and of the brightest cells do not count for the thresholds: marks are among them.
const EXTREMES: usize = 4;
/// Thresholds are spread over at least so many luma steps: less is noise.
const RANGE_MIN: f32 = 8.0;
/// Least structure: less has a single soft shape, and those are all alike.
const STRUCTURE_MIN: u32 = 28;
const STRUCTURE_MAX: u32 = 100;
/// What a ramp or a glow, a surface of second degree, does not explain must be at least so many steps (root mean
/// square), and this share of all there is: skies and vignettes are all alike.
const OWN_STEPS_MIN: f32 = 1.5;
const OWN_SHARE_MIN: f32 = 0.35;

/// Luma, and the differences of blue and of red from it, in steps of 255.
pub type Colour = [f32; 3];

/// Bits of patches, by rows.
type Patches = [[[bool; 2 * COLOUR_STEPS.len()]; PATCHES]; PATCHES];

/// The mean colour of each cell, by rows.
#[derive(Debug, Clone, Copy)]
pub struct Cells([[Colour; CELLS]; CELLS]);

impl Cells {
    /// The cells by their rows and columns.
    pub fn from_fn(colour: impl Fn(usize, usize) -> Colour) -> Self {
        Self(std::array::from_fn(|row| std::array::from_fn(|column| colour(row, column))))
    }

    /// Those of the turned picture.
    pub fn oriented(&self, orientation: Orientation) -> Self {
        let (transpose, rows, columns) = orientation.steps();
        let reversed = |k: usize, is_reversed: bool| if is_reversed { CELLS - 1 - k } else { k };
        Self::from_fn(|row, column| {
            let (row, column) = (reversed(row, rows), reversed(column, columns));
            if transpose { self.0[column][row] } else { self.0[row][column] }
        })
    }

    /// Four times the same, each with 2 x 2 cells of another corner like those beside them.
    pub fn without_corners(self) -> [Self; 4] {
        [(false, false), (false, true), (true, false), (true, true)].map(|(bottom, right)| {
            let at = |k: usize, is_far: bool| if is_far { CELLS - 1 - k } else { k };
            let beside = [(0, 2), (1, 2), (2, 2), (2, 1), (2, 0)];
            let mut mean = [0.0; 3];
            for (row, column) in beside {
                let colour = self.0[at(row, bottom)][at(column, right)];
                mean.iter_mut().zip(colour).for_each(|(sum, value)| *sum += value / beside.len() as f32);
            }
            let mut painted = self;
            for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                painted.0[at(row, bottom)][at(column, right)] = mean;
            }
            painted
        })
    }

    /// Bit `levels * (8 * row + column) + k`: the cell's luma is above threshold `k`. In colours bit
    /// `128 + 8 * (4 * row + column) + k`: the patch's blue difference, from `k` = 4 on its red one, is above threshold
    /// `k % 4`; and all bits as [`IN_COLOURS`] says.
    pub fn bits(&self) -> Bits256 {
        let patches = self.patches();
        let levels = if is_grey(&patches) { LEVELS_OF_GREY } else { LEVELS_IN_COLOURS };
        let mut bits = Bits256::default();
        for (cell, planes) in self.planes(levels).as_flattened().iter().enumerate() {
            (0..levels).filter(|&k| planes[k]).for_each(|k| bits.set(levels * cell + k));
        }
        if levels == LEVELS_OF_GREY {
            return bits;
        }
        for (k, _) in patches.as_flattened().as_flattened().iter().enumerate().filter(|(_, bit)| **bit) {
            bits.set(LEVELS_IN_COLOURS * CELLS * CELLS + k);
        }
        Bits256(std::array::from_fn(|word| bits.0[word] ^ IN_COLOURS.0[word]))
    }

    /// How many neighbouring bits differ, at most 100; none where that is too little, or where it is a ramp or a glow, which
    /// have no edges.
    pub fn structure(&self, has_edges: bool) -> Option<u8> {
        if !has_edges && !self.has_own() {
            return None;
        }
        let patches = self.patches();
        let levels = if is_grey(&patches) { LEVELS_OF_GREY } else { LEVELS_IN_COLOURS };
        let structure = differing(&self.planes(levels)) + differing(&patches);
        (structure >= STRUCTURE_MIN).then_some(structure.min(STRUCTURE_MAX) as u8)
    }

    /// Which of so many thresholds each cell's luma is above.
    fn planes(&self, levels: usize) -> [[[bool; LEVELS_OF_GREY]; CELLS]; CELLS] {
        let mut sorted = [0.0; CELLS * CELLS];
        sorted.iter_mut().zip(self.0.as_flattened()).for_each(|(to, colour)| *to = colour[0]);
        sorted.sort_unstable_by(f32::total_cmp);
        let (low, high) = (sorted[EXTREMES], sorted[CELLS * CELLS - 1 - EXTREMES]);
        let (middle, range) = (f32::midpoint(low, high), (high - low).max(RANGE_MIN));
        let threshold = |k: usize| middle + range * ((k as f32 + 0.5) / levels as f32 - 0.5);
        let above = |luma: f32| std::array::from_fn(|k| k < levels && luma > threshold(k));
        self.0.map(|row| row.map(|[luma, ..]| above(luma)))
    }

    /// Which thresholds the colour differences of each patch are above.
    fn patches(&self) -> Patches {
        std::array::from_fn(|row| {
            std::array::from_fn(|column| {
                let mean = |channel: usize| {
                    let cells = [(0, 0), (0, 1), (1, 0), (1, 1)];
                    let values = cells.map(|(y, x)| self.0[2 * row + y][2 * column + x][channel]);
                    values.iter().sum::<f32>() / 4.0
                };
                std::array::from_fn(|k| mean(1 + k / 4) > COLOUR_STEPS[k % 4])
            })
        })
    }

    /// Whether there is more than a surface of second degree.
    fn has_own(&self) -> bool {
        let (mut all, mut own) = (0.0, 0.0);
        for channel in 0..3 {
            let value = |row: usize, column: usize| self.0[row][column][channel];
            let product = |across: Along, down: Along| {
                let mut sums = [0.0; 2];
                for (row, column) in (0..CELLS).flat_map(|row| (0..CELLS).map(move |column| (row, column))) {
                    let weight = down(row) * across(column);
                    sums[0] += weight * value(row, column);
                    sums[1] += weight * weight;
                }
                sums[0] * sums[0] / sums[1]
            };
            let squares: f32 =
                self.0.as_flattened().iter().map(|colour| colour[channel] * colour[channel]).sum();
            // On a grid these are orthogonal, so that what each explains can be taken off.
            let spread = (squares - product(even, even)).max(0.0);
            let surface: [(Along, Along); 5] =
                [(slope, even), (even, slope), (bend, even), (even, bend), (slope, slope)];
            let explained: f32 = surface.into_iter().map(|(across, down)| product(across, down)).sum();
            all += spread;
            own += (spread - explained).max(0.0);
        }
        let steps = (own / (CELLS * CELLS) as f32).sqrt();
        steps >= OWN_STEPS_MIN && own >= OWN_SHARE_MIN * OWN_SHARE_MIN * all
    }
}

/// Whether no patch is beyond the inner thresholds.
fn is_grey(patches: &Patches) -> bool {
    const GREY: [bool; 8] = [true, true, false, false, true, true, false, false];
    patches.as_flattened().iter().all(|patch| *patch == GREY)
}

/// A function along a side of the grid.
type Along = fn(usize) -> f32;

fn even(_: usize) -> f32 {
    1.0
}

/// From the middle of a side.
fn slope(k: usize) -> f32 {
    k as f32 - (CELLS - 1) as f32 / 2.0
}

/// Its square, less the mean of all squares.
fn bend(k: usize) -> f32 {
    slope(k) * slope(k) - (CELLS * CELLS - 1) as f32 / 12.0
}

/// Bits that differ between neighbours across and down.
fn differing<const N: usize, const BITS: usize>(grid: &[[[bool; BITS]; N]; N]) -> u32 {
    let apart = |a: &[bool; BITS], b: &[bool; BITS]| a.iter().zip(b).filter(|(a, b)| a != b).count() as u32;
    let across = grid.iter().flat_map(|row| row.windows(2)).map(|pair| apart(&pair[0], &pair[1]));
    let down = grid.windows(2).flat_map(|rows| rows[0].iter().zip(&rows[1])).map(|(a, b)| apart(a, b));
    across.sum::<u32>() + down.sum::<u32>()
}
