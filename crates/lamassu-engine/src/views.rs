//! What is told about items and cases.

use std::borrow::Cow;
use std::collections::BTreeSet;

use lamassu_case::{
    Action, Areas, Case, CaseId, CaseKind, Decision, ItemId, Match, Placed, Policy, Submission, decide,
};
use lamassu_media::SoFar;
use lamassu_store::{RisingCounts, StoredDecision, StoredSubmission, place_of};

use crate::acting::{ActedView, standing_act};
use crate::engine::{Actor, Engine};
use crate::error::{EngineError, Failure};
use crate::report::MatchRow;

/// What a platform is told about an item. Distances, titles and entries are for reviewers.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemView {
    /// The item.
    pub item: ItemId,
    /// What its sender said about it.
    pub details: Submission,
    /// When it came in, milliseconds since 1970.
    pub received_at_ms: i64,
    /// `queued`, `decided` or `failed`.
    pub state: &'static str,
    /// How far its reading is, while it is worked on and plays.
    pub progress: Option<SoFar>,
    /// What kind of content it is, once decided.
    pub medium: Option<&'static str>,
    /// `none`, `review` or `act`, once decided.
    pub outcome: Option<&'static str>,
    /// When it was decided, milliseconds since 1970.
    pub decided_at_ms: Option<i64>,
    /// The banks in which something was found in it.
    pub banks: Vec<String>,
    /// The case that was opened.
    pub case: Option<CaseId>,
    /// Why it could not be read; `truncated` of what was decided by the part that is there.
    pub failure: Option<Failure>,
}

/// What a reviewer is told about a case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseView {
    /// The case.
    pub case: Case,
    /// Its item.
    pub item: ItemView,
    /// Size of the item in bytes.
    pub size_bytes: u64,
    /// Length of the item in milliseconds; 0 for what does not play.
    pub duration_ms: u32,
    /// The entries found, best first; in a near miss, those that were nearly found.
    pub matches: Vec<CaseMatch>,
    /// Context entries found, best first.
    pub context: Vec<CaseMatch>,
    /// Marks found, best first.
    pub logos: Vec<CaseMatch>,
    /// The burst of near-identical items that it tells of, if it does.
    pub rising: Option<RisingCounts>,
    /// The policy by which it was decided.
    pub policy_version: String,
    /// What the platform was asked to do, oldest first.
    pub actions: Vec<Action>,
    /// What banks' rules did with the item, by bank.
    pub acted: Vec<ActedView>,
    /// Whether that can be undone.
    pub undoable: bool,
}

/// An entry found in the item of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseMatch {
    /// What was found.
    pub row: MatchRow,
    /// What kind of content the entry is.
    pub entry_medium: &'static str,
    /// Length of the entry in milliseconds; 0 for what does not play.
    pub entry_duration_ms: u32,
    /// Whether it was taken out of its bank since.
    pub entry_removed: bool,
    /// What was compared of item and entry, and how the item was turned; none for the same bytes.
    pub views: Option<[String; 3]>,
    /// Whether the item shows it as a negative.
    pub negative: bool,
    /// Where those lie; none where that is not known.
    pub areas: Option<Areas>,
    /// Where the entry's picture lies, when local features found it.
    pub placed: Option<Placed>,
}

impl CaseView {
    /// Its place among those that wait; the cursor after it.
    pub fn place(&self) -> u64 {
        place_of(&self.case)
    }
}

impl Engine {
    /// What is known of an item.
    ///
    /// # Errors
    /// [`EngineError::ItemNotFound`]; [`EngineError::Storage`].
    pub async fn item(&self, id: &ItemId) -> Result<ItemView, EngineError> {
        let submission = self.store.submission(id).await?.ok_or(EngineError::ItemNotFound)?;
        let decided = self.store.decision(id).await?;
        Ok(self.item_view(submission, decided.as_ref()).await?.0)
    }

    /// As [`Engine::item`], for its sender only.
    ///
    /// # Errors
    /// [`EngineError::ItemNotFound`] also when somebody else sent it; [`EngineError::Storage`].
    pub async fn item_of(&self, id: &ItemId, sender: &Actor) -> Result<ItemView, EngineError> {
        let submission = self.store.submission(id).await?.filter(|it| it.sender == sender.0);
        let submission = submission.ok_or(EngineError::ItemNotFound)?;
        let decided = self.store.decision(id).await?;
        Ok(self.item_view(submission, decided.as_ref()).await?.0)
    }

