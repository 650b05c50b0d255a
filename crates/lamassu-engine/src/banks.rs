//! Banks and entries: what is known, and when it takes effect.

use std::fs::File;
use std::sync::Arc;

use lamassu_case::{BankName, CaseId, Entry, EntryId, EntryMetadata};
use lamassu_fingerprint::{FINGERPRINT_VERSION, ReadFrame};
use lamassu_media::{Precision, Progress, Purpose, Sealed, Wanted};
use lamassu_store::{Added, EntryError, NewEntry};

use crate::act::medium;
use crate::engine::{Actor, Engine};
use crate::error::EngineError;
use crate::news::BankChange;
use crate::report::AddedRow;
use crate::{cases, intake, read};

/// Adds `file` to a bank, and tells `progress` how far its reading is. The entry is matchable when this returns.
pub async fn add(
    engine: &Engine,
    (bank, metadata): (&BankName, EntryMetadata),
    file: File,
    actor: &Actor,
    progress: &Arc<Progress>,
) -> Result<Added, EngineError> {
    metadata.validate()?;
    engine.store.bank(bank).await?;
    let media = intake::seal_file(engine, file).await?;
    add_sealed(engine, (bank, metadata), media, actor, progress).await
}

impl Engine {
    /// Adds the item of a case to a bank, as the variant that it is, and tells `progress` how far its reading is. The
    /// entry is matchable when this returns.
    ///
    /// # Errors
    /// [`EngineError::Case`]; [`EngineError::Media`] when its media is not kept; as any addition.
    pub async fn bank_item(
        &self,
        case: &CaseId,
        (bank, metadata): (&BankName, EntryMetadata),
        actor: &Actor,
        progress: &Arc<Progress>,
    ) -> Result<AddedRow, EngineError> {
        metadata.validate()?;
        self.store.bank(bank).await?;
        let case = self.store.case(case).await?;
        let media = self.decrypted((&case.item).into()).await?;
        let added = add_sealed(self, (bank, metadata), media, actor, progress).await?;
        Ok(AddedRow { entry: added.entry.into(), already: added.already })
    }
}

async fn add_sealed(
    engine: &Engine,
    (bank, metadata): (&BankName, EntryMetadata),
    media: Sealed,
    actor: &Actor,
    progress: &Arc<Progress>,
) -> Result<Added, EngineError> {
    let media = Arc::new(media);
    let features_max = engine.policy.bank(bank).features_max;
    // A key frame has less to be found by than a picture, and there are many.
    let key_features_max = features_max / 2;
    let wanted = Wanted { features_max, key_features_max, ..Wanted::of(Purpose::Entry, Precision::Full) };
    let reading = read::in_jail(engine, (&media, progress), wanted).await?;
    let id: EntryId = intake::new_id();
    let mut media_size_bytes = None;
    if engine.policy.bank(bank).keep_media {
        media_size_bytes = Some(keep(engine, &id, media).await?);
    }
    let plays = reading.duration_ms > 0;
    let entry = NewEntry {
        id: id.clone(),
        bank: bank.clone(),
        medium: medium(&reading),
        digest: reading.digest,
        size_bytes: reading.size_bytes,
        duration_ms: reading.duration_ms,
        frames: reading.frames.iter().map(ReadFrame::upright).collect(),
        areas: reading.areas,
        features: reading.features,
        sound: reading.sound.into_iter().next(),
        kin: if plays { reading.frames.clone() } else { Vec::new() },
        look_back: if engine.looks_back(bank) { reading.frames } else { Vec::new() },
        fingerprint_version: FINGERPRINT_VERSION.to_owned(),
        metadata,
        media_size_bytes,
    };
    let added = engine.store.add_entry(entry, &engine.stamp(actor)).await;
    // Whether it was added is what the store says, also where the answer was lost. Whoever breaks off before this, or
    // fails in it, leaves the mark, which the next start settles.
    if media_size_bytes.is_some()
        && let Err(error) = settle(engine, &id).await
    {
        tracing::warn!(entry = %id, code = error.code(), "the mark of an entry's media stays until the next start");
    }
    let added = added?;
    engine.indexing.follow().await?;
    if !added.already {
        engine.entries_came.notify_one();
        engine.releases_came.notify_one();
        engine.tell_bank(bank, BankChange::EntryAdded);
    }
    Ok(added)
}

/// Replaces what people say about an entry.
pub async fn change(
    engine: &Engine,
    bank: &BankName,
    id: &EntryId,
    metadata: &EntryMetadata,
    actor: &Actor,
) -> Result<Entry, EngineError> {
    metadata.validate()?;
    let entry = engine.store.change_entry(bank, id, metadata, &engine.stamp(actor)).await?;
    engine.tell_bank(bank, BankChange::EntryChanged);
    Ok(entry)
}

/// Takes an entry out of its bank. It matches nothing any more when this returns; its media stays, sealed.
pub async fn remove(
    engine: &Engine,
    bank: &BankName,
    id: &EntryId,
    reason: Option<&str>,
    actor: &Actor,
) -> Result<(), EngineError> {
    let reason = reason.map(cases::reason).transpose()?;
    engine.store.remove_entry(bank, id, reason, &engine.stamp(actor)).await?;
    engine.indexing.follow().await?;
    engine.tell_bank(bank, BankChange::EntryRemoved);
    Ok(())
}

/// Keeps the media of an entry that is about to be added, before anything says that it is kept.
async fn keep(engine: &Engine, id: &EntryId, media: Arc<Sealed>) -> Result<u64, EngineError> {
    let (vault, entry) = (Arc::clone(&engine.media), id.clone());
    let keeping = move || {
        vault.mark(&entry)?;
        let kept = media.open().map_err(EngineError::Upload).and_then(|media| Ok(vault.keep(&entry, media)?));
        if kept.is_err() {
            vault.settle(&entry, false)?;
        }
        kept
    };
    tokio::task::spawn_blocking(keeping).await.map_err(EngineError::TaskDied)?
}

/// Takes the mark off an entry; its media stays if the store says that it is kept, and goes otherwise.
async fn settle(engine: &Engine, id: &EntryId) -> Result<(), EngineError> {
    let kept = match engine.store.entry_of_id(id).await {
        Ok(stored) => stored.media_kept,
        Err(EntryError::EntryNotFound) => false,
        Err(error) => return Err(error.into()),
    };
    Ok(engine.media.settle(id, kept)?)
}

/// Settles what additions left that broke off: the media of an entry that was not added goes.
pub async fn settle_marked(engine: &Engine) -> Result<(), EngineError> {
    for id in engine.media.marked()? {
        settle(engine, &id).await?;
    }
    Ok(())
}
