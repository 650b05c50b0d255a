//! What the index follows, in SQL.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteExecutor, SqlitePool};

use crate::entries::{Change, ChangeKind, EntryFingerprints};
use crate::sqlite::values::{bigint, digest, frames, name, number, page_rows};

pub(super) async fn live(
    pool: &SqlitePool,
    after: u64,
    limit: u32,
) -> Result<Vec<EntryFingerprints>, sqlx::Error> {
    let page = "SELECT number, bank, digest, frames FROM entries \
                WHERE removed_sequence IS NULL AND number > $1 ORDER BY number LIMIT $2";
    sqlx::query(page)
        .bind(bigint(after))
        .bind(page_rows(limit))
        .try_map(|row: SqliteRow| fingerprints(&row))
        .fetch_all(pool)
        .await
}

pub(super) async fn list(pool: &SqlitePool, after: u64, limit: u32) -> Result<Vec<Change>, sqlx::Error> {
    let page = "SELECT added_sequence AS sequence, number, bank, digest, frames FROM entries \
                WHERE added_sequence > $1 \
                UNION ALL \
                SELECT removed_sequence, number, NULL, NULL, NULL FROM entries \
                WHERE removed_sequence > $1 \
                ORDER BY sequence LIMIT $2";
    sqlx::query(page)
        .bind(bigint(after))
        .bind(page_rows(limit))
        .try_map(|row: SqliteRow| change(&row))
        .fetch_all(pool)
        .await
}

/// The last sequence number; 0 before the first. Rows are never deleted, so it never falls.
pub(super) async fn last(executor: impl SqliteExecutor<'_>) -> Result<u64, sqlx::Error> {
    let last = "SELECT coalesce(max(last), 0) AS sequence FROM \
                (SELECT max(added_sequence) AS last FROM entries \
                 UNION ALL SELECT max(removed_sequence) FROM entries WHERE removed_sequence IS NOT NULL) AS both";
    number(&sqlx::query(last).fetch_one(executor).await?, "sequence")
}

fn change(row: &SqliteRow) -> Result<Change, sqlx::Error> {
    let removed = row.try_get::<Option<&str>, _>("bank")?.is_none();
    let kind = if removed {
        ChangeKind::Removed { number: number(row, "number")? }
    } else {
        ChangeKind::Added(fingerprints(row)?)
    };
    Ok(Change { sequence: number(row, "sequence")?, kind })
}

fn fingerprints(row: &SqliteRow) -> Result<EntryFingerprints, sqlx::Error> {
    Ok(EntryFingerprints {
        number: number(row, "number")?,
        bank: name(row, "bank")?,
        digest: digest(row, "digest")?,
        frames: frames(row)?,
    })
}
