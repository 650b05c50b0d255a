//! The parsers of foreign bytes by themselves, in this very process.
//!
//! For the targets in `fuzz/` and the tests of this crate only: a fuzzer measures what its input
//! reaches, and it sees nothing of what happens in a jailed child.

use crate::child::decode;
use crate::error::{ReadError, Refusal};
use crate::kind::{self, ImageFormat, Kind};
use crate::limits::Limits;
use crate::reading::Wanted;
use crate::video::probe;

/// The kind of content that starts with `head`.
pub fn sniff(head: &[u8]) -> Option<Kind> {
    kind::sniff(head)
}

/// What the report of `ffprobe` says: the picture stream's number, width and height, whether there is
/// sound, and the length claimed in milliseconds.
///
/// # Errors
/// As for reading the item.
pub fn understand(report: &[u8], limits: &Limits) -> Result<(Option<[u32; 3]>, bool, u32), ReadError> {
    let probe = probe::understand(report, limits)?;
    let picture = probe.picture.map(|picture| [picture.index, picture.width, picture.height]);
    Ok((picture, probe.sound.is_some(), probe.duration_ms))
}

/// Decodes and fingerprints a picture; gives its frames in their byte form.
///
/// # Errors
/// As for reading the item.
pub fn picture(
    bytes: &[u8],
    format: ImageFormat,
    wanted: Wanted,
    limits: &Limits,
) -> Result<Vec<u8>, Refusal> {
    decode::bytes(bytes, format, wanted, limits).map(|(answer, _)| answer.frames)
}
