//! Reading an item: cheaply where that is enough, exactly where it is close.

use std::sync::Arc;

use lamassu_case::Medium;
use lamassu_fingerprint::Digest;
use lamassu_index::Filter;
use lamassu_media::{Precision, Purpose, Reading, Sealed, Wanted};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::intake::{Admission, Admitted, Post};
use crate::matches;

/// Bits by which a luma decode may put a picture on the wrong side of a bank's radius.
const LUMA_BITS_OFF_MAX: u32 = 10;

/// The fingerprints of `item`. Of a JPEG only the luma is decoded at first; where the nearest entry
/// lies within [`LUMA_BITS_OFF_MAX`] of its bank's radius, the full decode decides.
pub async fn fingerprint(engine: &Engine, item: &Admitted, filter: &Filter) -> Result<Reading, EngineError> {
    let wanted = Wanted { purpose: Purpose::Item, precision: Precision::Luma, preview: false };
    let media = match &item.content {
        Admission::Media(media) => media,
        Admission::Post(post) => return Ok(post_reading(post)),
    };
    let reading = in_jail(engine, Arc::clone(media), wanted).await?;
    let close = reading.precision == Precision::Luma
        && matches::is_close_call(engine, &reading, filter, LUMA_BITS_OFF_MAX);
    if !close {
        return Ok(reading);
    }
    in_jail(engine, Arc::clone(media), Wanted { precision: Precision::Full, ..wanted }).await
}

/// A post is what it says; there is nothing to decode.
fn post_reading(post: &Post) -> Reading {
    let bytes = post.bytes();
    Reading {
        medium: Medium::Text.name(),
        digest: Digest::of(&bytes),
        size_bytes: bytes.len() as u64,
        size_px: None,
        duration_ms: 0,
        precision: Precision::Full,
        frames: Vec::new(),
        areas: Vec::new(),
        preview: None,
    }
}

/// One reading, on a thread that may wait.
pub async fn in_jail(engine: &Engine, media: Arc<Sealed>, wanted: Wanted) -> Result<Reading, EngineError> {
    let jail = Arc::clone(&engine.jail);
    let reading = tokio::task::spawn_blocking(move || jail.read(&media, wanted));
    Ok(reading.await.map_err(EngineError::TaskDied)??)
}
