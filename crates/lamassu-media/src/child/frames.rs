//! Fingerprinting the raw frames that `ffmpeg` writes into a pipe.

use std::fs::File;
use std::io::{self, Read};

use image::{DynamicImage, GrayImage};
use lamassu_fingerprint::local::encode_key_frames;
use lamassu_fingerprint::shot::{Seen, Shot, Shots};
use lamassu_fingerprint::{Channels, Grid, Picture, View, encode_areas, encode_frames, trim};

use super::found::Found;
use super::key_frames::KeyFrames;
use super::layout::Layout;
use super::message::{Answer, FrameStream};
use super::preview;
use crate::error::Refusal;
use crate::planes::Planes;
use crate::reading::{Preview, Purpose, ShotSpan};

/// Quality from which a frame is good enough to show people what a video is about.
const PREVIEW_QUALITY_MIN: u8 = 50;

/// What was seen of a video so far.
struct Watched<'a> {
    stream: &'a FrameStream,
    /// Frames that came.
    count: u32,
    found: Found,
    /// Where the pictures inside it lie, if they are looked at.
    layout: Option<Layout>,
    shots: Shots,
    told: Vec<Shot>,
    /// The last one that was fingerprinted.
    last: u32,
    /// One that was fingerprinted as its step's first, and may have flashed by before what the step shows.
    flash: Option<u32>,
    /// What shows a shot of which no fingerprinted frame was seen yet.
    key: Option<Found>,
    /// The frames that show shots in detail, if they are wanted.
    key_frames: Option<KeyFrames>,
    /// The frame that shows people best what it is about, and its quality.
    shown: Option<(u8, Vec<u8>)>,
}

/// Reads frames until the pipe ends and fingerprints every `step`th, another one where that only flashed by, and one of
/// each shot that lies between; `tell` is told how far it is, in milliseconds.
pub fn fingerprint(
    mut pipe: File,
    stream: &FrameStream,
    mut tell: impl FnMut(u32),
) -> Result<Answer, Refusal> {
    let (width, height) = stream.size_px;
    let mut frame = vec![0; Planes::size_bytes(stream.size_px)];
    let mut luma = GrayImage::new(width, height);
    let mut watched = Watched {
        stream,
        count: 0,
        found: Found::default(),
        layout: Layout::of(stream.purpose),
        shots: Shots::default(),
        told: Vec::new(),
        last: 0,
        flash: None,
        key: None,
        key_frames: stream.key_frames.map(KeyFrames::new),
        shown: None,
    };
    while watched.count < stream.frames_max && next(&mut pipe, &mut frame).map_err(|_| Refusal::Malformed)? {
        Planes::new(&frame, stream.size_px, stream.matrix).luma(&mut luma);
        watched.see(&luma, &frame);
        tell(watched.at_ms(watched.count));
    }
    watched.finish()
}

