//! A picture as few samples, from which cells of any part of it are quickly made.

use std::ops::Range;

use super::cells::{CELLS, Cells, Colour};
use crate::picture::Picture;

/// Samples along each side of a picture, whatever its shape.
pub const SIDE: usize = 160;
/// Samples along each side of a block, which noise leaves as it is, and blocks along each side.
const BLOCK: usize = 4;
const BLOCKS: usize = SIDE / BLOCK;
/// Neighbouring blocks so many steps (of 255) apart have an edge between them: no ramp over the whole picture, and hardly a
/// glow, is so steep.
const EDGE_STEPS: f32 = 16.0;
/// Luma steps (of 255) within which a sample has the border's colour.
const BORDER_STEPS: f32 = 2.5;
/// Samples of a line of `n` that may differ and it is border all the same: one in so many.
const BORDER_STRAY: usize = 64;
/// At least this is left of each side when a border is taken off, in samples, and at least so many go.
const LEFT_MIN: usize = SIDE / 2;
const TAKEN_MIN: usize = 2;

/// The first sample of an axis and the one after the last.
type Span = (usize, usize);

/// Luma and colour differences, averaged over the area of each sample.
pub struct Raster(Vec<Colour>);

impl Raster {
    /// Of all of a picture. Time grows with its pixels.
    pub fn of(picture: &Picture<'_>) -> Self {
        let columns: Vec<Range<usize>> = (0..SIDE).map(|k| part(k, picture.width())).collect();
        let mut row = vec![[0.0; 3]; picture.width()];
        let mut samples = vec![[0.0; 3]; SIDE * SIDE];
        for (k, line) in samples.chunks_exact_mut(SIDE).enumerate() {
            let rows = part(k, picture.height());
            for y in rows.clone() {
                picture.colour_row(y, &mut row);
                for (sample, columns) in line.iter_mut().zip(&columns) {
                    let weight = 1.0 / (rows.len() * columns.len()) as f32;
                    for colour in &row[columns.clone()] {
                        sample.iter_mut().zip(colour).for_each(|(sum, value)| *sum += weight * value);
                    }
                }
            }
        }
        Self(samples)
    }

    /// The cells of the whole picture.
    pub fn whole(&self) -> Cells {
        self.cells((0, SIDE), (0, SIDE))
    }

    /// The cells of a part of at least as many samples as there are cells.
    pub fn cells(&self, across: Span, down: Span) -> Cells {
        let range = |(start, end): Span, k: usize| {
            let at = |k: usize| start + (end - start) * k / CELLS;
            at(k)..at(k + 1)
        };
        Cells::from_fn(|row, column| {
            let (rows, columns) = (range(down, row), range(across, column));
            let weight = 1.0 / (rows.len() * columns.len()) as f32;
            let mut mean = [0.0; 3];
            for y in rows {
                for colour in &self.0[y * SIDE..][columns.clone()] {
                    mean.iter_mut().zip(colour).for_each(|(sum, value)| *sum += weight * value);
                }
            }
            mean
        })
    }

    /// Whether there are edges as long as a side, in luma or colour: what was drawn has them, glows and skies have not.
    pub fn has_edges(&self) -> bool {
        let block = |x: usize, y: usize| {
            let rows = self.0[y * BLOCK * SIDE..].chunks(SIDE).take(BLOCK);
            let samples = rows.flat_map(|row| &row[x * BLOCK..][..BLOCK]);
            samples.fold([0.0; 3], |sum, sample| std::array::from_fn(|k| sum[k] + sample[k]))
        };
        let blocks: Vec<Colour> = (0..BLOCKS * BLOCKS).map(|at| block(at % BLOCKS, at / BLOCKS)).collect();
        let least = EDGE_STEPS * (BLOCK * BLOCK) as f32;
        let is_edge = |a: &Colour, b: &Colour| (0..3).any(|k| (a[k] - b[k]).abs() >= least);
        let across =
            blocks.chunks(BLOCKS).flat_map(|row| row.windows(2)).filter(|it| is_edge(&it[0], &it[1]));
        let down = blocks.iter().zip(&blocks[BLOCKS..]).filter(|(above, below)| is_edge(above, below));
        across.count() + down.count() >= BLOCKS
    }

    /// The cells of what lies inside a border of one colour; none where there is no border, or little else.
    pub fn without_border(&self) -> Option<Cells> {
        let luma = |x: usize, y: usize| self.0[y * SIDE + x][0];
        let mut edge: Vec<f32> =
            (0..SIDE).flat_map(|k| [luma(k, 0), luma(k, SIDE - 1), luma(0, k), luma(SIDE - 1, k)]).collect();
        let middle = edge.len() / 2;
        let colour = *edge.select_nth_unstable_by(middle, f32::total_cmp).1;
        let is_border = |line: &mut dyn Iterator<Item = f32>, length: usize| {
            let off = line.filter(|value| (value - colour).abs() > BORDER_STEPS).count();
            off <= length / BORDER_STRAY
        };
        let runs = |lines: &dyn Fn(usize) -> bool| {
            let (before, after) =
                ((0..SIDE).take_while(|&at| lines(at)), (0..SIDE).rev().take_while(|&at| lines(at)));
            before.count().min(after.count())
        };
        // As wide on opposite sides: a stripe of the border's colour beside it is the picture.
        let high = runs(&|y| is_border(&mut (0..SIDE).map(|x| luma(x, y)), SIDE));
        let rows = high..SIDE.saturating_sub(high).max(high);
        let wide = runs(&|x| is_border(&mut rows.clone().map(|y| luma(x, y)), rows.len()));
        let is_border = high.max(wide) >= TAKEN_MIN && SIDE - 2 * high.max(wide).min(SIDE / 2) >= LEFT_MIN;
        is_border.then(|| self.cells((wide, SIDE - wide), (high, SIDE - high)))
    }
}

/// The pixels of a side that sample `k` is the mean of: at least one.
fn part(k: usize, pixels: usize) -> Range<usize> {
    let start = (k * pixels / SIDE).min(pixels - 1);
    start..((k + 1) * pixels / SIDE).clamp(start + 1, pixels)
}
