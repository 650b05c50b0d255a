//! Approvals of banks' rules in SQL.

use std::collections::BTreeSet;

use async_trait::async_trait;
use lamassu_case::audit::Action;
use lamassu_case::{APPROVERS_MIN, ActRule, Approval, BankName, Case, CaseId, EntryId, Mandate, PersonId};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqliteExecutor};

use crate::cases::CaseError;
use crate::mandates::{ActingSince, ApprovalEnd, MandateError, Mandates, Standing, StoredApproval, Undoing};
use crate::sqlite::values::{bigint, digest, name, number};
use crate::sqlite::{SqliteStore, audit, banks, cases, entries, people};
use crate::storage::StorageError;
use crate::store::Stamp;

/// How many approvals that stand cover an entry `e` of bank $1: it was there, and no act by it was undone since.
macro_rules! covering {
    () => {
        "(SELECT count(*) FROM bank_approvals AS a WHERE a.bank = $1 AND a.ended_at_ms IS NULL \
          AND a.entries_until >= e.number \
          AND a.number > coalesce((SELECT u.approval FROM undone_entries AS u WHERE u.entry = e.id), 0))"
    };
}

#[async_trait]
impl Mandates for SqliteStore {
    async fn standing(&self, bank: &BankName) -> Result<Standing, MandateError> {
        // One connection, so that all of it is of one moment.
        let mut tx = self.readers.begin().await?;
        known(&mut *tx, bank).await?;
        let waiting = concat!(
            "SELECT count(*) AS waiting FROM entries AS e WHERE e.bank = $1 AND e.removed_sequence IS NULL AND ",
            covering!(),
            " < $2"
        );
        let waiting = sqlx::query(waiting).bind(bank.as_str()).bind(bigint(APPROVERS_MIN as u64));
        let entries_waiting = number(&waiting.fetch_one(&mut *tx).await?, "waiting")?;
        Ok(Standing {
            approvals: approvals(&mut *tx, bank).await?,
            acting: acting(&mut *tx, bank).await?,
            entries_waiting,
        })
    }

    async fn approve(
        &self,
        bank: &BankName,
        person: &PersonId,
        rule: &ActRule,
        stamp: &Stamp,
    ) -> Result<(), MandateError> {
        let mut tx = self.begin().await?;
        known(&mut *tx, bank).await?;
        let may = people::find(&mut *tx, person).await.is_ok_and(|person| person.disabled_at_ms.is_none());
        if !may {
            return Err(MandateError::PersonRefused);
        }
        // Through the update and not through `end`, which would switch the bank off between the old one and the new.
        let renew = "UPDATE bank_approvals SET ended_at_ms = $1, ended_because = $2 \
                     WHERE bank = $3 AND person = $4 AND ended_at_ms IS NULL";
        let renew = sqlx::query(renew).bind(stamp.at_ms).bind(ApprovalEnd::Renewed.name());
        renew.bind(bank.as_str()).bind(person.as_str()).execute(&mut *tx).await?;
        let until = entries::last(&mut tx).await?;
        let insert = "INSERT INTO bank_approvals \
                      (number, bank, person, rule, rule_text, entries_until, approved_at_ms) \
                      SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $4, $5, $6 FROM bank_approvals \
                      RETURNING number";
        let inserted = sqlx::query(insert)
            .bind(bank.as_str())
            .bind(person.as_str())
            .bind(&rule.version.0[..])
            .bind(&rule.text)
            .bind(bigint(until))
            .bind(stamp.at_ms)
            .fetch_one(&mut *tx)
            .await?;
        let approval: u64 = number(&inserted, "number")?;
        let detail = json!({
            "approval": approval,
            "entries_until": until,
            "person": person.as_str(),
            "rule": rule.version.to_string(),
        });
        audit::append(&mut tx, &stamp.event(Action::BankApproved, bank.as_str(), &detail)).await?;
        Ok(tx.commit().await?)
    }

    async fn withdraw_approval(
        &self,
        bank: &BankName,
        person: &PersonId,
        stamp: &Stamp,
    ) -> Result<(), MandateError> {
        let mut tx = self.begin().await?;
        known(&mut *tx, bank).await?;
        let mine = approvals(&mut *tx, bank).await?.into_iter();
        let mine = mine.filter(|it| it.approval.person == *person).map(|it| it.approval.number);
        end(&mut tx, bank, mine.collect(), (ApprovalEnd::Withdrawn, stamp)).await?;
        Ok(tx.commit().await?)
    }

    async fn keep_rule(
        &self,
        bank: &BankName,
        rule: Option<&ActRule>,
        stamp: &Stamp,
    ) -> Result<(), MandateError> {
        let mut tx = self.begin().await?;
        let others = approvals(&mut *tx, bank).await?.into_iter();
        let others = others.filter(|it| rule.is_none_or(|rule| it.rule != rule.version));
        let others = others.map(|it| it.approval.number).collect();
        end(&mut tx, bank, others, (ApprovalEnd::RuleChanged, stamp)).await?;
        Ok(tx.commit().await?)
    }

