//! The audit log in SQL.

use lamassu_case::Case;
use lamassu_case::audit::{CHAIN_START, Event, Record, chain};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqlitePool};

use crate::sqlite::values::{bigint, digest, number, page_rows};

/// Appends an event inside the transaction of the change that it tells of.
pub(super) async fn append(connection: &mut SqliteConnection, event: &Event) -> Result<(), sqlx::Error> {
    let last = sqlx::query("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")
        .fetch_optional(&mut *connection)
        .await?;
    let (last, head) = match &last {
        Some(row) => (number(row, "number")?, digest(row, "hash")?),
        None => (0, CHAIN_START),
    };
    let number: u64 = last + 1;
    let action = event.action.name();
    let texts = [&event.actor, action, &event.subject, &event.detail];
    let hash = chain(head, number, event.at_ms, texts);
    let insert = "INSERT INTO audit (number, at_ms, actor, action, subject, detail, hash) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7)";
    sqlx::query(insert)
        .bind(bigint(number))
        .bind(event.at_ms)
        .bind(&event.actor)
        .bind(action)
        .bind(&event.subject)
        .bind(&event.detail)
        .bind(&hash.0[..])
        .execute(connection)
        .await?;
    Ok(())
}

/// What the log says about a case and its item. The index of the log holds just these actions.
pub(super) async fn of_case(
    pool: &SqlitePool,
    case: &Case,
    after: u64,
    limit: u32,
) -> Result<Vec<Record>, sqlx::Error> {
    let page = "SELECT number, at_ms, actor, action, subject, detail, hash FROM audit \
                WHERE subject IN ($1, $2) AND number > $3 \
                AND action IN ('item.decided', 'case.decided', 'case.reopened', 'media.viewed', 'action.undone') \
                ORDER BY number LIMIT $4";
    sqlx::query(page)
        .bind(case.id.as_str())
        .bind(case.item.as_str())
        .bind(bigint(after))
        .bind(page_rows(limit))
        .try_map(|row: SqliteRow| record(&row))
        .fetch_all(pool)
        .await
}

pub(super) async fn list(pool: &SqlitePool, after: u64, limit: u32) -> Result<Vec<Record>, sqlx::Error> {
    let page = "SELECT number, at_ms, actor, action, subject, detail, hash FROM audit \
                WHERE number > $1 ORDER BY number LIMIT $2";
    sqlx::query(page)
        .bind(bigint(after))
        .bind(page_rows(limit))
        .try_map(|row: SqliteRow| record(&row))
        .fetch_all(pool)
        .await
}

fn record(row: &SqliteRow) -> Result<Record, sqlx::Error> {
    Ok(Record {
        number: number(row, "number")?,
        at_ms: row.try_get("at_ms")?,
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        subject: row.try_get("subject")?,
        detail: row.try_get("detail")?,
        hash: digest(row, "hash")?,
    })
}
