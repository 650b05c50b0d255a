//! What is searched in parts: local features of pictures, and sound. Both are read from the store when they are first
//! needed, and followed from then on.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use lamassu_index::local::LocalSnapshot;
use lamassu_store::{Change, ChangeKind};

use super::{Indexing, Sounds};
use crate::error::EngineError;

/// Entries read at once: some ten kilobytes each.
const PAGE_ROWS: u32 = 1_000;

impl Indexing {
    /// The local features of all pictures as of now. Waits until they are read for the first time.
    pub async fn features(&self) -> Result<Arc<LocalSnapshot>, EngineError> {
        self.details_read.get_or_try_init(|| self.read_details()).await?;
        Ok(self.local.snapshot())
    }

    /// The sounds of all entries. Waits until they are read for the first time.
    pub async fn sounds(&self) -> Result<&Sounds, EngineError> {
        self.details_read.get_or_try_init(|| self.read_details()).await?;
        Ok(&self.sounds)
    }

    async fn read_details(&self) -> Result<(), EngineError> {
        // Whatever is added or removed meanwhile waits for this, and finds it done.
        let _nobody_follows = self.following.lock().await;
        self.load_features(0).await?;
        self.load_sounds(0).await?;
        self.local.compact();
        // While the lock is held: whoever follows next sees it.
        self.follows_details.store(true, Ordering::Release);
        Ok(())
    }

    /// Takes in what was added and lets go of what was removed; nothing before it was first read.
    pub(super) async fn follow_details(&self, changes: &[Change]) -> Result<(), EngineError> {
        if !self.follows_details.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut first_added: Option<u64> = None;
        for change in changes {
            match &change.kind {
                ChangeKind::Added(entry) => {
                    first_added = Some(first_added.map_or(entry.number, |first| first.min(entry.number)));
                }
                ChangeKind::Removed { number } => {
                    self.local.remove(*number);
                    self.sounds.remove(*number);
                }
            }
        }
        if let Some(first) = first_added {
            self.load_features(first - 1).await?;
            self.load_sounds(first - 1).await?;
        }
        Ok(())
    }

    /// Takes in what changed after `followed`, when the index went on to the store's last change without it.
    pub(super) async fn catch_up_details(&self, mut followed: u64) -> Result<(), EngineError> {
        while self.follows_details.load(Ordering::Acquire) {
            let page = self.store.changes(followed, PAGE_ROWS).await?;
            let Some(last) = page.last() else { break };
            followed = last.sequence;
            self.follow_details(&page).await?;
        }
        Ok(())
    }

    async fn load_features(&self, mut after: u64) -> Result<(), EngineError> {
        loop {
            let page = self.store.live_features(after, PAGE_ROWS).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.number;
            self.local.load(page.into_iter().map(|it| (it.number, self.bank_number(&it.bank), it.features)));
        }
    }

    async fn load_sounds(&self, mut after: u64) -> Result<(), EngineError> {
        loop {
            let page = self.store.live_sounds(after, PAGE_ROWS).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.number;
            for it in page {
                self.sounds.add(it.number, self.bank_number(&it.bank), it.track);
            }
        }
    }
}
