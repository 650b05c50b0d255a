//! Submissions in SQL.

use async_trait::async_trait;
use lamassu_case::ItemId;
use lamassu_case::audit::Action;
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::sqlite::values::{Unreadable, bigint, json as stored_json, name, number, page_rows};
use crate::sqlite::{SqliteStore, audit};
use crate::storage::{StorageError, damaged};
use crate::store::Stamp;
use crate::submissions::{
    AcceptError, Accepted, NewSubmission, Queued, StoredSubmission, SubmissionFailure, SubmissionState,
    Submissions,
};

/// Most submissions of one page: their bytes come with them.
const QUEUED_ROWS_MAX: u32 = 64;

macro_rules! select_submissions {
    ($more:literal, $rest:literal) => {
        concat!(
            "SELECT number, item, sender, details, content, received_at_ms, state, failure",
            $more,
            " FROM submissions ",
            $rest
        )
    };
}

#[async_trait]
impl Submissions for SqliteStore {
    async fn accept(&self, new: &NewSubmission, stamp: &Stamp) -> Result<Accepted, AcceptError> {
        accept(self.begin().await?, new, stamp).await
    }

    async fn submission(&self, item: &ItemId) -> Result<Option<StoredSubmission>, StorageError> {
        Ok(find(&self.readers, item).await?)
    }

    async fn queued(&self, after: u64, limit: u32) -> Result<Vec<Queued>, StorageError> {
        Ok(queued(&self.readers, after, limit.min(QUEUED_ROWS_MAX)).await?)
    }

    async fn queued_count(&self) -> Result<u64, StorageError> {
        let count = "SELECT count(*) AS waiting FROM submissions WHERE state = 'queued'";
        Ok(number(&sqlx::query(count).fetch_one(&self.readers).await?, "waiting")?)
    }

    async fn fail_submission(
        &self,
        item: &ItemId,
        failure: &SubmissionFailure,
        stamp: &Stamp,
    ) -> Result<(), StorageError> {
        Ok(fail(self.begin().await?, item, failure, stamp).await?)
    }
}

async fn accept(
    mut tx: Transaction<'static, Sqlite>,
    new: &NewSubmission,
    stamp: &Stamp,
) -> Result<Accepted, AcceptError> {
    if let Some(known) = sent_before(&mut tx, new).await? {
        let same = known.content == new.content && known.details == new.details;
        return if same { Ok(Accepted::Already { item: known.item }) } else { Err(AcceptError::KeyReused) };
    }
    let insert = "INSERT INTO submissions (item, sender, idempotency_key, details, content, received_at_ms, \
                  state, bytes) VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7)";
    let text = |value: serde_json::Result<String>| value.expect("texts and numbers, which JSON can hold");
    let inserted = sqlx::query(insert)
        .bind(new.item.as_str())
        .bind(&new.sender)
        .bind(&new.details.idempotency_key)
        .bind(text(serde_json::to_string(&new.details)))
        .bind(text(serde_json::to_string(&new.content)))
        .bind(stamp.at_ms)
        .bind(new.bytes.as_deref())
        .execute(&mut *tx)
        .await?;
    let detail = json!({ "reference": new.details.reference });
    audit::append(&mut tx, &stamp.event(Action::ItemAccepted, new.item.as_str(), &detail)).await?;
    tx.commit().await?;
    Ok(Accepted::New { number: inserted.last_insert_rowid().cast_unsigned() })
}

async fn sent_before(
    tx: &mut SqliteConnection,
    new: &NewSubmission,
) -> Result<Option<StoredSubmission>, sqlx::Error> {
    let Some(key) = &new.details.idempotency_key else { return Ok(None) };
    sqlx::query(select_submissions!("", "WHERE sender = $1 AND idempotency_key = $2"))
        .bind(&new.sender)
        .bind(key)
        .try_map(|row: SqliteRow| submission(&row))
        .fetch_optional(tx)
        .await
}

async fn find(pool: &SqlitePool, item: &ItemId) -> Result<Option<StoredSubmission>, sqlx::Error> {
    sqlx::query(select_submissions!("", "WHERE item = $1"))
        .bind(item.as_str())
        .try_map(|row: SqliteRow| submission(&row))
        .fetch_optional(pool)
        .await
}

async fn queued(pool: &SqlitePool, after: u64, limit: u32) -> Result<Vec<Queued>, sqlx::Error> {
    let page =
        select_submissions!(", bytes", "WHERE state = 'queued' AND number > $1 ORDER BY number LIMIT $2");
    sqlx::query(page)
        .bind(bigint(after))
        .bind(page_rows(limit))
        .try_map(|row: SqliteRow| Ok(Queued { submission: submission(&row)?, bytes: row.try_get("bytes")? }))
        .fetch_all(pool)
        .await
}

async fn fail(
    mut tx: Transaction<'static, Sqlite>,
    item: &ItemId,
    failure: &SubmissionFailure,
    stamp: &Stamp,
) -> Result<(), sqlx::Error> {
    let update = "UPDATE submissions SET state = 'failed', failure = $1, bytes = NULL \
                  WHERE item = $2 AND state = 'queued'";
    let text = serde_json::to_string(failure).expect("texts, which JSON can hold");
    let updated = sqlx::query(update).bind(text).bind(item.as_str()).execute(&mut *tx).await?;
    if updated.rows_affected() == 0 {
        return Ok(());
    }
    let detail = json!({ "code": failure.code });
    audit::append(&mut tx, &stamp.event(Action::ItemFailed, item.as_str(), &detail)).await?;
    tx.commit().await
}

/// Inside the transaction of its decision. What was not sent in, but checked here, has no submission.
pub(super) async fn settle(tx: &mut SqliteConnection, item: &ItemId) -> Result<(), sqlx::Error> {
    let update = "UPDATE submissions SET state = 'decided', bytes = NULL WHERE item = $1";
    sqlx::query(update).bind(item.as_str()).execute(tx).await?;
    Ok(())
}

fn submission(row: &SqliteRow) -> Result<StoredSubmission, sqlx::Error> {
    let state = SubmissionState::from_name(row.try_get("state")?);
    let failure: Option<&str> = row.try_get("failure")?;
    Ok(StoredSubmission {
        number: number(row, "number")?,
        item: name(row, "item")?,
        sender: row.try_get("sender")?,
        details: stored_json(row, "details")?,
        content: stored_json(row, "content")?,
        received_at_ms: row.try_get("received_at_ms")?,
        state: state.ok_or_else(|| damaged(Unreadable("state")))?,
        failure: failure.map(serde_json::from_str).transpose().map_err(damaged)?,
    })
}
