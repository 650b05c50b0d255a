//! Deliveries in SQL: one row for each message and webhook.

use lamassu_case::audit::Action;
use lamassu_case::{MessageId, WebhookId};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::outbox::{
    AttemptOutcome, Attempted, Delivery, DeliveryCounts, DeliveryFilter, DeliveryState, EventKind,
    FORGOTTEN_MAX, Parcel, WebhookError,
};
use crate::sqlite::values::{Unreadable, bigint, name, number, page_rows};
use crate::sqlite::{audit, outbox, webhooks};
use crate::storage::damaged;
use crate::store::Stamp;

/// The columns of a delivery, for [`delivery`].
macro_rules! deliveries {
    ($rest:literal) => {
        concat!(
            "SELECT d.number, d.message, o.event, o.subject, d.webhook, d.state, d.turn, d.attempts, ",
            "d.attempts_before, d.next_at_ms, d.last_at_ms, d.last_status, d.last_error ",
            "FROM deliveries d JOIN outbox o ON o.id = d.message ",
            $rest
        )
    };
}

pub(super) async fn address(
    mut tx: Transaction<'static, Sqlite>,
    message: &MessageId,
    now_ms: i64,
) -> Result<Vec<Delivery>, sqlx::Error> {
    let event = "SELECT event FROM outbox WHERE id = $1 AND withdrawn_at_ms IS NULL";
    let event: Option<String> =
        sqlx::query_scalar(event).bind(message.as_str()).fetch_optional(&mut *tx).await?;
    let Some(event) = event else { return Ok(Vec::new()) };
    let event = EventKind::from_name(&event).ok_or_else(|| damaged(Unreadable("event")))?;
    let enabled = sqlx::query("SELECT id, events FROM webhooks WHERE disabled_at_ms IS NULL ORDER BY number")
        .try_map(|row: SqliteRow| Ok((name(&row, "id")?, webhooks::events(row.try_get("events")?)?)))
        .fetch_all(&mut *tx)
        .await?;
    for (webhook, events) in enabled {
        let webhook: WebhookId = webhook;
        if events.is_empty() || events.contains(&event) {
            insert(&mut tx, message, &webhook, now_ms).await?;
        }
    }
    let waiting = deliveries!("WHERE d.message = $1 AND d.state = 'waiting' ORDER BY d.number");
    let waiting = sqlx::query(waiting)
        .bind(message.as_str())
        .try_map(|row: SqliteRow| delivery(&row))
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(waiting)
}

