//! A 256-bit fingerprint and the Hamming distance between two.

use std::fmt;
use std::ops::Not;
use std::str::FromStr;

/// 256 bits, bit `k` being bit `k % 64` of word `k / 64`.
///
/// As text: 64 hexadecimal digits, bit 255 first, which is how PDQ hashes are exchanged.
/// As bytes: 32 bytes in the order of the text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Bits256(pub [u64; 4]);

impl Bits256 {
    /// Hamming distance in bits, 0 to 256.
    #[inline]
    pub fn distance(self, other: Self) -> u32 {
        (self.0[0] ^ other.0[0]).count_ones()
            + (self.0[1] ^ other.0[1]).count_ones()
            + (self.0[2] ^ other.0[2]).count_ones()
            + (self.0[3] ^ other.0[3]).count_ones()
    }

    /// Sets bit `k` (0 to 255).
    pub fn set(&mut self, k: usize) {
        self.0[k / 64] |= 1 << (k % 64);
    }

    /// The 32 bytes, bit 255 first.
    pub fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (chunk, word) in bytes.chunks_exact_mut(8).zip(self.0.iter().rev()) {
            chunk.copy_from_slice(&word.to_be_bytes());
        }
        bytes
    }

    /// The inverse of [`Bits256::to_bytes`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut words = [0; 4];
        for (word, chunk) in words.iter_mut().rev().zip(bytes.chunks_exact(8)) {
            *word = u64::from_be_bytes(chunk.try_into().expect("chunks_exact(8) gives 8 bytes"));
        }
        Self(words)
    }
}

impl Not for Bits256 {
    type Output = Self;

    /// Every bit turned.
    fn not(self) -> Self {
        Self(self.0.map(|word| !word))
    }
}

impl fmt::Display for Bits256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().rev().try_for_each(|word| write!(f, "{word:016x}"))
    }
}

impl fmt::Debug for Bits256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bits256({self})")
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a 256-bit fingerprint is written as 64 hexadecimal digits")]
pub struct ParseBitsError;

impl FromStr for Bits256 {
    type Err = ParseBitsError;

    fn from_str(text: &str) -> Result<Self, ParseBitsError> {
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ParseBitsError);
        }
        let mut words = [0; 4];
        for (k, word) in words.iter_mut().rev().enumerate() {
            *word = u64::from_str_radix(&text[16 * k..16 * k + 16], 16).map_err(|_| ParseBitsError)?;
        }
        Ok(Self(words))
    }
}
