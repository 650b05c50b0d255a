//! The tables and the version of their layout.

use sqlx::{Connection, SqliteConnection};

use crate::sqlite::OpenError;
use crate::storage::StorageError;

/// The layout that this program writes, kept in `SQLite`'s `user_version`; 0 is an empty file.
const VERSION: i64 = 1;

const TABLES: &str = include_str!("schema.sql");

const SET_VERSION: &str = "PRAGMA user_version = 1";

/// Makes the tables in an empty file and refuses one of a newer program.
pub(super) async fn prepare(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    match version(connection).await? {
        VERSION => return Ok(()),
        0 => {}
        found => return Err(OpenError::NewerSchema { found, known: VERSION }),
    }
    create(connection).await.map_err(|error| StorageError::from(error).into())
}

async fn create(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    // Another connection may have made them while this one waited for the lock.
    if version(&mut tx).await? == 0 {
        sqlx::raw_sql(TABLES).execute(&mut *tx).await?;
        sqlx::raw_sql(SET_VERSION).execute(&mut *tx).await?;
    }
    tx.commit().await
}

async fn version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("PRAGMA user_version").fetch_one(connection).await
}
