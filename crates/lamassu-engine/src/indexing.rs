//! The index over the store: it opens what was sealed, follows what changes, and seals beside the readers.

mod check;
mod features;
mod sealing;
mod sounds;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use lamassu_case::BankName;
use lamassu_index::local::LocalIndex;
use lamassu_index::{
    Change, ChangeKind, EntryNumber, Index, Kernel, SealedFile as _, Segment, Snapshot, Tuning,
};
use lamassu_store::{
    ChangeKind as StoredChange, EntryFingerprints, Manifest, PAGE_ROWS_MAX, SegmentFolder, SegmentsError,
    Store,
};
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

pub use check::IndexReport;
pub use sounds::{SoundSnapshot, Sounds};

use crate::clock::{Clock as _, Stopwatch, SystemClock};
use crate::error::EngineError;
use crate::lookup;
use crate::settings::IndexSettings;

/// So much is checked before the first answer, some hundredths of a second; what is larger answers at once
/// and is checked before the first decision.
const CHECKED_AT_ONCE_BYTES: usize = 64 << 20;

/// The entries of a store, searchable.
pub struct Indexing {
    index: Index,
    /// Local features of pictures.
    local: LocalIndex,
    follows_features: AtomicBool,
    features_checked: OnceCell<()>,
    /// The sound of entries.
    sounds: Arc<Sounds>,
    follows_sounds: AtomicBool,
    store: Arc<dyn Store>,
    segments: SegmentFolder,
    settings: IndexSettings,
    /// The banks, in the order of the numbers by which the index knows them.
    banks: Mutex<Vec<BankName>>,
    /// One task at a time brings the index up to date.
    following: tokio::sync::Mutex<()>,
    /// One task at a time changes the folder of segments.
    sealing: tokio::sync::Mutex<()>,
    /// What seals; it ends with this value.
    tasks: Mutex<JoinSet<()>>,
    /// Since the disk last refused a segment.
    refused: Mutex<Option<Stopwatch>>,
    /// Segments whose sections were not compared with their checksums yet.
    unchecked: Mutex<Vec<Arc<Segment>>>,
    checked: OnceCell<()>,
    /// Whether some of it is not checked yet: a merge would give damage a sound checksum.
    in_doubt: AtomicBool,
}

impl Indexing {
    /// Opens what was sealed and brings it up to date; what cannot be used is built anew from the store.
    pub async fn open(
        store: Arc<dyn Store>,
        segments: SegmentFolder,
        settings: IndexSettings,
    ) -> Result<Arc<Self>, EngineError> {
        let indexing = Arc::new(Self {
            index: Index::new(tuning(settings)),
            local: features(settings),
            follows_features: AtomicBool::new(false),
            features_checked: OnceCell::new(),
            sounds: Arc::new(Sounds::new(settings.sound_blocks_max as usize)),
            follows_sounds: AtomicBool::new(false),
            store,
            segments,
            settings,
            banks: Mutex::default(),
            following: tokio::sync::Mutex::default(),
            sealing: tokio::sync::Mutex::default(),
            tasks: Mutex::default(),
            refused: Mutex::default(),
            unchecked: Mutex::default(),
            checked: OnceCell::new(),
            in_doubt: AtomicBool::new(false),
        });
        match indexing.restore().await {
            Ok(true) => indexing.follow().await?,
            Ok(false) => indexing.rebuild_hashes().await?,
            Err(EngineError::Segments(error)) => {
                tracing::warn!(%error, "the sealed index cannot be used; it is built anew from the store");
                indexing.rebuild_hashes().await?;
            }
            Err(error) => return Err(error),
        }
        Ok(indexing)
    }

