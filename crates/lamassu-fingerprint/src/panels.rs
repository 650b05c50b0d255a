//! Pictures inside a picture: the halves of a split screen, the tiles of a collage, what an application shows between its
//! own bars. Each can be hashed like a whole picture, however few details it has.
//!
//! A picture is cut where a straight line goes through all of it, and each part is cut again (the recursive X-Y cut that
//! pages of print are taken apart with: Nagy, Seth, "Hierarchical representation of optically scanned documents", ICPR
//! 1984). Such a line is either plain, as a gap or a bar is, or an edge: luma steps along most of it, and not along
//! the lines beside it. A horizon may be one too; what looks like a panel and is none costs a question and is like nothing
//! that is known.

mod axis;

use axis::{Axis, Span, length};

use crate::frame::PANELS_MAX;
use crate::grid::Grid;
use crate::picture::Region;

/// Least step of an edge, in luma steps.
const STEP_MIN: u8 = 8;
/// Shortest side of a panel as a part of the picture's longer one.
const SIDE_PART: usize = 8;
/// Its longer side is at most so many times its shorter one: films are up to 2.4 times as wide as high.
const ASPECT_MAX: f32 = 2.5;
/// Less than this beyond a panel, as a part of the picture's side, makes no other picture of it.
const CHANGE_PART: usize = 50;
/// So often parts are cut again: in rows, columns, rows and columns.
const CUTS_MAX: usize = 4;
/// So often what is around a part is taken away: bars above and below hide those at the sides.
const ROUNDS_MAX: usize = 4;

/// The panels of a picture, larger ones before those inside them; at most [`PANELS_MAX`]. The picture itself is
/// none, but what its borders leave is.
pub fn panels(grid: &Grid) -> Vec<Region> {
    let lines = Lines::of(grid);
    let mut found = Vec::new();
    let mut parts = vec![Part { across: (0, grid.width), down: (0, grid.height) }];
    for _ in 0..=CUTS_MAX {
        let mut smaller = Vec::new();
        for part in parts {
            let Some((content, pieces)) = lines.taken_apart(part) else { continue };
            // What is plain at its side may be a bar, or a night.
            let seen = [part, content];
            let seen = if lines.is_same(&part, &content) { &seen[1..] } else { &seen[..] };
            let panels = seen.iter().filter(|it| lines.is_panel(it));
            found.extend(panels.map(|it| it.region(grid)));
            smaller.extend(pieces);
        }
        parts = smaller;
    }
    found.truncate(PANELS_MAX);
    found
}

/// A rectangle of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    across: Span,
    down: Span,
}

impl Part {
    fn region(&self, grid: &Grid) -> Region {
        let (left, right) = grid.pixels(self.across, grid.width, grid.picture.0);
        let (top, bottom) = grid.pixels(self.down, grid.height, grid.picture.1);
        Region { x: left, y: top, width: right - left, height: bottom - top }
    }
}

/// What the lines of a picture are told by.
struct Lines {
    width: usize,
    height: usize,
    luma: Vec<u8>,
    /// 1 where luma steps most between a sample and the one left of it, 0 elsewhere.
    upright: Vec<u8>,
    /// The same for the one above it.
    level: Vec<u8>,
}

impl Lines {
    fn of(grid: &Grid) -> Self {
        let (width, height) = (grid.width, grid.height);
        let luma: Vec<u8> = grid.luma.iter().map(|&luma| luma as u8).collect();
        let (mut upright, mut level) = (vec![0; luma.len()], vec![0; luma.len()]);
        for (luma, upright) in luma.chunks_exact(width).zip(upright.chunks_exact_mut(width)) {
            let steps: Vec<u8> = luma.windows(2).map(|pair| pair[0].abs_diff(pair[1])).collect();
            for (edge, steps) in upright.iter_mut().skip(2).zip(steps.windows(3)) {
                *edge = is_edge(steps[0], steps[1], steps[2]);
            }
        }
        let steps: Vec<u8> = luma.iter().zip(&luma[width..]).map(|(a, b)| a.abs_diff(*b)).collect();
        for y in 2..height.saturating_sub(1) {
            let [before, own, after] = [y - 2, y - 1, y].map(|y| &steps[y * width..(y + 1) * width]);
            for (x, edge) in level[y * width..(y + 1) * width].iter_mut().enumerate() {
                *edge = is_edge(before[x], own[x], after[x]);
            }
        }
        Self { width, height, luma, upright, level }
    }

