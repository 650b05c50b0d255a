//! Local features of pictures: sealed parts are searched in their files; what came after them is read from the store
//! when features are first needed, and followed from then on.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use lamassu_index::SealedFile as _;
use lamassu_index::local::{LocalIndex, LocalMerge, LocalSnapshot, Part};
use lamassu_store::{Change, ChangeKind, EntryFeatures, Manifest, SealedSegment, SegmentsError};
use uuid::Uuid;

use super::{Indexing, machine_ms};
use crate::error::EngineError;

/// Entries read at once: some ten kilobytes each.
const PAGE_ROWS: u32 = 1_000;
/// Of so many pages what was read is sealed before more is.
const PAGES_IN_MEMORY: usize = 16;

pub(super) const READ_ANEW: &str = "sealed local features cannot be used; they are read anew from the store";

impl Indexing {
    /// The local features of all pictures as of now. The first call waits until what is not sealed is read and what
    /// is sealed is checked.
    pub async fn features(&self) -> Result<Arc<LocalSnapshot>, EngineError> {
        self.features_checked.get_or_try_init(|| self.check_features()).await?;
        Ok(self.local.snapshot())
    }

    /// Whether there may be features to search; certain once they were asked for.
    pub fn may_have_features(&self) -> bool {
        !self.follows_features.load(Ordering::Acquire) || self.local.snapshot().pictures() > 0
    }

    async fn check_features(&self) -> Result<(), EngineError> {
        // Whatever is added or removed meanwhile waits for this, and finds it done.
        let _nobody_follows = self.following.lock().await;
        self.open_features().await?;
        let (segments, snapshot) = (self.segments.clone(), self.local.snapshot());
        let check =
            move || snapshot.sealed().try_for_each(|(part, _)| segments.check_if_due(&**part, machine_ms()));
        if let Err(error) = tokio::task::spawn_blocking(check).await.map_err(EngineError::TaskDied)? {
            tracing::error!(%error, "{READ_ANEW}");
            let _nobody_seals = self.sealing.lock().await;
            self.read_features().await?;
        }
        Ok(())
    }

    /// Maps the parts that the manifest names, if they are of this store; nothing of them is read yet. Without them
    /// features are read from the store.
    pub(super) async fn restore_features(&self, manifest: &Manifest) -> Result<(), EngineError> {
        let sealed = &manifest.features;
        let is_ours = sealed.sealed_sequence > 0
            && sealed.witness.is_some()
            && self.store.changed_entry(sealed.sealed_sequence).await? == sealed.witness;
        if !is_ours {
            return Ok(());
        }
        let map = |part: &SealedSegment| Ok((self.segments.map::<Part>(part.id)?, part.removed.clone()));
        match sealed.parts.iter().map(map).collect::<Result<Vec<_>, SegmentsError>>() {
            Ok(parts) => self.local.restore(parts, sealed.sealed_sequence),
            Err(error) => tracing::warn!(%error, "{READ_ANEW}"),
        }
        Ok(())
    }

    /// Reads all features from the store and has them take the place of what was there.
    pub(super) async fn rebuild_features(&self) -> Result<(), EngineError> {
        let _nobody_follows = self.following.lock().await;
        let _nobody_seals = self.sealing.lock().await;
        self.read_features().await
    }

    /// Takes in what the pages of the store's changes say, if features are followed; they are from the first
    /// addition on, so that whoever adds also seals.
    pub(super) async fn follow_features(&self, changes: &[Change]) -> Result<(), EngineError> {
        let adds = changes.iter().any(|change| matches!(change.kind, ChangeKind::Added(_)));
        if adds && !self.follows_features.load(Ordering::Acquire) {
            return self.open_features().await;
        }
        if self.follows_features.load(Ordering::Acquire) {
            self.take_in(changes).await?;
        }
        Ok(())
    }