impl Watched<'_> {
    /// Takes the luma of the next frame, and all of it.
    fn see(&mut self, luma: &GrayImage, frame: &[u8]) {
        let (width, height) = self.stream.size_px;
        let whole = Picture::new(luma, width as usize, height as usize, Channels::Gray);
        let whole = whole.expect("the buffer was made for this size");
        let seen = self.shots.push(&whole);
        if seen != Seen::Same {
            // The shot before is over, and no other frame shows it.
            self.keep_key();
        }
        if self.is_due(seen) {
            self.key = None;
            self.last = self.count;
            let quality = views(
                &whole,
                (self.at_ms(self.count), self.at_ms(self.next_step())),
                &mut self.layout,
                &mut self.found,
            );
            self.offer(quality, frame);
            let at_ms = self.at_ms(self.count);
            if let Some(key_frames) = self.key_frames.as_mut().filter(|it| it.is_due(at_ms, quality)) {
                key_frames.take(&luma.clone().into(), at_ms);
            }
        }
        if let Seen::New(shot) = seen {
            self.told.push(shot);
            self.key_frames.iter_mut().for_each(KeyFrames::begin_shot);
            if self.last < shot.start {
                let mut key = Found::default();
                views(
                    &whole,
                    (self.at_ms(self.count), self.at_ms(self.next_step())),
                    &mut self.layout,
                    &mut key,
                );
                self.key = Some(key);
            }
        }
        self.count += 1;
    }

    /// Whether the next frame is fingerprinted in any case: as the first of its step, or as the first that shows what goes
    /// on, or begins, after that one flashed by. What flashes at the pace of the steps would hide all else.
    fn is_due(&mut self, seen: Seen) -> bool {
        if self.count.is_multiple_of(self.stream.step) {
            self.flash = (seen == Seen::Between).then_some(self.count);
            return true;
        }
        let Some(flash) = self.flash else { return false };
        let is_over = match seen {
            Seen::Same => true,
            Seen::New(shot) => shot.start > flash,
            Seen::Between => return false,
        };
        self.flash = None;
        is_over
    }

    fn keep_key(&mut self) {
        if let Some(key) = self.key.take() {
            self.found.append(key);
        }
    }

    fn at_ms(&self, frame: u32) -> u32 {
        (u64::from(frame) * 1000 / u64::from(self.stream.frames_per_second)) as u32
    }

    /// Number of the next frame that is fingerprinted in any case.
    fn next_step(&self) -> u32 {
        (self.count / self.stream.step + 1) * self.stream.step
    }

    /// Keeps the frame for people, if it is the best so far.
    fn offer(&mut self, quality: u8, frame: &[u8]) {
        let best = self.shown.as_ref().map(|(best, _)| *best);
        let better = best.is_none_or(|best| best < PREVIEW_QUALITY_MIN && quality > best);
        if self.stream.preview_px.is_some() && better {
            self.shown = Some((quality, frame.to_vec()));
        }
    }

    fn finish(mut self) -> Result<Answer, Refusal> {
        self.keep_key();
        // Whole steps: a frame holds until the next one that is fingerprinted.
        let duration_ms = self.at_ms(self.count.next_multiple_of(self.stream.step));
        let shots = self.spans(duration_ms);
        let preview = self.preview()?;
        self.found.end_at_next();
        let found = match self.stream.purpose {
            Purpose::Entry => self.found.collapse(),
            Purpose::Item => self.found,
        };
        let (frames, areas) = (encode_frames(&found.frames), encode_areas(&found.areas));
        let key_frames = self.key_frames.map(KeyFrames::found).unwrap_or_default();
        let features = encode_key_frames(&key_frames);
        let still = Answer::still(self.stream.size_px, preview);
        Ok(Answer { duration_ms, frames, areas, shots, features, ..still })
    }

    fn spans(&self, duration_ms: u32) -> Vec<ShotSpan> {
        let ends = self.told.iter().skip(1).map(|shot| self.at_ms(shot.start)).chain([duration_ms]);
        let spans = self.told.iter().zip(ends);
        spans
            .map(|(shot, end_ms)| ShotSpan {
                start_ms: self.at_ms(shot.start),
                end_ms,
                key_ms: self.at_ms(shot.key),
            })
            .collect()
    }

    fn preview(&mut self) -> Result<Option<Preview>, Refusal> {
        let FrameStream { size_px, matrix, preview_px: Some(size), .. } = *self.stream else {
            return Ok(None);
        };
        let Some((_, frame)) = self.shown.take() else { return Ok(None) };
        let image = Planes::new(&frame, size_px, matrix).colours();
        preview::of(&DynamicImage::ImageRgb8(image), size, size.0.max(size.1)).map(Some)
    }
}

/// Adds the frame, whole and without letterbox bars, and the pictures inside it; gives the quality of the whole.
fn views(whole: &Picture<'_>, span_ms: (u32, u32), layout: &mut Option<Layout>, found: &mut Found) -> u8 {
    let quality = found.add(whole, View::Full, None, span_ms).map(|hash| hash.quality);
    let grid = Grid::sample(whole);
    let bars = trim::content_regions(&grid).into_iter().find(|(view, _)| *view == View::Trimmed);
    if let Some((view, region)) = bars {
        found.add(whole, view, Some(region), span_ms);
    }
    let bars = bars.map(|(_, region)| region);
    found.add_panels(whole, &grid, (layout.as_mut(), bars.as_slice()), span_ms);
    quality.unwrap_or(0)
}

/// Fills `frame` with the next one; false at the end, also when the last one is cut off.
fn next(pipe: &mut File, frame: &mut [u8]) -> io::Result<bool> {
    match pipe.read_exact(frame) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
