//! Local features of some frames of a video: of each new shot, and of one every second or two; of a very long video
//! fewer, all along it.
//!
//! Frames come squeezed into squares; they are given their shape back before features are taken, so that a part of
//! one with other proportions looks the same.

use image::{RgbImage, imageops};
use lamassu_fingerprint::local::{KeyFrame, Wanted, extract};
use lamassu_fingerprint::{Channels, Picture};

use super::message::KeyFramesWanted;

/// Frames of less quality have nothing to be found by. An empty car park, of which PDQ says nothing (13), has a hundred
/// features.
const QUALITY_MIN: u8 = 8;
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
    /// They lie at least so far apart.
    apart_ms: u32,
    found: Vec<KeyFrame>,
}

impl KeyFrames {
    /// Nothing yet.
    pub fn new(wanted: KeyFramesWanted) -> Self {
        let (width, height) = wanted.size_px;
        let longer = width.max(height).max(1) as f32;
        let side = |side: u32| ((side as f32 / longer).max(FLATTEST) * SIDE_PX as f32) as u32;
        Self {
            shape_px: (side(width), side(height)),
            wanted,
            is_new_shot: true,
            apart_ms: APART_MS_MIN,
            found: Vec::new(),
        }
    }

    /// Says that what comes next is of another shot.
    pub fn begin_shot(&mut self) {
        self.is_new_shot = true;
    }

    /// Takes the features of a frame of this PDQ quality, if it is a key frame.
    pub fn see(&mut self, (pixels, (width, height)): (&[u8], (u32, u32)), at_ms: u32, quality: u8) {
        let since_ms = self.found.last().map_or(u32::MAX, |last| at_ms.saturating_sub(last.at_ms));
        let is_due = since_ms >= self.wanted.interval_ms || self.is_new_shot && since_ms >= self.apart_ms;
        if quality < QUALITY_MIN || !is_due {
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
            self.thin_out();
        }
    }

    /// When there are too many, every other one goes, and those that come lie twice as far apart: whatever its length,
    /// no part of a video is without.
    fn thin_out(&mut self) {
        if self.found.len() > self.wanted.frames_max as usize {
            let mut at = 0;
            self.found.retain(|_| {
                at += 1;
                at % 2 == 1
            });
            self.apart_ms = self.apart_ms.max(self.wanted.interval_ms) * 2;
            self.wanted.interval_ms = self.apart_ms;
        }
    }

    /// All of them.
    pub fn found(self) -> Vec<KeyFrame> {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyFrames, KeyFramesWanted};

    #[test]
    fn a_long_video_has_key_frames_to_its_end() {
        let wanted =
            KeyFramesWanted { features_max: 20, frames_max: 8, interval_ms: 1_000, size_px: (64, 64) };
        let mut key_frames = KeyFrames::new(wanted);
        let mut state = 7_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        for step in 0..100 {
            // Each frame is another shot.
            key_frames.begin_shot();
            let pixels: Vec<u8> = (0..64 * 64 * 3).map(|_| noise()).collect();
            key_frames.see((&pixels, (64, 64)), step * 500, 90);
        }
        let moments: Vec<u32> = key_frames.found().iter().map(|frame| frame.at_ms).collect();
        assert!((4..=8).contains(&moments.len()), "{moments:?}");
        assert!(moments[0] == 0 && moments.last().is_some_and(|&last| last >= 40_000), "{moments:?}");
        let gaps = moments.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(gaps.clone().max() <= gaps.min().map(|least| 2 * least), "{moments:?}");
    }

    #[test]
    fn a_smooth_scene_has_key_frames_and_a_flat_one_has_none() {
        let wanted =
            KeyFramesWanted { features_max: 20, frames_max: 8, interval_ms: 1_000, size_px: (64, 64) };
        let boxes = |at: usize| if (at / 12 + at / 64 / 12).is_multiple_of(2) { 120 } else { 130 };
        let pixels: Vec<u8> = (0..64 * 64).flat_map(|at| [boxes(at); 3]).collect();
        for (quality, count) in [(13, 1), (3, 0)] {
            let mut key_frames = KeyFrames::new(wanted);
            key_frames.see((&pixels, (64, 64)), 0, quality);
            assert_eq!(key_frames.found().len(), count, "{quality}");
        }
    }
}
