//! Whether the platform is asked for action without a person.

use super::region::Region;
use super::{Decision, Match};
use crate::evidence::Evidence;
use crate::mandate::Mandate;
use crate::policy::{BankPolicy, Policy};
use crate::score;

/// The mandates under which the decision acts; none where anything speaks for a person's look first: something
/// legitimate is in the item as well, or only a part of it could be read.
pub fn mandates(policy: &Policy, evidence: &Evidence, decision: &Decision) -> Vec<Mandate> {
    if evidence.truncated || !decision.context.is_empty() {
        return Vec::new();
    }
    let mut acting: Vec<Mandate> = evidence
        .mandates
        .iter()
        .filter(|mandate| {
            decision.matches.iter().any(|found| acts(policy.bank(&mandate.bank), mandate, found))
        })
        .cloned()
        .collect();
    acting.sort_by(|a, b| a.bank.cmp(&b.bank));
    acting
}

/// Whether this match is enough for this mandate. A score that is set by hand says less than its number.
fn acts(bank: &BankPolicy, mandate: &Mandate, found: &Match) -> bool {
    let Some(rule) = bank.act_rule() else { return false };
    let candidate = &found.candidate;
    mandate.covers(&rule)
        && candidate.bank == mandate.bank
        && mandate.entries.contains(&candidate.entry)
        && found.explained_by.is_none()
        && found.borrowed.is_empty()
        && score::is_fitted(candidate.method)
        // What is around it may say why it is shown.
        && !matches!(Region::of(found), Region::Inside(_))
        && found.score >= rule.act_score
}
