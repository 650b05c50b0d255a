//! The one writer, and the snapshot that readers take from it.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use lamassu_fingerprint::Frame;

use crate::change::{Change, ChangeKind, OutOfOrder};
use crate::segment::{Owner, Segment};
use crate::snapshot::Snapshot;

/// All entries of a store. Readers never wait, and a change is visible before `apply` returns.
#[derive(Debug, Default)]
pub struct Index {
    current: ArcSwap<Snapshot>,
    writing: Mutex<()>,
}

impl Index {
    /// The state as of now; it stays as it is while it is held.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Takes in entries while the store is read for the first time, before any change is applied.
    pub fn load(&self, entries: impl IntoIterator<Item = ChangeKind>) {
        let _one_writer = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Snapshot::clone(&self.current.load());
        entries.into_iter().for_each(|entry| take_in(&mut next, entry));
        self.current.store(Arc::new(next));
    }

    /// Says that everything up to the change `sequence` was loaded.
    pub fn loaded(&self, sequence: u64) {
        let _one_writer = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let next = Snapshot { sequence, ..Snapshot::clone(&self.current.load()) };
        self.current.store(Arc::new(next));
    }

    /// Applies changes in the order of their numbers, all or none.
    ///
    /// # Errors
    /// [`OutOfOrder`] when one of them is not newer than the one before it.
    pub fn apply(&self, changes: impl IntoIterator<Item = Change>) -> Result<(), OutOfOrder> {
        let _one_writer = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Snapshot::clone(&self.current.load());
        for change in changes {
            if change.sequence <= next.sequence {
                return Err(OutOfOrder { offered: change.sequence, applied: next.sequence });
            }
            next.sequence = change.sequence;
            take_in(&mut next, change.kind);
        }
        self.current.store(Arc::new(next));
        Ok(())
    }
}

fn take_in(snapshot: &mut Snapshot, kind: ChangeKind) {
    match kind {
        ChangeKind::Removed { entry } => {
            Arc::make_mut(&mut snapshot.removed).insert(entry);
        }
        ChangeKind::Added { entry, bank, digest, frames } => {
            let tail = open_segment(snapshot);
            tail.digests.push((digest, entry, bank));
            for Frame { start_ms, end_ms, view, quality, bits: [hash] } in frames {
                tail.hashes.push(hash);
                tail.owners.push(Owner { entry, bank, start_ms, end_ms, view, quality });
            }
        }
    }
}

/// The last segment, ready to be added to: a copy if a reader holds it, a new one if it is full.
fn open_segment(snapshot: &mut Snapshot) -> &mut Segment {
    if snapshot.segments.last().is_none_or(|segment| segment.is_full()) {
        snapshot.segments.push(Arc::default());
    }
    Arc::make_mut(snapshot.segments.last_mut().expect("one was just pushed if there was none"))
}
