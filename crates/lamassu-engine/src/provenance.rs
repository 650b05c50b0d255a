//! Where the seconds of a case's item are from, out of the evidence that its decision rests on.

use lamassu_case::provenance::{Provenance, Source, bands, provenance};
use lamassu_case::{CaseId, Match, Medium};

use crate::engine::Engine;
use crate::error::EngineError;

/// What a reviewer is told about where an item is from.
#[derive(Debug, Clone, PartialEq)]
pub struct ProvenanceView {
    /// The case.
    pub case: CaseId,
    /// What its sender calls the item.
    pub reference: String,
    /// What kind of content the item is.
    pub medium: Medium,
    /// Where its seconds are from.
    pub provenance: Provenance,
}

impl Engine {
    /// Which seconds of a case's item come from which entries. How old an entry is, is what people say of it now.
    ///
    /// # Errors
    /// [`EngineError::Case`]; [`EngineError::Storage`].
    pub async fn provenance(&self, id: &CaseId) -> Result<ProvenanceView, EngineError> {
        let missing = || EngineError::ItemNotFound;
        let case = self.store.case(id).await?;
        let item = self.store.item(&case.item).await?.ok_or_else(missing)?;
        let submission = self.store.submission(&case.item).await?.ok_or_else(missing)?;
        let stored = self.store.decision(&case.item).await?.ok_or_else(missing)?;
        let mut sources = Vec::new();
        let decision = self.recompute(&stored).await?;
        // What was set aside has borrowed seconds only: they are drawn, and do not count.
        for found in decision.matches.into_iter().chain(decision.set_aside) {
            sources.push(self.source_of(found, item.medium).await?);
        }
        Ok(ProvenanceView {
            case: case.id,
            reference: submission.details.reference,
            medium: item.medium,
            provenance: provenance(item.duration_ms, sources),
        })
    }

    async fn source_of(&self, found: Match, item_medium: Medium) -> Result<Source, EngineError> {
        let stored = self.store.entry_of_id(&found.candidate.entry).await?;
        Ok(Source {
            bands: bands(&found, item_medium),
            bank: found.candidate.bank,
            entry: found.candidate.entry,
            title: found.candidate.title,
            medium: stored.entry.medium,
            duration_ms: stored.entry.duration_ms,
            published: stored.entry.metadata.published,
            added_at_ms: stored.entry.added_at_ms,
            removed: stored.removed,
            is_own: true,
        })
    }
}
