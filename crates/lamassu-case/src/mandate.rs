//! Leave to act without a person: a bank's rule that two people approved and an administrator switched on.

use std::collections::BTreeSet;

use lamassu_fingerprint::Digest;
use serde::{Deserialize, Serialize};

use crate::names::{BankName, EntryId, PersonId};

/// How many different people approve a rule before it can be switched on.
pub const APPROVERS_MIN: usize = 2;

/// From which matches on a bank asks the platform for action by itself, with all that settles what these are. Who
/// approves it approves every line of `text`; a change of one makes it another rule.
#[derive(Debug, Clone, PartialEq)]
pub struct ActRule {
    /// SHA-256 of `text`: what an approval names.
    pub version: Digest,
    /// The rule as it is approved, one setting a line.
    pub text: String,
    /// How probable it must be that a match is right, 0 to 1.
    pub act_score: f64,
}

impl ActRule {
    pub(crate) fn new(text: String, act_score: f64) -> Self {
        Self { version: Digest::of(text.as_bytes()), text, act_score }
    }
}

/// One person's approval of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Grows with every approval in a store.
    pub number: u64,
    /// Who.
    pub person: PersonId,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
}

/// Leave to act, as it stood when an item was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mandate {
    /// The bank.
    pub bank: BankName,
    /// The version of the rule that was approved, as hexadecimal text.
    pub rule: String,
    /// The approvals that stood, oldest first.
    pub approvals: Vec<Approval>,
    /// Who switched it on.
    pub on_by: PersonId,
    /// When, milliseconds since 1970.
    pub on_since_ms: i64,
    /// Entries found in the item that were in the bank when the approvers looked at it.
    pub entries: BTreeSet<EntryId>,
}

impl Mandate {
    /// Whether enough different people approved just this rule.
    pub fn covers(&self, rule: &ActRule) -> bool {
        let people: BTreeSet<&PersonId> = self.approvals.iter().map(|approval| &approval.person).collect();
        people.len() >= APPROVERS_MIN && self.rule == rule.version.to_string()
    }
}
