//! Shots: the stretches of a video between cuts and fades, and one frame of each that shows it best.
//!
//! Every sampled frame becomes a thumbnail of 32 x 32 luma means. Two thumbnails are compared by their normalised
//! correlation, which neither brightness nor contrast changes, as they change no fingerprint. A frame that has
//! little to do with the shot before begins a change; the change ends with the first frame that is like the one
//! just before it, also in brightness: after a cut that is the second frame, after a fade its last. Frames without
//! structure, such as black ones, are never the end of a change.

use std::ops::Range;

use crate::picture::Picture;

/// Cells on each side of a thumbnail.
const SIDE: usize = 32;
/// Correlation under which a frame shows something else.
const ALIKE_MIN: f32 = 0.7;
/// Correlation from which two frames in a row show the same.
const SETTLED_MIN: f32 = 0.9;
/// Mean difference of brightness from which a fade is still on its way, of 255.
const SETTLED_DIFFERENCE_MAX: f32 = 8.0;
/// Standard deviation of luma under which a frame has no structure, of 255.
const STRUCTURE_MIN: f32 = 3.0;
/// Frames after which a change that does not settle is taken for what it is: fast motion.
const CHANGING_MAX: u32 = 6;

/// A shot, told when the frame that shows it has been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shot {
    /// Number of its first frame.
    pub start: u32,
    /// Number of the frame that shows it.
    pub key: u32,
}

/// A frame as small as it need be to tell shots apart.
#[derive(Debug, Clone)]
struct Thumbnail {
    /// Luma means less their mean, by rows.
    cells: Vec<f32>,
    mean: f32,
    /// Root of the sum of the squared cells.
    norm: f32,
}

/// Finds the shots of one video, frame by frame.
#[derive(Debug, Default)]
pub struct Shots {
    /// Frames seen.
    count: u32,
    /// What shows the current shot.
    reference: Option<Thumbnail>,
    previous: Option<Thumbnail>,
    /// Number of the first frame of a change under way.
    changing_since: Option<u32>,
}

/// What a frame is to the shots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It shows the shot before.
    Same,
    /// It shows something between two shots, or nothing.
    Between,
    /// It shows a new shot.
    New(Shot),
}

impl Shots {
    /// Takes the next frame; all frames of a video have the same shape.
    pub fn push(&mut self, picture: &Picture<'_>) -> Seen {
        let thumbnail = Thumbnail::of(picture);
        let number = self.count;
        self.count += 1;
        let seen = self.judge(&thumbnail, number);
        match seen {
            Seen::Same => self.changing_since = None,
            // Out of the dark comes something of which nothing was seen yet.
            Seen::Between if !thumbnail.has_structure() => self.changing_since = None,
            Seen::Between => _ = self.changing_since.get_or_insert(number),
            Seen::New(_) => {
                self.changing_since = None;
                self.reference = Some(thumbnail.clone());
            }
        }
        self.previous = Some(thumbnail);
        seen
    }

    fn judge(&self, thumbnail: &Thumbnail, number: u32) -> Seen {
        if !thumbnail.has_structure() {
            return Seen::Between;
        }
        if self.reference.as_ref().is_some_and(|reference| reference.correlation(thumbnail) >= ALIKE_MIN) {
            return Seen::Same;
        }
        let settled = self.previous.as_ref().is_some_and(|previous| thumbnail.is_settled(previous));
        // A slow pan settles before it was seen to change.
        let start = self.changing_since.unwrap_or(number);
        if settled || number - start >= CHANGING_MAX {
            Seen::New(Shot { start, key: number })
        } else {
            Seen::Between
        }
    }
}

/// The pixels of a side that fall into this cell.
fn share(cell: usize, side: usize) -> Range<usize> {
    // As `pixel * SIDE / side` has it.
    (cell * side).div_ceil(SIDE)..((cell + 1) * side).div_ceil(SIDE)
}

impl Thumbnail {
    fn of(picture: &Picture<'_>) -> Self {
        let (width, height) = (picture.width(), picture.height());
        let mut cells = vec![0.0_f32; SIDE * SIDE];
        let mut luma = vec![0.0; width];
        for y in 0..height {
            picture.luma_row(y, &mut luma);
            let row = &mut cells[y * SIDE / height * SIDE..][..SIDE];
            for (at, cell) in row.iter_mut().enumerate() {
                *cell += luma[share(at, width)].iter().sum::<f32>();
            }
        }
        for (at, cell) in cells.iter_mut().enumerate() {
            let pixels = share(at % SIDE, width).len() * share(at / SIDE, height).len();
            *cell /= pixels.max(1) as f32;
        }
        let mean = cells.iter().sum::<f32>() / cells.len() as f32;
        for cell in &mut cells {
            *cell -= mean;
        }
        let norm = cells.iter().map(|cell| cell * cell).sum::<f32>().sqrt();
        Self { cells, mean, norm }
    }

    fn has_structure(&self) -> bool {
        self.norm / SIDE as f32 >= STRUCTURE_MIN
    }

    /// -1 to 1; 0 where either has no structure.
    fn correlation(&self, other: &Self) -> f32 {
        if !self.has_structure() || !other.has_structure() {
            return 0.0;
        }
        let product: f32 = self.cells.iter().zip(&other.cells).map(|(a, b)| a * b).sum();
        product / (self.norm * other.norm)
    }

    fn is_settled(&self, previous: &Self) -> bool {
        let difference: f32 = self
            .cells
            .iter()
            .zip(&previous.cells)
            .map(|(a, b)| ((a + self.mean) - (b + previous.mean)).abs())
            .sum::<f32>()
            / self.cells.len() as f32;
        difference <= SETTLED_DIFFERENCE_MAX && self.correlation(previous) >= SETTLED_MIN
    }
}
