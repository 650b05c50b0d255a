//! Banks that act by a rule: who approved it, whether it acts, on what, and undoing what it did.

mod command;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use lamassu_case::{
    ActRule, Action, ActionId, ActionKind, ActionOrigin, BankName, CaseId, EntryId, Evidence, MessageId,
    PersonId,
};
use lamassu_store::{EventKind, MandateError, NewMessage, StoredSubmission, Undoing};
use serde_json::json;

use crate::engine::{Actor, Engine};
use crate::error::EngineError;
use crate::intake::new_id;
use crate::news::{BankChange, CaseChange};
use crate::views::CaseView;

pub use command::ActingCommand;
pub use told::{ActedView, ActingRow, ApprovalRow, RuleRow};

impl Engine {
    /// How a bank stands: its rule, who approved it, and whether it acts.
    ///
    /// # Errors
    /// [`EngineError::Mandate`].
    pub async fn acting(&self, bank: &BankName) -> Result<ActingRow, EngineError> {
        let standing = self.store.standing(bank).await?;
        Ok(ActingRow::of(bank, self.policy.bank(bank).act_rule().as_ref(), standing))
    }

    /// Notes that a person approves a bank's rule, which they saw in the version `seen`, with all entries that the bank
    /// has now.
    ///
    /// # Errors
    /// [`EngineError::Mandate`], with [`MandateError::RuleChanged`] in it when they saw another rule.
    pub async fn approve_rule(
        &self,
        bank: &BankName,
        person: &PersonId,
        seen: &str,
        actor: &Actor,
    ) -> Result<ActingRow, EngineError> {
        let rule = self.rule_as_seen(bank, seen)?;
        self.store.approve(bank, person, &rule, &self.stamp(actor)).await?;
        self.tell_bank(bank, BankChange::Acting);
        self.acting(bank).await
    }

    /// Ends a person's approval; with fewer than two left, the bank acts no more when this returns.
    ///
    /// # Errors
    /// [`EngineError::Mandate`].
    pub async fn withdraw_approval(
        &self,
        bank: &BankName,
        person: &PersonId,
        actor: &Actor,
    ) -> Result<ActingRow, EngineError> {
        self.store.withdraw_approval(bank, person, &self.stamp(actor)).await?;
        self.tell_bank(bank, BankChange::Acting);
        self.acting(bank).await
    }

    /// Lets a bank act by its rule, which the administrator saw in the version `seen`.
    ///
    /// # Errors
    /// [`EngineError::Mandate`], with [`MandateError::ApprovalsMissing`] in it when fewer than two people approved it.
    pub async fn switch_acting_on(
        &self,
        bank: &BankName,
        administrator: &PersonId,
        seen: &str,
        actor: &Actor,
    ) -> Result<ActingRow, EngineError> {
        let rule = self.rule_as_seen(bank, seen)?;
        self.store.switch_on(bank, administrator, &rule, &self.stamp(actor)).await?;
        self.tell_bank(bank, BankChange::Acting);
        self.acting(bank).await
    }

    /// Lets a bank act no more from when this returns.
    ///
    /// # Errors
    /// [`EngineError::Mandate`].
    pub async fn switch_acting_off(&self, bank: &BankName, actor: &Actor) -> Result<ActingRow, EngineError> {
        self.store.switch_off(bank, &self.stamp(actor)).await?;
        self.tell_bank(bank, BankChange::Acting);
        self.acting(bank).await
    }

    /// Undoes what a bank's rule did: its message is held back, or the platform is asked for the opposite. The case stays
    /// open for people, and the entries need new approvals before they act again.
    ///
    /// # Errors
    /// [`EngineError::Case`] when a person decided the case, or nothing is left to undo.
    pub async fn undo_action(&self, id: &CaseId, actor: &Actor) -> Result<CaseView, EngineError> {
        let case = self.store.case(id).await?;
        let view = self.case_view(case).await?;
        let (case, stamp) = (&view.case, self.stamp(actor));
        let message: MessageId = new_id();
        let done = standing_act(&view.actions).map(|action| action.id.as_str());
        let data = json!({
            "action": message.as_str(),
            "kind": ActionKind::Keep.name(),
            "verdict": null,
            "case": case.id.as_str(),
            "item": case.item.as_str(),
            "reference": view.item.details.reference,
            "account": view.item.details.account,
            "by": ActionOrigin::Undo.name(),
            "undoes": done,
        });
        let message = requested(message, case.item.as_str(), data, stamp.at_ms);
        let undoing = Undoing {
            action: action_of(&message),
            message,
            entries: view.acted.iter().flat_map(|acted| acted.entries.iter().cloned()).collect(),
        };
        let case = self.store.undo_action(id, &undoing, &stamp).await?;
        self.tell_case((id, case.kind), case.version, CaseChange::Changed);
        self.wake_delivery();
        for acted in &view.acted {
            self.tell_bank(&acted.bank, BankChange::Acting);
        }
        self.case_view(case).await
    }

    /// The rule of a bank, if it is the one that somebody saw.
    fn rule_as_seen(&self, bank: &BankName, seen: &str) -> Result<ActRule, MandateError> {
        let rule = self.policy.bank(bank).act_rule().ok_or(MandateError::NoRule)?;
        if rule.version.to_string() == seen { Ok(rule) } else { Err(MandateError::RuleChanged) }
    }

    /// Ends the approvals of rules that the policy, as it now is, no longer has.
    pub(crate) async fn end_approvals_of_other_rules(&self) -> Result<(), EngineError> {
        let stamp = self.stamp(&Actor("lamassu".to_owned()));
        for bank in self.store.approved_banks().await? {
            let rule = self.policy.bank(&bank).act_rule();
            self.store.keep_rule(&bank, rule.as_ref(), &stamp).await?;
        }
        Ok(())
    }
}

/// Puts leave to act into the evidence about what a platform sent, where people gave it. Without an `act_score` in the
/// policy nothing is asked and nothing changes.
pub async fn lend(
    engine: &Engine,
    submission: Option<&StoredSubmission>,
    evidence: &mut Evidence,
) -> Result<(), EngineError> {
    let mut found: BTreeMap<&BankName, BTreeSet<EntryId>> = BTreeMap::new();
    for candidate in evidence.candidates.iter().filter(|_| submission.is_some()) {
        found.entry(&candidate.bank).or_default().insert(candidate.entry.clone());
    }
    let mut mandates = Vec::new();
    for (bank, entries) in found {
        let Some(rule) = engine.policy.bank(bank).act_rule() else { continue };
        mandates.extend(engine.store.mandate(bank, &rule, &entries).await?);
    }
    evidence.mandates = mandates;
    Ok(())
}

/// The message that asks a platform for an action; its id is the action's.
pub fn requested(id: MessageId, item: &str, data: serde_json::Value, due_at_ms: i64) -> NewMessage {
    NewMessage { id, event: EventKind::ActionRequested, subject: item.to_owned(), data, due_at_ms }
}

/// The action that a message asks for.
pub fn action_of(message: &NewMessage) -> ActionId {
    message.id.as_str().parse().expect("both ids are UUIDs")
}

/// What a rule did, unless it was undone.
pub fn standing_act(actions: &[Action]) -> Option<&Action> {
    let is_undone = actions.iter().any(|action| action.origin == ActionOrigin::Undo);
    let of_rule = |action: &&Action| action.origin == ActionOrigin::Rule && action.withdrawn_at_ms.is_none();
    actions.iter().find(of_rule).filter(|_| !is_undone)
}
