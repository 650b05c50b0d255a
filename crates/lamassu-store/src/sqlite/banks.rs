//! Banks in SQL.

use lamassu_case::audit::Action;
use lamassu_case::{Bank, BankName};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteExecutor, SqlitePool, Transaction};

use crate::banks::BankError;
use crate::sqlite::audit;
use crate::sqlite::values::{name, number};
use crate::store::Stamp;

pub(super) async fn create(
    mut tx: Transaction<'static, Sqlite>,
    name: &BankName,
    stamp: &Stamp,
) -> Result<Bank, BankError> {
    if exists(&mut *tx, name).await? {
        return Err(BankError::Exists);
    }
    sqlx::query("INSERT INTO banks (name, created_at_ms) VALUES ($1, $2)")
        .bind(name.as_str())
        .bind(stamp.at_ms)
        .execute(&mut *tx)
        .await?;
    audit::append(&mut tx, &stamp.event(Action::BankCreated, name.as_str(), &json!({}))).await?;
    tx.commit().await?;
    Ok(Bank { name: name.clone(), created_at_ms: stamp.at_ms, entries: 0 })
}

pub(super) async fn exists(executor: impl SqliteExecutor<'_>, name: &BankName) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("SELECT name FROM banks WHERE name = $1")
        .bind(name.as_str())
        .fetch_optional(executor)
        .await?;
    Ok(row.is_some())
}

macro_rules! select_banks {
    ($rest:literal) => {
        concat!(
            "SELECT name, created_at_ms, (SELECT count(*) FROM entries \
             WHERE entries.bank = banks.name AND entries.removed_sequence IS NULL) AS entries FROM banks ",
            $rest
        )
    };
}

pub(super) async fn list(pool: &SqlitePool) -> Result<Vec<Bank>, sqlx::Error> {
    sqlx::query(select_banks!("ORDER BY name")).try_map(|row: SqliteRow| bank(&row)).fetch_all(pool).await
}

pub(super) async fn find(pool: &SqlitePool, name: &BankName) -> Result<Option<Bank>, sqlx::Error> {
    sqlx::query(select_banks!("WHERE name = $1"))
        .bind(name.as_str())
        .try_map(|row: SqliteRow| bank(&row))
        .fetch_optional(pool)
        .await
}

fn bank(row: &SqliteRow) -> Result<Bank, sqlx::Error> {
    Ok(Bank {
        name: name(row, "name")?,
        created_at_ms: row.try_get("created_at_ms")?,
        entries: number(row, "entries")?,
    })
}
