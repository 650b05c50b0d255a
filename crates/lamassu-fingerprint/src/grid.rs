//! A picture as few samples, for what looks at its lines.

use crate::picture::Picture;

/// Longest side of a grid, in samples.
const SIDE_MAX: usize = 512;

/// Luma of every `step`-th pixel in both directions.
#[derive(Debug)]
pub struct Grid {
    /// By rows, 0 to 255.
    pub(crate) luma: Vec<f32>,
    /// Samples of a row.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
    /// Pixels from one sample to the next.
    pub(crate) step: usize,
    /// Width and height of the picture in pixels.
    pub(crate) picture: (usize, usize),
}

impl Grid {
    /// Samples `picture`, its longer side at most 512 times.
    pub fn sample(picture: &Picture<'_>) -> Self {
        let step = picture.width().max(picture.height()).div_ceil(SIDE_MAX);
        let (width, height) = (picture.width().div_ceil(step), picture.height().div_ceil(step));
        let mut row = vec![0.0; picture.width()];
        let mut luma = Vec::with_capacity(width * height);
        for y in 0..height {
            picture.luma_row(y * step, &mut row);
            luma.extend(row.iter().step_by(step));
        }
        Self { luma, width, height, step, picture: (picture.width(), picture.height()) }
    }

    /// The pixels of an axis of `pixels` that samples `start` to before `end` of `samples` stand for, but none beyond what
    /// they show: a border ends somewhere between the last sample in it and the first one outside.
    pub(crate) fn pixels(
        &self,
        (start, end): (usize, usize),
        samples: usize,
        pixels: usize,
    ) -> (usize, usize) {
        let end = if end == samples { pixels } else { ((end - 1) * self.step + 1).min(pixels) };
        (start * self.step, end)
    }
}
