//! SHA-256 of the bytes as they came: finds exact copies of any medium.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::bits::{Bits256, ParseBitsError};

/// A SHA-256 digest (FIPS 180-4), written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// What stands in its place where only a fingerprint is known: 16 zero bytes, then the first half of SHA-256 of the
    /// fingerprint. Nobody can find a file that has such a digest, so that it is never taken for one.
    pub fn standing_for(bits: Bits256) -> Self {
        let mut digest = Self::of(&bits.to_bytes());
        digest.0.copy_within(..STAND_IN_BYTES, STAND_IN_BYTES);
        digest.0[..STAND_IN_BYTES].fill(0);
        digest
    }

    /// Whether it is a digest of bytes, and does not just stand for a fingerprint.
    pub fn is_of_bytes(&self) -> bool {
        self.0[..STAND_IN_BYTES] != [0; STAND_IN_BYTES]
    }
}

/// So many bytes of what stands in for a digest are zero.
const STAND_IN_BYTES: usize = 16;

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = ParseBitsError;

    fn from_str(text: &str) -> Result<Self, ParseBitsError> {
        text.parse::<Bits256>().map(|bits| Self(bits.to_bytes()))
    }
}

/// Computes a [`Digest`] of bytes that arrive in pieces.
#[derive(Default)]
pub struct Digester(Sha256);

impl fmt::Debug for Digester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Digester").finish_non_exhaustive()
    }
}

impl Digester {
    /// Takes the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all pieces.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}
