//! Columns to values and back. What cannot be read is `Decode`, which means damaged.

use std::str::FromStr;

use lamassu_case::{Medium, Outcome};
use lamassu_fingerprint::{Digest, StoredFrame, decode_frames};
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};

use crate::storage::damaged;
use crate::store::PAGE_ROWS_MAX;

/// A column holds something else than it should.
#[derive(Debug, thiserror::Error)]
#[error("a stored {0} cannot be read")]
pub(super) struct Unreadable(pub(super) &'static str);

/// A number as a column takes it. What is too large for one is larger than all that is stored.
pub(super) fn bigint(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The rows to ask for when a page of `limit` is wanted.
pub(super) fn page_rows(limit: u32) -> i64 {
    i64::from(limit.min(PAGE_ROWS_MAX))
}

/// A whole number of any unsigned type.
pub(super) fn number<T: TryFrom<i64>>(row: &SqliteRow, column: &str) -> Result<T, sqlx::Error> {
    T::try_from(row.try_get(column)?).map_err(|_| damaged(Unreadable("number")))
}

pub(super) fn digest(row: &SqliteRow, column: &str) -> Result<Digest, sqlx::Error> {
    let bytes: &[u8] = get(row, column)?;
    bytes.try_into().map(Digest).map_err(damaged)
}

pub(super) fn frames(row: &SqliteRow) -> Result<Vec<StoredFrame>, sqlx::Error> {
    decode_frames(get(row, "frames")?).map_err(damaged)
}

pub(super) fn medium(row: &SqliteRow) -> Result<Medium, sqlx::Error> {
    Medium::from_name(get(row, "medium")?).ok_or_else(|| damaged(Unreadable("medium")))
}

pub(super) fn outcome(row: &SqliteRow) -> Result<Outcome, sqlx::Error> {
    let text: &str = get(row, "outcome")?;
    Outcome::from_name(text).ok_or_else(|| damaged(Unreadable("outcome")))
}

/// A name or an id.
pub(super) fn name<T>(row: &SqliteRow, column: &str) -> Result<T, sqlx::Error>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    get::<&str>(row, column)?.parse().map_err(damaged)
}

/// A value kept as JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T, sqlx::Error> {
    serde_json::from_str(get(row, column)?).map_err(damaged)
}

fn get<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(row: &'r SqliteRow, column: &str) -> Result<T, sqlx::Error> {
    row.try_get(column)
}
