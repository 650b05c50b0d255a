//! The one writer, and the snapshot that readers take from it.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

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
            match change.kind {
                ChangeKind::Removed { entry } => {
                    Arc::make_mut(&mut next.removed).insert(entry);
                }
                ChangeKind::Added { entry, bank, digest, frames } => {
                    let tail = open_segment(&mut next);
                    tail.digests.push((digest, entry, bank));
                    for frame in frames {
                        let [hash] = frame.bits;
                        let (start_ms, end_ms) = (frame.start_ms, frame.end_ms);
                        tail.hashes.push(hash);
                        tail.owners.push(Owner {
                            entry,
                            bank,
                            start_ms,
                            end_ms,
                            view: frame.view,
                            quality: frame.quality,
                        });
                    }
                }
            }
        }
        self.current.store(Arc::new(next));
        Ok(())
    }
}

/// The last segment, ready to be added to: a copy if a reader holds it, a new one if it is full.
fn open_segment(snapshot: &mut Snapshot) -> &mut Segment {
    if snapshot.segments.last().is_none_or(|segment| segment.is_full()) {
        snapshot.segments.push(Arc::default());
    }
    Arc::make_mut(snapshot.segments.last_mut().expect("one was just pushed if there was none"))
}
