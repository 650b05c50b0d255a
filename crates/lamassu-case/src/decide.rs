//! The decision: a pure function of policy and evidence.

mod accept;
mod act;
mod borrow;
mod context;
mod region;
mod told;

use serde::{Deserialize, Serialize};

use crate::case::{CaseKind, Priority};
use crate::evidence::{Candidate, Evidence, Method, Segment};
use crate::mandate::Mandate;
use crate::names::EntryId;
use crate::policy::{BankPolicy, Policy, Purpose};
use accept::{accept, order};

pub use accept::{placed_score, segment_score};

/// What follows for an item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Nothing to do.
    #[default]
    None,
    /// A person looks at it.
    Review,
    /// The platform is asked to disable it, and a person looks at it after. Never a setting: it takes a [`Mandate`].
    Act,
}

impl Outcome {
    /// All outcomes, the weakest first.
    pub const ALL: [Self; 3] = [Self::None, Self::Review, Self::Act];

    /// The word used in answers and policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Review => "review",
            Self::Act => "act",
        }
    }

    /// The outcome of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// Seconds that an item shares with a harmful entry, and a context entry with both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Borrowed {
    /// Where, in the item and in the harmful entry.
    pub segment: Segment,
    /// The context entry that has them.
    pub from: EntryId,
}

/// A candidate that the policy accepts.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// What was found. Its segments and coverages are of what counts.
    pub candidate: Candidate,
    /// How probable it is that the match is right, 0 to 1 ([`crate::score`]).
    pub score: f64,
    /// Seconds that do not count, because a context entry has them as well.
    pub borrowed: Vec<Borrowed>,
    /// The context entry that explains all of it at least as well, if one does.
    pub explained_by: Option<EntryId>,
}

/// What was decided about an item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decision {
    /// The strongest outcome of its matches.
    pub outcome: Outcome,
    /// The accepted matches with harmful entries, best first, then by entry and method.
    pub matches: Vec<Match>,
    /// The accepted matches with context entries, likewise.
    pub context: Vec<Match>,
    /// The marks that were found, likewise; they tag what has matches.
    pub logos: Vec<Match>,
    /// Harmful entries that share with the item only what is borrowed, or that an exact copy of a context entry
    /// overrules: they lead to nothing.
    pub set_aside: Vec<Match>,
    /// Harmful entries that the policy accepts nearly, where there is nothing else to see.
    pub near: Vec<Match>,
    /// The mandates under which it acts, by bank; none of any outcome but [`Outcome::Act`].
    pub mandates: Vec<Mandate>,
}

impl Decision {
    /// Whether context entries explain everything that was found, so that it can wait.
    pub fn is_explained(&self) -> bool {
        !self.matches.is_empty() && self.matches.iter().all(|found| found.explained_by.is_some())
    }

    /// Whether the item as a whole is what a context entry shows.
    pub fn is_context(&self) -> bool {
        self.context.iter().any(context::is_whole)
    }

    /// When its case is looked at, beside others.
    pub fn priority(&self) -> Priority {
        match (self.is_explained(), self.logos.is_empty()) {
            (true, _) => Priority::Lowered,
            (false, true) => Priority::Normal,
            (false, false) => Priority::Raised,
        }
    }

    /// What a case of it is; none where nobody needs to look.
    pub fn case_kind(&self) -> Option<CaseKind> {
        match self.outcome {
            Outcome::Review | Outcome::Act => Some(CaseKind::Review),
            Outcome::None => (!self.near.is_empty()).then_some(CaseKind::NearMiss),
        }
    }
}

/// Judges `evidence` by `policy`.
///
/// Deterministic, and independent of the order of the candidates. A candidate is accepted when it is
/// the same bytes, or a picture within the bank's radius, or placed by local features surely enough, or has segments of enough frames within
/// the bank's frame radius; pictures and frames also need the bank's quality. An item in which nothing is accepted
/// is shown to people as well when it rises with as many others as the policy says and no open case tells of
/// them yet.
///
/// Entries of context banks open no case, and a further one never makes more of an item. The seconds that they have in
/// common with a harmful segment, as near or nearer, are taken off it. Where a picture is explained by one at least as
/// well, its match says so. An exact copy of a context entry is what people have looked at and filed as legitimate;
/// unless the same bytes are in a harmful bank too, nothing is opened for it again. A sound that the picture tells
/// already is left out.
///
/// It acts where a match is as sure as the bank's rule asks, the evidence has a mandate for this rule and this entry, and
/// nothing legitimate is found in the item; a case is opened all the same.
pub fn decide(policy: &Policy, evidence: &Evidence) -> Decision {
    let of = |purpose: Purpose| {
        let candidates = evidence.candidates.iter().map(|it| (policy.bank(&it.bank), it));
        candidates.filter(move |(bank, _)| bank.purpose == purpose)
    };
    let accepted = |purpose: Purpose| {
        let found = of(purpose).filter_map(|(bank, candidate)| accept(bank, candidate));
        sorted(found.collect())
    };
    let mut decision = Decision {
        context: accepted(Purpose::Context),
        logos: accepted(Purpose::Logo),
        ..Decision::default()
    };
    for (bank, candidate) in of(Purpose::Harmful) {
        let Some(mut found) = accept(bank, candidate) else { continue };
        if context::weigh(bank, &mut found, &decision.context) {
            decision.outcome = decision.outcome.max(bank.outcome);
            decision.matches.push(found);
        } else {
            decision.set_aside.push(found);
        }
    }
    overrule(&mut decision);
    told::leave_out(&mut decision.matches);
    told::leave_out(&mut decision.context);
    decision.matches = sorted(decision.matches);
    decision.set_aside = sorted(decision.set_aside);
    decision.mandates = act::mandates(policy, evidence, &decision);
    if !decision.mandates.is_empty() {
        decision.outcome = Outcome::Act;
    }
    if decision.matches.is_empty() && !decision.is_context() {
        if evidence.rising.as_ref().is_some_and(|rising| policy.rising.is_case(rising)) {
            decision.outcome = Outcome::Review;
        } else if policy.near_miss.cases_a_day > 0 {
            decision.near = near(of(Purpose::Harmful), &decision.context);
        }
    }
    decision
}

/// Sets everything aside where the item is an exact copy of a context entry and of no harmful one.
fn overrule(decision: &mut Decision) {
    let is_exact = |found: &&Match| found.candidate.method == Method::Sha256;
    let Some(copied) = decision.context.iter().find(is_exact) else { return };
    if decision.matches.iter().any(|found| is_exact(&found)) {
        return;
    }
    let from = copied.candidate.entry.clone();
    let overruled = std::mem::take(&mut decision.matches).into_iter();
    decision.set_aside.extend(overruled.map(|found| Match { explained_by: Some(from.clone()), ..found }));
    decision.outcome = Outcome::None;
}

/// What would be accepted if a little less were asked for, and no context entry explains.
fn near<'a>(
    candidates: impl Iterator<Item = (&'a BankPolicy, &'a Candidate)>,
    context: &[Match],
) -> Vec<Match> {
    let asking = candidates.filter(|(bank, _)| bank.outcome == Outcome::Review);
    let found = asking.filter_map(|(bank, candidate)| {
        let wide = bank.widened();
        if accept(bank, candidate).is_some() {
            return None;
        }
        let mut found = accept(&wide, candidate)?;
        (context::weigh(&wide, &mut found, context) && found.explained_by.is_none()).then_some(found)
    });
    sorted(found.collect())
}

fn sorted(mut found: Vec<Match>) -> Vec<Match> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| order(&a.candidate, &b.candidate)));
    found
}
