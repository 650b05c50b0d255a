//! The byte form of features: in the store, and between the jailed child and its parent.
//!
//! One byte of version, then in little-endian the shape (width and height, 2 bytes each), then for each feature
//! x, y, scale (2 bytes each), angle (1) and 32 bytes of bits. The number of features follows from the length.
//!
//! Of something that plays: a byte of version, then for each moment its milliseconds and how many bytes its features
//! take (4 bytes each), and those. A single still picture is written as its features alone.

use super::{Feature, Features, KeyFrame};
use crate::bits::Bits256;
use crate::codec::DecodeError;

/// The version written by [`encode_features`] and the only one [`decode_features`] reads.
pub const LOCAL_CODEC_VERSION: u8 = 1;

/// More features than this are never written nor read.
pub const FEATURES_MAX: usize = 4096;

const FEATURE_BYTES: usize = 39;

/// The version of several moments.
const KEY_FRAMES_VERSION: u8 = 2;

/// The byte form of `features`: 5 bytes and 39 for each, the first [`FEATURES_MAX`] of them.
pub fn encode_features(features: &Features) -> Vec<u8> {
    let kept = &features.all[..features.all.len().min(FEATURES_MAX)];
    let mut bytes = Vec::with_capacity(5 + kept.len() * FEATURE_BYTES);
    bytes.push(LOCAL_CODEC_VERSION);
    bytes.extend(features.width.to_le_bytes());
    bytes.extend(features.height.to_le_bytes());
    for feature in kept {
        for number in [feature.x, feature.y, feature.scale] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.push(feature.angle);
        bytes.extend(feature.bits.to_bytes());
    }
    bytes
}

/// The inverse of [`encode_features`].
///
/// # Errors
/// [`DecodeError`]; hostile bytes cannot make it panic or allocate more than a small multiple of their length.
pub fn decode_features(bytes: &[u8]) -> Result<Features, DecodeError> {
    let (&version, rest) = bytes.split_first().ok_or(DecodeError::Damaged)?;
    if version != LOCAL_CODEC_VERSION {
        return Err(DecodeError::Version(version));
    }
    let (&[a, b, c, d], body) = rest.split_first_chunk().ok_or(DecodeError::Damaged)?;
    let (width, height) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
    let (chunks, rest) = body.as_chunks::<FEATURE_BYTES>();
    let shaped = width.min(height) > 0 && width.max(height) == u16::MAX || chunks.is_empty();
    if !rest.is_empty() || chunks.len() > FEATURES_MAX || !shaped {
        return Err(DecodeError::Damaged);
    }
    let all: Vec<Feature> = chunks.iter().map(decode_feature).collect();
    let inside = |feature: &Feature| feature.x <= width && feature.y <= height && feature.scale > 0;
    if all.iter().all(inside) { Ok(Features { width, height, all }) } else { Err(DecodeError::Damaged) }
}

fn decode_feature(bytes: &[u8; FEATURE_BYTES]) -> Feature {
    let number = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let bits = bytes.last_chunk().expect("39 bytes end with 32");
    Feature { x: number(0), y: number(2), scale: number(4), angle: bytes[6], bits: Bits256::from_bytes(bits) }
}

/// The byte form of the features of some moments.
pub fn encode_key_frames(frames: &[KeyFrame]) -> Vec<u8> {
    if let [KeyFrame { at_ms: 0, features }] = frames {
        return encode_features(features);
    }
    let mut bytes = vec![KEY_FRAMES_VERSION];
    for KeyFrame { at_ms, features } in frames {
        let features = encode_features(features);
        bytes.extend(at_ms.to_le_bytes());
        bytes.extend((features.len() as u32).to_le_bytes());
        bytes.extend(features);
    }
    bytes
}

/// The inverse of [`encode_key_frames`].
///
/// # Errors
/// As of [`decode_features`]; also when moments are not in their order.
pub fn decode_key_frames(bytes: &[u8]) -> Result<Vec<KeyFrame>, DecodeError> {
    if bytes.first() != Some(&KEY_FRAMES_VERSION) {
        return Ok(vec![decode_features(bytes)?.into()]);
    }
    let (mut frames, mut rest) = (Vec::<KeyFrame>::new(), &bytes[1..]);
    while !rest.is_empty() {
        let (header, after) = rest.split_first_chunk::<8>().ok_or(DecodeError::Damaged)?;
        let [at_ms, length] =
            [0, 4].map(|at| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]));
        let (features, after) = after.split_at_checked(length as usize).ok_or(DecodeError::Damaged)?;
        // Only a still picture is seen in two ways at once.
        let is_in_order = |before: &KeyFrame| before.at_ms < at_ms || before.at_ms == 0 && at_ms == 0;
        if !frames.last().is_none_or(is_in_order) {
            return Err(DecodeError::Damaged);
        }
        frames.push(KeyFrame { at_ms, features: decode_features(features)? });
        rest = after;
    }
    Ok(frames)
}
