//! The byte form of frames: in the store, and between the jailed child and its parent.
//!
//! One byte of version, one byte of orientations per frame (1 or 8), then for each frame, in
//! little-endian: start (4 bytes, ms), end (4 bytes, ms), view (1), quality (1), and 32 bytes per
//! orientation. The number of frames follows from the length.

use crate::bits::Bits256;
use crate::frame::{Frame, View};

/// The version written by [`encode_frames`] and the only one [`decode_frames`] reads.
pub const CODEC_VERSION: u8 = 1;

const HEAD_BYTES: usize = 2;
const FRAME_HEAD_BYTES: usize = 10;

/// The bytes are not frames of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Written by another version.
    #[error("fingerprints of version {0}, this program reads version {CODEC_VERSION}")]
    Version(u8),
    /// Cut off, or a field out of range.
    #[error("fingerprint bytes are damaged")]
    Damaged,
}

/// The byte form of `frames`.
pub fn encode_frames<const N: usize>(frames: &[Frame<N>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD_BYTES + frames.len() * (FRAME_HEAD_BYTES + 32 * N));
    bytes.extend([CODEC_VERSION, N as u8]);
    for frame in frames {
        bytes.extend(frame.start_ms.to_le_bytes());
        bytes.extend(frame.end_ms.to_le_bytes());
        bytes.extend([frame.view.number(), frame.quality]);
        frame.bits.iter().for_each(|bits| bytes.extend(bits.to_bytes()));
    }
    bytes
}

/// The inverse of [`encode_frames`].
///
/// # Errors
/// [`DecodeError`]; hostile bytes cannot make it panic or allocate more than a small multiple of their length.
pub fn decode_frames<const N: usize>(bytes: &[u8]) -> Result<Vec<Frame<N>>, DecodeError> {
    let (&[version, orientations], body) = bytes.split_first_chunk().ok_or(DecodeError::Damaged)?;
    if version != CODEC_VERSION {
        return Err(DecodeError::Version(version));
    }
    let size = FRAME_HEAD_BYTES + 32 * N;
    if orientations as usize != N || body.len() % size != 0 {
        return Err(DecodeError::Damaged);
    }
    body.chunks_exact(size).map(decode_frame).collect()
}

fn decode_frame<const N: usize>(bytes: &[u8]) -> Result<Frame<N>, DecodeError> {
    let (start, rest) = bytes.split_first_chunk().ok_or(DecodeError::Damaged)?;
    let (end, rest) = rest.split_first_chunk().ok_or(DecodeError::Damaged)?;
    let (&[view, quality], rest) = rest.split_first_chunk().ok_or(DecodeError::Damaged)?;
    let view = View::from_number(view).ok_or(DecodeError::Damaged)?;
    let (start_ms, end_ms) = (u32::from_le_bytes(*start), u32::from_le_bytes(*end));
    if quality > 100 || end_ms < start_ms {
        return Err(DecodeError::Damaged);
    }
    let mut bits = [Bits256::default(); N];
    for (target, chunk) in bits.iter_mut().zip(rest.as_chunks::<32>().0) {
        *target = Bits256::from_bytes(chunk);
    }
    Ok(Frame { start_ms, end_ms, view, quality, bits })
}
