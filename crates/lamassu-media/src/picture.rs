//! Reading a picture: one request to a warm child.

use std::os::fd::AsFd;

use lamassu_fingerprint::local::decode_key_frames;
use lamassu_fingerprint::{decode_areas, decode_frames};

use crate::child::message::{Answer, Request};
use crate::error::ReadError;
use crate::jail::{Child, JailConfig, Pool, deadline_after};
use crate::kind::ImageFormat;
use crate::limits::Limits;
use crate::reading::{Preview, Reading, Wanted};
use crate::sealed::Sealed;
use crate::video::single;

/// Decodes and fingerprints the picture `item`.
pub fn read(
    config: &JailConfig,
    pool: &Pool,
    item: &Sealed,
    format: ImageFormat,
    wanted: Wanted,
) -> Result<Reading, ReadError> {
    let (reading, child) = open(config, pool, item, format, wanted)?;
    pool.give_back(child, config);
    Ok(reading)
}

/// As [`read`]; the child still holds the picture.
pub fn open(
    config: &JailConfig,
    pool: &Pool,
    item: &Sealed,
    format: ImageFormat,
    wanted: Wanted,
) -> Result<(Reading, Child), ReadError> {
    let (answer, child) = if format == ImageFormat::Heif {
        single::fingerprint(config, item, wanted)?
    } else {
        ask(config, pool, item, |limits| Request::Picture { format, wanted, limits })?
    };
    let damaged = |_| ReadError::Crashed { signal: 0 };
    let frames = decode_frames(&answer.frames).map_err(damaged)?;
    let areas = decode_areas(&answer.areas).map_err(damaged)?;
    let features = decode_key_frames(&answer.features).map_err(damaged)?;
    let reading = Reading {
        medium: "image",
        digest: item.digest,
        size_bytes: item.size_bytes,
        size_px: Some(answer.size_px),
        duration_ms: answer.duration_ms,
        truncated: answer.truncated,
        precision: answer.precision,
        frames,
        areas,
        shots: Vec::new(),
        features,
        sound: Vec::new(),
        preview: answer.preview,
    };
    Ok((reading, child))
}

/// Shows what of the picture `item` is seen at `at_ms`.
pub fn show(
    config: &JailConfig,
    pool: &Pool,
    item: &Sealed,
    format: ImageFormat,
    at_ms: u32,
) -> Result<Option<Preview>, ReadError> {
    if format == ImageFormat::Heif {
        return single::show(config, item);
    }
    let request = |limits| Request::Still { format, at_ms, limits };
    let (answer, child) = ask(config, pool, item, request)?;
    pool.give_back(child, config);
    Ok(answer.preview)
}

fn ask(
    config: &JailConfig,
    pool: &Pool,
    item: &Sealed,
    request: impl FnOnce(Limits) -> Request,
) -> Result<(Answer, Child), ReadError> {
    let limits = &config.limits;
    let mut child = pool.take(config)?;
    let deadline = deadline_after(limits.image_wall_ms_max);
    let asked =
        child.ask(&request(limits.clone()), Some(item.open()?.as_fd()), limits.image_cpu_s_max, deadline);
    let answer = asked.map_err(|error| error.within(limits.image_wall_ms_max))?;
    Ok((answer, child))
}
