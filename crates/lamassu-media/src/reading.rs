//! What is asked of a reading and what it gives.

use lamassu_fingerprint::local::KeyFrame;
use lamassu_fingerprint::sound::SoundTrack;
use lamassu_fingerprint::{Digest, ReadFrame, ViewArea};
use serde::{Deserialize, Serialize};

/// What the fingerprints are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// To be looked for: a video is sampled twice a second, and once in each shot that lies between.
    Item,
    /// To be found: a video is sampled six times a second, near-identical neighbours dropped.
    Entry,
}

impl Purpose {
    /// Frames taken from a second of video.
    pub const fn frames_per_second(self) -> u32 {
        match self {
            Self::Item => 2,
            Self::Entry => 6,
        }
    }
}

/// How exactly a picture was, or is to be, decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Precision {
    /// Only the luma, where the format keeps it apart: half the work, and a few bits off where colours
    /// beyond the screen's range are clipped.
    Luma,
    /// Luma and colours.
    Full,
}

/// What a reading is to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// What the fingerprints are for.
    pub purpose: Purpose,
    /// How exactly to decode.
    pub precision: Precision,
    /// Whether a preview is made.
    pub preview: bool,
    /// At most so many local features of a still picture; 0 for none.
    pub features_max: u16,
    /// At most so many of each key frame of what plays; 0 for none.
    pub key_features_max: u16,
}

impl Wanted {
    /// Fingerprints and nothing else.
    pub const fn of(purpose: Purpose, precision: Precision) -> Self {
        Self { purpose, precision, preview: false, features_max: 0, key_features_max: 0 }
    }
}

/// A small picture for people, encoded anew: nothing of the original's bytes is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// A baseline JPEG.
    pub jpeg: Vec<u8>,
}

/// A short stretch of sound for people, encoded anew: nothing of the original's bytes is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// A WAVE file of plain 16-bit samples on one channel.
    pub wav: Vec<u8>,
    /// How long it is, in milliseconds.
    pub duration_ms: u32,
}

/// A shot of a video: what is seen between two cuts or fades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShotSpan {
    /// When it begins, milliseconds from the start.
    pub start_ms: u32,
    /// When something else is seen, milliseconds from the start.
    pub end_ms: u32,
    /// When the frame that shows it is seen, milliseconds from the start.
    pub key_ms: u32,
}

/// What came out of the jail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// `image`, `video`, `audio`, `document` or `text`.
    pub medium: &'static str,
    /// SHA-256 of the bytes.
    pub digest: Digest,
    /// How many bytes.
    pub size_bytes: u64,
    /// Width and height in pixels as the file states them; none for what has no picture.
    pub size_px: Option<(u32, u32)>,
    /// Length in milliseconds as decoded, whatever the file claims; 0 for what does not play.
    pub duration_ms: u32,
    /// Whether only a part of it could be decoded, because it is cut off or damaged; the rest counts.
    pub truncated: bool,
    /// How exactly it was decoded.
    pub precision: Precision,
    /// The fingerprints; none for sound, documents, text and pictures under five pixels.
    pub frames: Vec<ReadFrame>,
    /// Where those views of them lie that are not the whole picture.
    pub areas: Vec<ViewArea>,
    /// The shots of a video, in the order of time.
    pub shots: Vec<ShotSpan>,
    /// Local features of a still picture or of key frames, when wanted.
    pub features: Vec<KeyFrame>,
    /// The sound, in all variants for what came in; none of what is silent or has none.
    pub sound: Vec<SoundTrack>,
    /// The preview, when wanted and there is a picture.
    pub preview: Option<Preview>,
}
