//! Genealogy: which releases re-use which. Each entry that plays is compared once, after it was banked, with those
//! before it.

use std::collections::BTreeMap;
use std::time::Duration;

use lamassu_case::provenance::{Layer, Span, union_ms};
use lamassu_case::{BankName, EntryId, Method, age_ms};
use lamassu_store::{Kin, StoredEntry, WaitingKinSearch};
use tokio_util::sync::CancellationToken;

use crate::engine::{Actor, Engine};
use crate::error::EngineError;
use crate::matches::kin;
use crate::news::BankChange;
use crate::report::EntryRow;

/// Searches read from the store at once.
const PAGE_ROWS: u32 = 4;
/// Pairs that a bank's genealogy tells at most.
const PAIRS_MAX: u32 = 1_000;
/// Pause after the store failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Which releases of a bank re-use which.
#[derive(Debug, Clone, PartialEq)]
pub struct Genealogy {
    /// The releases that share something, the oldest first; also those of other banks.
    pub releases: Vec<EntryRow>,
    /// What they share.
    pub shared: Vec<Shared>,
    /// Entries of the bank that are yet to be compared.
    pub waiting: u64,
    /// Whether there is more than is told.
    pub more: bool,
}

/// What two releases share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// The older one: by when it was released, where that is told as a date, else by when it was added.
    pub older: EntryId,
    /// The younger one.
    pub younger: EntryId,
    /// By picture or by sound.
    pub layer: Layer,
    /// How much of the younger one it is, in milliseconds.
    pub shared_ms: u32,
    /// Which stretches: of the younger one, and of the older one.
    pub spans: Vec<(Span, Span)>,
}

/// Compares new entries with those before them, until `stop`. What was cut off begins anew at the next start.
pub async fn run(engine: &Engine, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let idle = match engine.trace_kin_once(stop).await {
            Ok(worked) => !worked,
            Err(error) => {
                tracing::warn!(%error, "a comparison of entries was cut off; trying again");
                let _stopped = stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
                false
            }
        };
        if idle {
            let _stopped = stop.run_until_cancelled(engine.releases_came.notified()).await;
        }
    }
}

impl Engine {
    /// Which releases of a bank re-use which.
    ///
    /// # Errors
    /// [`EngineError::Bank`]; [`EngineError::Storage`].
    pub async fn genealogy(&self, bank: &BankName) -> Result<Genealogy, EngineError> {
        self.store.bank(bank).await?;
        // Before the pairs: what is compared in between is told as waiting, not as sharing nothing.
        let waiting = self.store.kin_waiting(bank).await?;
        let mut pairs = self.store.kin_of_bank(bank, PAIRS_MAX + 1).await?;
        let more = pairs.len() > PAIRS_MAX as usize;
        pairs.truncate(PAIRS_MAX as usize);
        let mut entries: BTreeMap<EntryId, StoredEntry> = BTreeMap::new();
        for id in pairs.iter().flat_map(|kin| [&kin.entry, &kin.other]) {
            if !entries.contains_key(id) {
                entries.insert(id.clone(), self.store.entry_of_id(id).await?);
            }
        }
        let age = |id: &EntryId| (entries.get(id).map(age_of), id.clone());
        let shared = pairs.into_iter().map(|kin| shared(kin, &age)).collect();
        let mut releases: Vec<StoredEntry> = entries.values().cloned().collect();
        releases.sort_by_key(|stored| (age_of(stored), stored.entry.number));
        Ok(Genealogy {
            releases: releases.into_iter().map(|stored| stored.entry.into()).collect(),
            shared,
            waiting,
            more,
        })
    }

    /// Takes a page of comparisons on; whether there were any.
    async fn trace_kin_once(&self, stop: &CancellationToken) -> Result<bool, EngineError> {
        let page = self.store.waiting_kin_searches(PAGE_ROWS).await?;
        let any = !page.is_empty();
        for WaitingKinSearch { entry: number, frames } in page {
            if stop.is_cancelled() {
                break;
            }
            let entry = self.store.entry(number).await?;
            let kin = kin::of(self, &entry, &frames).await?;
            let stamp = self.stamp(&Actor("lamassu".to_owned()));
            self.store.finish_kin_search(number, &kin, &stamp).await?;
            self.tell_bank(&entry.bank, BankChange::Compared);
        }
        Ok(any)
    }
}

fn age_of(stored: &StoredEntry) -> i64 {
    age_ms(stored.entry.metadata.published.as_deref(), stored.entry.added_at_ms)
}

/// Told from the younger one's side, whichever was banked first.
fn shared<A: Ord>(kin: Kin, age: &impl Fn(&EntryId) -> A) -> Shared {
    let turned = age(&kin.entry) < age(&kin.other);
    let spans = kin.segments.iter().map(|it| {
        let of_entry = Span::new(it.item_start_ms, it.item_end_ms);
        let of_other = Span::new(it.entry_start_ms, it.entry_end_ms);
        if turned { (of_other, of_entry) } else { (of_entry, of_other) }
    });
    let spans: Vec<(Span, Span)> = spans.collect();
    let (younger, older) = if turned { (kin.other, kin.entry) } else { (kin.entry, kin.other) };
    Shared {
        older,
        younger,
        layer: if kin.method == Method::Sound { Layer::Sound } else { Layer::Picture },
        shared_ms: union_ms(spans.iter().map(|(younger, _)| *younger).collect()),
        spans,
    }
}
