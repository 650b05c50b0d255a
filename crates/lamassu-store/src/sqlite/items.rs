//! Items and decisions in SQL.

use lamassu_case::audit::Action;
use lamassu_case::{CaseId, Decision, Evidence, Item, ItemId};
use lamassu_fingerprint::{Digest, encode_frames};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::items::{RecordError, Recorded, Recording, StoredDecision};
use crate::sqlite::values::{bigint, digest, frames, json, medium, name, number, outcome};
use crate::sqlite::{audit, cases, mandates, outbox, recent, submissions};
use crate::store::Stamp;

pub(super) async fn record(
    mut tx: Transaction<'static, Sqlite>,
    recording: &Recording,
    stamp: &Stamp,
) -> Result<Recorded, RecordError> {
    let Recording { item, evidence, decision, case, rising, messages, action } = recording;
    let known = sqlx::query("SELECT id FROM items WHERE id = $1").bind(item.id.as_str());
    if known.fetch_optional(&mut *tx).await?.is_some() {
        return Ok(Recorded::Already);
    }
    let version: Digest = evidence.policy_version.parse().map_err(|_| RecordError::PolicyNotFound)?;
    let kept = sqlx::query("SELECT version FROM policies WHERE version = $1").bind(&version.0[..]);
    if kept.fetch_optional(&mut *tx).await?.is_none() {
        return Err(RecordError::PolicyNotFound);
    }
    if action.is_some() && !mandates::stand(&mut tx, &decision.mandates).await? {
        return Err(RecordError::MandateEnded);
    }
    insert_item(&mut tx, item).await?;
    insert_decision(&mut tx, (&item.id, stamp.at_ms), (version, evidence, decision)).await?;
    submissions::settle(&mut tx, &item.id).await?;
    if let Some(case) = case {
        cases::open(&mut tx, case, (&item.id, decision), stamp.at_ms).await?;
    }
    if let Some(case) =
        evidence.rising.as_ref().and_then(|rising| rising.case.as_ref()).or(case.as_ref().map(|it| &it.id))
    {
        recent::join_rising(&mut tx, case, rising).await?;
    }
    for message in messages {
        outbox::append(&mut tx, message, stamp.at_ms).await?;
    }
    let mut detail = detail(case.as_ref().map(|case| &case.id), evidence, decision);
    if let (Some(action), Some(case)) = (action, case) {
        cases::ask_by_rule(&mut tx, (&case.id, &item.id), action, stamp.at_ms).await?;
        outbox::append(&mut tx, &action.message, stamp.at_ms).await?;
        let approvals = decision.mandates.iter().flat_map(|mandate| &mandate.approvals);
        detail["action"] = json!(action.action.as_str());
        detail["approvals"] = approvals.map(|approval| approval.number).collect();
    }
    audit::append(&mut tx, &stamp.event(Action::ItemDecided, item.id.as_str(), &detail)).await?;
    tx.commit().await?;
    Ok(Recorded::New)
}

/// What the audit log says of a decision.
pub(super) fn detail(case: Option<&CaseId>, evidence: &Evidence, decision: &Decision) -> serde_json::Value {
    json!({
        "case": case.map(CaseId::as_str),
        "entries_sequence": evidence.entries_sequence,
        "matches": decision.matches.len(),
        "outcome": decision.outcome.name(),
        "policy_version": evidence.policy_version,
    })
}

/// Inside the transaction of a decision: of which item and when, and what it rests on.
pub(super) async fn insert_decision(
    tx: &mut SqliteConnection,
    (item, at_ms): (&ItemId, i64),
    (version, evidence, decision): (Digest, &Evidence, &Decision),
) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO decisions (item, decided_at_ms, outcome, policy_version, evidence) \
                  VALUES ($1, $2, $3, $4, $5)";
    sqlx::query(insert)
        .bind(item.as_str())
        .bind(at_ms)
        .bind(decision.outcome.name())
        .bind(&version.0[..])
        .bind(serde_json::to_string(evidence).expect("evidence is texts and numbers, which JSON can hold"))
        .execute(tx)
        .await?;
    Ok(())
}

async fn insert_item(tx: &mut SqliteConnection, item: &Item) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO items (id, reference, medium, digest, size_bytes, duration_ms, \
                  fingerprint_version, received_at_ms, frames) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    sqlx::query(insert)
        .bind(item.id.as_str())
        .bind(&item.reference)
        .bind(item.medium.name())
        .bind(&item.digest.0[..])
        .bind(bigint(item.size_bytes))
        .bind(i64::from(item.duration_ms))
        .bind(&item.fingerprint_version)
        .bind(item.received_at_ms)
        .bind(encode_frames(&item.frames))
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn find(pool: &SqlitePool, id: &ItemId) -> Result<Option<Item>, sqlx::Error> {
    let item = "SELECT id, reference, medium, digest, size_bytes, duration_ms, fingerprint_version, \
                received_at_ms, frames FROM items WHERE id = $1";
    sqlx::query(item)
        .bind(id.as_str())
        .try_map(|row: SqliteRow| {
            Ok(Item {
                id: name(&row, "id")?,
                reference: row.try_get("reference")?,
                medium: medium(&row)?,
                digest: digest(&row, "digest")?,
                size_bytes: number(&row, "size_bytes")?,
                duration_ms: number(&row, "duration_ms")?,
                frames: frames(&row)?,
                fingerprint_version: row.try_get("fingerprint_version")?,
                received_at_ms: row.try_get("received_at_ms")?,
            })
        })
        .fetch_optional(pool)
        .await
}

pub(super) async fn decision(pool: &SqlitePool, id: &ItemId) -> Result<Option<StoredDecision>, sqlx::Error> {
    sqlx::query(
        "SELECT decided_at_ms, outcome, evidence FROM decisions WHERE item = $1 ORDER BY number DESC LIMIT 1",
    )
    .bind(id.as_str())
    .try_map(|row: SqliteRow| {
        Ok(StoredDecision {
            evidence: json(&row, "evidence")?,
            outcome: outcome(&row)?,
            decided_at_ms: row.try_get("decided_at_ms")?,
        })
    })
    .fetch_optional(pool)
    .await
}
