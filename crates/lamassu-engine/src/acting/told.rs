//! What is told about banks that act, and about what they did.

use std::collections::BTreeSet;

use lamassu_case::{APPROVERS_MIN, ActRule, BankName, Decision, EntryId, Mandate, PersonId, Policy};
use lamassu_store::{Standing, StoredApproval};
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::error::EngineError;

/// How a bank stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActingRow {
    /// The bank.
    pub bank: String,
    /// By which rule it could act; none where the policy has no `act_score` for it.
    pub rule: Option<RuleRow>,
    /// The approvals of that rule that stand, oldest first; one of each person.
    pub approvals: Vec<ApprovalRow>,
    /// How many people must approve.
    pub approvals_needed: usize,
    /// Whether it acts.
    pub on: bool,
    /// Who switched it on, as others call them.
    pub on_by: Option<String>,
    /// When, milliseconds since 1970.
    pub on_since_ms: Option<i64>,
    /// Entries on which it does not act until two people approve anew.
    pub entries_waiting: u64,
}

/// By which rule a bank could act.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleRow {
    /// SHA-256 of its text.
    pub version: String,
    /// Its settings, one a line.
    pub text: String,
    /// How probable it must be that a match is right, 0 to 1.
    pub act_score: f64,
}

/// One person's approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRow {
    /// Grows with every approval.
    pub number: u64,
    /// Who.
    pub person: String,
    /// What others call them.
    pub name: String,
    /// When, milliseconds since 1970.
    pub approved_at_ms: i64,
}

impl ActingRow {
    /// The row of a bank with this rule.
    pub(super) fn of(bank: &BankName, rule: Option<&ActRule>, standing: Standing) -> Self {
        let Standing { approvals, acting, entries_waiting } = standing;
        Self {
            bank: bank.as_str().to_owned(),
            rule: rule.map(|rule| RuleRow {
                version: rule.version.to_string(),
                text: rule.text.clone(),
                act_score: rule.act_score,
            }),
            approvals: approvals.into_iter().map(ApprovalRow::from).collect(),
            approvals_needed: APPROVERS_MIN,
            on: acting.is_some(),
            on_since_ms: acting.as_ref().map(|since| since.at_ms),
            on_by: acting.map(|since| since.name),
            entries_waiting,
        }
    }
}

impl From<StoredApproval> for ApprovalRow {
    fn from(stored: StoredApproval) -> Self {
        let StoredApproval { approval, name, .. } = stored;
        Self { number: approval.number, person: approval.person.into(), name, approved_at_ms: approval.at_ms }
    }
}

/// What a bank's rule did with the item of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct ActedView {
    /// The bank.
    pub bank: BankName,
    /// The version of its rule.
    pub rule: String,
    /// How sure a match had to be, 0 to 1.
    pub act_score: f64,
    /// Who had approved it.
    pub approvals: Vec<ApprovalRow>,
    /// Who had switched it on, as others call them.
    pub on_by: String,
    /// When, milliseconds since 1970.
    pub on_since_ms: i64,
    /// The entries by which it acted.
    pub entries: BTreeSet<EntryId>,
}

impl Engine {
    /// What banks' rules did by this decision.
    pub(crate) async fn acted(
        &self,
        policy: &Policy,
        decision: &Decision,
    ) -> Result<Vec<ActedView>, EngineError> {
        let mut acted = Vec::new();
        for mandate in &decision.mandates {
            let act_score = policy.bank(&mandate.bank).act_rule().map_or(1.0, |rule| rule.act_score);
            acted.push(self.acted_under(mandate, (act_score, decision)).await?);
        }
        Ok(acted)
    }

    async fn acted_under(
        &self,
        mandate: &Mandate,
        (act_score, decision): (f64, &Decision),
    ) -> Result<ActedView, EngineError> {
        let mut approvals = Vec::new();
        for approval in &mandate.approvals {
            approvals.push(ApprovalRow {
                number: approval.number,
                person: approval.person.as_str().to_owned(),
                name: self.called(&approval.person).await?,
                approved_at_ms: approval.at_ms,
            });
        }
        let by = decision.matches.iter().filter(|found| {
            found.candidate.bank == mandate.bank
                && mandate.entries.contains(&found.candidate.entry)
                && found.score >= act_score
        });
        Ok(ActedView {
            bank: mandate.bank.clone(),
            rule: mandate.rule.clone(),
            act_score,
            approvals,
            on_by: self.called(&mandate.on_by).await?,
            on_since_ms: mandate.on_since_ms,
            entries: by.map(|found| found.candidate.entry.clone()).collect(),
        })
    }

    /// What others call a person.
    async fn called(&self, person: &PersonId) -> Result<String, EngineError> {
        let person = self.person(person).await?;
        Ok(person.display_name.unwrap_or_else(|| person.name.as_str().to_owned()))
    }
}
