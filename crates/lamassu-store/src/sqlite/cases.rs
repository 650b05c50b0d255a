//! Cases and actions in SQL.

use async_trait::async_trait;
use lamassu_case::audit::{Action as Audited, Record};
use lamassu_case::{
    Action, ActionId, ActionKind, ActionOrigin, Case, CaseId, CaseKind, CaseState, Decision, ItemId,
    MessageId, MoveError, Priority, RequestId, Review, Verdict,
};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteConnection, SqliteExecutor, Transaction};

use crate::cases::{CaseError, Cases, CasesOf, NewCase, Ruled, Ruling, rank, ranked};
use crate::items::RuleAction;
use crate::mandates::Undoing;
use crate::media::{Exposure, MediaOf};
use crate::sqlite::values::{Unreadable, bigint, name, number, page_rows};
use crate::sqlite::{SqliteStore, audit, mandates, outbox};
use crate::storage::{StorageError, damaged};
use crate::store::Stamp;

macro_rules! select_cases {
    ($rest:literal) => {
        concat!(
            "SELECT number, id, item, opened_at_ms, version, kind, rank, verdict, reason, reviewer, \
             reviewed_at_ms, due_at_ms FROM cases ",
            $rest
        )
    };
}

#[async_trait]
impl Cases for SqliteStore {
    async fn cases(&self, which: CasesOf, after: u64, limit: u32) -> Result<Vec<Case>, StorageError> {
        let page = match which.state {
            None => select_cases!("WHERE kind = $1 AND number > $2 ORDER BY number LIMIT $3"),
            Some(CaseState::Decided) => select_cases!(
                "WHERE verdict IS NOT NULL AND kind = $1 AND number > $2 ORDER BY number LIMIT $3"
            ),
            Some(CaseState::Open) => select_cases!(
                "WHERE verdict IS NULL AND kind = $1 AND (rank, number) > ($4, $2) ORDER BY rank, number LIMIT $3"
            ),
        };
        let (rank, number) = match which.state {
            Some(CaseState::Open) => ranked(after),
            _ => (0, after),
        };
        let rows = sqlx::query(page).bind(which.kind.name()).bind(bigint(number)).bind(page_rows(limit));
        let rows = if which.state == Some(CaseState::Open) { rows.bind(rank) } else { rows };
        Ok(rows.try_map(|row: SqliteRow| case(&row)).fetch_all(&self.readers).await?)
    }

    async fn open_cases(&self, kind: CaseKind) -> Result<u64, StorageError> {
        let count = "SELECT count(*) AS waiting FROM cases WHERE verdict IS NULL AND kind = $1";
        Ok(number(&sqlx::query(count).bind(kind.name()).fetch_one(&self.readers).await?, "waiting")?)
    }

    async fn opened_cases(&self, kind: CaseKind, since_ms: i64) -> Result<u64, StorageError> {
        let count = "SELECT count(*) AS opened FROM cases WHERE kind = $1 AND opened_at_ms >= $2";
        let row = sqlx::query(count).bind(kind.name()).bind(since_ms).fetch_one(&self.readers).await?;
        Ok(number(&row, "opened")?)
    }

    async fn case(&self, id: &CaseId) -> Result<Case, CaseError> {
        find(&self.readers, id).await?.ok_or(CaseError::NotFound)
    }

    async fn case_of(&self, item: &ItemId) -> Result<Option<Case>, StorageError> {
        Ok(of_item(&self.readers, item).await?)
    }

    async fn decided_cases(&self, since_ms: i64) -> Result<u64, StorageError> {
        let count = "SELECT count(*) AS decided FROM cases WHERE reviewed_at_ms >= $1 AND kind = 'review'";
        Ok(number(&sqlx::query(count).bind(since_ms).fetch_one(&self.readers).await?, "decided")?)
    }

    async fn decide_case(&self, id: &CaseId, ruling: &Ruling, stamp: &Stamp) -> Result<Ruled, CaseError> {
        decide(self.begin().await?, id, ruling, stamp).await
    }

    async fn reopen_case(&self, id: &CaseId, stamp: &Stamp) -> Result<Case, CaseError> {
        reopen(self.begin().await?, id, stamp).await
    }

