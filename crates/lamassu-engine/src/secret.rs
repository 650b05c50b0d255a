//! What only its owner may know.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lamassu_fingerprint::Digest;
use serde::{Deserialize, Serialize};

/// Random bytes in a token: nobody guesses 256 bits.
const TOKEN_BYTES: usize = 32;

/// Characters of those in base64.
const TOKEN_CHARS: usize = 43;

/// A password or a token. `Debug` shows nothing of it, and there is no `Display`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// A secret that somebody presents or chooses.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// A fresh token: `prefix`, by which people and leak scanners tell what it is, and 32 random bytes.
    pub(crate) fn random(prefix: &str) -> Self {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes).expect("the kernel gives random bytes");
        Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The secret itself, for its owner.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `presented` is this secret. The time that takes tells nothing of it: digests are compared,
    /// which nobody can steer.
    pub fn is(&self, presented: &str) -> bool {
        presented.len() == self.0.len() && Digest::of(presented.as_bytes()) == self.digest()
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

/// SHA-256 of a presented token, by which it is looked up; none for what cannot be one, so that nobody has us
/// digest a long text.
///
/// A lookup by digest needs no constant time: to learn from its time one would have to present tokens with
/// chosen digests. Nor does it need salt or a slow function: a token is 256 random bits.
pub(crate) fn token_digest(prefix: &str, presented: &str) -> Option<Digest> {
    let plausible = presented.len() == prefix.len() + TOKEN_CHARS && presented.starts_with(prefix);
    plausible.then(|| Digest::of(presented.as_bytes()))
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.0)
    }
}

impl Eq for Secret {}
