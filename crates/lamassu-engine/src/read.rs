//! Reading an item: cheaply where that is enough, exactly where it is close.

use std::sync::Arc;

use lamassu_case::Medium;
use lamassu_fingerprint::local::Features;
use lamassu_fingerprint::straighten::Map;
use lamassu_fingerprint::{Digest, ReadFrame};
use lamassu_index::Filter;
use lamassu_media::{Opened, Precision, Progress, Purpose, ReadError, Reading, Sealed, Wanted};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::intake::{Admission, Admitted, Post};
use crate::matches;

/// Bits by which a luma decode may put a picture on the wrong side of a bank's radius.
const LUMA_BITS_OFF_MAX: u32 = 10;

/// Local features of each key frame of a video.
const ITEM_KEY_FEATURES_MAX: u16 = 300;

/// What was read of an item, and its picture, which can be asked more while this is held.
pub struct Read {
    /// The fingerprints.
    pub reading: Reading,
    opened: Option<Opened>,
}

impl Read {
    /// Local features of the item's picture; none of what is no single picture.
    pub async fn features(&mut self) -> Result<Features, EngineError> {
        self.ask(Opened::features).await
    }

    /// The hashes of parts of the item's picture, each pulled straight by a map; none of what is no single picture.
    pub async fn straightened(&mut self, maps: Vec<Map>) -> Result<Vec<ReadFrame>, EngineError> {
        self.ask(|opened| opened.straightened(maps)).await
    }

    async fn ask<T: Default + Send + 'static>(
        &mut self,
        ask: impl FnOnce(&mut Opened) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let Some(mut opened) = self.opened.take() else { return Ok(T::default()) };
        let asking = move || ask(&mut opened).map(|answer| (answer, opened));
        let (answer, opened) = tokio::task::spawn_blocking(asking).await.map_err(EngineError::TaskDied)??;
        self.opened = Some(opened);
        Ok(answer)
    }
}

/// The fingerprints of `item`. Of a JPEG only the luma is decoded at first; where the nearest entry
/// lies within [`LUMA_BITS_OFF_MAX`] of its bank's radius, the full decode decides.
pub async fn fingerprint(engine: &Engine, item: &Admitted, filter: &Filter) -> Result<Read, EngineError> {
    let media = match &item.content {
        Admission::Media(media) => media,
        Admission::Post(post) => return Ok(Read { reading: post_reading(post), opened: None }),
    };
    // Frames of a video are gone when it is read: their features are taken on the way, if there are any to compare.
    let key_features_max = if engine.indexing.may_have_features() { ITEM_KEY_FEATURES_MAX } else { 0 };
    let wanted = Wanted { key_features_max, ..Wanted::of(Purpose::Item, Precision::Luma) };
    let read = opened(engine, (media, &item.progress), wanted).await?;
    let close = read.reading.precision == Precision::Luma
        && matches::is_close_call(engine, &read.reading, filter, LUMA_BITS_OFF_MAX);
    if !close {
        return Ok(read);
    }
    drop(read);
    opened(engine, (media, &item.progress), Wanted::of(Purpose::Item, Precision::Full)).await
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
        truncated: false,
        precision: Precision::Full,
        frames: Vec::new(),
        areas: Vec::new(),
        shots: Vec::new(),
        features: Vec::new(),
        sound: Vec::new(),
        preview: None,
    }
}

/// One reading that can be asked more, on a thread that may wait.
async fn opened(
    engine: &Engine,
    (media, progress): (&Arc<Sealed>, &Arc<Progress>),
    wanted: Wanted,
) -> Result<Read, EngineError> {
    let (jail, media, progress) = (Arc::clone(&engine.jail), Arc::clone(media), Arc::clone(progress));
    let opening = move || jail.open(&media, wanted, &progress);
    let (reading, opened) = tokio::task::spawn_blocking(opening).await.map_err(EngineError::TaskDied)??;
    Ok(Read { reading, opened: Some(opened) })
}

/// One reading, on a thread that may wait.
pub async fn in_jail(
    engine: &Engine,
    (media, progress): (&Arc<Sealed>, &Arc<Progress>),
    wanted: Wanted,
) -> Result<Reading, EngineError> {
    let (jail, media, progress) = (Arc::clone(&engine.jail), Arc::clone(media), Arc::clone(progress));
    let reading = tokio::task::spawn_blocking(move || jail.read_telling(&media, wanted, &progress));
    Ok(reading.await.map_err(EngineError::TaskDied)??)
}