    /// What is known as of now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.index.snapshot()
    }

    /// Brings the index up to the store's last change. What was changed before the call takes effect
    /// before it returns.
    pub async fn follow(self: &Arc<Self>) -> Result<(), EngineError> {
        {
            let _one_at_a_time = self.following.lock().await;
            loop {
                let page = self.store.changes(self.index.snapshot().sequence(), PAGE_ROWS_MAX).await?;
                if page.is_empty() {
                    break;
                }
                self.follow_features(&page).await?;
                self.follow_sounds(&page).await?;
                let changes = page.into_iter().map(|change| Change {
                    sequence: change.sequence,
                    kind: match change.kind {
                        StoredChange::Added(entry) => self.indexed(entry),
                        StoredChange::Removed { number } => ChangeKind::Removed { entry: number },
                    },
                });
                self.index
                    .apply(changes)
                    .expect("the store numbers changes upwards and this task alone applies them");
            }
        }
        self.seal_beside();
        Ok(())
    }

    /// Builds everything from the store alone and has it take the place of what was there.
    pub async fn rebuild(self: &Arc<Self>) -> Result<(), EngineError> {
        self.rebuild_features().await?;
        self.rebuild_hashes().await
    }

    /// Builds what is searched by hashes and digests from the store alone.
    async fn rebuild_hashes(self: &Arc<Self>) -> Result<(), EngineError> {
        {
            let _nobody_follows = self.following.lock().await;
            let _nobody_seals = self.sealing.lock().await;
            let fresh = Index::new(tuning(self.settings));
            fresh.load([lookup::canary()]);
            let sequence = self.store.sequence().await?;
            let mut after = 0;
            loop {
                let page = self.store.live_entries(after, PAGE_ROWS_MAX).await?;
                let Some(last) = page.last() else { break };
                after = last.number;
                fresh.load(page.into_iter().map(|entry| self.indexed(entry)));
            }
            fresh.loaded(sequence);
            self.index.adopt(&fresh);
            self.forget_sealed().await?;
        }
        self.follow().await
    }

    /// The index's number of a bank.
    pub fn bank_number(&self, name: &BankName) -> u32 {
        let mut banks = self.banks();
        let known = banks.iter().position(|bank| bank == name);
        known.unwrap_or_else(|| {
            banks.push(name.clone());
            banks.len() - 1
        }) as u32
    }

    /// The bank of a number that [`Indexing::bank_number`] gave.
    pub fn bank_name(&self, number: u32) -> BankName {
        self.banks()[number as usize].clone()
    }

    fn banks(&self) -> std::sync::MutexGuard<'_, Vec<BankName>> {
        self.banks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Maps what was sealed; false when there is nothing, or it is not of this store.
    async fn restore(&self) -> Result<bool, EngineError> {
        let Some(manifest) = self.segments.manifest()? else { return Ok(false) };
        let Manifest { sealed_sequence, witness, banks, segments, .. } = &manifest;
        self.banks().clone_from(banks);
        self.restore_features(&manifest).await?;
        let is_ours = witness.is_some() && self.store.changed_entry(*sealed_sequence).await? == *witness;
        if !is_ours {
            tracing::info!("the sealed index belongs to another state of the store; it is built anew");
            return Ok(false);
        }
        let map = |sealed: &lamassu_store::SealedSegment| {
            Ok((self.segments.map(sealed.id)?, sealed.removed.clone()))
        };
        let mapped: Vec<(Segment, Vec<EntryNumber>)> =
            segments.iter().map(map).collect::<Result<_, SegmentsError>>()?;
        self.segments.sweep(&manifest)?;
        self.index.restore(mapped, *sealed_sequence);
        self.index.load([lookup::canary()]);
        let unchecked: Vec<_> =
            self.index.snapshot().segments().map(|(segment, _)| Arc::clone(segment)).collect();
        let size_bytes: usize = unchecked.iter().map(|segment| segment.bytes().len()).sum();
        if size_bytes > CHECKED_AT_ONCE_BYTES {
            *self.unchecked.lock().unwrap_or_else(PoisonError::into_inner) = unchecked;
            self.in_doubt.store(true, Ordering::Release);
        } else {
            for segment in unchecked {
                self.segments.check_if_due(&*segment, machine_ms())?;
            }
        }
        Ok(true)
    }

    /// The change that makes an entry known to the index.
    fn indexed(&self, entry: EntryFingerprints) -> ChangeKind {
        ChangeKind::Added {
            entry: entry.number,
            bank: self.bank_number(&entry.bank),
            digest: entry.digest,
            frames: entry.frames,
        }
    }
}

/// The machine's time, which is that of its files.
fn machine_ms() -> i64 {
    SystemClock.now_ms()
}

/// Without any features yet.
fn features(settings: IndexSettings) -> LocalIndex {
    LocalIndex::new(Kernel::default(), settings.sealed_at as usize)
}

fn tuning(settings: IndexSettings) -> Tuning {
    Tuning { sealed_at: settings.sealed_at.max(1) as usize, ..Tuning::default() }
}
