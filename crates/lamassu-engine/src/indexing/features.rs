//! Local features of entries: read from the store when they are first needed, and followed from then on.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use lamassu_index::local::LocalSnapshot;
use lamassu_store::{Change, ChangeKind};

use super::Indexing;
use crate::error::EngineError;

/// Entries read at once: some ten kilobytes each.
const PAGE_ROWS: u32 = 1_000;

impl Indexing {
    /// The features as of now. [`Indexing::has_no_features`] comes first.
    pub fn features(&self) -> Arc<LocalSnapshot> {
        self.local.snapshot()
    }

    /// Whether there is nothing to search. Waits until all features are read.
    pub async fn has_no_features(&self) -> Result<bool, EngineError> {
        self.local_read.get_or_try_init(|| self.read_features()).await?;
        Ok(self.local.snapshot().entries() == 0)
    }

    async fn read_features(&self) -> Result<(), EngineError> {
        // Whatever is added or removed meanwhile waits for this, and finds it done.
        let _nobody_follows = self.following.lock().await;
        let mut after = 0;
        loop {
            let page = self.store.live_features(after, PAGE_ROWS).await?;
            let Some(last) = page.last() else { break };
            after = last.number;
            self.local.load(page.into_iter().map(|it| (it.number, self.bank_number(&it.bank), it.features)));
        }
        self.local.compact();
        // While the lock is held: whoever follows next sees it.
        self.follows_features.store(true, Ordering::Release);
        Ok(())
    }

    /// Takes in the features of what was added and lets go of what was removed; nothing before they were first read.
    pub(super) async fn follow_features(&self, changes: &[Change]) -> Result<(), EngineError> {
        if !self.follows_features.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut first_added = None;
        for change in changes {
            match &change.kind {
                ChangeKind::Added(entry) => {
                    first_added =
                        Some(first_added.map_or(entry.number, |first: u64| first.min(entry.number)));
                }
                ChangeKind::Removed { number } => self.local.remove(*number),
            }
        }
        let Some(first) = first_added else { return Ok(()) };
        let mut after = first - 1;
        loop {
            let page = self.store.live_features(after, PAGE_ROWS).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.number;
            self.local.load(page.into_iter().map(|it| (it.number, self.bank_number(&it.bank), it.features)));
        }
    }
}
