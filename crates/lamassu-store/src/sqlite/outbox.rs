//! Messages to webhooks in SQL.

use lamassu_case::MessageId;
use sqlx::SqliteConnection;

use crate::outbox::NewMessage;

/// Appends a message inside the transaction of the change that it tells of.
pub(super) async fn append(
    connection: &mut SqliteConnection,
    message: &NewMessage,
    at_ms: i64,
) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO outbox (id, event, subject, data, created_at_ms, due_at_ms) \
                  VALUES ($1, $2, $3, $4, $5, $6)";
    sqlx::query(insert)
        .bind(message.id.as_str())
        .bind(message.event.name())
        .bind(&message.subject)
        .bind(message.data.to_string())
        .bind(at_ms)
        .bind(message.due_at_ms)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes a message back; false when it was handed over already.
pub(super) async fn withdraw(
    connection: &mut SqliteConnection,
    id: &MessageId,
    at_ms: i64,
) -> Result<bool, sqlx::Error> {
    let withdraw = "UPDATE outbox SET withdrawn_at_ms = $1 WHERE id = $2 AND handed_at_ms IS NULL";
    let done = sqlx::query(withdraw).bind(at_ms).bind(id.as_str()).execute(connection).await?;
    Ok(done.rows_affected() == 1)
}
