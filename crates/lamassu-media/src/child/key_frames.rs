//! Local features of some frames of what plays: of each new shot, and of one every second or two; where it is very long
//! fewer, all along it.
//!
//! Frames of a video come squeezed into squares; they are given their shape back before features are taken, so that a part of
//! one with other proportions looks the same.

use image::DynamicImage;
use image::imageops::FilterType;
use lamassu_fingerprint::local::{KeyFrame, Wanted};

use super::decode;
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

    /// Whether a frame of this moment and PDQ quality is a key frame.
    pub fn is_due(&self, at_ms: u32, quality: u8) -> bool {
        let since_ms = self.found.last().map_or(u32::MAX, |last| at_ms.saturating_sub(last.at_ms));
        let is_due = since_ms >= self.wanted.interval_ms || self.is_new_shot && since_ms >= self.apart_ms;
        quality >= QUALITY_MIN && is_due
    }

    /// Takes the features of a key frame.
    pub fn take(&mut self, frame: &DynamicImage, at_ms: u32) {
        let (width, height) = self.shape_px;
        let shaped = frame.resize_exact(width, height, FilterType::Triangle);
        let features_max = self.wanted.features_max.into();
        let wanted = Wanted { features_max, side_px: SIDE_PX as usize, enlarged_px: SIDE_PX as usize };
        let features = decode::features(&shaped, &wanted);
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
    use image::{Rgb, RgbImage};

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
            let frame = RgbImage::from_fn(64, 64, |_, _| Rgb([noise(), noise(), noise()]));
            if key_frames.is_due(step * 500, 90) {
                key_frames.take(&frame.into(), step * 500);
            }
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
        let boxes = |x: u32, y: u32| if (x / 12 + y / 12).is_multiple_of(2) { 120 } else { 130 };
        let frame = RgbImage::from_fn(64, 64, |x, y| Rgb([boxes(x, y); 3])).into();
        let mut key_frames = KeyFrames::new(wanted);
        assert_eq!([3, 13].map(|quality| key_frames.is_due(0, quality)), [false, true]);
        key_frames.take(&frame, 0);
        assert_eq!(key_frames.found().len(), 1);
    }
}
