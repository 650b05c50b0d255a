//! The lines of a part of a picture in one direction, and where it is cut along them.

/// A line is plain if its samples lie within so many luma steps of 255, which JPEG ringing stays below, or if luma steps
/// nowhere along it but for so many of its samples: bars are filled with a blurred copy of the picture, too.
const SHADE_STEPS: u8 = 24;
const RIPPLES_MAX: f32 = 0.01;
/// So are lines of a clear sky: plain ones next to each other are a gap only if the samples of one lie within this, or if
/// they end with an edge.
const PURE_STEPS: u8 = 6;
/// So much of the line at the end of a gap steps at least.
const END_SHARE_MIN: f32 = 0.3;
/// So much of a line steps at least where it is an edge, and so much more than of any line around it.
const SHARE_MIN: f32 = 0.4;
const CLEARNESS_MIN: f32 = 0.15;
/// Those lines: from the second one on to this one, on both sides; blocks of a bad JPEG end every eighth.
const AROUND: usize = 16;

/// From the first sample to behind the last one of an axis.
pub type Span = (usize, usize);

pub fn length((start, end): Span) -> usize {
    end - start
}

/// What a line is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Of one shade.
    Pure,
    /// Nearly of one, or smooth.
    Plain,
    /// With something to see.
    Content,
}

/// The lines of a part in one direction.
pub struct Axis {
    start: usize,
    /// Samples of a line.
    length: usize,
    kinds: Vec<Kind>,
    /// Of each line, whether it is one of a gap.
    gaps: Vec<bool>,
    /// How much of it steps from the line before.
    shares: Vec<f32>,
}

/// Where an axis is cut.
pub struct Cut {
    /// What lies between cuts; one span if there are none.
    pub spans: Vec<Span>,
    /// How much more of the clearest cut steps than of what is around it: 1 of a gap; 0 without cuts.
    pub clearness: f32,
}

impl Axis {
    /// Of lines of so many samples, none of them told of yet.
    pub fn new((start, end): Span, length: usize) -> Self {
        let count = end - start;
        let (kinds, shares) = (Vec::with_capacity(count), Vec::with_capacity(count));
        Self { start, length, kinds, gaps: Vec::new(), shares }
    }

    /// Adds a line: the least and the greatest of its luma, how often that steps from the line before, and how often along
    /// it.
    pub fn push(&mut self, (low, high): (u8, u8), steps: u16, ripples: u16) {
        let share = |count: u16| f32::from(count) / self.length as f32;
        let range = high - low;
        self.kinds.push(if range <= PURE_STEPS {
            Kind::Pure
        } else if range <= SHADE_STEPS || share(ripples) <= RIPPLES_MAX {
            Kind::Plain
        } else {
            Kind::Content
        });
        self.shares.push(share(steps));
    }

    /// With all lines told of, the same with its gaps.
    pub fn with_gaps(mut self) -> Self {
        let count = self.kinds.len();
        let is_plain = |kind: Kind| kind != Kind::Content;
        let mut gaps = vec![false; count];
        let mut start = 0;
        for run in self.kinds.chunk_by(|a, b| is_plain(*a) == is_plain(*b)) {
            let end = start + run.len();
            // A gap goes as far as one of these, or to the side of the part: beyond it may be a clear sky.
            let pure = (start..).zip(run).filter(|(_, kind)| **kind == Kind::Pure);
            let pure = pure.flat_map(|(line, _)| [line, line + 1]);
            // An edge that is not sharp is one line off.
            let edges = start.saturating_sub(1)..(end + 2).min(count);
            let edges = edges.filter(|&line| self.shares[line] >= END_SHARE_MIN);
            let ends = pure.chain(edges).map(|line| line.clamp(start, end));
            if let Some((first, last)) = ends.clone().min().zip(ends.max()).filter(|_| is_plain(run[0])) {
                let first = if start == 0 { 0 } else { first };
                let last = if end == count { count } else { last };
                gaps[first..last].fill(true);
            }
            start = end;
        }
        self.gaps = gaps;
        self
    }

    /// From the first line that is none of a gap to behind the last one; none where all are.
    pub fn content(&self) -> Option<Span> {
        let first = self.gaps.iter().position(|gap| !gap)?;
        let last = self.gaps.iter().rposition(|gap| !gap)?;
        Some((self.start + first, self.start + last + 1))
    }

    /// Cuts at all gaps and edges, where both sides are no narrower than `least`.
    pub fn cut(&self, least: usize) -> Cut {
        let mut cut = Cut { spans: Vec::new(), clearness: 0.0 };
        let mut at = 0;
        for run in self.gaps.chunk_by(|a, b| a == b) {
            let (start, end) = (at, at + run.len());
            at = end;
            if run[0] {
                cut.clearness = 1.0;
                continue;
            }
            let mut from = start;
            for (line, clearness) in self.edges((start, end)) {
                if line - from >= least && end - line >= least {
                    cut.spans.push((self.start + from, self.start + line));
                    cut.clearness = cut.clearness.max(clearness);
                    from = line;
                }
            }
            cut.spans.push((self.start + from, self.start + end));
        }
        cut
    }

    /// The first lines behind edges, and how clear those are.
    fn edges(&self, (start, end): Span) -> impl Iterator<Item = (usize, f32)> {
        (start + 1..end).filter_map(move |line| {
            let share = self.shares[line];
            let beside = |line: Option<usize>| {
                line.and_then(|line| self.shares.get(line)).is_none_or(|&it| it <= share)
            };
            if share < SHARE_MIN || !beside(line.checked_sub(1)) || !beside(Some(line + 1)) {
                return None;
            }
            let before = &self.shares[line.saturating_sub(AROUND).max(start)..line - 1];
            let after = &self.shares[(line + 2).min(end)..(line + 1 + AROUND).min(end)];
            let around = before.iter().chain(after).fold(0.0_f32, |most, share| most.max(*share));
            (share - around >= CLEARNESS_MIN).then_some((line, share - around))
        })
    }
}