    async fn approved_banks(&self) -> Result<Vec<BankName>, StorageError> {
        let banks = "SELECT DISTINCT bank FROM bank_approvals WHERE ended_at_ms IS NULL ORDER BY bank";
        let banks = sqlx::query(banks).try_map(|row: SqliteRow| name(&row, "bank"));
        Ok(banks.fetch_all(&self.readers).await?)
    }

    async fn switch_on(
        &self,
        bank: &BankName,
        person: &PersonId,
        rule: &ActRule,
        stamp: &Stamp,
    ) -> Result<(), MandateError> {
        let mut tx = self.begin().await?;
        known(&mut *tx, bank).await?;
        let standing = approvals(&mut *tx, bank).await?;
        let of_rule: Vec<u64> =
            standing.iter().filter(|it| it.rule == rule.version).map(|it| it.approval.number).collect();
        if of_rule.len() < APPROVERS_MIN {
            return Err(MandateError::ApprovalsMissing);
        }
        if acting(&mut *tx, bank).await?.is_some() {
            return Ok(());
        }
        sqlx::query("UPDATE banks SET acting_by = $1, acting_since_ms = $2 WHERE name = $3")
            .bind(person.as_str())
            .bind(stamp.at_ms)
            .bind(bank.as_str())
            .execute(&mut *tx)
            .await?;
        let detail = json!({ "approvals": of_rule, "rule": rule.version.to_string() });
        audit::append(&mut tx, &stamp.event(Action::BankActingOn, bank.as_str(), &detail)).await?;
        Ok(tx.commit().await?)
    }

    async fn switch_off(&self, bank: &BankName, stamp: &Stamp) -> Result<(), MandateError> {
        let mut tx = self.begin().await?;
        known(&mut *tx, bank).await?;
        off(&mut tx, bank, &json!({}), stamp).await?;
        Ok(tx.commit().await?)
    }

    async fn mandate(
        &self,
        bank: &BankName,
        rule: &ActRule,
        found: &BTreeSet<EntryId>,
    ) -> Result<Option<Mandate>, StorageError> {
        let mut tx = self.readers.begin().await?;
        let Some(acting) = acting(&mut *tx, bank).await? else { return Ok(None) };
        let standing = approvals(&mut *tx, bank).await?.into_iter().filter(|it| it.rule == rule.version);
        let mut entries = BTreeSet::new();
        for entry in found {
            if is_covered(&mut *tx, bank, entry).await? {
                entries.insert(entry.clone());
            }
        }
        let mandate = Mandate {
            bank: bank.clone(),
            rule: rule.version.to_string(),
            approvals: standing.map(|it| it.approval).collect(),
            on_by: acting.person,
            on_since_ms: acting.at_ms,
            entries,
        };
        Ok((mandate.covers(rule) && !mandate.entries.is_empty()).then_some(mandate))
    }

    async fn undo_action(&self, id: &CaseId, undoing: &Undoing, stamp: &Stamp) -> Result<Case, CaseError> {
        cases::undo(self.begin().await?, id, undoing, stamp).await
    }
}

