//! Banks and entries: what is known, and when it takes effect.

use std::fs::File;
use std::sync::Arc;

use lamassu_case::{BankName, EntryId, EntryMetadata};
use lamassu_fingerprint::{FINGERPRINT_VERSION, ReadFrame};
use lamassu_media::{Precision, Purpose, Wanted};
use lamassu_store::{Added, NewEntry};

use crate::act::medium;
use crate::engine::{Actor, Engine};
use crate::error::EngineError;
use crate::{intake, read};

/// Adds `file` to a bank. The entry is matchable when this returns.
pub async fn add(
    engine: &Engine,
    bank: &BankName,
    file: File,
    metadata: EntryMetadata,
    actor: &Actor,
) -> Result<Added, EngineError> {
    metadata.validate()?;
    engine.store.bank(bank).await?;
    let media = intake::seal_file(engine, file).await?;
    let wanted = Wanted { purpose: Purpose::Entry, precision: Precision::Full, preview: false };
    let reading = read::in_jail(engine, Arc::new(media), wanted).await?;
    let entry = NewEntry {
        id: intake::new_id(),
        bank: bank.clone(),
        medium: medium(&reading),
        digest: reading.digest,
        size_bytes: reading.size_bytes,
        duration_ms: reading.duration_ms,
        frames: reading.frames.iter().map(ReadFrame::upright).collect(),
        fingerprint_version: FINGERPRINT_VERSION.to_owned(),
        metadata,
    };
    let added = engine.store.add_entry(entry, &engine.stamp(actor)).await?;
    engine.follow().await?;
    Ok(added)
}

/// Takes an entry out of its bank. It matches nothing any more when this returns.
pub async fn remove(
    engine: &Engine,
    bank: &BankName,
    id: &EntryId,
    actor: &Actor,
) -> Result<(), EngineError> {
    engine.store.remove_entry(bank, id, &engine.stamp(actor)).await?;
    engine.follow().await
}
