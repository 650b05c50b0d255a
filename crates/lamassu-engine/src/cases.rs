//! Cases: what people decide, and what the platform is then asked to do.

use lamassu_case::{Action, Case, CaseId, CaseKind, MessageId, RequestId, Review, Verdict};
use lamassu_store::{CasesOf, NewMessage, Ruled, Ruling};
use serde_json::json;

use crate::acting::{action_of, requested};
use crate::engine::{Actor, Engine};
use crate::error::EngineError;
use crate::intake::new_id;
use crate::news::CaseChange;
use crate::views::CaseView;

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 4_000;

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewDraft {
    /// What is decided.
    pub verdict: Verdict,
    /// Why, in their words.
    pub reason: String,
    /// The version of the case that they saw; whatever it is if not given.
    pub version: Option<u64>,
    /// What their program calls this attempt: repeated, it decides nothing anew.
    pub request: Option<RequestId>,
}

/// How much there is to review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewCounts {
    /// Cases that wait for a person.
    pub open: u64,
    /// Cases that were decided since the day began in UTC, and still are.
    pub decided_today: u64,
    /// Near misses that wait for a person; they are in none of the other counts.
    pub near_misses: u64,
}

impl Engine {
    /// How much there is to review.
    ///
    /// # Errors
    /// [`EngineError::Storage`].
    pub async fn review_counts(&self) -> Result<ReviewCounts, EngineError> {
        Ok(ReviewCounts {
            open: self.store.open_cases(CaseKind::Review).await?,
            decided_today: self.store.decided_cases(day_of(self.clock.now_ms())).await?,
            near_misses: self.store.open_cases(CaseKind::NearMiss).await?,
        })
    }

    /// A page of cases in the order in which they are looked at, after the place `after`
    /// ([`lamassu_store::place_of`]); of such as do not wait, by number.
    ///
    /// # Errors
    /// [`EngineError::Storage`].
    pub async fn cases(
        &self,
        which: impl Into<CasesOf>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<CaseView>, EngineError> {
        let mut views = Vec::new();
        for case in self.store.cases(which.into(), after, limit).await? {
            views.push(self.case_view(case).await?);
        }
        Ok(views)
    }

    /// One case.
    ///
    /// # Errors
    /// [`EngineError::Case`]; [`EngineError::Storage`].
    pub async fn case(&self, id: &CaseId) -> Result<CaseView, EngineError> {
        let case = self.store.case(id).await?;
        self.case_view(case).await
    }

    /// Decides a case. It takes effect after the time that the settings give to take it back. An attempt
    /// that is repeated gives the case as it stands.
    ///
    /// # Errors
    /// [`EngineError::ReasonInvalid`]; [`EngineError::Case`] when somebody was faster.
    pub async fn decide_case(
        &self,
        id: &CaseId,
        draft: &ReviewDraft,
        actor: &Actor,
    ) -> Result<CaseView, EngineError> {
        let reason = reason(&draft.reason)?;
        let case = self.store.case(id).await?;
        let stamp = self.stamp(actor);
        let review = Review {
            verdict: draft.verdict,
            reason: reason.to_owned(),
            actor: actor.0.clone(),
            at_ms: stamp.at_ms,
            due_at_ms: stamp.at_ms.saturating_add(self.review_settings.undo_ms.into()),
        };
        let message = self.action_message(&case, &review).await?;
        let action = action_of(&message);
        let (version, request) = (draft.version, draft.request.clone());
        let ruling = Ruling { version, request, review, action, message };
        let Ruled { case, already } = self.store.decide_case(id, &ruling, &stamp).await?;
        if !already {
            self.tell_case((id, case.kind), case.version, CaseChange::Decided);
        }
        self.case_view(case).await
    }

    /// The message that asks the platform for the action. Its id is the action's.
    async fn action_message(&self, case: &Case, review: &Review) -> Result<NewMessage, EngineError> {
        let submission = self.store.submission(&case.item).await?.ok_or(EngineError::ItemNotFound)?;
        let id: MessageId = new_id();
        let data = json!({
            "action": id.as_str(),
            "kind": review.verdict.action().name(),
            "verdict": review.verdict.name(),
            "case": case.id.as_str(),
            "item": case.item.as_str(),
            "reference": submission.details.reference,
            "account": submission.details.account,
        });
        Ok(requested(id, case.item.as_str(), data, review.due_at_ms))
    }

    /// Takes a decision back before it takes effect.
    ///
    /// # Errors
    /// [`EngineError::Case`] when there is none, or it took effect.
    pub async fn reopen_case(&self, id: &CaseId, actor: &Actor) -> Result<CaseView, EngineError> {
        let case = self.store.reopen_case(id, &self.stamp(actor)).await?;
        self.tell_case((id, case.kind), case.version, CaseChange::Reopened);
        self.case_view(case).await
    }

    /// A page of what platforms were asked to do, for one case or for all: after number `after`.
    ///
    /// # Errors
    /// [`EngineError::Storage`].
    pub async fn actions(
        &self,
        case: Option<&CaseId>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Action>, EngineError> {
        Ok(self.store.actions(case, after, limit).await?)
    }
}

/// When the day of this moment began in UTC, both in milliseconds since 1970.
pub fn day_of(at_ms: i64) -> i64 {
    at_ms - at_ms.rem_euclid(DAY_MS)
}

/// A reason as it is kept.
pub fn reason(text: &str) -> Result<&str, EngineError> {
    let reason = text.trim();
    // Cut short before counting: the text may be of any length.
    let short = reason.chars().take(REASON_CHARS_MAX + 1).count() <= REASON_CHARS_MAX;
    if short && !reason.is_empty() {
        Ok(reason)
    } else {
        Err(EngineError::ReasonInvalid { chars_max: REASON_CHARS_MAX })
    }
}
