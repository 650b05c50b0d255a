//! Entries in SQL.

use lamassu_case::audit::Action;
use lamassu_case::{BankName, Entry, EntryId, EntryMetadata};
use lamassu_fingerprint::local::encode_key_frames;
use lamassu_fingerprint::sound::encode_sound;
use lamassu_fingerprint::{ViewArea, decode_areas, encode_areas, encode_frames};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::entries::{Added, EntryError, NewEntry, StoredEntry};
use crate::sqlite::values::{bigint, digest, json, medium, name, number};
use crate::sqlite::{audit, banks, catalogue, changes, kinship, recent};
use crate::storage::damaged;
use crate::store::Stamp;

/// All columns but the fingerprints.
macro_rules! select_entries {
    ($rest:literal) => {
        concat!(
            "SELECT number, id, bank, medium, digest, size_bytes, duration_ms, fingerprint_version, \
             metadata, added_at_ms, added_sequence, removed_sequence FROM entries ",
            $rest
        )
    };
}

/// What [`entry`] reads of `entries AS e`.
pub(super) const COLUMNS: &str = "e.number, e.id, e.bank, e.medium, e.digest, e.size_bytes, e.duration_ms, \
                                  e.fingerprint_version, e.metadata, e.added_at_ms";

pub(super) async fn add(
    mut tx: Transaction<'static, Sqlite>,
    mut new: NewEntry,
    stamp: &Stamp,
) -> Result<Added, EntryError> {
    if !banks::exists(&mut *tx, &new.bank).await? {
        return Err(EntryError::BankNotFound);
    }
    let twin = select_entries!("WHERE bank = $1 AND digest = $2 AND removed_sequence IS NULL");
    let twin =
        sqlx::query(twin).bind(new.bank.as_str()).bind(&new.digest.0[..]).fetch_optional(&mut *tx).await?;
    if let Some(row) = twin {
        let (entry, sequence) = (entry(&row)?, number(&row, "added_sequence")?);
        return Ok(Added { entry, sequence, already: true });
    }
    let media_size_bytes = new.media_size_bytes;
    let (look_back, features) = (std::mem::take(&mut new.look_back), std::mem::take(&mut new.features));
    let (sound, kin) = (new.sound.take(), std::mem::take(&mut new.kin));
    let added = insert(&mut tx, new, stamp).await?;
    if let Some(sound) = &sound {
        sqlx::query("INSERT INTO entry_sounds (entry, track) VALUES ($1, $2)")
            .bind(bigint(added.entry.number))
            .bind(encode_sound(sound))
            .execute(&mut *tx)
            .await?;
    }
    if !features.is_empty() {
        sqlx::query("INSERT INTO entry_features (entry, features) VALUES ($1, $2)")
            .bind(bigint(added.entry.number))
            .bind(encode_key_frames(&features))
            .execute(&mut *tx)
            .await?;
    }
    if !look_back.is_empty() {
        recent::ask_for_look_back(&mut tx, added.entry.number, &look_back).await?;
    }
    if added.entry.duration_ms > 0 {
        kinship::ask_for_kin(&mut tx, added.entry.number, &kin).await?;
    }
    if let Some(size_bytes) = media_size_bytes {
        sqlx::query("INSERT INTO entry_media (entry, size_bytes, kept_at_ms) VALUES ($1, $2, $3)")
            .bind(added.entry.id.as_str())
            .bind(bigint(size_bytes))
            .bind(stamp.at_ms)
            .execute(&mut *tx)
            .await?;
    }
    let detail = json!({
        "bank": added.entry.bank.as_str(),
        "media_kept": media_size_bytes.is_some(),
        "medium": added.entry.medium.name(),
        "number": added.entry.number,
        "sequence": added.sequence,
    });
    audit::append(&mut tx, &stamp.event(Action::EntryAdded, added.entry.id.as_str(), &detail)).await?;
    tx.commit().await?;
    Ok(added)
}

/// The number of the entry that was added last; 0 before the first.
pub(super) async fn last(tx: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    let row =
        sqlx::query("SELECT coalesce(max(number), 0) AS number FROM entries").fetch_one(&mut *tx).await?;
    number(&row, "number")
}

async fn insert(tx: &mut SqliteConnection, new: NewEntry, stamp: &Stamp) -> Result<Added, sqlx::Error> {
    let number = last(&mut *tx).await? + 1;
    let sequence = changes::last(&mut *tx).await? + 1;
    let metadata = serde_json::to_string(&new.metadata).expect("metadata is texts, which JSON can hold");
    let insert = "INSERT INTO entries (number, id, bank, medium, digest, size_bytes, duration_ms, \
                  fingerprint_version, metadata, added_at_ms, added_sequence, frames, areas) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    sqlx::query(insert)
        .bind(bigint(number))
        .bind(new.id.as_str())
        .bind(new.bank.as_str())
        .bind(new.medium.name())
        .bind(&new.digest.0[..])
        .bind(bigint(new.size_bytes))
        .bind(i64::from(new.duration_ms))
        .bind(&new.fingerprint_version)
        .bind(metadata)
        .bind(stamp.at_ms)
        .bind(bigint(sequence))
        .bind(encode_frames(&new.frames))
        .bind((!new.areas.is_empty()).then(|| encode_areas(&new.areas)))
        .execute(&mut *tx)
        .await?;
    let NewEntry { id, bank, medium, digest, size_bytes, duration_ms, fingerprint_version, metadata, .. } =
        new;
    let entry = Entry {
        id,
        number,
        bank,
        medium,
        digest,
        size_bytes,
        duration_ms,
        fingerprint_version,
        metadata,
        added_at_ms: stamp.at_ms,
    };
    catalogue::put(tx, entry.bank.as_str(), std::iter::once((number, &entry.metadata))).await?;
    Ok(Added { entry, sequence, already: false })
}

