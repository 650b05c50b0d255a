//! Messages to webhooks in SQL.

use async_trait::async_trait;
use lamassu_case::{MessageId, WebhookId};
use sqlx::sqlite::SqliteRow;
use sqlx::{SqliteConnection, SqlitePool};

use crate::outbox::{
    Attempted, Delivery, DeliveryCounts, DeliveryFilter, NewMessage, NewWebhook, Outbox, Parcel, Webhook,
    WebhookError,
};
use crate::sqlite::values::{name, page_rows};
use crate::sqlite::{SqliteStore, deliveries, webhooks};
use crate::storage::StorageError;
use crate::store::Stamp;

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

/// Takes a message back; false when it was handed over already, or a delivery of it was made: from then
/// on it may be on the wire, whatever the clocks say.
pub(super) async fn withdraw(
    connection: &mut SqliteConnection,
    id: &MessageId,
    at_ms: i64,
) -> Result<bool, sqlx::Error> {
    let withdraw = "UPDATE outbox SET withdrawn_at_ms = $1 WHERE id = $2 AND handed_at_ms IS NULL \
                    AND withdrawn_at_ms IS NULL \
                    AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message = $2)";
    let done = sqlx::query(withdraw).bind(at_ms).bind(id.as_str()).execute(connection).await?;
    Ok(done.rows_affected() == 1)
}

async fn due(pool: &SqlitePool, now_ms: i64, limit: u32) -> Result<Vec<MessageId>, sqlx::Error> {
    let due = "SELECT id FROM outbox WHERE handed_at_ms IS NULL AND withdrawn_at_ms IS NULL \
               AND due_at_ms <= $1 ORDER BY due_at_ms, number LIMIT $2";
    sqlx::query(due)
        .bind(now_ms)
        .bind(page_rows(limit))
        .try_map(|row: SqliteRow| name(&row, "id"))
        .fetch_all(pool)
        .await
}

async fn mark_handed(
    connection: &mut SqliteConnection,
    id: &MessageId,
    at_ms: i64,
) -> Result<(), sqlx::Error> {
    let mark = "UPDATE outbox SET handed_at_ms = $1 WHERE id = $2 AND handed_at_ms IS NULL";
    sqlx::query(mark).bind(at_ms).bind(id.as_str()).execute(&mut *connection).await?;
    forget(connection, id.as_str()).await
}

/// Removes a message that was handed over and of which no delivery is left.
pub(super) async fn forget(connection: &mut SqliteConnection, id: &str) -> Result<(), sqlx::Error> {
    let forget = "DELETE FROM outbox WHERE id = $1 AND handed_at_ms IS NOT NULL \
                  AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message = $1)";
    sqlx::query(forget).bind(id).execute(connection).await?;
    Ok(())
}

#[async_trait]
impl Outbox for SqliteStore {
    async fn append_message(&self, message: &NewMessage, at_ms: i64) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        append(&mut tx, message, at_ms).await?;
        Ok(tx.commit().await?)
    }

    async fn withdraw_message(&self, id: &MessageId, at_ms: i64) -> Result<bool, StorageError> {
        let mut tx = self.begin().await?;
        let withdrawn = withdraw(&mut tx, id, at_ms).await?;
        tx.commit().await?;
        Ok(withdrawn)
    }

    async fn due_messages(&self, now_ms: i64, limit: u32) -> Result<Vec<MessageId>, StorageError> {
        Ok(due(&self.readers, now_ms, limit).await?)
    }

    async fn address_message(&self, id: &MessageId, now_ms: i64) -> Result<Vec<Delivery>, StorageError> {
        Ok(deliveries::address(self.begin().await?, id, now_ms).await?)
    }

    async fn mark_handed(&self, id: &MessageId, at_ms: i64) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        mark_handed(&mut tx, id, at_ms).await?;
        Ok(tx.commit().await?)
    }

    async fn create_webhook(&self, webhook: NewWebhook, stamp: &Stamp) -> Result<Webhook, WebhookError> {
        webhooks::create(self.begin().await?, webhook, stamp).await
    }

    async fn webhooks(&self) -> Result<Vec<Webhook>, StorageError> {
        Ok(webhooks::list(&self.readers).await?)
    }

    async fn sealed_secret(&self, id: &WebhookId) -> Result<Vec<u8>, WebhookError> {
        webhooks::sealed_secret(&self.readers, id).await?.ok_or(WebhookError::NotFound)
    }

    async fn disable_webhook(&self, id: &WebhookId, stamp: &Stamp) -> Result<(), WebhookError> {
        webhooks::disable_for_person(self.begin().await?, id, stamp).await
    }

    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Delivery>, StorageError> {
        Ok(deliveries::list(&self.readers, filter, after, limit).await?)
    }

    async fn overdue(&self, before_ms: i64, after: u64, limit: u32) -> Result<Vec<Delivery>, StorageError> {
        Ok(deliveries::overdue(&self.readers, before_ms, after, limit).await?)
    }

    async fn parcel(&self, message: &MessageId, webhook: &WebhookId) -> Result<Option<Parcel>, StorageError> {
        Ok(deliveries::parcel(&self.readers, message, webhook).await?)
    }

    async fn settle(&self, attempted: &Attempted, stamp: &Stamp) -> Result<Option<Delivery>, StorageError> {
        Ok(deliveries::settle(self.begin().await?, attempted, stamp).await?)
    }

    async fn replay_delivery(
        &self,
        message: &MessageId,
        webhook: &WebhookId,
        stamp: &Stamp,
    ) -> Result<Delivery, WebhookError> {
        deliveries::replay(self.begin().await?, message, webhook, stamp).await
    }

    async fn forget_delivered(&self, before_ms: i64) -> Result<u64, StorageError> {
        Ok(deliveries::forget(self.begin().await?, before_ms).await?)
    }

    async fn delivery_counts(&self) -> Result<DeliveryCounts, StorageError> {
        Ok(deliveries::counts(&self.readers).await?)
    }
}
