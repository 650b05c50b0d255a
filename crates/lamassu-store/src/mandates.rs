//! Approvals of banks' rules, and the switch that lets a bank act by them.

use std::collections::BTreeSet;

use async_trait::async_trait;
use lamassu_case::{
    APPROVERS_MIN, ActRule, ActionId, Approval, BankName, Case, CaseId, EntryId, Mandate, PersonId,
};
use lamassu_fingerprint::Digest;

use crate::cases::CaseError;
use crate::outbox::NewMessage;
use crate::storage::StorageError;
use crate::store::Stamp;

/// An approval as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredApproval {
    /// Who approved, and when.
    pub approval: Approval,
    /// What others call that person.
    pub name: String,
    /// The version of the rule.
    pub rule: Digest,
    /// The number of the last entry that there was.
    pub entries_until: u64,
}

/// Since when a bank may act, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActingSince {
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// Who switched it on.
    pub person: PersonId,
    /// What others call that person.
    pub name: String,
}

/// How a bank stands: who approved its rule, and whether it acts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The approvals that stand, oldest first; one of each person.
    pub approvals: Vec<StoredApproval>,
    /// Set while an administrator lets it act.
    pub acting: Option<ActingSince>,
    /// Entries that wait for a new approval by two people: added since, or by which the rule acted wrongly.
    pub entries_waiting: u64,
}

/// Why approvals end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApprovalEnd {
    /// The person took it back.
    Withdrawn,
    /// The person approved anew.
    Renewed,
    /// The rule is another one.
    RuleChanged,
    /// The person may no longer sign in.
    PersonDisabled,
}

impl ApprovalEnd {
    /// The word in the audit log.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::Renewed => "renewed",
            Self::RuleChanged => "rule-changed",
            Self::PersonDisabled => "person-disabled",
        }
    }
}

/// An undoing of what a rule did.
#[derive(Debug, Clone, PartialEq)]
pub struct Undoing {
    /// The id of the action that asks for the opposite, which is also the message's. Neither is used where the rule's
    /// own message can still be held back.
    pub action: ActionId,
    /// The message that asks for it.
    pub message: NewMessage,
    /// The entries by which the rule acted.
    pub entries: BTreeSet<EntryId>,
}

/// What was asked about approvals could not be done.
#[derive(Debug, thiserror::Error)]
pub enum MandateError {
    /// There is no such bank.
    #[error("there is no bank of this name")]
    BankNotFound,
    /// The bank has no rule by which it could act.
    #[error("the policy has no act_score for this bank, so there is nothing to approve")]
    NoRule,
    /// It is not the rule that the person saw.
    #[error("the rule of the bank is another one by now; look at it again")]
    RuleChanged,
    /// The person may not sign in.
    #[error("this person may not approve")]
    PersonRefused,
    /// Too few people approved.
    #[error("{APPROVERS_MIN} different people must approve the rule before the bank may act")]
    ApprovalsMissing,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MandateError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BankNotFound => "bank-not-found",
            Self::NoRule => "bank-without-rule",
            Self::RuleChanged => "rule-changed",
            Self::PersonRefused => "person-refused",
            Self::ApprovalsMissing => "approvals-missing",
            Self::Storage(error) => error.code(),
        }
    }
}

impl From<sqlx::Error> for MandateError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// Approvals, and the switch. Whatever leaves a bank with fewer than two approvals switches it off.
#[async_trait]
pub trait Mandates {
    /// How a bank stands.
    ///
    /// # Errors
    /// [`MandateError::BankNotFound`]; [`MandateError::Storage`].
    async fn standing(&self, bank: &BankName) -> Result<Standing, MandateError>;

    /// Notes that a person approves a bank's rule with all entries that it has now. Whoever approved before approves
    /// anew, and counts once.
    ///
    /// # Errors
    /// [`MandateError::BankNotFound`]; [`MandateError::PersonRefused`]; [`MandateError::Storage`].
    async fn approve(
        &self,
        bank: &BankName,
        person: &PersonId,
        rule: &ActRule,
        stamp: &Stamp,
    ) -> Result<(), MandateError>;

    /// Ends a person's approval; nothing is written where there is none.
    ///
    /// # Errors
    /// [`MandateError::BankNotFound`]; [`MandateError::Storage`].
    async fn withdraw_approval(
        &self,
        bank: &BankName,
        person: &PersonId,
        stamp: &Stamp,
    ) -> Result<(), MandateError>;

    /// Ends the approvals of all rules of a bank but `rule`, of all if there is none.
    ///
    /// # Errors
    /// [`MandateError::Storage`].
    async fn keep_rule(
        &self,
        bank: &BankName,
        rule: Option<&ActRule>,
        stamp: &Stamp,
    ) -> Result<(), MandateError>;

    /// The banks that have approvals.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn approved_banks(&self) -> Result<Vec<BankName>, StorageError>;

    /// Lets a bank act from now on.
    ///
    /// # Errors
    /// [`MandateError::BankNotFound`]; [`MandateError::ApprovalsMissing`]; [`MandateError::Storage`].
    async fn switch_on(
        &self,
        bank: &BankName,
        person: &PersonId,
        rule: &ActRule,
        stamp: &Stamp,
    ) -> Result<(), MandateError>;

    /// Lets a bank act no more; nothing is written where it does not.
    ///
    /// # Errors
    /// [`MandateError::BankNotFound`]; [`MandateError::Storage`].
    async fn switch_off(&self, bank: &BankName, stamp: &Stamp) -> Result<(), MandateError>;

    /// The mandate of a bank for those of `entries` that two approvals cover; none where it may not act by `rule`.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn mandate(
        &self,
        bank: &BankName,
        rule: &ActRule,
        entries: &BTreeSet<EntryId>,
    ) -> Result<Option<Mandate>, StorageError>;

    /// Undoes what a rule did: holds its message back, or asks for the opposite where that may be on its way. The case
    /// stays open, and the entries need a new approval before they act again.
    ///
    /// # Errors
    /// [`CaseError::NotFound`]; [`CaseError::Move`] when a person decided the case, or nothing is left to undo;
    /// [`CaseError::Storage`].
    async fn undo_action(&self, id: &CaseId, undoing: &Undoing, stamp: &Stamp) -> Result<Case, CaseError>;
}
