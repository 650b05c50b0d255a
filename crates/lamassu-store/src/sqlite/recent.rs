//! What came in lately, in SQL.

use async_trait::async_trait;
use lamassu_case::audit::Action;
use lamassu_case::{CaseId, CaseKind, ItemId, Submission};
use lamassu_fingerprint::{Digest, ReadFrame, decode_frames, encode_frames};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::items::RecordError;
use crate::recent::{
    LookBackProgress, Recent, RecentItem, Reconsidered, Reconsidering, RisingCounts, RisingItem,
    WaitingLookBack,
};
use crate::sqlite::values::{bigint, digest, frames, json as stored_json, name, number, page_rows};
use crate::sqlite::{SqliteStore, audit, cases, items, outbox};
use crate::storage::{StorageError, damaged};
use crate::store::Stamp;

macro_rules! select_recent {
    ($rest:literal) => {
        concat!(
            "SELECT s.number, s.item, i.digest, i.frames, i.duration_ms, s.received_at_ms, s.details \
             FROM submissions AS s JOIN items AS i ON i.id = s.item WHERE s.state = 'decided' ",
            $rest
        )
    };
}

#[async_trait]
impl Recent for SqliteStore {
    async fn recent_items(
        &self,
        since_ms: i64,
        after: u64,
        limit: u32,
    ) -> Result<Vec<RecentItem>, StorageError> {
        // Numbers rise with time but for a clock that was set back, so that the first one bounds the rest.
        let first = "SELECT coalesce(min(number), 0) AS number FROM submissions WHERE received_at_ms >= $1";
        let first: i64 =
            sqlx::query(first).bind(since_ms).fetch_one(&self.readers).await?.try_get("number")?;
        if first == 0 {
            return Ok(Vec::new());
        }
        let page = select_recent!("AND s.number > $1 AND s.received_at_ms >= $2 ORDER BY s.number LIMIT $3");
        let rows = sqlx::query(page).bind(bigint(after).max(first - 1)).bind(since_ms).bind(page_rows(limit));
        Ok(rows.try_map(|row: SqliteRow| recent(&row)).fetch_all(&self.readers).await?)
    }

    async fn recent_item(&self, number: u64) -> Result<Option<RecentItem>, StorageError> {
        let row = sqlx::query(select_recent!("AND s.number = $1")).bind(bigint(number));
        Ok(row.try_map(|row: SqliteRow| recent(&row)).fetch_optional(&self.readers).await?)
    }

    async fn waiting_look_backs(&self, limit: u32) -> Result<Vec<WaitingLookBack>, StorageError> {
        let page = "SELECT entry, frames FROM look_backs WHERE done_at_ms IS NULL ORDER BY entry LIMIT $1";
        let rows = sqlx::query(page).bind(page_rows(limit)).try_map(|row: SqliteRow| {
            let frames = decode_frames(row.try_get("frames")?).map_err(damaged)?;
            Ok(WaitingLookBack { entry: number(&row, "entry")?, frames })
        });
        Ok(rows.fetch_all(&self.readers).await?)
    }

