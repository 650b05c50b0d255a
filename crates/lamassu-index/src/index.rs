//! The one writer, and the snapshot that readers take from it.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::change::{Change, ChangeKind, EntryNumber, OutOfOrder};
use crate::merge::{self, Merge, Superseded};
use crate::run::{NewEntry, Run};
use crate::sealed::SealedFile as _;
use crate::segment::Segment;
use crate::snapshot::{Part, Snapshot, Source};
use crate::tombstones::Tombstones;
use crate::tuning::Tuning;

/// All entries of a store. Readers never wait, and a change is visible before `apply` returns.
#[derive(Debug, Default)]
pub struct Index {
    current: ArcSwap<Snapshot>,
    writing: Mutex<()>,
    tuning: Tuning,
}

impl Index {
    /// An empty index of these settings.
    pub fn new(tuning: Tuning) -> Self {
        let empty = Snapshot { kernel: tuning.kernel, method: tuning.method, ..Snapshot::default() };
        Self { current: ArcSwap::from_pointee(empty), writing: Mutex::default(), tuning }
    }

    /// The state as of now; it stays as it is while it is held.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Begins with segments that were kept, the entries removed of each, and the last change in them.
    /// Everything before is forgotten.
    pub fn restore(
        &self,
        segments: impl IntoIterator<Item = (Segment, Vec<EntryNumber>)>,
        sealed_sequence: u64,
    ) {
        self.write(|next| {
            next.parts.clear();
            (next.sequence, next.sealed) = (sealed_sequence, sealed_sequence);
            for (segment, numbers) in segments {
                let segment = Arc::new(segment);
                let mut removed = Tombstones::default();
                for place in numbers.into_iter().filter_map(|number| segment.table().place(number)) {
                    removed.insert(place);
                }
                next.parts.push(Part { source: Source::Segment(segment), removed, frozen: false });
            }
        });
    }

    /// Takes in entries while the store is read for the first time, before any change is applied.
    pub fn load(&self, entries: impl IntoIterator<Item = ChangeKind>) {
        self.write(|next| {
            let mut taking_in = TakingIn { next, entries: Vec::new(), tuning: &self.tuning };
            entries.into_iter().for_each(|entry| taking_in.take(entry));
            taking_in.flush();
        });
    }

    /// Says that everything up to the change `sequence` was loaded.
    pub fn loaded(&self, sequence: u64) {
        self.write(|next| next.sequence = sequence);
    }

    /// Applies changes in the order of their numbers, all or none. An entry that is or was there is passed
    /// over, and so is the removal of one that is not.
    ///
    /// # Errors
    /// [`OutOfOrder`] when one of them is not newer than the one before it.
    pub fn apply(&self, changes: impl IntoIterator<Item = Change>) -> Result<(), OutOfOrder> {
        let _one_writer = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Snapshot::clone(&self.current.load());
        let mut sequence = next.sequence;
        let mut taking_in = TakingIn { next: &mut next, entries: Vec::new(), tuning: &self.tuning };
        for change in changes {
            if change.sequence <= sequence {
                return Err(OutOfOrder { offered: change.sequence, applied: sequence });
            }
            sequence = change.sequence;
            taking_in.take(change.kind);
        }
        taking_in.flush();
        next.sequence = sequence;
        self.current.store(Arc::new(next));
        Ok(())
    }

    /// Whether [`Index::plan`] has something to merge.
    pub fn is_due(&self) -> bool {
        !merge::plan(&self.current.load().parts, &self.tuning, false).is_empty()
    }

    /// What is to be merged now, if anything: when enough is in memory, or segments are too many or half
    /// removed. `at_once`: also when little is in memory.
    pub fn plan(&self, at_once: bool) -> Option<Merge> {
        let mut planned = None;
        self.write(|next| {
            let chosen = merge::plan(&next.parts, &self.tuning, at_once);
            let with_runs = chosen.iter().any(|&at| next.parts[at].segment().is_none());
            for &at in &chosen {
                next.parts[at].frozen = true;
            }
            planned = (!chosen.is_empty()).then(|| Merge {
                parts: chosen.iter().map(|&at| next.parts[at].clone()).collect(),
                tuning: self.tuning,
                sequence: if with_runs { next.sequence } else { next.sealed },
            });
        });
        planned
    }

    /// Takes in the segment of a merge in the place of its parts. Readers see either.
    ///
    /// # Errors
    /// [`Superseded`] when the parts are no longer there; nothing was changed.
    pub fn install(&self, merge: &Merge, segment: Segment) -> Result<(), Superseded> {
        let mut result = Ok(());
        self.write(|next| {
            result = merge::install(&mut next.parts, merge, segment);
            if result.is_ok() {
                next.sealed = merge.sequence.max(next.sealed);
            }
        });
        result
    }

    /// Serves a segment from other bytes that hold the same, such as a copy in memory of a mapped file;
    /// whether it was there.
    pub fn exchange(&self, segment: &Arc<Segment>) -> bool {
        let mut there = false;
        self.write(|next| {
            let same = |part: &&mut Part| part.segment().is_some_and(|old| old.id() == segment.id());
            if let Some(part) = next.parts.iter_mut().find(same) {
                part.source = Source::Segment(Arc::clone(segment));
                there = true;
            }
        });
        there
    }

    /// Takes on the state of `other`, with all that it contains. Readers see either.
    pub fn adopt(&self, other: &Self) {
        let _one_writer = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.current.store(other.snapshot());
    }

    fn write(&self, change: impl FnOnce(&mut Snapshot)) {
        let _one_writer = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Snapshot::clone(&self.current.load());
        change(&mut next);
        self.current.store(Arc::new(next));
    }
}

/// A state that is being made of changes: entries that follow each other become one run.
struct TakingIn<'a> {
    next: &'a mut Snapshot,
    entries: Vec<NewEntry>,
    tuning: &'a Tuning,
}

impl TakingIn<'_> {
    fn take(&mut self, kind: ChangeKind) {
        match kind {
            ChangeKind::Added { entry: number, bank, digest, frames } => {
                self.entries.push(NewEntry { number, bank, digest, frames });
            }
            ChangeKind::Removed { entry } => {
                self.flush();
                for part in &mut self.next.parts {
                    if let Some(place) = part.table().place(entry) {
                        part.removed.insert(place);
                    }
                }
            }
        }
    }

    fn flush(&mut self) {
        let mut entries = mem::take(&mut self.entries);
        entries.sort_by_key(|entry| entry.number);
        entries.dedup_by_key(|entry| entry.number);
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return };
        let range = first.number..=last.number;
        // Numbers mostly rise, so that few parts have any of these.
        for part in &self.next.parts {
            let table = part.table();
            let known = table.numbers.partition_point(|number| number < range.start());
            if table.numbers.get(known).is_some_and(|number| range.contains(number)) {
                entries.retain(|entry| table.place(entry.number).is_none());
            }
        }
        if !entries.is_empty() {
            merge::push_run(&mut self.next.parts, Run::of(entries), self.tuning);
        }
    }
}