pub(super) async fn change(
    mut tx: Transaction<'static, Sqlite>,
    (bank, id): (&BankName, &EntryId),
    metadata: &EntryMetadata,
    stamp: &Stamp,
) -> Result<Entry, EntryError> {
    let before = held(&mut tx, (bank, id)).await?;
    let text = serde_json::to_string(metadata).expect("metadata is texts, which JSON can hold");
    sqlx::query("UPDATE entries SET metadata = $1 WHERE number = $2")
        .bind(text)
        .bind(bigint(before.number))
        .execute(&mut *tx)
        .await?;
    catalogue::take(&mut tx, before.number).await?;
    catalogue::put(&mut tx, bank.as_str(), std::iter::once((before.number, metadata))).await?;
    let detail = json!({ "bank": before.bank.as_str(), "before": before.metadata, "number": before.number });
    audit::append(&mut tx, &stamp.event(Action::EntryChanged, before.id.as_str(), &detail)).await?;
    tx.commit().await?;
    Ok(Entry { metadata: metadata.clone(), ..before })
}

pub(super) async fn remove(
    mut tx: Transaction<'static, Sqlite>,
    of: (&BankName, &EntryId),
    reason: Option<&str>,
    stamp: &Stamp,
) -> Result<u64, EntryError> {
    let entry = held(&mut tx, of).await?;
    let sequence = changes::last(&mut *tx).await? + 1;
    sqlx::query("UPDATE entries SET removed_sequence = $1 WHERE number = $2")
        .bind(bigint(sequence))
        .bind(bigint(entry.number))
        .execute(&mut *tx)
        .await?;
    catalogue::take(&mut tx, entry.number).await?;
    let detail = json!({
        "bank": entry.bank.as_str(),
        "number": entry.number,
        "reason": reason,
        "sequence": sequence,
    });
    audit::append(&mut tx, &stamp.event(Action::EntryRemoved, entry.id.as_str(), &detail)).await?;
    tx.commit().await?;
    Ok(sequence)
}

/// An entry that its bank holds.
async fn held(tx: &mut SqliteConnection, (bank, id): (&BankName, &EntryId)) -> Result<Entry, EntryError> {
    if !banks::exists(&mut *tx, bank).await? {
        return Err(EntryError::BankNotFound);
    }
    let held = select_entries!("WHERE id = $1 AND bank = $2 AND removed_sequence IS NULL");
    let held = sqlx::query(held).bind(id.as_str()).bind(bank.as_str());
    let held = held.try_map(|row: SqliteRow| entry(&row)).fetch_optional(tx).await?;
    held.ok_or(EntryError::EntryNotFound)
}

pub(super) async fn find(pool: &SqlitePool, number: u64) -> Result<Option<Entry>, sqlx::Error> {
    sqlx::query(select_entries!("WHERE number = $1"))
        .bind(bigint(number))
        .try_map(|row: SqliteRow| entry(&row))
        .fetch_optional(pool)
        .await
}

pub(super) async fn find_stored(pool: &SqlitePool, id: &EntryId) -> Result<Option<StoredEntry>, sqlx::Error> {
    let stored = "SELECT number, id, bank, medium, digest, size_bytes, duration_ms, fingerprint_version, metadata, \
                  added_at_ms, removed_sequence, \
                  EXISTS (SELECT 1 FROM entry_media WHERE entry = id) AS media_kept FROM entries WHERE id = $1";
    sqlx::query(stored)
        .bind(id.as_str())
        .try_map(|row: SqliteRow| {
            let removed = row.try_get::<Option<i64>, _>("removed_sequence")?.is_some();
            Ok(StoredEntry { entry: entry(&row)?, removed, media_kept: row.try_get("media_kept")? })
        })
        .fetch_optional(pool)
        .await
}

pub(super) async fn areas(pool: &SqlitePool, number: u64) -> Result<Option<Vec<ViewArea>>, sqlx::Error> {
    sqlx::query("SELECT areas FROM entries WHERE number = $1")
        .bind(bigint(number))
        .try_map(|row: SqliteRow| {
            let bytes: Option<&[u8]> = row.try_get("areas")?;
            Ok(bytes.map(decode_areas).transpose().map_err(damaged)?.unwrap_or_default())
        })
        .fetch_optional(pool)
        .await
}

pub(super) fn entry(row: &SqliteRow) -> Result<Entry, sqlx::Error> {
    Ok(Entry {
        id: name(row, "id")?,
        number: number(row, "number")?,
        bank: name(row, "bank")?,
        medium: medium(row)?,
        digest: digest(row, "digest")?,
        size_bytes: number(row, "size_bytes")?,
        duration_ms: number(row, "duration_ms")?,
        fingerprint_version: row.try_get("fingerprint_version")?,
        metadata: json(row, "metadata")?,
        added_at_ms: row.try_get("added_at_ms")?,
    })
}
