//! Reading a picture: one request to a warm child.

use lamassu_fingerprint::{decode_areas, decode_frames};

use crate::child::message::{Answer, Request};
use crate::error::ReadError;
use crate::jail::{JailConfig, Pool, deadline_after};
use crate::kind::ImageFormat;
use crate::limits::Limits;
use crate::reading::{Preview, Reading, Wanted};
use crate::sealed::Sealed;

/// Decodes and fingerprints the picture `item`.
pub fn read(
    config: &JailConfig,
    pool: &Pool,
    item: &Sealed,
    format: ImageFormat,
    wanted: Wanted,
) -> Result<Reading, ReadError> {
    let request = |limits| Request::Picture { format, wanted, limits };
    let answer = ask(config, pool, item, request)?;
    let damaged = |_| ReadError::Crashed { signal: 0 };
    let frames = decode_frames(&answer.frames).map_err(damaged)?;
    let areas = decode_areas(&answer.areas).map_err(damaged)?;
    Ok(Reading {
        medium: "image",
        digest: item.digest,
        size_bytes: item.size_bytes,
        size_px: Some(answer.size_px),
        duration_ms: answer.duration_ms,
        precision: answer.precision,
        frames,
        areas,
        preview: answer.preview,
    })
}

/// Shows what of the picture `item` is seen at `at_ms`.
pub fn show(
    config: &JailConfig,
    pool: &Pool,
    item: &Sealed,
    format: ImageFormat,
    at_ms: u32,
) -> Result<Option<Preview>, ReadError> {
    let request = |limits| Request::Still { format, at_ms, limits };
    Ok(ask(config, pool, item, request)?.preview)
}

fn ask(
    config: &JailConfig,
    pool: &Pool,
    item: &Sealed,
    request: impl FnOnce(Limits) -> Request,
) -> Result<Answer, ReadError> {
    let limits = &config.limits;
    let mut child = pool.take(config)?;
    let deadline = deadline_after(limits.image_wall_ms_max);
    let asked = child.ask(&request(limits.clone()), item.open()?, limits.image_cpu_s_max, deadline);
    let answer = asked.map_err(|error| error.within(limits.image_wall_ms_max))?;
    pool.give_back(child, config);
    Ok(answer)
}
