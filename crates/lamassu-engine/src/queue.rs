//! What waits to be decided: how many, who waits for them, and when there is something new.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lamassu_case::ItemId;
use lamassu_media::{Progress, SoFar};
use tokio::sync::Notify;

use crate::settings::IntakeSettings;

/// How much waits, beside how much may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueCounts {
    /// Items that were let in and are not decided.
    pub queued: u64,
    /// How many may be.
    pub queued_max: u64,
    /// Items of those that are being worked on.
    pub in_work: u64,
    /// How many may be.
    pub in_work_max: u64,
}

/// The queue's state in memory. The items themselves wait in the store.
#[derive(Debug)]
pub struct Queue {
    pub(crate) settings: IntakeSettings,
    queued: AtomicU64,
    /// What is being worked on, and how far each is.
    in_work: Mutex<HashMap<ItemId, Arc<Progress>>>,
    /// Something was let in.
    pub(crate) news: Notify,
    /// Callers that wait for an item.
    waiters: Mutex<HashMap<ItemId, Arc<Notify>>>,
}

impl Queue {
    /// An empty queue.
    pub fn new(settings: IntakeSettings) -> Self {
        Self {
            settings,
            queued: AtomicU64::new(0),
            in_work: Mutex::default(),
            news: Notify::new(),
            waiters: Mutex::default(),
        }
    }

    /// How much waits.
    pub fn counts(&self) -> QueueCounts {
        QueueCounts {
            queued: self.queued.load(Ordering::Relaxed),
            queued_max: self.settings.queued_max,
            in_work: self.in_work().len() as u64,
            in_work_max: u64::from(self.settings.workers()),
        }
    }

    /// Takes note of `count` items that wait.
    pub fn add(&self, count: u64) {
        self.queued.fetch_add(count, Ordering::Relaxed);
        self.news.notify_one();
    }

    /// Takes note that work on an item begins; gives what is to be told how far it is.
    pub fn begin(&self, item: &ItemId) -> Arc<Progress> {
        let progress = Arc::<Progress>::default();
        self.in_work().insert(item.clone(), Arc::clone(&progress));
        progress
    }

    /// How far the work on an item is; none unless it is worked on and plays.
    pub fn so_far(&self, item: &ItemId) -> Option<SoFar> {
        self.in_work().get(item)?.so_far()
    }

    fn in_work(&self) -> MutexGuard<'_, HashMap<ItemId, Arc<Progress>>> {
        self.in_work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note that work on an item ended, and whether the item waits no more.
    pub fn end(&self, item: &ItemId, settled: bool) {
        self.in_work().remove(item);
        if settled {
            self.queued.fetch_sub(1, Ordering::Relaxed);
            let waiter = self.waiters.lock().unwrap_or_else(PoisonError::into_inner).remove(item);
            if let Some(waiter) = waiter {
                waiter.notify_waiters();
            }
        }
    }

    /// What tells that an item waits no more.
    pub fn waiter(&self, item: &ItemId) -> Arc<Notify> {
        let mut waiters = self.waiters.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(waiters.entry(item.clone()).or_default())
    }

    /// Forgets a waiter when nobody else waits with it.
    pub fn leave(&self, item: &ItemId, waiter: Arc<Notify>) {
        let mut waiters = self.waiters.lock().unwrap_or_else(PoisonError::into_inner);
        drop(waiter);
        if waiters.get(item).is_some_and(|waiter| Arc::strong_count(waiter) == 1) {
            waiters.remove(item);
        }
    }
}
