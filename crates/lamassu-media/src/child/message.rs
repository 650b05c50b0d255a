//! What parent and child say to each other.

use lamassu_fingerprint::local::encode_key_frames;
use lamassu_fingerprint::straighten::Map;
use lamassu_fingerprint::{encode_areas, encode_frames};
use serde::{Deserialize, Serialize};

use crate::error::Refusal;
use crate::kind::ImageFormat;
use crate::limits::Limits;
use crate::planes::Matrix;
use crate::reading::{Precision, Preview, Purpose, ShotSpan, Wanted};

/// Longest request in bytes; the media itself travels as a descriptor.
pub const REQUEST_BYTES_MAX: usize = 4096;

/// Longest answer in bytes: four hours of frames at six a second in three views, eight hashes each.
pub const ANSWER_BYTES_MAX: usize = 128 << 20;

/// Key frames are at most so far apart: of what is looked for, and of what is kept.
const ITEM_KEY_FRAME_MS: u32 = 1_000;
const ENTRY_KEY_FRAME_MS: u32 = 2_000;
/// Most key frames of a video; beyond twenty minutes of what is looked for, or forty of what is kept, they lie farther
/// apart.
const KEY_FRAMES_MAX: u32 = 1_200;

/// The child's first word.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hello {
    /// Version of landlock in force; 0 when the kernel has none.
    pub landlock_abi: u8,
    /// Whether the child is jailed as well as it was told to be.
    pub jailed: bool,
}

/// What a child is asked.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Decode and fingerprint the picture in the descriptor.
    Picture {
        /// Its format, from its first bytes.
        format: ImageFormat,
        /// What the reading is to give.
        wanted: Wanted,
        /// What it may cost.
        limits: Limits,
    },
    /// Give the local features of the picture that was decoded just now.
    Features,
    /// Pull parts of that picture straight, one by each map from the unit square, and hash them.
    Straightened(Vec<Map>),
    /// Fingerprint the raw frames that come out of the descriptor, and tell how far it is.
    Frames(FrameStream),
    /// Listen to the samples that come out of the descriptor: mono, [`RATE_HZ`](lamassu_fingerprint::sound::RATE_HZ) a
    /// second, signed 16-bit little-endian.
    Sound {
        /// In all variants, as for an item, or in the plain one.
        all_variants: bool,
        /// Whether to tell how far it is. Of two children at one item only the one that is waited for first may: what
        /// nobody receives would stop the other one in the end.
        tells_progress: bool,
        /// Most samples to read.
        samples_max: u64,
    },
    /// Show what of the picture in the descriptor is seen at a time.
    Still {
        /// Its format, from its first bytes.
        format: ImageFormat,
        /// When, in milliseconds.
        at_ms: u32,
        /// What it may cost.
        limits: Limits,
    },
    /// Fingerprint the raw RGB picture of this width and height that comes out of the descriptor.
    RawPicture {
        /// Width and height in pixels.
        size_px: (u32, u32),
        /// What the reading is to give.
        wanted: Wanted,
        /// What it may cost.
        limits: Limits,
    },
    /// Show the raw RGB frame of this width and height that comes out of the descriptor.
    RawStill {
        /// Width and height in pixels.
        size_px: (u32, u32),
    },
}

/// A stream of [frames](crate::planes) of one size at a steady pace.
#[derive(Debug, Serialize, Deserialize)]
pub struct FrameStream {
    /// Width and height of a frame in pixels, both even.
    pub size_px: (u32, u32),
    /// What their brightness and colours are.
    pub matrix: Matrix,
    /// Frames in a second.
    pub frames_per_second: u32,
    /// Every so many frames one is fingerprinted; those between show only where shots begin.
    pub step: u32,
    /// Most frames to read.
    pub frames_max: u32,
    /// Of an entry near-identical neighbours are dropped, and of an item the pictures inside it are looked at.
    pub purpose: Purpose,
    /// Width and height of a preview, when one is wanted.
    pub preview_px: Option<(u32, u32)>,
    /// The key frames whose local features are wanted.
    pub key_frames: Option<KeyFramesWanted>,
}

/// Which local features of a video are wanted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct KeyFramesWanted {
    /// At most so many of each key frame.
    pub features_max: u16,
    /// At most so many key frames.
    pub frames_max: u32,
    /// One is taken at least this often, in milliseconds.
    pub interval_ms: u32,
    /// Width and height of the video, which tell its shape.
    pub size_px: (u32, u32),
}

impl KeyFramesWanted {
    /// None when none are wanted.
    pub fn of(wanted: Wanted, size_px: (u32, u32)) -> Option<Self> {
        let interval_ms = match wanted.purpose {
            Purpose::Item => ITEM_KEY_FRAME_MS,
            Purpose::Entry => ENTRY_KEY_FRAME_MS,
        };
        let features_max = wanted.key_features_max;
        let some = Self { features_max, frames_max: KEY_FRAMES_MAX, interval_ms, size_px };
        (features_max > 0).then_some(some)
    }
}

impl Answer {
    /// Only what people see.
    pub fn still(size_px: (u32, u32), preview: Option<Preview>) -> Self {
        let (frames, areas) = (encode_frames::<8>(&[]), encode_areas(&[]));
        let features = encode_key_frames(&[]);
        Self {
            size_px,
            duration_ms: 0,
            truncated: false,
            precision: Precision::Full,
            frames,
            areas,
            shots: Vec::new(),
            features,
            sound: Vec::new(),
            preview,
        }
    }
}

/// What a child says to a request: how far it is, any number of times, and then the answer.
#[derive(Debug, Serialize, Deserialize)]
pub enum Said {
    /// It has read so much.
    SoFar {
        /// Milliseconds of the item.
        read_ms: u32,
    },
    /// What was asked for, or why there is nothing.
    Answer(Result<Answer, Refusal>),
}

/// What a child gives back.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answer {
    /// Width and height in pixels.
    pub size_px: (u32, u32),
    /// Length in milliseconds.
    pub duration_ms: u32,
    /// Whether only a part of it could be decoded.
    pub truncated: bool,
    /// How exactly it was decoded.
    pub precision: Precision,
    /// `ReadFrame`s in their byte form.
    pub frames: Vec<u8>,
    /// The areas of their views, in their byte form.
    pub areas: Vec<u8>,
    /// The shots of a video, in the order of time.
    pub shots: Vec<ShotSpan>,
    /// Local features in their byte form: those of key frames, one of them of a still picture; those of the picture
    /// itself where they were asked for.
    pub features: Vec<u8>,
    /// Sound tracks in their byte form, one for each variant.
    pub sound: Vec<Vec<u8>>,
    /// The preview, when wanted.
    pub preview: Option<Preview>,
}
