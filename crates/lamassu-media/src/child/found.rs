//! What is found in pictures: the fingerprints of their views, and where those views lie.

use std::collections::HashSet;

use lamassu_fingerprint::pdq::DihedralPdq;
use lamassu_fingerprint::plain::PlainHash;
use lamassu_fingerprint::{Area, Frame, Grid, Picture, ReadFrame, Region, View, ViewArea, frame, pdq};

use super::layout::Layout;

/// Below Meta's least quality for a hash that counts.
const QUALITY_IN_DOUBT: u8 = 49;

/// Fingerprints, and where their views lie.
#[derive(Debug, Default)]
pub struct Found {
    /// A fingerprint for each view of each moment that is worth one.
    pub frames: Vec<ReadFrame>,
    /// The areas of those views that are not the whole picture.
    pub areas: Vec<ViewArea>,
}

impl Found {
    /// Adds a view: `picture`, or what lies in `region` of it. Gives its hash; none for what is too small to be
    /// hashed.
    pub fn add(
        &mut self,
        picture: &Picture<'_>,
        view: View,
        region: Option<Region>,
        (start_ms, end_ms): (u32, u32),
    ) -> Option<DihedralPdq> {
        let seen = region.map_or(*picture, |region| picture.crop(region));
        let hash = pdq::pdq(&seen).ok()?;
        self.frames.push(Frame { start_ms, end_ms, view, quality: hash.quality, bits: hash.bits });
        let area = region.map(|region| Area::of(region, picture.width(), picture.height()));
        self.areas.extend(area.map(|area| ViewArea { start_ms, view, area }));
        Some(hash)
    }

    /// Adds the pictures inside `picture`, if there is a layout, but for what lies in one of the `known` regions.
    pub fn add_panels(
        &mut self,
        picture: &Picture<'_>,
        grid: &Grid,
        (layout, known): (Option<&mut Layout>, &[Region]),
        span_ms: (u32, u32),
    ) {
        let size = (picture.width(), picture.height());
        let panels = layout.map(|layout| layout.panels(grid, size, known)).unwrap_or_default();
        for (number, region) in panels {
            self.add(picture, View::Panel(number), Some(region), span_ms);
        }
    }

    /// Takes from all hashes the quality that they would count with.
    pub fn doubt(&mut self) {
        for frame in &mut self.frames {
            frame.quality = frame.quality.min(QUALITY_IN_DOUBT);
        }
    }

    /// Adds what plain pictures are known by.
    pub fn add_plain(&mut self, hashes: Vec<PlainHash>) {
        let frame = |PlainHash { structure, bits }| Frame {
            start_ms: 0,
            end_ms: 0,
            view: View::Plain,
            quality: structure,
            bits,
        };
        self.frames.extend(hashes.into_iter().map(frame));
    }

    /// Adds what was found later.
    pub fn append(&mut self, mut later: Self) {
        self.frames.append(&mut later.frames);
        self.areas.append(&mut later.areas);
    }

    /// Ends each frame where the next moment begins, if not before. Frames lie in the order of time.
    pub fn end_at_next(&mut self) {
        let starts: Vec<u32> = self.frames.iter().map(|frame| frame.start_ms).collect();
        for frame in &mut self.frames {
            let next = starts.partition_point(|&start| start <= frame.start_ms);
            frame.end_ms = starts.get(next).map_or(frame.end_ms, |&start| frame.end_ms.min(start));
        }
    }

    /// The same without near-identical neighbours.
    pub fn collapse(self) -> Self {
        let frames = frame::collapse(&self.frames);
        let kept: HashSet<(u32, View)> = frames.iter().map(|frame| (frame.start_ms, frame.view)).collect();
        let areas =
            self.areas.into_iter().filter(|area| kept.contains(&(area.start_ms, area.view))).collect();
        Self { frames, areas }
    }
}
