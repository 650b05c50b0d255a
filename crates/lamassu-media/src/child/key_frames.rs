//! Local features of some frames of a video: of each new shot, and of one every second or two.
//!
//! Frames come squeezed into squares; they are given their shape back before features are taken, so that a part of
//! one with other proportions looks the same.

use image::{RgbImage, imageops};
use lamassu_fingerprint::local::{KeyFrame, Wanted, extract};
use lamassu_fingerprint::{Channels, Picture};

use super::message::KeyFramesWanted;

/// Frames of less quality have nothing to be found by.
const QUALITY_MIN: u8 = 50;
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
    /// Whether a shot began since the last key frame.
    is_new_shot: bool,
    found: Vec<KeyFrame>,
}

impl KeyFrames {
    /// Nothing yet.
    pub fn new(wanted: KeyFramesWanted) -> Self {
        let (width, height) = wanted.size_px;
        let longer = width.max(height).max(1) as f32;
        let side = |side: u32| ((side as f32 / longer).max(FLATTEST) * SIDE_PX as f32) as u32;
        Self { shape_px: (side(width), side(height)), wanted, is_new_shot: true, found: Vec::new() }
    }

    /// Says that what comes next is of another shot.
    pub fn begin_shot(&mut self) {
        self.is_new_shot = true;
    }

    /// Takes the features of a frame of this PDQ quality, if it is a key frame.
    pub fn see(&mut self, (pixels, (width, height)): (&[u8], (u32, u32)), at_ms: u32, quality: u8) {
        let since_ms = self.found.last().map_or(u32::MAX, |last| at_ms.saturating_sub(last.at_ms));
        let is_due = since_ms >= self.wanted.interval_ms || self.is_new_shot && since_ms >= APART_MS_MIN;
        if quality < QUALITY_MIN || !is_due || self.found.len() >= self.wanted.frames_max as usize {
            return;
        }
        let Some(square) = RgbImage::from_raw(width, height, pixels.to_vec()) else { return };
        let (width, height) = self.shape_px;
        let shaped = imageops::resize(&square, width, height, imageops::FilterType::Triangle);
        let picture = Picture::new(shaped.as_raw(), width as usize, height as usize, Channels::Rgb);
        let features_max = self.wanted.features_max.into();
        let wanted = Wanted { features_max, side_px: SIDE_PX as usize, enlarged_px: SIDE_PX as usize };
        let features = picture.map(|picture| extract(picture, &wanted)).unwrap_or_default();
        if !features.is_empty() {
            self.found.push(KeyFrame { at_ms, features });
            self.is_new_shot = false;
        }
    }

    /// All of them.
    pub fn found(self) -> Vec<KeyFrame> {
        self.found
    }
}
