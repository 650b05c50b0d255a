//! Turns decoded content into fingerprints and says how far two lie apart.
//!
//! Pure: no I/O, no clock, no randomness, no logging. The jailed child of `lamassu-media` calls it
//! on decoded pixels; everybody else only compares, stores and searches what comes out.
//!
//! Useful for: PDQ of one picture in all eight orientations, SHA-256, the byte form of fingerprints.
//! Not useful for: decoding files (`lamassu-media`) or searching many fingerprints (`lamassu-index`).

mod area;
mod bits;
mod codec;
mod digest;
pub mod frame;
mod grid;
pub mod local;
pub mod panels;
pub mod pdq;
mod picture;
pub mod plain;
pub mod shot;
pub mod sound;
pub mod straighten;
pub mod trim;

pub use area::{Area, SIDE, ViewArea, area_of, decode_areas, encode_areas};
pub use bits::{Bits256, ParseBitsError};
pub use codec::{CODEC_VERSION, DecodeError, decode_frames, encode_frames};
pub use digest::{Digest, Digester};
pub use frame::{Frame, Pose, ReadFrame, StoredFrame, View};
pub use grid::Grid;
pub use picture::{Channels, Picture, PictureError, Region};

/// Names the algorithms behind stored fingerprints, so that a decision can say which ones it saw.
///
/// Changes whenever the same pixels could give other bits: a new PDQ, trimming or sampling rule.
pub const FINGERPRINT_VERSION: &str =
    "pdq-1 trim-2 panels-1 frames-5 plain-3 local-1 straight-1 sound-1 sha256";
