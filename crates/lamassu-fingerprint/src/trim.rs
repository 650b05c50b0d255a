//! Finds the content inside borders, letterbox bars, captions and application frames.
//!
//! A line of pixels (a row or a column) is *uniform* when almost all of it has the colour of the
//! picture's edge, and *mostly background* when more than half of it has. Uniform lines are taken
//! away from each side ([`View::Trimmed`]); mostly-background ones behind a uniform one as well
//! ([`View::Content`]), which removes a caption's text with its band. Works on luma at a quarter of a
//! million samples at most.

use crate::frame::View;
use crate::grid::Grid;
use crate::picture::Region;

/// Luma steps (of 255) within which a pixel counts as background; JPEG ringing stays below.
const BACKGROUND_STEPS: f32 = 14.0;
/// Share of a line that must be background for it to be uniform.
const UNIFORM_SHARE: f32 = 0.985;
/// Share of a line that must be background for it to belong to a caption or an application's frame.
const CONTENT_SHARE: f32 = 0.55;
/// What is left must be at least this share of each side: less is a logo on a card, not a picture.
const SIDE_SHARE_MIN: f32 = 0.2;
/// A trim must take away at least this share of a side: less changes no hash.
const TRIM_SHARE_MIN: f32 = 0.015;

/// The regions worth hashing beside the whole picture; none when there is nothing to trim.
pub fn content_regions(grid: &Grid) -> Vec<(View, Region)> {
    let mut found: Vec<(View, Region)> = Vec::with_capacity(2);
    for (view, share) in [(View::Trimmed, UNIFORM_SHARE), (View::Content, CONTENT_SHARE)] {
        let Some(region) = grid.shrink(share) else { continue };
        if found.iter().all(|(_, other)| *other != region) {
            found.push((view, region));
        }
    }
    found
}

impl Grid {
    /// The region left when lines with `share` background are taken from each side, over and over:
    /// bars above and below hide the bars at the sides until they are gone.
    fn shrink(&self, share: f32) -> Option<Region> {
        let (mut x, mut y) = ((0, self.width), (0, self.height));
        loop {
            let rows = shrink_axis(y, x, share, |line, at| self.luma[line * self.width + at]);
            let columns = shrink_axis(x, rows, share, |line, at| self.luma[at * self.width + line]);
            if (columns, rows) == (x, y) {
                break;
            }
            (x, y) = (columns, rows);
        }
        self.region(x, y)
    }

    /// Back to pixels; `None` when too little is left or too little was taken.
    fn region(&self, x: (usize, usize), y: (usize, usize)) -> Option<Region> {
        let (x, y) = (side_checked(x)?, side_checked(y)?);
        let (x, y) =
            (self.pixels(x, self.width, self.picture.0), self.pixels(y, self.height, self.picture.1));
        let (width, height) = (x.1 - x.0, y.1 - y.0);
        let share = |part: usize, whole: usize| part as f32 / whole as f32;
        let (across, down) = (share(width, self.picture.0), share(height, self.picture.1));
        let enough = across.min(down) >= SIDE_SHARE_MIN;
        let changed = across.min(down) <= 1.0 - TRIM_SHARE_MIN;
        (enough && changed).then_some(Region { x: x.0, y: y.0, width, height })
    }
}

fn side_checked(side: (usize, usize)) -> Option<(usize, usize)> {
    (side.0 < side.1).then_some(side)
}

/// Takes background lines from both ends of `lines`; each line runs over `span`.
fn shrink_axis(
    lines: (usize, usize),
    span: (usize, usize),
    share: f32,
    luma: impl Fn(usize, usize) -> f32,
) -> (usize, usize) {
    let (mut start, mut end) = lines;
    if start >= end || span.0 >= span.1 {
        return lines;
    }
    let is_background = |line: usize, colour: f32, share: f32| {
        let near = (span.0..span.1).filter(|&at| (luma(line, at) - colour).abs() <= BACKGROUND_STEPS).count();
        near as f32 >= share * (span.1 - span.0) as f32
    };
    let colour_of = |line: usize| {
        let mut values: Vec<f32> = (span.0..span.1).map(|at| luma(line, at)).collect();
        let middle = values.len() / 2;
        *values.select_nth_unstable_by(middle, f32::total_cmp).1
    };
    // What does not begin with a uniform line is no band but the picture itself: a plain sky, a dark ground.
    let (first, last) = (colour_of(start), colour_of(end - 1));
    if is_background(start, first, UNIFORM_SHARE) {
        while start < end && is_background(start, first, share) {
            start += 1;
        }
    }
    if start < end && is_background(end - 1, last, UNIFORM_SHARE) {
        while end > start && is_background(end - 1, last, share) {
            end -= 1;
        }
    }
    (start, end)
}