    async fn actions(
        &self,
        case: Option<&CaseId>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Action>, StorageError> {
        let page = "SELECT number, id, case_id, item, kind, origin, requested_at_ms, due_at_ms, withdrawn_at_ms \
                    FROM actions WHERE ($1 IS NULL OR case_id = $1) AND number > $2 ORDER BY number LIMIT $3";
        let rows =
            sqlx::query(page).bind(case.map(CaseId::as_str)).bind(bigint(after)).bind(page_rows(limit));
        Ok(rows.try_map(|row: SqliteRow| action(&row)).fetch_all(&self.readers).await?)
    }

    async fn case_history(&self, case: &Case, after: u64, limit: u32) -> Result<Vec<Record>, StorageError> {
        Ok(audit::of_case(&self.readers, case, after, limit).await?)
    }

    async fn note_media_viewed(
        &self,
        of: MediaOf<'_>,
        exposure: Exposure,
        stamp: &Stamp,
    ) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        let detail = match exposure {
            Exposure::Seen { at_ms } => json!({ "at_ms": at_ms }),
            Exposure::Heard { at_ms, heard_ms } => json!({ "at_ms": at_ms, "heard_ms": heard_ms }),
        };
        audit::append(&mut tx, &stamp.event(Audited::MediaViewed, of.as_str(), &detail)).await?;
        Ok(tx.commit().await?)
    }
}

