//! Cases: what people decide, and what the platform is then asked to do.

use std::sync::Arc;

use lamassu_case::{Action, ActionId, Case, CaseId, CaseState, ItemId, MessageId, Review, Verdict};
use lamassu_media::{Precision, Purpose, Sealed, Wanted};
use lamassu_store::{EventKind, NewMessage, Ruling};
use serde_json::json;

use crate::engine::{Actor, Engine};
use crate::error::EngineError;
use crate::intake::new_id;
use crate::views::CaseView;

/// Longest reason of a review, in characters.
const REASON_CHARS_MAX: usize = 4_000;

impl Engine {
    /// A page of cases in this state, or of all, oldest first: after number `after`.
    ///
    /// # Errors
    /// [`EngineError::Storage`].
    pub async fn cases(
        &self,
        state: Option<CaseState>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<CaseView>, EngineError> {
        let mut views = Vec::new();
        for case in self.store.cases(state, after, limit).await? {
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

    /// Decides a case. It takes effect after the time that the settings give to take it back.
    ///
    /// # Errors
    /// [`EngineError::ReasonInvalid`]; [`EngineError::Case`] when somebody was faster.
    pub async fn decide_case(
        &self,
        id: &CaseId,
        verdict: Verdict,
        reason: &str,
        actor: &Actor,
    ) -> Result<CaseView, EngineError> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
            return Err(EngineError::ReasonInvalid { chars_max: REASON_CHARS_MAX });
        }
        let case = self.store.case(id).await?;
        let stamp = self.stamp(actor);
        let review = Review {
            verdict,
            reason: reason.to_owned(),
            actor: actor.0.clone(),
            at_ms: stamp.at_ms,
            due_at_ms: stamp.at_ms.saturating_add(self.review_settings.undo_ms.into()),
        };
        let message = self.action_message(&case, &review).await?;
        let action: ActionId = message.id.as_str().parse().expect("both ids are UUIDs");
        let case = self.store.decide_case(id, &Ruling { review, action, message }, &stamp).await?;
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
        let subject = case.item.as_str().to_owned();
        Ok(NewMessage { id, event: EventKind::ActionRequested, subject, data, due_at_ms: review.due_at_ms })
    }

    /// Takes a decision back before it takes effect.
    ///
    /// # Errors
    /// [`EngineError::Case`] when there is none, or it took effect.
    pub async fn reopen_case(&self, id: &CaseId, actor: &Actor) -> Result<CaseView, EngineError> {
        let case = self.store.reopen_case(id, &self.stamp(actor)).await?;
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

    /// The media kept for an item as a small JPEG, made anew in the jail; none where there is no picture.
    /// That somebody looks is in the audit log before they see anything.
    ///
    /// # Errors
    /// [`EngineError::Media`] when none is kept or it does not open; [`EngineError::Read`].
    pub async fn preview(&self, item: &ItemId, actor: &Actor) -> Result<Option<Vec<u8>>, EngineError> {
        let (vault, jail) = (Arc::clone(&self.media), Arc::clone(&self.jail));
        let (id, temporary) = (item.clone(), self.folder.tmp());
        let making = move || {
            // Decrypted media lies in memory or in a file without a name, never where it could be found later.
            let mut plain = tempfile::SpooledTempFile::new_in(MEMORY_BYTES_MAX, temporary.clone());
            vault.read(&id, &mut plain)?;
            std::io::Seek::rewind(&mut plain).map_err(EngineError::Upload)?;
            let sealed = Sealed::copy(plain, &temporary, jail.limits())?;
            let wanted = Wanted { purpose: Purpose::Item, precision: Precision::Full, preview: true };
            Ok::<_, EngineError>(jail.read(&sealed, wanted)?.preview)
        };
        let preview = tokio::task::spawn_blocking(making).await.map_err(EngineError::TaskDied)??;
        self.store.note_media_viewed(item, &self.stamp(actor)).await?;
        Ok(preview.map(|preview| preview.jpeg))
    }
}

/// Up to here decrypted media stays in memory.
const MEMORY_BYTES_MAX: usize = 64 << 20;