    async fn item_view(
        &self,
        submission: StoredSubmission,
        decided: Option<&StoredDecision>,
    ) -> Result<(ItemView, Option<Decision>), EngineError> {
        let id = &submission.item;
        let mut view = ItemView {
            item: id.clone(),
            details: submission.details,
            received_at_ms: submission.received_at_ms,
            state: submission.state.name(),
            progress: self.queue.so_far(id),
            medium: None,
            outcome: None,
            decided_at_ms: None,
            banks: Vec::new(),
            case: None,
            failure: submission.failure.map(|it| Failure { code: it.code, message: it.message }),
        };
        let Some(stored) = decided else { return Ok((view, None)) };
        let decision = self.recompute(stored).await?;
        if stored.evidence.truncated {
            view.failure.get_or_insert_with(Failure::truncated);
        }
        let banks: BTreeSet<&str> =
            decision.matches.iter().map(|found| found.candidate.bank.as_str()).collect();
        view.banks = banks.into_iter().map(str::to_owned).collect();
        view.outcome = Some(stored.outcome.name());
        view.decided_at_ms = Some(stored.decided_at_ms);
        view.medium = self.store.item(id).await?.map(|item| item.medium.name());
        let case = self.store.case_of(id).await?.filter(|case| case.kind == CaseKind::Review);
        view.case = case.map(|case| case.id);
        Ok((view, Some(decision)))
    }

    /// The decision again, from what it rested on.
    pub(crate) async fn recompute(&self, stored: &StoredDecision) -> Result<Decision, EngineError> {
        Ok(decide(self.policy_of(stored).await?.as_ref(), &stored.evidence))
    }

    /// The policy that a decision was made under.
    async fn policy_of(&self, stored: &StoredDecision) -> Result<Cow<'_, Policy>, EngineError> {
        let version = &stored.evidence.policy_version;
        if *version == self.policy.version.to_string() {
            return Ok(Cow::Borrowed(&self.policy));
        }
        let kept = self.store.policy(version.parse().expect("the store keeps versions as digests")).await?;
        Ok(Cow::Owned(Policy::parse(&kept.unwrap_or_default())?))
    }

    /// A case with all that a reviewer needs.
    pub(crate) async fn case_view(&self, case: Case) -> Result<CaseView, EngineError> {
        let missing = || EngineError::ItemNotFound;
        let submission = self.store.submission(&case.item).await?.ok_or_else(missing)?;
        let item = self.store.item(&case.item).await?.ok_or_else(missing)?;
        let stored = self.store.decision(&case.item).await?.ok_or_else(missing)?;
        let (view, decision) = self.item_view(submission, Some(&stored)).await?;
        let decision = decision.unwrap_or_default();
        let acted = if decision.mandates.is_empty() {
            Vec::new()
        } else {
            self.acted(self.policy_of(&stored).await?.as_ref(), &decision).await?
        };
        let actions = self.store.actions(Some(&case.id), 0, ACTIONS_MAX).await?;
        let Decision { matches, near, context, logos, .. } = decision;
        let matches = match case.kind {
            CaseKind::Review => matches,
            CaseKind::NearMiss => near,
        };
        Ok(CaseView {
            item: view,
            size_bytes: item.size_bytes,
            duration_ms: item.duration_ms,
            matches: self.case_matches(matches).await?,
            context: self.case_matches(context).await?,
            logos: self.case_matches(logos).await?,
            rising: self.store.rising_counts(&case.id).await?,
            policy_version: stored.evidence.policy_version,
            undoable: case.review.is_none() && standing_act(&actions).is_some(),
            actions,
            acted,
            case,
        })
    }

    async fn case_matches(&self, found: Vec<Match>) -> Result<Vec<CaseMatch>, EngineError> {
        let mut matches = Vec::new();
        for found in found {
            matches.push(self.case_match(found).await?);
        }
        Ok(matches)
    }

    async fn case_match(&self, found: Match) -> Result<CaseMatch, EngineError> {
        let stored = self.store.entry_of_id(&found.candidate.entry).await?;
        Ok(CaseMatch {
            entry_medium: stored.entry.medium.name(),
            entry_duration_ms: stored.entry.duration_ms,
            entry_removed: stored.removed,
            views: found.candidate.views.clone(),
            negative: found.candidate.negative,
            areas: found.candidate.areas,
            placed: found.candidate.placed.clone(),
            row: found.into(),
        })
    }
}

/// Most actions shown with a case.
const ACTIONS_MAX: u32 = 100;
