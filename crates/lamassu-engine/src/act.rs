//! Recording what was decided, in one transaction.

use lamassu_case::{Decision, Evidence, Item, Medium};
use lamassu_fingerprint::{FINGERPRINT_VERSION, ReadFrame};
use lamassu_media::Reading;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::intake::Admitted;

/// Keeps the item's fingerprints and metadata, the decision and its evidence, and the audit record.
/// The media itself is dropped with `item`.
pub async fn record(
    engine: &Engine,
    item: Admitted,
    reading: &Reading,
    evidence: &Evidence,
    decision: &Decision,
) -> Result<(), EngineError> {
    let stamp = engine.stamp(&item.actor);
    let item = Item {
        id: item.id,
        reference: item.reference,
        medium: medium(reading),
        digest: reading.digest,
        size_bytes: reading.size_bytes,
        duration_ms: reading.duration_ms,
        frames: reading.frames.iter().map(ReadFrame::upright).collect(),
        fingerprint_version: FINGERPRINT_VERSION.to_owned(),
        received_at_ms: item.received_at_ms,
    };
    engine.store.record(&item, evidence, decision, &stamp).await?;
    Ok(())
}

/// The medium of a reading.
pub fn medium(reading: &Reading) -> Medium {
    Medium::from_name(reading.medium).expect("readings name a medium")
}
