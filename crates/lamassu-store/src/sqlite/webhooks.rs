//! Webhooks in SQL.

use lamassu_case::WebhookId;
use lamassu_case::audit::Action;
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::outbox::{Disabled, EventKind, NewWebhook, WEBHOOKS_MAX, Webhook, WebhookError};
use crate::sqlite::audit;
use crate::sqlite::values::{Unreadable, name};
use crate::storage::damaged;
use crate::store::Stamp;

/// Why a webhook was disabled.
const BECAUSE_PERSON: &str = "person";
const BECAUSE_GONE: &str = "gone";

pub(super) async fn create(
    mut tx: Transaction<'static, Sqlite>,
    new: NewWebhook,
    stamp: &Stamp,
) -> Result<Webhook, WebhookError> {
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM webhooks WHERE disabled_at_ms IS NULL")
        .fetch_one(&mut *tx)
        .await?;
    if count >= i64::from(WEBHOOKS_MAX) {
        return Err(WebhookError::TooMany);
    }
    let names: Vec<&str> = new.events.iter().map(|event| event.name()).collect();
    let insert = "INSERT INTO webhooks (id, url, events, secret, created_at_ms) VALUES ($1, $2, $3, $4, $5)";
    sqlx::query(insert)
        .bind(new.id.as_str())
        .bind(&new.url)
        .bind(names.join(" "))
        .bind(&new.sealed_secret)
        .bind(stamp.at_ms)
        .execute(&mut *tx)
        .await?;
    // Paths and queries of such addresses are often secrets themselves.
    let detail = json!({ "origin": new.origin, "events": names });
    audit::append(&mut tx, &stamp.event(Action::WebhookCreated, new.id.as_str(), &detail)).await?;
    tx.commit().await?;
    let NewWebhook { id, url, events, .. } = new;
    Ok(Webhook { id, url, events, created_at_ms: stamp.at_ms, disabled: None })
}

pub(super) async fn list(pool: &SqlitePool) -> Result<Vec<Webhook>, sqlx::Error> {
    let all = "SELECT id, url, events, created_at_ms, disabled_at_ms, disabled_because \
               FROM webhooks ORDER BY number";
    sqlx::query(all).try_map(|row: SqliteRow| webhook(&row)).fetch_all(pool).await
}

pub(super) async fn sealed_secret(pool: &SqlitePool, id: &WebhookId) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar("SELECT secret FROM webhooks WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(pool)
        .await
}

pub(super) async fn disable_for_person(
    mut tx: Transaction<'static, Sqlite>,
    id: &WebhookId,
    stamp: &Stamp,
) -> Result<(), WebhookError> {
    match enabled(&mut tx, id).await? {
        None => return Err(WebhookError::NotFound),
        Some(false) => return Err(WebhookError::Disabled),
        Some(true) => disable(&mut tx, id, BECAUSE_PERSON, stamp).await?,
    }
    Ok(tx.commit().await?)
}

/// Disables a webhook whose receiver said that it is gone.
pub(super) async fn disable_gone(
    connection: &mut SqliteConnection,
    id: &WebhookId,
    stamp: &Stamp,
) -> Result<(), sqlx::Error> {
    if enabled(connection, id).await? == Some(true) {
        disable(connection, id, BECAUSE_GONE, stamp).await?;
    }
    Ok(())
}

/// Whether a webhook is enabled; none if there is no such.
pub(super) async fn enabled(
    connection: &mut SqliteConnection,
    id: &WebhookId,
) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar("SELECT disabled_at_ms IS NULL FROM webhooks WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await
}

async fn disable(
    connection: &mut SqliteConnection,
    id: &WebhookId,
    because: &str,
    stamp: &Stamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE webhooks SET disabled_at_ms = $1, disabled_because = $2 WHERE id = $3")
        .bind(stamp.at_ms)
        .bind(because)
        .bind(id.as_str())
        .execute(&mut *connection)
        .await?;
    let end = "UPDATE deliveries SET state = 'dead', turn = turn + 1, last_error = 'webhook-disabled' \
               WHERE webhook = $1 AND state = 'waiting'";
    let ended = sqlx::query(end).bind(id.as_str()).execute(&mut *connection).await?.rows_affected();
    let detail = json!({ "because": because, "deliveries_ended": ended });
    audit::append(connection, &stamp.event(Action::WebhookDisabled, id.as_str(), &detail)).await
}

fn webhook(row: &SqliteRow) -> Result<Webhook, sqlx::Error> {
    let disabled = match row.try_get("disabled_at_ms")? {
        Some(at_ms) => Some(Disabled { at_ms, because: row.try_get("disabled_because")? }),
        None => None,
    };
    Ok(Webhook {
        id: name(row, "id")?,
        url: row.try_get("url")?,
        events: events(row.try_get("events")?)?,
        created_at_ms: row.try_get("created_at_ms")?,
        disabled,
    })
}

/// The kinds in a column; none are all.
pub(super) fn events(text: &str) -> Result<Vec<EventKind>, sqlx::Error> {
    let kind = |word| EventKind::from_name(word).ok_or_else(|| damaged(Unreadable("event")));
    text.split_ascii_whitespace().map(kind).collect()
}
