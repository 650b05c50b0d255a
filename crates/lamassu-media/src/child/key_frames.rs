//! Local features of some frames of a video: of each new shot, and of one every second or two.
//!
//! Frames come squeezed into squares; they are given their shape back before features are taken, so that a part of
//! one with other proportions looks the same.

use image::{RgbImage, imageops};
use lamassu_fingerprint::local::{KeyFrame, Wanted, extract};
use lamassu_fingerprint::{Bits256, Channels, Picture, View};

use super::found::Found;
use super::message::KeyFramesWanted;

/// Frames of less quality have nothing to be found by.
const QUALITY_MIN: u8 = 50;
/// A frame this far from the one before begins a shot, in bits of PDQ.
const SHOT_BITS: u32 = 80;
/// Key frames lie at least so far apart, in milliseconds.
const APART_MS_MIN: u32 = 300;
/// The longer side at which they are looked at, in pixels.
const SIDE_PX: u32 = 400;
/// The shorter side is at least this share of the longer one, whatever the file says.
const FLATTEST: f32 = 0.2;

/// What was found so far.
pub struct KeyFrames {
    wanted: KeyFramesWanted,
    shape_px: (u32, u32),
    before: Option<Bits256>,
    found: Vec<KeyFrame>,
}

impl KeyFrames {
    /// Nothing yet.
    pub fn new(wanted: KeyFramesWanted) -> Self {
        let (width, height) = wanted.size_px;
        let longer = width.max(height).max(1) as f32;
        let side = |side: u32| ((side as f32 / longer).max(FLATTEST) * SIDE_PX as f32) as u32;
        Self { shape_px: (side(width), side(height)), wanted, before: None, found: Vec::new() }
    }

    /// Takes the features of a frame if it is a key frame. Its hash is the last whole one in `hashed`.
    pub fn see(&mut self, pixels: &[u8], side_px: u32, hashed: &Found) {
        let Some(frame) = hashed.frames.iter().rev().find(|frame| frame.view == View::Full) else { return };
        let (at_ms, hash) = (frame.start_ms, frame.bits[0]);
        let is_cut = self.before.is_none_or(|before| before.distance(hash) >= SHOT_BITS);
        self.before = Some(hash);
        let since_ms = self.found.last().map_or(u32::MAX, |last| at_ms.saturating_sub(last.at_ms));
        let is_due = since_ms >= self.wanted.interval_ms || is_cut && since_ms >= APART_MS_MIN;
        if frame.quality < QUALITY_MIN || !is_due || self.found.len() >= self.wanted.frames_max as usize {
            return;
        }
        let Some(square) = RgbImage::from_raw(side_px, side_px, pixels.to_vec()) else { return };
        let (width, height) = self.shape_px;
        let shaped = imageops::resize(&square, width, height, imageops::FilterType::Triangle);
        let picture = Picture::new(shaped.as_raw(), width as usize, height as usize, Channels::Rgb);
        let features_max = self.wanted.features_max.into();
        let wanted = Wanted { features_max, side_px: SIDE_PX as usize, enlarged_px: SIDE_PX as usize };
        let features = picture.map(|picture| extract(picture, &wanted)).unwrap_or_default();
        if !features.is_empty() {
            self.found.push(KeyFrame { at_ms, features });
        }
    }

    /// All of them.
    pub fn found(self) -> Vec<KeyFrame> {
        self.found
    }
}
