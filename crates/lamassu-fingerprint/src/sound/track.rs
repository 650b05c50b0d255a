//! Words in a row: the blocks that are searched, and the byte form that is stored.

use super::listener::hop_ms;
use super::variant::Variant;
use super::{BLOCK_WORDS, STEP_HOPS, STEP_MS, WINDOW_MS, WORD_STEPS};
use crate::bits::Bits256;

/// Fewest words of a block, of sixteen, in which something is heard.
const AUDIBLE_WORDS_MIN: usize = 12;
/// Fewest bits, of 240, that differ from the word before: less is a held tone or a failing recording, which
/// looks like any other.
const CHANGES_MIN: u32 = 24;
/// Fewest bits, of 256, of the rarer kind.
const RARER_BITS_MIN: u32 = 32;

/// A sound in one variant: a word each [`STEP_MS`], or as much sooner as the variant is faster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SoundTrack {
    /// What was undone while listening.
    pub variant: Variant,
    /// The words, from the start of the sound on. Bit `k` is of the bands `k` and `k + 1`.
    pub words: Vec<u16>,
    /// For each word whether something was heard.
    pub audible: Vec<bool>,
}

/// About 2.6 seconds of a sound: sixteen words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundBlock {
    /// The first sample it depends on, milliseconds from the start.
    pub start_ms: u32,
    /// The end of those, milliseconds from the start.
    pub end_ms: u32,
    /// Word `w` of the block is the bits `16 w` to `16 w + 15`.
    pub bits: Bits256,
    /// Whether it tells enough to vote: not silence, and not one held tone. A block that may not vote is
    /// not to be searched; it still counts when two sounds are compared second by second.
    pub may_vote: bool,
}

impl SoundBlock {
    /// The moment that the block stands for, half a step to both sides of its middle.
    pub fn moment_ms(&self) -> (u32, u32) {
        let middle = self.start_ms.midpoint(self.end_ms);
        (middle.saturating_sub(STEP_MS / 2), middle + STEP_MS / 2)
    }
}

impl SoundTrack {
    /// The same of a sound that begins `late_ms` later, to the nearest word: nothing is heard before.
    #[must_use]
    pub fn later(mut self, late_ms: u32) -> Self {
        let words = (f64::from(late_ms) * self.variant.tempo() / f64::from(STEP_MS)).round() as usize;
        self.words.splice(..0, std::iter::repeat_n(0, words));
        self.audible.splice(..0, std::iter::repeat_n(false, words));
        self
    }

    /// The blocks that start at every `every_words`-th word: 1 for an entry and for an item of a few seconds,
    /// which has no more than three blocks, 2 to 4 for longer items.
    pub fn blocks(&self, every_words: usize) -> Vec<SoundBlock> {
        let starts = (0..=self.words.len().saturating_sub(BLOCK_WORDS)).step_by(every_words.max(1));
        starts.filter_map(|first| self.block(first)).collect()
    }

    /// The block that starts at this word; nothing where too few follow.
    pub fn block(&self, first: usize) -> Option<SoundBlock> {
        let range = first..first.checked_add(BLOCK_WORDS)?;
        let words = self.words.get(range.clone())?;
        let audible = self.audible.get(range)?.iter().filter(|heard| **heard).count();
        let step_hops = STEP_HOPS / self.variant.tempo();
        let start_hop = first as f64 * step_hops;
        let last_hop = start_hop + ((BLOCK_WORDS - 1) as f64 + WORD_STEPS) * step_hops;
        Some(SoundBlock {
            start_ms: hop_ms(start_hop).round() as u32,
            end_ms: hop_ms(last_hop).round() as u32 + WINDOW_MS,
            bits: pack(words),
            may_vote: audible >= AUDIBLE_WORDS_MIN && tells_enough(words),
        })
    }
}

fn pack(words: &[u16]) -> Bits256 {
    let mut bits = Bits256::default();
    for (k, &word) in words.iter().enumerate() {
        bits.0[k / 4] |= u64::from(word) << (16 * (k % 4));
    }
    bits
}

fn tells_enough(words: &[u16]) -> bool {
    let ones: u32 = words.iter().map(|word| word.count_ones()).sum();
    let changes: u32 = words.windows(2).map(|pair| (pair[0] ^ pair[1]).count_ones()).sum();
    ones.min(16 * words.len() as u32 - ones) >= RARER_BITS_MIN && changes >= CHANGES_MIN
}

/// The version written by [`encode_sound`] and the only one [`decode_sound`] reads.
pub const SOUND_CODEC_VERSION: u8 = 1;

/// Version, and the number of words.
const HEAD_BYTES: usize = 5;

/// The bytes are not a sound of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SoundDecodeError {
    /// Written by another version.
    #[error("sound of version {0}, this program reads version {SOUND_CODEC_VERSION}")]
    Version(u8),
    /// Cut off, or a field out of range.
    #[error("sound bytes are damaged")]
    Damaged,
}

/// The byte form of a plain track: what is stored of an entry, 60 kB an hour.
///
/// One byte of version, the number of words (4 bytes), the words (2 bytes each), and one bit for each
/// word that was audible, the first being the lowest of the first byte. All little-endian.
pub fn encode_sound(track: &SoundTrack) -> Vec<u8> {
    let count = track.words.len();
    let mut bytes = Vec::with_capacity(HEAD_BYTES + 2 * count + count.div_ceil(8));
    bytes.push(SOUND_CODEC_VERSION);
    bytes.extend((count as u32).to_le_bytes());
    track.words.iter().for_each(|word| bytes.extend(word.to_le_bytes()));
    bytes.extend(track.audible.chunks(8).map(|heard| {
        heard.iter().enumerate().fold(0_u8, |byte, (bit, &heard)| byte | u8::from(heard) << bit)
    }));
    bytes
}

/// The inverse of [`encode_sound`]; the variant is [`Variant::PLAIN`].
///
/// # Errors
/// [`SoundDecodeError`]; hostile bytes cannot make it panic or allocate more than a small multiple of their
/// length.
pub fn decode_sound(bytes: &[u8]) -> Result<SoundTrack, SoundDecodeError> {
    let (&version, rest) = bytes.split_first().ok_or(SoundDecodeError::Damaged)?;
    if version != SOUND_CODEC_VERSION {
        return Err(SoundDecodeError::Version(version));
    }
    let (count, rest) = rest.split_first_chunk().ok_or(SoundDecodeError::Damaged)?;
    let count = u32::from_le_bytes(*count) as usize;
    if rest.len() as u64 != 2 * count as u64 + count.div_ceil(8) as u64 {
        return Err(SoundDecodeError::Damaged);
    }
    let (words, heard) = rest.split_at(2 * count);
    let unused = heard.len() * 8 - count;
    if unused > 0 && heard.last().is_some_and(|last| last >> (8 - unused) != 0) {
        return Err(SoundDecodeError::Damaged);
    }
    Ok(SoundTrack {
        variant: Variant::PLAIN,
        words: words.as_chunks::<2>().0.iter().map(|word| u16::from_le_bytes(*word)).collect(),
        audible: (0..count).map(|k| heard[k / 8] >> (k % 8) & 1 == 1).collect(),
    })
}