async fn insert(
    connection: &mut SqliteConnection,
    message: &MessageId,
    webhook: &WebhookId,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO deliveries (message, webhook, state, turn, attempts, attempts_before, next_at_ms) \
                  VALUES ($1, $2, 'waiting', 0, 0, 0, $3) ON CONFLICT (message, webhook) DO NOTHING";
    sqlx::query(insert)
        .bind(message.as_str())
        .bind(webhook.as_str())
        .bind(now_ms)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn list(
    pool: &SqlitePool,
    filter: &DeliveryFilter,
    after: u64,
    limit: u32,
) -> Result<Vec<Delivery>, sqlx::Error> {
    let mut query = QueryBuilder::new(deliveries!("WHERE d.number > "));
    query.push_bind(bigint(after));
    if let Some(state) = filter.state {
        query.push(" AND d.state = ").push_bind(state.name());
    }
    if let Some(message) = &filter.message {
        query.push(" AND d.message = ").push_bind(message.as_str());
    }
    if let Some(webhook) = &filter.webhook {
        query.push(" AND d.webhook = ").push_bind(webhook.as_str());
    }
    query.push(" ORDER BY d.number LIMIT ").push_bind(page_rows(limit));
    query.build().try_map(|row: SqliteRow| delivery(&row)).fetch_all(pool).await
}

pub(super) async fn overdue(
    pool: &SqlitePool,
    before_ms: i64,
    after: u64,
    limit: u32,
) -> Result<Vec<Delivery>, sqlx::Error> {
    let page = deliveries!(
        "WHERE d.state = 'waiting' AND d.number > $1 AND d.next_at_ms < $2 ORDER BY d.number LIMIT $3"
    );
    sqlx::query(page)
        .bind(bigint(after))
        .bind(before_ms)
        .bind(page_rows(limit))
        .try_map(|row: SqliteRow| delivery(&row))
        .fetch_all(pool)
        .await
}

pub(super) async fn parcel(
    pool: &SqlitePool,
    message: &MessageId,
    webhook: &WebhookId,
) -> Result<Option<Parcel>, sqlx::Error> {
    let parcel = "SELECT d.number, d.message, o.event, o.subject, d.webhook, d.state, d.turn, d.attempts, \
                  d.attempts_before, d.next_at_ms, d.last_at_ms, d.last_status, d.last_error, \
                  o.data, o.created_at_ms, w.url, w.secret FROM deliveries d \
                  JOIN outbox o ON o.id = d.message JOIN webhooks w ON w.id = d.webhook \
                  WHERE d.message = $1 AND d.webhook = $2";
    sqlx::query(parcel)
        .bind(message.as_str())
        .bind(webhook.as_str())
        .try_map(|row: SqliteRow| {
            Ok(Parcel {
                delivery: delivery(&row)?,
                data: row.try_get("data")?,
                created_at_ms: row.try_get("created_at_ms")?,
                url: row.try_get("url")?,
                sealed_secret: row.try_get("secret")?,
            })
        })
        .fetch_optional(pool)
        .await
}

pub(super) async fn settle(
    mut tx: Transaction<'static, Sqlite>,
    attempted: &Attempted,
    stamp: &Stamp,
) -> Result<Option<Delivery>, sqlx::Error> {
    let (state, next_at_ms) = match attempted.outcome {
        AttemptOutcome::Delivered => (DeliveryState::Delivered, None),
        AttemptOutcome::Again { at_ms } => (DeliveryState::Waiting, Some(at_ms)),
        AttemptOutcome::GivenUp | AttemptOutcome::Gone => (DeliveryState::Dead, None),
    };
    let update = "UPDATE deliveries SET state = $1, turn = turn + 1, attempts = attempts + 1, \
                  next_at_ms = coalesce($2, next_at_ms), last_at_ms = $3, last_status = $4, last_error = $5 \
                  WHERE message = $6 AND webhook = $7 AND turn = $8 AND state = 'waiting'";
    let updated = sqlx::query(update)
        .bind(state.name())
        .bind(next_at_ms)
        .bind(stamp.at_ms)
        .bind(attempted.status.map(i64::from))
        .bind(&attempted.error)
        .bind(attempted.message.as_str())
        .bind(attempted.webhook.as_str())
        .bind(i64::from(attempted.turn))
        .execute(&mut *tx)
        .await?;
    if updated.rows_affected() == 0 {
        return Ok(None);
    }
    let settled = one(&mut tx, &attempted.message, &attempted.webhook).await?;
    if state == DeliveryState::Dead {
        let detail = json!({
            "attempts": settled.as_ref().map(|delivery| delivery.attempts),
            "error": attempted.error,
            "status": attempted.status,
            "webhook": attempted.webhook.as_str(),
        });
        let event = stamp.event(Action::DeliveryDead, attempted.message.as_str(), &detail);
        audit::append(&mut tx, &event).await?;
    }
    if attempted.outcome == AttemptOutcome::Gone {
        webhooks::disable_gone(&mut tx, &attempted.webhook, stamp).await?;
    }
    tx.commit().await?;
    Ok(settled)
}

pub(super) async fn replay(
    mut tx: Transaction<'static, Sqlite>,
    message: &MessageId,
    webhook: &WebhookId,
    stamp: &Stamp,
) -> Result<Delivery, WebhookError> {
    let known = one(&mut tx, message, webhook).await?.ok_or(WebhookError::DeliveryNotFound)?;
    if known.state == DeliveryState::Waiting {
        return Err(WebhookError::DeliveryWaiting);
    }
    if webhooks::enabled(&mut tx, webhook).await? != Some(true) {
        return Err(WebhookError::Disabled);
    }
    let update = "UPDATE deliveries SET state = 'waiting', turn = turn + 1, attempts_before = attempts, \
                  next_at_ms = $1 WHERE message = $2 AND webhook = $3";
    sqlx::query(update)
        .bind(stamp.at_ms)
        .bind(message.as_str())
        .bind(webhook.as_str())
        .execute(&mut *tx)
        .await?;
    let detail = json!({ "was": known.state.name(), "webhook": webhook.as_str() });
    audit::append(&mut tx, &stamp.event(Action::DeliveryReplayed, message.as_str(), &detail)).await?;
    let replayed = one(&mut tx, message, webhook).await?.ok_or(WebhookError::DeliveryNotFound)?;
    tx.commit().await?;
    Ok(replayed)
}

/// The oldest rows of these, as far as one transaction goes, if they are over for long enough. The newest row
/// of all stays whatever its age: its number must not be given again, since readers of pages hold it.
macro_rules! forget {
    ($of:literal) => {
        concat!(
            "DELETE FROM deliveries WHERE number IN (SELECT number FROM (",
            "SELECT number, last_at_ms, next_at_ms FROM deliveries WHERE ",
            $of,
            " ORDER BY number LIMIT $1) AS oldest WHERE coalesce(last_at_ms, next_at_ms) < $2) ",
            "AND number < (SELECT max(number) FROM deliveries) RETURNING message"
        )
    };
}

/// Each of both by an index of its own, so that a look costs the same however much is kept.
const FORGET: [&str; 2] = [
    forget!("state = 'delivered'"),
    forget!("state = 'dead' AND webhook IN (SELECT id FROM webhooks WHERE disabled_at_ms IS NOT NULL)"),
];

pub(super) async fn forget(mut tx: Transaction<'static, Sqlite>, before_ms: i64) -> Result<u64, sqlx::Error> {
    let mut forgotten = 0;
    for statement in FORGET {
        let rows = i64::from(FORGOTTEN_MAX / 2);
        let forget = sqlx::query_scalar(statement).bind(rows).bind(before_ms);
        let messages: Vec<String> = forget.fetch_all(&mut *tx).await?;
        for message in &messages {
            outbox::forget(&mut tx, message).await?;
        }
        forgotten += messages.len() as u64;
    }
    tx.commit().await?;
    Ok(forgotten)
}

pub(super) async fn counts(pool: &SqlitePool) -> Result<DeliveryCounts, sqlx::Error> {
    let counts = "SELECT (SELECT COUNT(*) FROM outbox WHERE handed_at_ms IS NULL \
                  AND withdrawn_at_ms IS NULL) AS unhanded, \
                  (SELECT COUNT(*) FROM deliveries WHERE state = 'waiting') AS waiting, \
                  (SELECT COUNT(*) FROM deliveries WHERE state = 'dead') AS dead, \
                  (SELECT min(next_at_ms) FROM deliveries WHERE state = 'waiting') AS oldest_at_ms";
    let row = sqlx::query(counts).fetch_one(pool).await?;
    Ok(DeliveryCounts {
        unhanded: number(&row, "unhanded")?,
        waiting: number(&row, "waiting")?,
        dead: number(&row, "dead")?,
        oldest_at_ms: row.try_get("oldest_at_ms")?,
    })
}

async fn one(
    connection: &mut SqliteConnection,
    message: &MessageId,
    webhook: &WebhookId,
) -> Result<Option<Delivery>, sqlx::Error> {
    sqlx::query(deliveries!("WHERE d.message = $1 AND d.webhook = $2"))
        .bind(message.as_str())
        .bind(webhook.as_str())
        .try_map(|row: SqliteRow| delivery(&row))
        .fetch_optional(connection)
        .await
}

fn delivery(row: &SqliteRow) -> Result<Delivery, sqlx::Error> {
    let event: &str = row.try_get("event")?;
    let state: &str = row.try_get("state")?;
    let last_status: Option<i64> = row.try_get("last_status")?;
    Ok(Delivery {
        number: number(row, "number")?,
        message: name(row, "message")?,
        event: EventKind::from_name(event).ok_or_else(|| damaged(Unreadable("event")))?,
        subject: row.try_get("subject")?,
        webhook: name(row, "webhook")?,
        state: DeliveryState::from_name(state).ok_or_else(|| damaged(Unreadable("state")))?,
        turn: number(row, "turn")?,
        attempts: number(row, "attempts")?,
        attempts_before: number(row, "attempts_before")?,
        next_at_ms: row.try_get("next_at_ms")?,
        last_at_ms: row.try_get("last_at_ms")?,
        last_status: last_status.and_then(|status| u16::try_from(status).ok()),
        last_error: row.try_get("last_error")?,
    })
}
