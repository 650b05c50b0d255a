//! The sounds of entries: their blocks in an index of their own, and their words, by which stretches are followed.
//! Read from the store when they are first needed, and followed from then on.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use lamassu_fingerprint::sound::SoundTrack;
use lamassu_fingerprint::{Digest, StoredFrame, View};
use lamassu_index::{Change, ChangeKind, EntryNumber, Index, Snapshot};
use lamassu_store::Change as StoredChange;
use lamassu_store::ChangeKind as Stored;
use uuid::Uuid;

use super::Indexing;
use crate::error::EngineError;

/// Entries read at once.
const PAGE_ROWS: u32 = 1_000;

/// The sounds of entries.
#[derive(Debug, Default)]
pub struct Sounds {
    index: Index,
    /// The number of the index's last change.
    sequence: Mutex<u64>,
    tracks: RwLock<BTreeMap<EntryNumber, Arc<SoundTrack>>>,
}

impl Sounds {
    /// The blocks that may vote, as frames from the start to the end of the moment they stand for.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.index.snapshot()
    }

    /// Whether there is nothing to search.
    pub fn is_empty(&self) -> bool {
        self.tracks.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// All of an entry's sound.
    pub fn track(&self, entry: EntryNumber) -> Option<Arc<SoundTrack>> {
        self.tracks.read().unwrap_or_else(PoisonError::into_inner).get(&entry).cloned()
    }

    /// Takes an entry in; one that is there is passed over.
    pub fn add(&self, entry: EntryNumber, bank: u32, track: SoundTrack) {
        let blocks = track.blocks(1).into_iter().filter(|block| block.may_vote);
        let frames = blocks.map(|block| {
            let (start_ms, end_ms) = block.moment_ms();
            StoredFrame { start_ms, end_ms, view: View::Full, quality: 100, bits: [block.bits] }
        });
        // Sounds are not looked for by digest; that of the number keeps them apart.
        let digest = Digest::of(&entry.to_le_bytes());
        self.apply(ChangeKind::Added { entry, bank, digest, frames: frames.collect() });
        self.tracks.write().unwrap_or_else(PoisonError::into_inner).insert(entry, Arc::new(track));
        while let Some(merge) = self.index.plan(false) {
            let segment = merge.in_memory(Uuid::now_v7().as_u128());
            if self.index.install(&merge, segment).is_err() {
                // Somebody else merges just now.
                return;
            }
        }
    }

    /// Takes an entry away at once.
    pub fn remove(&self, entry: EntryNumber) {
        self.apply(ChangeKind::Removed { entry });
        self.tracks.write().unwrap_or_else(PoisonError::into_inner).remove(&entry);
    }

    fn apply(&self, kind: ChangeKind) {
        let mut sequence = self.sequence.lock().unwrap_or_else(PoisonError::into_inner);
        *sequence += 1;
        self.index.apply([Change { sequence: *sequence, kind }]).expect("its numbers rise under this lock");
    }
}

impl Indexing {
    /// The sounds of all entries. Waits until they are read for the first time.
    pub async fn sounds(&self) -> Result<&Sounds, EngineError> {
        if !self.follows_sounds.load(Ordering::Acquire) {
            let _nobody_follows = self.following.lock().await;
            if !self.follows_sounds.load(Ordering::Acquire) {
                self.load_sounds(0).await?;
                self.follows_sounds.store(true, Ordering::Release);
            }
        }
        Ok(&self.sounds)
    }

    /// Takes in what was added and lets go of what was removed; nothing before sounds were first read.
    pub(super) async fn follow_sounds(&self, changes: &[StoredChange]) -> Result<(), EngineError> {
        if !self.follows_sounds.load(Ordering::Acquire) {
            return Ok(());
        }
        let added = |change: &StoredChange| match &change.kind {
            Stored::Added(entry) => Some(entry.number),
            Stored::Removed { .. } => None,
        };
        if let Some(first) = changes.iter().filter_map(added).min() {
            self.load_sounds(first - 1).await?;
        }
        for change in changes {
            if let Stored::Removed { number } = &change.kind {
                self.sounds.remove(*number);
            }
        }
        Ok(())
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
