//! Look-back: what a new entry is found in among what came in before it.

use std::collections::BTreeMap;
use std::time::Duration;

use lamassu_case::{BankName, CaseId, CaseKind, EntryId, Evidence, Outcome, Purpose, decide};
use lamassu_fingerprint::pdq::Orientation;
use lamassu_fingerprint::{FINGERPRINT_VERSION, Frame, Pose, ReadFrame, View};
use lamassu_index::{Filter, Hit};
use lamassu_store::{EntryError, NewCase, RecentItem, Reconsidered, Reconsidering, WaitingLookBack};
use tokio_util::sync::CancellationToken;

use crate::act;
use crate::engine::{Actor, Engine};
use crate::error::EngineError;
use crate::intake::new_id;
use crate::matches::{self, Moment, Near, Timelines, plain_radius_bits};
use crate::news::{BankChange, CaseChange};

/// Look-backs read from the store at once.
const PAGE_ROWS: u32 = 16;
/// So many items are looked at between two words on how far it is.
const TOLD_EVERY: u64 = 50;
/// Pause after the store failed.
const PAUSE: Duration = Duration::from_secs(1);

/// How far the look-back of an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookBackView {
    /// Whether all items were looked at.
    pub done: bool,
    /// Earlier items near it, once it is done.
    pub items: u64,
    /// Cases that were opened, or that tell of it since.
    pub cases: u64,
}

/// Looks for new entries in what came in before them, until `stop`. One that was cut off begins anew at the next
/// start; an item is decided once for it all the same.
pub async fn run(engine: &Engine, stop: &CancellationToken) {
    if let Some(Err(error)) = stop.run_until_cancelled(engine.recent_loaded()).await {
        tracing::error!(%error, "what came in lately could not be read; only what comes in from now on is looked at again");
    }
    while !stop.is_cancelled() {
        let worked = engine.look_back_once(stop).await;
        let idle = match worked {
            Ok(worked) => !worked,
            Err(error) => {
                tracing::warn!(%error, "a look-back was cut off; trying again");
                let _stopped = stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
                false
            }
        };
        if idle {
            let _stopped = stop.run_until_cancelled(engine.entries_came.notified()).await;
        }
    }
}

impl Engine {
    /// How far the look-back of an entry is; none for an entry that is not looked for.
    ///
    /// # Errors
    /// [`EngineError::Entry`]; [`EngineError::Storage`].
    pub async fn look_back(
        &self,
        bank: &BankName,
        entry: &EntryId,
    ) -> Result<Option<LookBackView>, EngineError> {
        let stored = self.store.entry_of_id(entry).await?;
        if stored.entry.bank != *bank {
            return Err(EntryError::EntryNotFound.into());
        }
        let progress = self.store.look_back(stored.entry.number).await?;
        Ok(progress.map(|it| LookBackView {
            done: it.done_at_ms.is_some(),
            items: it.items,
            cases: it.cases,
        }))
    }

    /// Whether new entries of this bank are looked for in what came in before. What opens no case is not.
    pub(crate) fn looks_back(&self, bank: &BankName) -> bool {
        self.policy.look_back.days > 0 && self.policy.bank(bank).purpose == Purpose::Harmful
    }

    /// Takes a page of look-backs on; whether there were any.
    async fn look_back_once(&self, stop: &CancellationToken) -> Result<bool, EngineError> {
        let page = self.store.waiting_look_backs(PAGE_ROWS).await?;
        let any = !page.is_empty();
        for waiting in page {
            if stop.is_cancelled() {
                break;
            }
            self.look_for(waiting).await?;
        }
        Ok(any)
    }

    async fn look_for(&self, waiting: WaitingLookBack) -> Result<(), EngineError> {
        let WaitingLookBack { entry: number, frames } = waiting;
        let entry = self.store.entry(number).await?;
        let bank = entry.bank;
        // One that was taken out meanwhile is known no more, and one that is legitimate, or a mark, opens no cases.
        let is_silent = self.policy.bank(&bank).purpose != Purpose::Harmful;
        let near = if is_silent || self.store.entry_of_id(&entry.id).await?.removed {
            BTreeMap::new()
        } else {
            self.near_items(number, &bank, &frames)
        };
        let mut looked_at = 0;
        for (item, pairs) in near {
            if let Some(item) = self.store.recent_item(item).await? {
                self.reconsider(number, item, pairs).await?;
            }
            looked_at += 1;
            if looked_at % TOLD_EVERY == 0 {
                self.tell_bank(&bank, BankChange::LookingBack);
            }
        }
        let stamp = self.stamp(&Actor("lamassu".to_owned()));
        self.store.finish_look_back(number, looked_at, &stamp).await?;
        self.tell_bank(&bank, BankChange::LookedBack);
        Ok(())
    }

