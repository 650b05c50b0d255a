//! The sounds of entries: their blocks in an index of their own, and their words, by which stretches are followed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use lamassu_fingerprint::sound::SoundTrack;
use lamassu_fingerprint::{Digest, StoredFrame, View};
use lamassu_index::{Change, ChangeKind, EntryNumber, Index, Snapshot};
use uuid::Uuid;

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
