//! Policies in SQL.

use lamassu_case::Policy;
use lamassu_case::audit::Action;
use lamassu_fingerprint::Digest;
use serde_json::json;
use sqlx::{Row, Sqlite, SqliteExecutor, SqlitePool, Transaction};

use crate::sqlite::audit;
use crate::sqlite::values::digest;
use crate::store::Stamp;

pub(super) async fn put(
    mut tx: Transaction<'static, Sqlite>,
    policy: &Policy,
    stamp: &Stamp,
) -> Result<(), sqlx::Error> {
    if current(&mut *tx).await? == Some(policy.version) {
        return Ok(());
    }
    // A policy that was current before is known already.
    sqlx::query("INSERT INTO policies (version, text) VALUES ($1, $2) ON CONFLICT (version) DO NOTHING")
        .bind(&policy.version.0[..])
        .bind(&policy.text)
        .execute(&mut *tx)
        .await?;
    let change = "INSERT INTO policy_changes (number, version, at_ms) \
                  SELECT coalesce(max(number), 0) + 1, $1, $2 FROM policy_changes";
    sqlx::query(change).bind(&policy.version.0[..]).bind(stamp.at_ms).execute(&mut *tx).await?;
    let event = stamp.event(Action::PolicyChanged, &policy.version.to_string(), &json!({}));
    audit::append(&mut tx, &event).await?;
    tx.commit().await
}

async fn current(executor: impl SqliteExecutor<'_>) -> Result<Option<Digest>, sqlx::Error> {
    let last = sqlx::query("SELECT version FROM policy_changes ORDER BY number DESC LIMIT 1")
        .fetch_optional(executor)
        .await?;
    last.map(|row| digest(&row, "version")).transpose()
}

pub(super) async fn text(pool: &SqlitePool, version: Digest) -> Result<Option<String>, sqlx::Error> {
    let row = sqlx::query("SELECT text FROM policies WHERE version = $1")
        .bind(version.0.to_vec())
        .fetch_optional(pool)
        .await?;
    row.map(|row| row.try_get("text")).transpose()
}