    async fn ask_for_look_backs(&self, wanted: &[WaitingLookBack]) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        for WaitingLookBack { entry, frames } in wanted {
            ask_for_look_back(&mut tx, *entry, frames).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn finish_look_back(&self, entry: u64, items: u64, stamp: &Stamp) -> Result<(), StorageError> {
        let update = "UPDATE look_backs SET items = $1, done_at_ms = $2, frames = NULL WHERE entry = $3";
        let mut tx = self.begin().await?;
        sqlx::query(update)
            .bind(bigint(items))
            .bind(stamp.at_ms)
            .bind(bigint(entry))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn look_back(&self, entry: u64) -> Result<Option<LookBackProgress>, StorageError> {
        let row = sqlx::query("SELECT items, cases, done_at_ms FROM look_backs WHERE entry = $1");
        let row = row.bind(bigint(entry)).try_map(|row: SqliteRow| {
            Ok(LookBackProgress {
                items: number(&row, "items")?,
                cases: number(&row, "cases")?,
                done_at_ms: row.try_get("done_at_ms")?,
            })
        });
        Ok(row.fetch_optional(&self.readers).await?)
    }

    async fn reconsider(&self, again: &Reconsidering, stamp: &Stamp) -> Result<Reconsidered, RecordError> {
        reconsider(self.begin().await?, again, stamp).await
    }

    async fn rising_case_of(&self, items: &[ItemId]) -> Result<Option<CaseId>, StorageError> {
        Ok(rising_case_of(&self.readers, items).await?)
    }

    async fn rising_counts(&self, case: &CaseId) -> Result<Option<RisingCounts>, StorageError> {
        let counts = "SELECT count(*) AS items, count(DISTINCT account) AS accounts, \
                      min(received_at_ms) AS first_ms, max(received_at_ms) AS last_ms \
                      FROM rising WHERE case_id = $1 HAVING count(*) > 0";
        let row = sqlx::query(counts).bind(case.as_str()).try_map(|row: SqliteRow| {
            Ok(RisingCounts {
                items: number(&row, "items")?,
                accounts: number(&row, "accounts")?,
                first_seen_ms: row.try_get("first_ms")?,
                last_seen_ms: row.try_get("last_ms")?,
            })
        });
        Ok(row.fetch_optional(&self.readers).await?)
    }
}

/// Inside the transaction of an entry's addition: it is yet to be looked for in what came in before.
pub(super) async fn ask_for_look_back(
    tx: &mut SqliteConnection,
    entry: u64,
    frames: &[ReadFrame],
) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO look_backs (entry, frames, items, cases) VALUES ($1, $2, 0, 0) \
                  ON CONFLICT (entry) DO NOTHING";
    sqlx::query(insert).bind(bigint(entry)).bind(encode_frames(frames)).execute(tx).await?;
    Ok(())
}

/// Inside the transaction of a decision: the items are of the burst of this case.
pub(super) async fn join_rising(
    tx: &mut SqliteConnection,
    case: &CaseId,
    members: &[RisingItem],
) -> Result<(), sqlx::Error> {
    for RisingItem { item, account, received_at_ms } in members {
        let insert = "INSERT INTO rising (item, case_id, account, received_at_ms) VALUES ($1, $2, $3, $4) \
                      ON CONFLICT (item) DO NOTHING";
        sqlx::query(insert)
            .bind(item.as_str())
            .bind(case.as_str())
            .bind(account.as_deref())
            .bind(received_at_ms)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

async fn rising_case_of(pool: &SqlitePool, items: &[ItemId]) -> Result<Option<CaseId>, sqlx::Error> {
    let known = "SELECT r.case_id FROM rising AS r JOIN cases AS c ON c.id = r.case_id \
                 WHERE r.item = $1 AND c.verdict IS NULL";
    for item in items {
        let row = sqlx::query(known).bind(item.as_str());
        let case = row.try_map(|row: SqliteRow| name(&row, "case_id")).fetch_optional(pool).await?;
        if case.is_some() {
            return Ok(case);
        }
    }
    Ok(None)
}

async fn reconsider(
    mut tx: Transaction<'static, Sqlite>,
    again: &Reconsidering,
    stamp: &Stamp,
) -> Result<Reconsidered, RecordError> {
    let Reconsidering { item, evidence, decision, case, messages, entry } = again;
    let version: Digest = evidence.policy_version.parse().map_err(|_| RecordError::PolicyNotFound)?;
    let known = cases::of_item(&mut *tx, item).await?;
    if known.as_ref().is_some_and(|case| case.review.is_some()) {
        return Ok(Reconsidered::Stands);
    }
    items::insert_decision(&mut tx, (item, stamp.at_ms), (version, evidence, decision)).await?;
    // Whoever is told of cases was not told of one that was a near miss.
    let is_told = known.as_ref().is_some_and(|case| case.kind == CaseKind::Review);
    let (id, version) = if let Some(known) = known {
        cases::change(&mut tx, &known.id, decision).await?;
        (known.id, known.version + 1)
    } else {
        cases::open(&mut tx, case, (item, decision), stamp.at_ms).await?;
        (case.id.clone(), 1)
    };
    if !is_told {
        for message in messages {
            outbox::append(&mut tx, message, stamp.at_ms).await?;
        }
    }
    let done = if is_told { Reconsidered::Changed { version } } else { Reconsidered::Opened { version } };
    let count = "UPDATE look_backs SET cases = cases + 1 WHERE entry = $1";
    sqlx::query(count).bind(bigint(*entry)).execute(&mut *tx).await?;
    let mut detail = items::detail(Some(&id), evidence, decision);
    detail["look_back_of_entry"] = json!(entry);
    audit::append(&mut tx, &stamp.event(Action::ItemDecided, item.as_str(), &detail)).await?;
    tx.commit().await?;
    Ok(done)
}

fn recent(row: &SqliteRow) -> Result<RecentItem, sqlx::Error> {
    let details: Submission = stored_json(row, "details")?;
    Ok(RecentItem {
        number: number(row, "number")?,
        item: name(row, "item")?,
        digest: digest(row, "digest")?,
        frames: frames(row)?,
        duration_ms: number(row, "duration_ms")?,
        received_at_ms: row.try_get("received_at_ms")?,
        account: details.account,
    })
}
