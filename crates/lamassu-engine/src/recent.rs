//! What came in lately, searchable: an index of items, in memory only, as long as the policy keeps it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use lamassu_fingerprint::{Digest, StoredFrame};
use lamassu_index::{Change, ChangeKind, Index, Snapshot};
use lamassu_store::RecentItem;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::EngineError;

/// Items of one page while they are read at a start.
const PAGE_ROWS: u32 = 1_000;
/// All items are of one bank here.
const BANK: u32 = 0;

/// Items that came in lately, by their submissions' numbers.
#[derive(Debug, Default)]
pub struct Recent {
    index: Arc<Index>,
    kept: Mutex<Kept>,
    /// One merge at a time.
    merging: Arc<AtomicBool>,
    loaded: OnceCell<()>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Number → when it came in, milliseconds since 1970, and how many hashes it has.
    items: BTreeMap<u64, (i64, usize)>,
    hashes: usize,
    /// The number of the last change of the index.
    sequence: u64,
}

impl Recent {
    /// What is searched now; its entries are submissions' numbers.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.index.snapshot()
    }

    /// Takes an item in, and lets go of those before `since_ms` and of the oldest beyond `hashes_max`.
    pub fn add(
        &self,
        number: u64,
        (received_at_ms, digest, frames): (i64, Digest, Vec<StoredFrame>),
        (since_ms, hashes_max): (i64, usize),
    ) {
        if frames.is_empty() || received_at_ms < since_ms {
            return;
        }
        let mut guard = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = &mut *guard;
        let hashes = frames.len();
        if kept.items.insert(number, (received_at_ms, hashes)).is_none() {
            kept.hashes += hashes;
        }
        let mut kinds = vec![ChangeKind::Added { entry: number, bank: BANK, digest, frames }];
        while let Some(oldest) = kept.items.first_entry() {
            let (at_ms, hashes) = *oldest.get();
            if at_ms >= since_ms && kept.hashes <= hashes_max {
                break;
            }
            let entry = oldest.remove_entry().0;
            kept.hashes -= hashes;
            kinds.push(ChangeKind::Removed { entry });
        }
        let changes: Vec<Change> =
            (kept.sequence + 1..).zip(kinds).map(|(sequence, kind)| Change { sequence, kind }).collect();
        kept.sequence += changes.len() as u64;
        self.index.apply(changes).expect("their numbers rise under this lock");
        drop(guard);
        self.merge_beside();
    }

    /// Cuts what is in memory into bands beside the readers.
    fn merge_beside(&self) {
        if !self.index.is_due() || self.merging.swap(true, Ordering::AcqRel) {
            return;
        }
        let (index, merging) = (Arc::clone(&self.index), Arc::clone(&self.merging));
        // What it does is seen in the index; if it dies, items are compared one by one.
        drop(tokio::task::spawn_blocking(move || {
            while let Some(merge) = index.plan(false) {
                let segment = merge.in_memory(Uuid::now_v7().as_u128());
                index.install(&merge, segment).expect("nobody else merges");
            }
            merging.store(false, Ordering::Release);
        }));
    }
}

impl Engine {
    /// From when on what came in is kept in sight, and how much of it.
    fn recent_bounds(&self) -> (i64, usize) {
        let days_ms = self.policy.look_back.retention_ms().max(self.policy.rising.window_ms());
        (self.clock.now_ms() - days_ms, self.index_settings.recent_hashes_max as usize)
    }

    /// Keeps a decided item in sight.
    pub(crate) fn remember(
        &self,
        number: u64,
        received_at_ms: i64,
        digest: Digest,
        frames: Vec<StoredFrame>,
    ) {
        self.recent.add(number, (received_at_ms, digest, frames), self.recent_bounds());
    }

    /// Waits until what came in lately before this start is in sight. Returns at once from the second time on.
    pub(crate) async fn recent_loaded(&self) -> Result<(), EngineError> {
        self.recent.loaded.get_or_try_init(|| self.load_recent()).await.copied()
    }

    /// Reads what came in lately before this start. The newest are in sight already; these come beside them.
    async fn load_recent(&self) -> Result<(), EngineError> {
        let (since_ms, _) = self.recent_bounds();
        let mut after = 0;
        loop {
            let page = self.store.recent_items(since_ms, after, PAGE_ROWS).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.number;
            for RecentItem { number, received_at_ms, digest, frames, .. } in page {
                self.remember(number, received_at_ms, digest, frames);
            }
        }
    }
}
