//! Sealing: what is in memory becomes a segment on disk, while everybody goes on reading and adding.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use lamassu_index::{Merge, SealedFile as _};
use lamassu_store::{Manifest, SealedFeatures, SealedSegment, SegmentsError};
use uuid::Uuid;

use super::Indexing;
use super::features::READ_ANEW;
use crate::clock::Stopwatch;
use crate::error::EngineError;

/// How long a disk that refused a segment is left alone.
const REFUSED: Duration = Duration::from_mins(1);

impl Indexing {
    /// Seals what is due on a task of its own. What is not sealed is in the store all the same.
    pub(super) fn seal_beside(self: &Arc<Self>) {
        if self.in_doubt.load(Ordering::Acquire) {
            return;
        }
        let refused = *self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let features_due = self.follows_features.load(Ordering::Acquire) && self.local.is_due();
        let is_due = features_due || self.index.is_due();
        if refused.is_some_and(|since| since.elapsed() < REFUSED) || !is_due {
            return;
        }
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        // One that runs sees what came meanwhile.
        if tasks.is_empty() {
            let indexing = Arc::clone(self);
            tasks.spawn(async move { indexing.seal_all_due().await });
        }
    }

    async fn seal_all_due(self: &Arc<Self>) {
        if let Err(error) = self.seal_due_mending().await {
            self.is_refused(&error);
        }
    }

    /// Seals what is due. What turns out to be damaged on the way is built anew from the store, and sealed.
    async fn seal_due_mending(self: &Arc<Self>) -> Result<(), EngineError> {
        match self.seal_hashes_due().await {
            Err(error) if is_damage(&error) => {
                tracing::error!(%error, "the index is damaged; it is built anew from the store");
                self.rebuild_hashes().await?;
                self.seal_hashes_due().await?;
            }
            sealed => sealed?,
        }
        match self.seal_features_due().await {
            Err(error) if is_damage(&error) => {
                tracing::error!(%error, "{READ_ANEW}");
                // Sealed as they are read.
                self.rebuild_features().await
            }
            sealed => sealed,
        }
    }

    async fn seal_hashes_due(&self) -> Result<(), EngineError> {
        let _one_at_a_time = self.sealing.lock().await;
        while let Some(merge) = self.index.plan(false) {
            self.seal(merge).await?;
        }
        Ok(())
    }

    async fn seal_features_due(&self) -> Result<(), EngineError> {
        let _one_at_a_time = self.sealing.lock().await;
        if self.follows_features.load(Ordering::Acquire) {
            while let Some(merge) = self.local.plan(false) {
                self.seal_part(&self.local, merge).await?;
                self.publish().await?;
            }
        }
        Ok(())
    }

    /// Says what kept something from being sealed, and leaves the disk alone for a while.
    pub(super) fn is_refused(&self, error: &EngineError) {
        tracing::warn!(%error, "a part of the index could not be sealed; it stays in memory, and is tried again");
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(Stopwatch::start());
    }

    /// Writes one segment, serves it, and has the manifest name it.
    async fn seal(&self, merge: Merge) -> Result<(), EngineError> {
        let segments = self.segments.clone();
        let write = move || {
            // A merge would give damage a sound checksum, however long ago they were checked.
            merge.sealed().try_for_each(|segment| segments.check(segment))?;
            let segment = segments.write(Uuid::now_v7().as_u128(), merge.draft())?;
            Ok::<_, SegmentsError>((merge, segment))
        };
        let (merge, segment) = tokio::task::spawn_blocking(write).await.map_err(EngineError::TaskDied)??;
        self.index.install(&merge, segment).expect("only who holds the lock on sealing takes parts away");
        self.publish().await
    }

    /// Writes down which segments count now.
    pub(super) async fn publish(&self) -> Result<(), EngineError> {
        let snapshot = self.index.snapshot();
        let sealed_sequence = snapshot.sealed_sequence();
        let local = self.local.snapshot();
        let features = SealedFeatures {
            sealed_sequence: local.sealed_sequence(),
            witness: self.store.changed_entry(local.sealed_sequence()).await?,
            parts: local.sealed().map(|(part, removed)| SealedSegment { id: part.id(), removed }).collect(),
        };
        let manifest = Manifest {
            sealed_sequence,
            witness: self.store.changed_entry(sealed_sequence).await?,
            banks: self.banks().clone(),
            segments: snapshot
                .segments()
                .map(|(segment, removed)| SealedSegment { id: segment.id(), removed })
                .collect(),
            features,
        };
        let segments = self.segments.clone();
        let swap = move || segments.swap(&manifest);
        Ok(tokio::task::spawn_blocking(swap).await.map_err(EngineError::TaskDied)??)
    }

    /// Names no segments any more, now that none is searched. On a full disk nothing sealed is kept.
    pub(super) async fn forget_sealed(&self) -> Result<(), EngineError> {
        self.unchecked.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.in_doubt.store(false, Ordering::Release);
        if self.publish().await.is_err() {
            self.segments.clear()?;
        }
        Ok(())
    }

    /// Waits until nothing seals any more.
    pub async fn settle(&self) {
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        while tasks.join_next().await.is_some() {}
    }
}

fn is_damage(error: &EngineError) -> bool {
    matches!(error, EngineError::Segments(SegmentsError::Segment { .. }))
}