/// Inside the transaction of a decision that acts: whether its mandates still stand.
pub(super) async fn stand(tx: &mut SqliteConnection, mandates: &[Mandate]) -> Result<bool, sqlx::Error> {
    for mandate in mandates {
        let acting = acting(&mut *tx, &mandate.bank).await?;
        let live: BTreeSet<u64> =
            approvals(&mut *tx, &mandate.bank).await?.iter().map(|it| it.approval.number).collect();
        let is_on = acting.is_some_and(|since| since.at_ms == mandate.on_since_ms);
        if !is_on || !mandate.approvals.iter().all(|approval| live.contains(&approval.number)) {
            return Ok(false);
        }
        for entry in &mandate.entries {
            // An act by it may have been undone in between.
            if !is_covered(&mut *tx, &mandate.bank, entry).await? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Inside the transaction that disables a person: none of their approvals stands any more.
pub(super) async fn end_of_person(
    tx: &mut SqliteConnection,
    person: &PersonId,
    stamp: &Stamp,
) -> Result<(), sqlx::Error> {
    let mine =
        "SELECT number, bank FROM bank_approvals WHERE person = $1 AND ended_at_ms IS NULL ORDER BY number";
    let mine: Vec<(u64, BankName)> = sqlx::query(mine)
        .bind(person.as_str())
        .try_map(|row: SqliteRow| Ok((number(&row, "number")?, name(&row, "bank")?)))
        .fetch_all(&mut *tx)
        .await?;
    for (approval, bank) in mine {
        end(tx, &bank, vec![approval], (ApprovalEnd::PersonDisabled, stamp)).await?;
    }
    Ok(())
}

/// Inside the transaction that undoes what a rule did: no approval so far covers these entries any more.
pub(super) async fn uncover(
    tx: &mut SqliteConnection,
    entries: &BTreeSet<EntryId>,
) -> Result<(), sqlx::Error> {
    let note = "INSERT INTO undone_entries (entry, approval) \
                SELECT $1, coalesce(max(number), 0) FROM bank_approvals WHERE true \
                ON CONFLICT (entry) DO UPDATE SET approval = excluded.approval";
    for entry in entries {
        sqlx::query(note).bind(entry.as_str()).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Whether enough approvals that stand cover an entry of the bank.
async fn is_covered(
    executor: impl SqliteExecutor<'_>,
    bank: &BankName,
    entry: &EntryId,
) -> Result<bool, sqlx::Error> {
    let covering = concat!("SELECT ", covering!(), " AS approvals FROM entries AS e WHERE e.id = $2");
    let row = sqlx::query(covering).bind(bank.as_str()).bind(entry.as_str()).fetch_optional(executor).await?;
    let approvals = row.map(|row| number::<usize>(&row, "approvals")).transpose()?;
    Ok(approvals.is_some_and(|count| count >= APPROVERS_MIN))
}

/// Ends approvals of a bank, and the bank's acting where too few are left.
async fn end(
    tx: &mut SqliteConnection,
    bank: &BankName,
    which: Vec<u64>,
    (because, stamp): (ApprovalEnd, &Stamp),
) -> Result<(), sqlx::Error> {
    for approval in which {
        sqlx::query("UPDATE bank_approvals SET ended_at_ms = $1, ended_because = $2 WHERE number = $3")
            .bind(stamp.at_ms)
            .bind(because.name())
            .bind(bigint(approval))
            .execute(&mut *tx)
            .await?;
        let detail = json!({ "approval": approval, "because": because.name() });
        audit::append(tx, &stamp.event(Action::BankApprovalEnded, bank.as_str(), &detail)).await?;
    }
    if approvals(&mut *tx, bank).await?.len() < APPROVERS_MIN {
        off(tx, bank, &json!({ "because": "approvals-missing" }), stamp).await?;
    }
    Ok(())
}

async fn off(
    tx: &mut SqliteConnection,
    bank: &BankName,
    detail: &Value,
    stamp: &Stamp,
) -> Result<(), sqlx::Error> {
    let off =
        "UPDATE banks SET acting_by = NULL, acting_since_ms = NULL WHERE name = $1 AND acting_by IS NOT NULL";
    let done = sqlx::query(off).bind(bank.as_str()).execute(&mut *tx).await?;
    if done.rows_affected() > 0 {
        audit::append(tx, &stamp.event(Action::BankActingOff, bank.as_str(), detail)).await?;
    }
    Ok(())
}

async fn known(executor: impl SqliteExecutor<'_>, bank: &BankName) -> Result<(), MandateError> {
    if banks::exists(executor, bank).await? { Ok(()) } else { Err(MandateError::BankNotFound) }
}

/// The approvals that stand, oldest first; an index sees to it that each person has one.
async fn approvals(
    executor: impl SqliteExecutor<'_>,
    bank: &BankName,
) -> Result<Vec<StoredApproval>, sqlx::Error> {
    let live = "SELECT a.number, a.person, a.rule, a.entries_until, a.approved_at_ms, \
                coalesce(p.display_name, p.name) AS called FROM bank_approvals AS a \
                JOIN people AS p ON p.id = a.person WHERE a.bank = $1 AND a.ended_at_ms IS NULL ORDER BY a.number";
    let rows = sqlx::query(live).bind(bank.as_str()).try_map(|row: SqliteRow| {
        Ok(StoredApproval {
            approval: Approval {
                number: number(&row, "number")?,
                person: name(&row, "person")?,
                at_ms: row.try_get("approved_at_ms")?,
            },
            name: row.try_get("called")?,
            rule: digest(&row, "rule")?,
            entries_until: number(&row, "entries_until")?,
        })
    });
    rows.fetch_all(executor).await
}

async fn acting(
    executor: impl SqliteExecutor<'_>,
    bank: &BankName,
) -> Result<Option<ActingSince>, sqlx::Error> {
    let on = "SELECT b.acting_by, b.acting_since_ms, coalesce(p.display_name, p.name) AS called FROM banks AS b \
              JOIN people AS p ON p.id = b.acting_by WHERE b.name = $1";
    let row = sqlx::query(on).bind(bank.as_str()).try_map(|row: SqliteRow| {
        Ok(ActingSince {
            at_ms: row.try_get("acting_since_ms")?,
            person: name(&row, "acting_by")?,
            name: row.try_get("called")?,
        })
    });
    row.fetch_optional(executor).await
}