    /// The pairs of the entry's pictures with those of items, by item. What a decision would not take is left out.
    fn near_items(&self, entry: u64, bank: &BankName, frames: &[ReadFrame]) -> BTreeMap<u64, Vec<Near>> {
        let policy = self.policy.bank(bank);
        let radius_bits = policy.radius_bits.max(policy.frame_radius_bits);
        let (snapshot, bank) = (self.recent.snapshot(), self.indexing.bank_number(bank));
        let mut near: BTreeMap<u64, Vec<Near>> = BTreeMap::new();
        let mut hits = Vec::new();
        let is_clear = |view: View, quality: u8| view == View::Plain || quality >= policy.quality_min;
        for frame in frames.iter().filter(|frame| is_clear(frame.view, frame.quality)) {
            let radius_bits = match frame.view {
                View::Plain => plain_radius_bits(&self.policy, frame.quality),
                _ => radius_bits,
            };
            for (pose, bits) in frame.poses() {
                // A picture that looks the same when it is turned, and the hash of a list, are looked for once.
                let upright = Pose { orientation: Orientation::Upright, ..pose };
                if pose != upright && bits == frame.posed(upright) {
                    continue;
                }
                hits.clear();
                snapshot.search(bits, radius_bits, &Filter::AllBanks, &mut hits);
                let comparable = hits.iter().filter(|found| found.view.compares_with(frame.view));
                for found in comparable.filter(|found| is_clear(found.view, found.quality)) {
                    let ReadFrame { start_ms, end_ms, view, quality, .. } = *frame;
                    let hit = Hit {
                        entry,
                        bank,
                        distance_bits: found.distance_bits,
                        start_ms,
                        end_ms,
                        view,
                        quality,
                    };
                    let item: Moment = Frame {
                        start_ms: found.start_ms,
                        end_ms: found.end_ms,
                        view: found.view,
                        quality: found.quality,
                        bits: [],
                    };
                    near.entry(found.entry).or_default().push(Near { hit, item, pose: pose.inverse() });
                }
            }
        }
        near
    }

    /// Decides an item again, now that the entry is known.
    async fn reconsider(&self, entry: u64, recent: RecentItem, pairs: Vec<Near>) -> Result<(), EngineError> {
        // Of what came in only the upright frames are kept, so that nothing can be followed along a line.
        let nothing = Timelines { item: &[], areas: &[], entries: &BTreeMap::new() };
        let found = matches::judge(self, pairs, recent.duration_ms, &nothing);
        let Some(found) = found.into_iter().find_map(|(number, found)| (number == entry).then_some(found))
        else {
            return Ok(());
        };
        let before = self.store.decision(&recent.item).await?.ok_or(EngineError::ItemNotFound)?;
        let candidate = matches::candidate(self, (entry, found), None, recent.duration_ms).await?;
        if before.evidence.candidates.iter().any(|known| known.entry == candidate.entry) {
            return Ok(());
        }
        let sequence = self.snapshot().sequence();
        let mut evidence = Evidence::new(self.policy.version, FINGERPRINT_VERSION, sequence);
        // What was missing is still missing, and what a rule did was done under the leave of then.
        evidence.truncated = before.evidence.truncated;
        evidence.mandates = before.evidence.mandates;
        evidence.candidates = before.evidence.candidates;
        evidence.candidates.push(candidate);
        let decision = decide(&self.policy, &evidence);
        if decision.outcome == Outcome::None || decision.matches.is_empty() {
            return Ok(());
        }
        self.reopen_item(entry, &recent, (evidence, decision)).await
    }

    async fn reopen_item(
        &self,
        entry: u64,
        recent: &RecentItem,
        (evidence, decision): (Evidence, lamassu_case::Decision),
    ) -> Result<(), EngineError> {
        let missing = || EngineError::ItemNotFound;
        let submission = self.store.submission(&recent.item).await?.ok_or_else(missing)?;
        let item = self.store.item(&recent.item).await?.ok_or_else(missing)?;
        // A near miss becomes what it is; of anything else the media was dropped when nothing was known of it.
        let known = self.store.case_of(&recent.item).await?;
        let id: CaseId = known.map_or_else(new_id, |case| case.id);
        let case = NewCase { id, media_size_bytes: None };
        let stamp = self.stamp(&Actor("lamassu".to_owned()));
        let messages = act::messages(&submission, &item, (&decision, Some(&case)), stamp.at_ms);
        let again = Reconsidering { item: recent.item.clone(), evidence, decision, case, messages, entry };
        match self.store.reconsider(&again, &stamp).await? {
            Reconsidered::Opened { version } => {
                self.tell_case((&again.case.id, CaseKind::Review), version, CaseChange::Opened);
                self.wake_delivery();
            }
            Reconsidered::Changed { version } => {
                if let Some(case) = self.store.case_of(&again.item).await? {
                    self.tell_case((&case.id, case.kind), version, CaseChange::Changed);
                }
            }
            Reconsidered::Stands => {}
        }
        Ok(())
    }
}