    /// Reads what is not sealed. The lock on following is held.
    async fn open_features(&self) -> Result<(), EngineError> {
        if self.follows_features.load(Ordering::Acquire) {
            return Ok(());
        }
        if self.local.snapshot().sequence() > 0 {
            self.catch_up_features().await?;
            self.follows_features.store(true, Ordering::Release);
            Ok(())
        } else {
            let _nobody_seals = self.sealing.lock().await;
            self.read_features().await
        }
    }

    /// Takes in what the store changed since.
    async fn catch_up_features(&self) -> Result<(), EngineError> {
        loop {
            let page = self.store.changes(self.local.snapshot().sequence(), PAGE_ROWS).await?;
            if page.is_empty() {
                return Ok(());
            }
            self.take_in(&page).await?;
        }
    }

    async fn take_in(&self, changes: &[Change]) -> Result<(), EngineError> {
        let mut added: Option<(u64, u64)> = None;
        for change in changes {
            if let ChangeKind::Added(entry) = &change.kind {
                let (first, last) = added.unwrap_or((entry.number, entry.number));
                added = Some((first.min(entry.number), last.max(entry.number)));
            }
        }
        if let Some((first, last)) = added {
            let mut after = first - 1;
            while after < last {
                let page = self.store.live_features(after, PAGE_ROWS).await?;
                let Some(end) = page.last() else { break };
                after = end.number;
                self.load_page(&self.local, page);
            }
        }
        // After the additions: an entry can come and go within one page.
        for change in changes {
            if let ChangeKind::Removed { number } = &change.kind {
                self.local.remove(*number);
            }
        }
        if let Some(last) = changes.last() {
            self.local.followed(last.sequence.max(self.local.snapshot().sequence()));
        }
        Ok(())
    }

    /// Reads the features of all live entries and seals them as they come. The locks on following and on sealing are
    /// held.
    async fn read_features(&self) -> Result<(), EngineError> {
        let features = super::features(self.settings);
        features.followed(self.store.sequence().await?);
        let (mut after, mut pages, mut sealed) = (0, 0, false);
        loop {
            let page = self.store.live_features(after, PAGE_ROWS).await?;
            let Some(last) = page.last() else { break };
            after = last.number;
            self.load_page(&features, page);
            pages += 1;
            if pages % PAGES_IN_MEMORY == 0 {
                sealed |= self.seal_features(&features).await;
            }
        }
        sealed |= self.seal_features(&features).await;
        self.local.adopt(&features);
        self.follows_features.store(true, Ordering::Release);
        if sealed && let Err(error) = self.publish().await {
            self.is_refused(&error);
        }
        Ok(())
    }

    fn load_page(&self, local: &LocalIndex, page: Vec<EntryFeatures>) {
        local.load(page.into_iter().map(|it| (it.number, self.bank_number(&it.bank), it.features)));
    }

    /// Seals what is due, as far as the disk takes it; whether something was sealed. The lock on sealing is held.
    async fn seal_features(&self, local: &LocalIndex) -> bool {
        let mut sealed = false;
        while let Some(merge) = local.plan(false) {
            match self.seal_part(local, merge).await {
                Ok(()) => sealed = true,
                Err(error) => {
                    self.is_refused(&error);
                    break;
                }
            }
        }
        sealed
    }

    /// Writes one part and has `local` search it. The lock on sealing is held.
    pub(super) async fn seal_part(&self, local: &LocalIndex, merge: LocalMerge) -> Result<(), EngineError> {
        let segments = self.segments.clone();
        let write = move || {
            // A merge would give damage a sound checksum, however long ago they were checked.
            merge.sealed().try_for_each(|part| segments.check(part))?;
            let part: Part = segments.write(Uuid::now_v7().as_u128(), merge.draft())?;
            // Searched in the file: memory is for what is needed more often.
            Ok::<_, SegmentsError>((segments.map::<Part>(part.id())?, merge))
        };
        let (part, merge) = tokio::task::spawn_blocking(write).await.map_err(EngineError::TaskDied)??;
        local.install(&merge, part).expect("only who holds the lock on sealing takes parts away");
        Ok(())
    }
}
