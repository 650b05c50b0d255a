//! What came in.

use lamassu_fingerprint::{Digest, StoredFrame};

use crate::medium::Medium;
use crate::names::ItemId;

/// Something that was checked. Its media is not kept: fingerprints and metadata only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// What its sender calls it: a path for the command line.
    pub reference: String,
    /// What kind of content it is.
    pub medium: Medium,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Size of its bytes.
    pub size_bytes: u64,
    /// Length in milliseconds; 0 for what does not play.
    pub duration_ms: u32,
    /// Its upright fingerprints.
    pub frames: Vec<StoredFrame>,
    /// Which algorithms made them.
    pub fingerprint_version: String,
    /// When it came in, milliseconds since 1970.
    pub received_at_ms: i64,
}
