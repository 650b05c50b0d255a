//! Entries in SQL.

use lamassu_case::audit::Action;
use lamassu_case::{BankName, Entry, EntryId};
use lamassu_fingerprint::encode_frames;
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::entries::{Added, EntryError, NewEntry};
use crate::sqlite::values::{bigint, digest, json, medium, name, number, page_rows};
use crate::sqlite::{audit, banks, changes};
use crate::store::Stamp;

/// All columns but the fingerprints.
macro_rules! select_entries {
    ($rest:literal) => {
        concat!(
            "SELECT number, id, bank, medium, digest, size_bytes, duration_ms, fingerprint_version, \
             metadata, added_at_ms, added_sequence FROM entries ",
            $rest
        )
    };
}

pub(super) async fn add(
    mut tx: Transaction<'static, Sqlite>,
    new: NewEntry,
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
    let added = insert(&mut tx, new, stamp).await?;
    let detail = json!({
        "bank": added.entry.bank.as_str(),
        "medium": added.entry.medium.name(),
        "number": added.entry.number,
        "sequence": added.sequence,
    });
    audit::append(&mut tx, &stamp.event(Action::EntryAdded, added.entry.id.as_str(), &detail)).await?;
    tx.commit().await?;
    Ok(added)
}

async fn insert(tx: &mut SqliteConnection, new: NewEntry, stamp: &Stamp) -> Result<Added, sqlx::Error> {
    let row =
        sqlx::query("SELECT coalesce(max(number), 0) AS number FROM entries").fetch_one(&mut *tx).await?;
    let number = number::<u64>(&row, "number")? + 1;
    let sequence = changes::last(&mut *tx).await? + 1;
    let metadata = serde_json::to_string(&new.metadata).expect("metadata is texts, which JSON can hold");
    let insert = "INSERT INTO entries (number, id, bank, medium, digest, size_bytes, duration_ms, \
                  fingerprint_version, metadata, added_at_ms, added_sequence, frames) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
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
        .execute(tx)
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
    Ok(Added { entry, sequence, already: false })
}

pub(super) async fn remove(
    mut tx: Transaction<'static, Sqlite>,
    bank: &BankName,
    id: &EntryId,
    stamp: &Stamp,
) -> Result<u64, EntryError> {
    if !banks::exists(&mut *tx, bank).await? {
        return Err(EntryError::BankNotFound);
    }
    let held = "SELECT number FROM entries WHERE id = $1 AND bank = $2 AND removed_sequence IS NULL";
    let held = sqlx::query(held).bind(id.as_str()).bind(bank.as_str()).fetch_optional(&mut *tx).await?;
    let number: u64 = number(&held.ok_or(EntryError::EntryNotFound)?, "number")?;
    let sequence = changes::last(&mut *tx).await? + 1;
    sqlx::query("UPDATE entries SET removed_sequence = $1 WHERE number = $2")
        .bind(bigint(sequence))
        .bind(bigint(number))
        .execute(&mut *tx)
        .await?;
    let detail = json!({ "bank": bank.as_str(), "number": number, "sequence": sequence });
    audit::append(&mut tx, &stamp.event(Action::EntryRemoved, id.as_str(), &detail)).await?;
    tx.commit().await?;
    Ok(sequence)
}

pub(super) async fn list(
    pool: &SqlitePool,
    bank: &BankName,
    after: Option<u64>,
    limit: u32,
) -> Result<Vec<Entry>, EntryError> {
    if !banks::exists(pool, bank).await? {
        return Err(EntryError::BankNotFound);
    }
    let page = select_entries!(
        "WHERE bank = $1 AND removed_sequence IS NULL AND number > $2 ORDER BY number LIMIT $3"
    );
    let entries = sqlx::query(page)
        .bind(bank.as_str())
        .bind(bigint(after.unwrap_or(0)))
        .bind(page_rows(limit))
        .try_map(|row: SqliteRow| entry(&row))
        .fetch_all(pool)
        .await?;
    Ok(entries)
}

pub(super) async fn find(pool: &SqlitePool, number: u64) -> Result<Option<Entry>, sqlx::Error> {
    sqlx::query(select_entries!("WHERE number = $1"))
        .bind(bigint(number))
        .try_map(|row: SqliteRow| entry(&row))
        .fetch_optional(pool)
        .await
}

fn entry(row: &SqliteRow) -> Result<Entry, sqlx::Error> {
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
