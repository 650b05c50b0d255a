//! The tables and the version of their layout.

use sqlx::{Connection, SqliteConnection};

use crate::sqlite::{OpenError, catalogue};
use crate::storage::StorageError;

/// What makes each layout of the one before it; the first, of an empty file.
const LAYOUTS: [&[&str]; 8] = [
    &[include_str!("schema/1.sql")],
    &[
        include_str!("schema/2-intake.sql"),
        include_str!("schema/2-outbox.sql"),
        include_str!("schema/2-access.sql"),
    ],
    &[include_str!("schema/3.sql")],
    &[include_str!("schema/4.sql")],
    &[include_str!("schema/5.sql")],
    &[include_str!("schema/6.sql")],
    &[include_str!("schema/7.sql")],
    &[include_str!("schema/8.sql")],
];

/// The first layout with a catalogue, which takes what a program reads of the metadata.
const WITH_CATALOGUE: usize = 8;

/// The layout that this program writes, kept in `SQLite`'s `user_version`; 0 is an empty file.
const VERSION: usize = LAYOUTS.len();

/// Brings a file to the newest layout, and refuses one of a newer program.
pub(super) async fn prepare(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let found = version(connection).await?;
    match usize::try_from(found) {
        Ok(VERSION) => Ok(()),
        Ok(0..VERSION) => migrate(connection).await.map_err(|error| StorageError::from(error).into()),
        _ => Err(OpenError::NewerSchema { found, known: i64::try_from(VERSION).unwrap_or(i64::MAX) }),
    }
}

/// All steps or none.
async fn migrate(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    // Another connection may have done it while this one waited for the lock.
    let found = usize::try_from(version(&mut tx).await?).unwrap_or(VERSION);
    for tables in LAYOUTS.iter().skip(found).copied().flatten() {
        sqlx::raw_sql(*tables).execute(&mut *tx).await?;
    }
    if found < WITH_CATALOGUE {
        catalogue::fill(&mut tx).await?;
    }
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {VERSION}"))).execute(&mut *tx).await?;
    tx.commit().await
}

async fn version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("PRAGMA user_version").fetch_one(connection).await
}
