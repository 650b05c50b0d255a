//! How far the reading of an item is, for those who wait for it.

use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};

/// Children tell how far they are each time that they have read so much more, in milliseconds of the item.
pub(crate) const TOLD_MS: u32 = 5_000;

/// How far a reading is. Whoever reads fills it in; others look at it from any thread.
#[derive(Debug, Default)]
#[expect(clippy::struct_field_names, reason = "units come last in names")]
pub struct Progress {
    read_ms: AtomicU32,
    /// What the container claims; 0 where that cannot be.
    claimed_ms: AtomicU32,
    /// The longest that is read.
    max_ms: AtomicU32,
}

/// So much was read of an item that plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoFar {
    /// Milliseconds of it that were read.
    pub read_ms: u32,
    /// Its length in milliseconds as its container claims it; none where it claims nothing, or what cannot be.
    pub total_ms: Option<u32>,
}

impl Progress {
    /// How far the reading is; none before any of it, and of what does not play.
    pub fn so_far(&self) -> Option<SoFar> {
        let read_ms = self.read_ms.load(Ordering::Relaxed);
        let claimed_ms = self.claimed_ms.load(Ordering::Relaxed);
        (read_ms > 0).then_some(SoFar { read_ms, total_ms: (claimed_ms >= read_ms).then_some(claimed_ms) })
    }

    /// Tells what another process said of a reading that it does for this one.
    pub fn relay(&self, so_far: SoFar) {
        self.claimed_ms.store(so_far.total_ms.unwrap_or(0), Ordering::Relaxed);
        self.read_ms.store(so_far.read_ms, Ordering::Relaxed);
    }

    /// Begins, or begins anew, to read what claims to be so long and is read up to `max_ms`.
    pub(crate) fn begin(&self, claimed_ms: u32, max_ms: u32) {
        self.read_ms.store(0, Ordering::Relaxed);
        self.claimed_ms.store(if claimed_ms <= max_ms { claimed_ms } else { 0 }, Ordering::Relaxed);
        self.max_ms.store(max_ms, Ordering::Relaxed);
    }

    /// Takes note of what a child says; false of what it may not say: that bounds how often it says something, too.
    pub(crate) fn advance(&self, read_ms: u32) -> bool {
        let last = self.read_ms.load(Ordering::Relaxed);
        let may = read_ms >= last.saturating_add(TOLD_MS) && read_ms <= self.max_ms.load(Ordering::Relaxed);
        if may {
            self.read_ms.store(read_ms, Ordering::Relaxed);
        }
        may
    }
}

/// When a child has to tell how far it is.
#[derive(Debug, Default)]
pub(crate) struct Milestones {
    last_ms: u32,
}

impl Milestones {
    /// Whether `read_ms` is far enough from the last time.
    pub fn reached(&mut self, read_ms: u32) -> bool {
        let reached = read_ms.saturating_sub(self.last_ms) >= TOLD_MS;
        if reached {
            self.last_ms = read_ms;
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::{Milestones, Progress, SoFar};

    #[test]
    fn only_what_moves_on_within_the_limit_is_believed() {
        let progress = Progress::default();
        assert!(!progress.advance(5_000), "nothing was begun");
        progress.begin(60_000, 90_000);
        assert_eq!(progress.so_far(), None);
        assert!(progress.advance(5_000) && !progress.advance(9_999) && !progress.advance(90_001));
        assert_eq!(progress.so_far(), Some(SoFar { read_ms: 5_000, total_ms: Some(60_000) }));
        assert!(progress.advance(60_001), "longer than it claims");
        assert_eq!(progress.so_far(), Some(SoFar { read_ms: 60_001, total_ms: None }));
        progress.begin(90_001, 90_000);
        assert!(progress.advance(90_000));
        assert_eq!(progress.so_far(), Some(SoFar { read_ms: 90_000, total_ms: None }));
    }

    #[test]
    fn what_another_process_says_is_told_as_it_is() {
        let progress = Progress::default();
        for total_ms in [Some(60_000), None] {
            let so_far = SoFar { read_ms: 5_000, total_ms };
            progress.relay(so_far);
            assert_eq!(progress.so_far(), Some(so_far));
        }
    }

    #[test]
    fn children_tell_what_is_believed() {
        let (progress, mut milestones) = (Progress::default(), Milestones::default());
        progress.begin(0, 100_000);
        let told: Vec<u32> = (0..100_000).step_by(1_001).filter(|&ms| milestones.reached(ms)).collect();
        assert_eq!(told.len(), 19);
        assert!(told.into_iter().all(|ms| progress.advance(ms)));
    }
}
