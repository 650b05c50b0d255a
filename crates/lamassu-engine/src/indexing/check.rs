//! Checking what is sealed: against its checksums, and against the store.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use lamassu_index::local::Part;
use lamassu_index::{EntryNumber, SealedFile, Segment, SegmentId};
use lamassu_store::{PAGE_ROWS_MAX, SegmentFolder, SegmentsError};
use serde::{Deserialize, Serialize};

use super::{Indexing, machine_ms};
use crate::error::EngineError;

/// So much is copied into memory of large pages at a start; what is beyond is searched in the page cache.
const COPIED_BYTES_MAX: usize = 4 << 30;
/// Most entries named in a report.
const NAMED_MAX: usize = 20;

/// How the index stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexReport {
    /// The last change of entries that it contains.
    pub sequence: u64,
    /// The last one that is sealed.
    pub sealed_sequence: u64,
    /// Entries that can be found.
    pub entries: u64,
    /// Fingerprints that are searched.
    pub hashes: u64,
    /// Files of segments, and of parts of local features.
    pub segments: u64,
    /// Their size.
    pub size_bytes: u64,
    /// What is damaged; nothing if it is sound.
    pub damage: Vec<String>,
}

impl Indexing {
    /// Waits until all that was mapped is checked; builds the index anew when some of it is damaged. Returns at
    /// once from the second time on.
    pub async fn checked(self: &Arc<Self>) -> Result<(), EngineError> {
        self.checked.get_or_try_init(|| self.check_mapped()).await.copied()
    }

    async fn check_mapped(self: &Arc<Self>) -> Result<(), EngineError> {
        let unchecked = std::mem::take(&mut *self.unchecked.lock().unwrap_or_else(PoisonError::into_inner));
        let indexing = Arc::clone(self);
        let check = move || indexing.check_and_copy(&unchecked);
        match tokio::task::spawn_blocking(check).await.map_err(EngineError::TaskDied)? {
            Ok(()) => {
                self.in_doubt.store(false, Ordering::Release);
                self.seal_beside();
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "the sealed index is damaged; it is built anew from the store");
                self.rebuild_hashes().await
            }
        }
    }

    fn check_and_copy(&self, segments: &[Arc<Segment>]) -> Result<(), SegmentsError> {
        let mut room_bytes = COPIED_BYTES_MAX;
        for segment in segments {
            self.segments.check_if_due(&**segment, machine_ms())?;
            let size_bytes = segment.bytes().len();
            if size_bytes <= room_bytes {
                // One that was merged away meanwhile is no longer there to be exchanged.
                let _was_there = self.index.exchange(&Arc::new(self.segments.in_memory(&**segment)?));
                room_bytes -= size_bytes;
            }
        }
        Ok(())
    }

    /// Compares the files with their checksums, and the entries that can be found with those of the store.
    pub async fn verify(&self) -> Result<IndexReport, EngineError> {
        let _nothing_changes = (self.following.lock().await, self.sealing.lock().await);
        let snapshot = self.index.snapshot();
        let mut report = IndexReport {
            sequence: snapshot.sequence(),
            sealed_sequence: snapshot.sealed_sequence(),
            hashes: snapshot.hashes() as u64,
            ..IndexReport::default()
        };
        let segments = self.segments.clone();
        let read = move || check_files(&segments);
        let (files, size_bytes, damage) =
            tokio::task::spawn_blocking(read).await.map_err(EngineError::TaskDied)?;
        (report.segments, report.size_bytes, report.damage) = (files, size_bytes, damage);
        let mut found = snapshot.entries();
        // The canary is of no bank.
        found.pop_if(|number| *number == EntryNumber::MAX);
        report.entries = found.len() as u64;
        self.compare(&found, &mut report).await?;
        Ok(report)
    }

    /// Adds to `damage` the entries that only one side has. `found` rises.
    async fn compare(&self, found: &[EntryNumber], report: &mut IndexReport) -> Result<(), EngineError> {
        let (mut at, mut after) = (0, 0);
        let (mut missing, mut surplus) = (Vec::new(), Vec::new());
        loop {
            let page = self.store.live_entries(after, PAGE_ROWS_MAX).await?;
            let Some(last) = page.last() else { break };
            after = last.number;
            for entry in page {
                let before = found[at..].iter().take_while(|&&number| number < entry.number).count();
                surplus.extend(&found[at..at + before]);
                at += before;
                if found.get(at) == Some(&entry.number) {
                    at += 1;
                } else {
                    missing.push(entry.number);
                }
            }
        }
        surplus.extend(&found[at..]);
        for (numbers, what) in [(missing, "cannot be found"), (surplus, "can be found but is in no bank")] {
            report
                .damage
                .extend(numbers.iter().take(NAMED_MAX).map(|number| format!("entry {number} {what}")));
            if numbers.len() > NAMED_MAX {
                report.damage.push(format!("and {} more", numbers.len() - NAMED_MAX));
            }
        }
        Ok(())
    }
}

/// How many files the manifest names, how large they are, and what is wrong with each.
fn check_files(segments: &SegmentFolder) -> (u64, u64, Vec<String>) {
    let manifest = match segments.manifest() {
        Ok(manifest) => manifest.unwrap_or_default(),
        Err(error) => return (0, 0, vec![error.to_string()]),
    };
    let (mut size_bytes, mut damage) = (0, Vec::new());
    let features = &manifest.features.parts;
    let checked = manifest.segments.iter().map(|sealed| check_file::<Segment>(segments, sealed.id));
    for checked in checked.chain(features.iter().map(|sealed| check_file::<Part>(segments, sealed.id))) {
        match checked {
            Ok(bytes) => size_bytes += bytes,
            Err(error) => damage.push(error.to_string()),
        }
    }
    ((manifest.segments.len() + features.len()) as u64, size_bytes, damage)
}

/// The size of a file that is sound.
fn check_file<F: SealedFile>(segments: &SegmentFolder, id: SegmentId) -> Result<u64, SegmentsError> {
    let file: F = segments.map(id)?;
    segments.check(&file)?;
    Ok(file.bytes().len() as u64)
}
