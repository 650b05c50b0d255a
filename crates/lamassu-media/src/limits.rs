//! Every limit on foreign media, in one place.

use serde::{Deserialize, Serialize};

/// What one item may cost. Beyond any of these the item is refused with the limit's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Largest picture file, in bytes.
    pub image_bytes_max: u64,
    /// Largest video, sound, document or text file, in bytes.
    pub media_bytes_max: u64,
    /// Longest side of a picture or video, in pixels.
    pub side_px_max: u32,
    /// Most pixels of one picture.
    pub image_pixels_max: u64,
    /// Most pixels decoded for one animated picture, all frames together.
    pub animation_pixels_max: u64,
    /// Most frames of one animated picture.
    pub animation_frames_max: u32,
    /// Most memory one decoded picture may take, in bytes.
    pub decoded_bytes_max: u64,
    /// Longest video or sound, in seconds of decoded content.
    pub duration_s_max: u32,
    /// Most streams in one container.
    pub streams_max: u32,
    /// Address space of the child that decodes pictures, in bytes.
    pub child_memory_bytes_max: u64,
    /// Address space of `ffmpeg`, in bytes.
    pub ffmpeg_memory_bytes_max: u64,
    /// CPU time for one picture, in seconds.
    pub image_cpu_s_max: u32,
    /// Wall time for one picture, in milliseconds.
    pub image_wall_ms_max: u64,
    /// CPU time of `ffmpeg` for one video, in seconds.
    pub media_cpu_s_max: u32,
    /// Wall time for one video, in milliseconds.
    pub media_wall_ms_max: u64,
    /// Pictures after which a child is replaced.
    pub child_items_max: u32,
    /// Resident memory after which a child is replaced, in bytes.
    pub child_resident_bytes_max: u64,
    /// Longest side of a preview, in pixels.
    pub preview_side_px_max: u32,
    /// Longest side of a picture that a reviewer looks at, in pixels. It costs at most what a picture may.
    pub review_side_px_max: u32,
    /// Longest stretch of sound that a reviewer listens to at once, in milliseconds. It costs at most what a picture may.
    pub review_sound_ms_max: u32,
}

impl Limits {
    /// How much of a video or sound is read, in milliseconds: a second more than allowed tells one of just the longest
    /// length from a longer one.
    pub(crate) fn duration_ms_read(&self) -> u32 {
        self.duration_s_max.saturating_add(1).saturating_mul(1000)
    }
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self {
            image_bytes_max: 64 * MIB,
            media_bytes_max: 8192 * MIB,
            side_px_max: 32_768,
            image_pixels_max: 120_000_000,
            animation_pixels_max: 2_000_000_000,
            animation_frames_max: 5_000,
            decoded_bytes_max: 768 * MIB,
            duration_s_max: 4 * 3600,
            streams_max: 64,
            child_memory_bytes_max: 2048 * MIB,
            ffmpeg_memory_bytes_max: 4096 * MIB,
            image_cpu_s_max: 20,
            image_wall_ms_max: 30_000,
            media_cpu_s_max: 3_600,
            media_wall_ms_max: 3_600_000,
            child_items_max: 200,
            child_resident_bytes_max: 512 * MIB,
            preview_side_px_max: 320,
            review_side_px_max: 1_024,
            review_sound_ms_max: 20_000,
        }
    }
}
