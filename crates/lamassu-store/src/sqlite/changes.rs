//! What the index follows, in SQL.

use std::error::Error;
use std::str::{FromStr, Split};

use lamassu_case::EntryId;
use lamassu_fingerprint::local::decode_key_frames;
use lamassu_fingerprint::sound::decode_sound;
use lamassu_fingerprint::{StoredFrame, decode_frames};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteExecutor, SqlitePool};

use crate::entries::{Change, ChangeKind, EntryFeatures, EntryFingerprints, EntrySound};
use crate::sqlite::values::{Unreadable, bigint, frames, name, number, page_rows};
use crate::storage::damaged;

/// An entry as text, without `,`. A row costs more on its way between threads than in the database, so that pictures travel
/// together; what has many frames travels alone.
macro_rules! packed {
    () => {
        "number || ':' || bank || ':' || hex(digest) || ':' || hex(frames)"
    };
}

pub(super) async fn live(
    pool: &SqlitePool,
    after: u64,
    limit: u32,
) -> Result<Vec<EntryFingerprints>, sqlx::Error> {
    let page = concat!(
        "SELECT group_concat(",
        packed!(),
        ") AS packed FROM (SELECT number, bank, digest, frames FROM entries \
         WHERE removed_sequence IS NULL AND number > $1 ORDER BY number LIMIT $2) AS page \
         GROUP BY CASE WHEN length(frames) > 4096 THEN number ELSE 0 END"
    );
    let mut entries = unpacked(pool, page, (after, limit), fingerprints).await?;
    entries.sort_unstable_by_key(|entry| entry.number);
    Ok(entries)
}

pub(super) async fn live_features(
    pool: &SqlitePool,
    after: u64,
    limit: u32,
) -> Result<Vec<EntryFeatures>, sqlx::Error> {
    let page = "SELECT e.number, e.bank, f.features FROM entry_features AS f JOIN entries AS e ON e.number = f.entry \
                WHERE e.removed_sequence IS NULL AND f.entry > $1 ORDER BY f.entry LIMIT $2";
    let rows = sqlx::query(page).bind(bigint(after)).bind(page_rows(limit)).try_map(|row: SqliteRow| {
        let features = decode_key_frames(row.try_get("features")?).map_err(damaged)?;
        Ok(EntryFeatures { number: number(&row, "number")?, bank: name(&row, "bank")?, features })
    });
    rows.fetch_all(pool).await
}

pub(super) async fn live_sounds(
    pool: &SqlitePool,
    after: u64,
    limit: u32,
) -> Result<Vec<EntrySound>, sqlx::Error> {
    let page = "SELECT e.number, e.bank, s.track FROM entry_sounds AS s JOIN entries AS e ON e.number = s.entry \
                WHERE e.removed_sequence IS NULL AND s.entry > $1 ORDER BY s.entry LIMIT $2";
    let rows = sqlx::query(page).bind(bigint(after)).bind(page_rows(limit)).try_map(|row: SqliteRow| {
        let track = decode_sound(row.try_get("track")?).map_err(damaged)?;
        Ok(EntrySound { number: number(&row, "number")?, bank: name(&row, "bank")?, track })
    });
    rows.fetch_all(pool).await
}

pub(super) async fn entry_frames(pool: &SqlitePool, number: u64) -> Result<Vec<StoredFrame>, sqlx::Error> {
    let row = sqlx::query("SELECT frames FROM entries WHERE number = $1").bind(bigint(number));
    let frames = row.try_map(|row: SqliteRow| frames(&row)).fetch_optional(pool).await?;
    Ok(frames.unwrap_or_default())
}

pub(super) async fn list(pool: &SqlitePool, after: u64, limit: u32) -> Result<Vec<Change>, sqlx::Error> {
    let page = concat!(
        "SELECT group_concat(sequence || ':' || coalesce(",
        packed!(),
        ", number)) AS packed FROM (SELECT added_sequence AS sequence, number, bank, digest, frames FROM entries \
         WHERE added_sequence > $1 \
         UNION ALL \
         SELECT removed_sequence, number, NULL, NULL, NULL FROM entries WHERE removed_sequence > $1 \
         ORDER BY sequence LIMIT $2) AS page \
         GROUP BY CASE WHEN length(frames) > 4096 THEN sequence ELSE 0 END"
    );
    let mut changes = unpacked(pool, page, (after, limit), change).await?;
    changes.sort_unstable_by_key(|change| change.sequence);
    Ok(changes)
}

/// What is left of the fields of a packed row.
type Fields<'a> = Split<'a, char>;

/// The rows of a page that come packed.
async fn unpacked<T: Send + Unpin>(
    pool: &SqlitePool,
    page: &'static str,
    (after, limit): (u64, u32),
    read: fn(&mut Fields<'_>) -> Result<T, sqlx::Error>,
) -> Result<Vec<T>, sqlx::Error> {
    let packed = sqlx::query(page).bind(bigint(after)).bind(page_rows(limit)).try_map(|row: SqliteRow| {
        let rows = row.try_get::<&str, _>("packed")?.split(',');
        rows.map(|row| read(&mut row.split(':'))).collect::<Result<Vec<T>, sqlx::Error>>()
    });
    Ok(packed.fetch_all(pool).await?.into_iter().flatten().collect())
}

fn next<T: FromStr<Err: Error + Send + Sync + 'static>>(fields: &mut Fields<'_>) -> Result<T, sqlx::Error> {
    fields.next().ok_or_else(|| damaged(Unreadable("entry")))?.parse().map_err(damaged)
}

fn change(fields: &mut Fields<'_>) -> Result<Change, sqlx::Error> {
    let sequence = next(fields)?;
    let kind = if fields.clone().nth(1).is_some() {
        ChangeKind::Added(fingerprints(fields)?)
    } else {
        ChangeKind::Removed { number: next(fields)? }
    };
    Ok(Change { sequence, kind })
}

fn fingerprints(fields: &mut Fields<'_>) -> Result<EntryFingerprints, sqlx::Error> {
    Ok(EntryFingerprints {
        number: next(fields)?,
        bank: next(fields)?,
        digest: next(fields)?,
        frames: {
            let frames = hex::decode(next::<String>(fields)?).map_err(damaged)?;
            decode_frames(&frames).map_err(damaged)?
        },
    })
}

/// The last sequence number; 0 before the first. Rows are never deleted, so it never falls.
pub(super) async fn last(executor: impl SqliteExecutor<'_>) -> Result<u64, sqlx::Error> {
    let last = "SELECT coalesce(max(last), 0) AS sequence FROM \
                (SELECT max(added_sequence) AS last FROM entries \
                 UNION ALL SELECT max(removed_sequence) FROM entries WHERE removed_sequence IS NOT NULL) AS both";
    number(&sqlx::query(last).fetch_one(executor).await?, "sequence")
}

/// The entry of the change of this number.
pub(super) async fn entry_of(pool: &SqlitePool, sequence: u64) -> Result<Option<EntryId>, sqlx::Error> {
    let entry = "SELECT id FROM entries WHERE added_sequence = $1 \
                 UNION ALL SELECT id FROM entries WHERE removed_sequence = $1";
    sqlx::query(entry)
        .bind(bigint(sequence))
        .try_map(|row: SqliteRow| name(&row, "id"))
        .fetch_optional(pool)
        .await
}