    /// The part without what is plain around it, and the parts that straight lines through all of that make; none
    /// of what is too small.
    fn taken_apart(&self, part: Part) -> Option<(Part, Vec<Part>)> {
        let mut part = part;
        let mut axes = self.axes(&part);
        for _ in 0..ROUNDS_MAX {
            let content = Part { across: axes[0].content()?, down: axes[1].content()? };
            if self.is_small(&content) {
                return None;
            }
            if content == part {
                break;
            }
            part = content;
            axes = self.axes(&part);
        }
        let least = self.side_min();
        let [across, down] = axes.map(|axis| axis.cut(least));
        let parts = if across.clearness > down.clearness {
            across.spans.into_iter().map(|across| Part { across, ..part }).collect()
        } else if down.clearness > 0.0 {
            down.spans.into_iter().map(|down| Part { down, ..part }).collect()
        } else {
            Vec::new()
        };
        Some((part, parts))
    }

    fn side_min(&self) -> usize {
        (self.width.max(self.height) / SIDE_PART).max(1)
    }

    fn is_small(&self, part: &Part) -> bool {
        length(part.across).min(length(part.down)) < self.side_min()
    }

    /// Whether a part is worth a hash of its own.
    fn is_panel(&self, part: &Part) -> bool {
        let (width, height) = (length(part.across), length(part.down));
        let whole = Part { across: (0, self.width), down: (0, self.height) };
        width.max(height) as f32 <= ASPECT_MAX * width.min(height) as f32 && !self.is_same(part, &whole)
    }

    /// Whether hashes of both would say the same.
    fn is_same(&self, part: &Part, other: &Part) -> bool {
        let is_near =
            |(a, b): Span, (c, d): Span, whole: usize| (a.abs_diff(c) + b.abs_diff(d)) * CHANGE_PART < whole;
        is_near(part.across, other.across, self.width) && is_near(part.down, other.down, self.height)
    }

    /// What the columns and the rows of a part are like.
    fn axes(&self, part: &Part) -> [Axis; 2] {
        let (from, to) = part.across;
        let width = to - from;
        let (mut least, mut most) = (vec![u8::MAX; width], vec![0; width]);
        let (mut steps, mut ripples) = (vec![0_u16; width], vec![0_u16; width]);
        let mut rows = Axis::new(part.down, width);
        for y in part.down.0..part.down.1 {
            let [luma, upright, level] = [&self.luma, &self.upright, &self.level]
                .map(|all| &all[y * self.width + from..y * self.width + to]);
            for x in 0..width {
                least[x] = least[x].min(luma[x]);
                most[x] = most[x].max(luma[x]);
                steps[x] += u16::from(upright[x]);
                ripples[x] += u16::from(level[x]);
            }
            let range = luma.iter().fold((u8::MAX, 0), |(low, high), &luma| (low.min(luma), high.max(luma)));
            let count = |edges: &[u8]| edges.iter().map(|&edge| u16::from(edge)).sum();
            rows.push(range, count(level), count(upright));
        }
        let mut columns = Axis::new(part.across, length(part.down));
        for x in 0..width {
            columns.push((least[x], most[x]), steps[x], ripples[x]);
        }
        [columns, rows].map(Axis::with_gaps)
    }
}

/// Whether a step is one that people see, and larger than those beside it.
fn is_edge(before: u8, own: u8, after: u8) -> u8 {
    u8::from(own >= STEP_MIN) & u8::from(own > before) & u8::from(own >= after)
}
