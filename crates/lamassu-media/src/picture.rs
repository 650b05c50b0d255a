//! Reading a picture: one request to a warm child.

use lamassu_fingerprint::decode_frames;

use crate::child::message::Request;
use crate::error::ReadError;
use crate::jail::{JailConfig, Pool, deadline_after};
use crate::kind::ImageFormat;
use crate::reading::{Reading, Wanted};
use crate::sealed::Sealed;

/// Decodes and fingerprints the picture `item`.
pub fn read(
    config: &JailConfig,
    pool: &Pool,
    item: &Sealed,
    format: ImageFormat,
    wanted: Wanted,
) -> Result<Reading, ReadError> {
    let limits = &config.limits;
    let mut child = pool.take(config)?;
    let request = Request::Picture { format, wanted, limits: limits.clone() };
    let deadline = deadline_after(limits.image_wall_ms_max);
    let asked = child.ask(&request, item.open()?, limits.image_cpu_s_max, deadline);
    let answer = asked.map_err(|error| error.within(limits.image_wall_ms_max))?;
    pool.give_back(child, config);
    let frames = decode_frames(&answer.frames).map_err(|_| ReadError::Crashed { signal: 0 })?;
    Ok(Reading {
        medium: "image",
        digest: item.digest,
        size_bytes: item.size_bytes,
        size_px: Some(answer.size_px),
        duration_ms: answer.duration_ms,
        precision: answer.precision,
        frames,
        preview: answer.preview,
    })
}