/// Inside the transaction of the decision on its item.
pub(super) async fn open(
    tx: &mut SqliteConnection,
    new: &NewCase,
    (item, decision): (&ItemId, &Decision),
    at_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO cases (id, item, opened_at_ms, kind, rank) VALUES ($1, $2, $3, $4, $5)")
        .bind(new.id.as_str())
        .bind(item.as_str())
        .bind(at_ms)
        .bind(decision.case_kind().unwrap_or_default().name())
        .bind(rank(decision.priority()))
        .execute(&mut *tx)
        .await?;
    if let Some(size_bytes) = new.media_size_bytes {
        sqlx::query("INSERT INTO media (item, size_bytes, kept_at_ms) VALUES ($1, $2, $3)")
            .bind(item.as_str())
            .bind(bigint(size_bytes))
            .bind(at_ms)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Inside the transaction of another decision on its item, by which more is found.
pub(super) async fn change(
    tx: &mut SqliteConnection,
    id: &CaseId,
    decision: &Decision,
) -> Result<(), sqlx::Error> {
    let update = "UPDATE cases SET kind = $1, rank = $2, version = version + 1 WHERE id = $3";
    sqlx::query(update)
        .bind(decision.case_kind().unwrap_or_default().name())
        .bind(rank(decision.priority()))
        .bind(id.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn of_item(
    executor: impl SqliteExecutor<'_>,
    item: &ItemId,
) -> Result<Option<Case>, sqlx::Error> {
    let row = sqlx::query(select_cases!("WHERE item = $1")).bind(item.as_str());
    row.try_map(|row: SqliteRow| case(&row)).fetch_optional(executor).await
}

async fn find(executor: impl SqliteExecutor<'_>, id: &CaseId) -> Result<Option<Case>, sqlx::Error> {
    let row = sqlx::query(select_cases!("WHERE id = $1")).bind(id.as_str());
    row.try_map(|row: SqliteRow| case(&row)).fetch_optional(executor).await
}

async fn decide(
    mut tx: Transaction<'static, Sqlite>,
    id: &CaseId,
    ruling: &Ruling,
    stamp: &Stamp,
) -> Result<Ruled, CaseError> {
    let case = find(&mut *tx, id).await?.ok_or(CaseError::NotFound)?;
    if came_before(&mut tx, id, ruling).await? {
        return Ok(Ruled { case, already: true });
    }
    if ruling.version.is_some_and(|seen| seen != case.version) {
        return Err(CaseError::Changed);
    }
    case.may_decide()?;
    let review = &ruling.review;
    let update = "UPDATE cases SET verdict = $1, reason = $2, reviewer = $3, reviewed_at_ms = $4, due_at_ms = $5, \
                  version = version + 1 WHERE id = $6";
    sqlx::query(update)
        .bind(review.verdict.name())
        .bind(&review.reason)
        .bind(&review.actor)
        .bind(review.at_ms)
        .bind(review.due_at_ms)
        .bind(id.as_str())
        .execute(&mut *tx)
        .await?;
    ask_for_action(&mut tx, &case, ruling).await?;
    outbox::append(&mut tx, &ruling.message, stamp.at_ms).await?;
    let detail = json!({ "action": ruling.action.as_str(), "verdict": review.verdict.name() });
    audit::append(&mut tx, &stamp.event(Audited::CaseDecided, id.as_str(), &detail)).await?;
    tx.commit().await?;
    let case = Case { review: Some(review.clone()), version: case.version + 1, ..case };
    Ok(Ruled { case, already: false })
}

/// Whether this attempt came before; it must not have been for anything else.
async fn came_before(tx: &mut SqliteConnection, id: &CaseId, ruling: &Ruling) -> Result<bool, CaseError> {
    let Some(request) = &ruling.request else { return Ok(false) };
    let known = "SELECT case_id, kind FROM actions WHERE reviewer = $1 AND request = $2";
    let known = sqlx::query(known).bind(&ruling.review.actor).bind(request.as_str());
    let Some(row) = known.fetch_optional(tx).await? else { return Ok(false) };
    let same = (row.try_get("case_id")?, row.try_get("kind")?);
    let asked = (id.as_str(), ruling.review.verdict.action().name());
    if same == asked { Ok(true) } else { Err(CaseError::RequestReused) }
}

async fn ask_for_action(tx: &mut SqliteConnection, case: &Case, ruling: &Ruling) -> Result<(), sqlx::Error> {
    let review = &ruling.review;
    let insert = "INSERT INTO actions (id, case_id, item, kind, requested_at_ms, due_at_ms, reviewer, request) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    sqlx::query(insert)
        .bind(ruling.action.as_str())
        .bind(case.id.as_str())
        .bind(case.item.as_str())
        .bind(review.verdict.action().name())
        .bind(review.at_ms)
        .bind(review.due_at_ms)
        .bind(&review.actor)
        .bind(ruling.request.as_ref().map(RequestId::as_str))
        .execute(tx)
        .await?;
    Ok(())
}

/// Inside the transaction of a decision that acts.
pub(super) async fn ask_by_rule(
    tx: &mut SqliteConnection,
    of: (&CaseId, &ItemId),
    action: &RuleAction,
    at_ms: i64,
) -> Result<(), sqlx::Error> {
    ask(tx, of, (&action.action, ActionKind::Disable, ActionOrigin::Rule), at_ms).await
}

/// An action that follows from no review; it is due at once.
async fn ask(
    tx: &mut SqliteConnection,
    (case, item): (&CaseId, &ItemId),
    (action, kind, origin): (&ActionId, ActionKind, ActionOrigin),
    at_ms: i64,
) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO actions (id, case_id, item, kind, origin, requested_at_ms, due_at_ms) \
                  VALUES ($1, $2, $3, $4, $5, $6, $6)";
    sqlx::query(insert)
        .bind(action.as_str())
        .bind(case.as_str())
        .bind(item.as_str())
        .bind(kind.name())
        .bind(origin.name())
        .bind(at_ms)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn undo(
    mut tx: Transaction<'static, Sqlite>,
    id: &CaseId,
    undoing: &Undoing,
    stamp: &Stamp,
) -> Result<Case, CaseError> {
    let case = find(&mut *tx, id).await?.ok_or(CaseError::NotFound)?;
    case.may_decide()?;
    let standing = "SELECT id FROM actions WHERE case_id = $1 AND origin = 'rule' AND withdrawn_at_ms IS NULL \
                    AND NOT EXISTS (SELECT 1 FROM actions WHERE case_id = $1 AND origin = 'undo')";
    let standing = sqlx::query(standing).bind(id.as_str());
    let standing = standing.try_map(|row: SqliteRow| name(&row, "id")).fetch_optional(&mut *tx).await?;
    let Some(done): Option<MessageId> = standing else { return Err(MoveError::NothingToUndo.into()) };
    let is_held_back = outbox::withdraw(&mut tx, &done, stamp.at_ms).await?;
    if is_held_back {
        let withdraw = sqlx::query("UPDATE actions SET withdrawn_at_ms = $1 WHERE id = $2");
        withdraw.bind(stamp.at_ms).bind(done.as_str()).execute(&mut *tx).await?;
    } else {
        let what = (&undoing.action, ActionKind::Keep, ActionOrigin::Undo);
        ask(&mut tx, (id, &case.item), what, stamp.at_ms).await?;
        outbox::append(&mut tx, &undoing.message, stamp.at_ms).await?;
    }
    mandates::uncover(&mut tx, &undoing.entries).await?;
    let change = sqlx::query("UPDATE cases SET version = version + 1 WHERE id = $1");
    change.bind(id.as_str()).execute(&mut *tx).await?;
    let asked = (!is_held_back).then_some(undoing.action.as_str());
    let detail = json!({ "action": done.as_str(), "asked": asked });
    audit::append(&mut tx, &stamp.event(Audited::ActionUndone, id.as_str(), &detail)).await?;
    tx.commit().await?;
    Ok(Case { version: case.version + 1, ..case })
}

async fn reopen(mut tx: Transaction<'static, Sqlite>, id: &CaseId, stamp: &Stamp) -> Result<Case, CaseError> {
    let case = find(&mut *tx, id).await?.ok_or(CaseError::NotFound)?;
    case.may_take_back(stamp.at_ms)?;
    let withdraw = "UPDATE actions SET withdrawn_at_ms = $1 WHERE case_id = $2 AND withdrawn_at_ms IS NULL \
                    AND origin = 'review' RETURNING id";
    let withdrawn = sqlx::query(withdraw).bind(stamp.at_ms).bind(id.as_str());
    let withdrawn: Vec<MessageId> =
        withdrawn.try_map(|row: SqliteRow| name(&row, "id")).fetch_all(&mut *tx).await?;
    for message in &withdrawn {
        // Whatever the clock says: what is on its way cannot be taken back.
        if !outbox::withdraw(&mut tx, message, stamp.at_ms).await? {
            return Err(MoveError::TookEffect.into());
        }
    }
    let update = "UPDATE cases SET verdict = NULL, reason = NULL, reviewer = NULL, reviewed_at_ms = NULL, \
                  due_at_ms = NULL, version = version + 1 WHERE id = $1";
    sqlx::query(update).bind(id.as_str()).execute(&mut *tx).await?;
    let withdrawn: Vec<&str> = withdrawn.iter().map(MessageId::as_str).collect();
    let detail = json!({ "withdrawn": withdrawn });
    audit::append(&mut tx, &stamp.event(Audited::CaseReopened, id.as_str(), &detail)).await?;
    tx.commit().await?;
    Ok(Case { review: None, version: case.version + 1, ..case })
}

fn case(row: &SqliteRow) -> Result<Case, sqlx::Error> {
    let verdict: Option<&str> = row.try_get("verdict")?;
    let review = verdict.map(|verdict| {
        Ok::<_, sqlx::Error>(Review {
            verdict: Verdict::from_name(verdict).ok_or_else(|| damaged(Unreadable("verdict")))?,
            reason: row.try_get("reason")?,
            actor: row.try_get("reviewer")?,
            at_ms: row.try_get("reviewed_at_ms")?,
            due_at_ms: row.try_get("due_at_ms")?,
        })
    });
    Ok(Case {
        id: name(row, "id")?,
        number: number(row, "number")?,
        item: name(row, "item")?,
        opened_at_ms: row.try_get("opened_at_ms")?,
        version: number(row, "version")?,
        kind: CaseKind::from_name(row.try_get("kind")?).ok_or_else(|| damaged(Unreadable("kind")))?,
        priority: priority(row.try_get("rank")?)?,
        review: review.transpose()?,
    })
}

fn priority(stored: i64) -> Result<Priority, sqlx::Error> {
    let known = Priority::ALL.into_iter().find(|&priority| rank(priority) == stored);
    known.ok_or_else(|| damaged(Unreadable("rank")))
}

fn action(row: &SqliteRow) -> Result<Action, sqlx::Error> {
    let kind = ActionKind::from_name(row.try_get("kind")?);
    Ok(Action {
        id: name(row, "id")?,
        number: number(row, "number")?,
        case: name(row, "case_id")?,
        item: name(row, "item")?,
        kind: kind.ok_or_else(|| damaged(Unreadable("kind")))?,
        origin: ActionOrigin::from_name(row.try_get("origin")?)
            .ok_or_else(|| damaged(Unreadable("origin")))?,
        requested_at_ms: row.try_get("requested_at_ms")?,
        due_at_ms: row.try_get("due_at_ms")?,
        withdrawn_at_ms: row.try_get("withdrawn_at_ms")?,
    })
}
