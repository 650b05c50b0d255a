//! Looking fingerprints up: without media, without a record, and without touching the database for a miss.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use lamassu_case::{BankName, EntryId, Purpose};
use lamassu_fingerprint::{Bits256, Digest, View};
use lamassu_index::{ChangeKind, EntryNumber, Filter, Hit};

use crate::engine::Engine;
use crate::error::EngineError;

/// The canary's bank, a number that no bank gets.
pub const CANARY_BANK: u32 = u32::MAX;
const CANARY_ENTRY: EntryNumber = EntryNumber::MAX;
/// PDQ sets about half of its bits, so nothing real lies near a hash of all ones: at most 128 are set in
/// any, which is farther than any radius reaches.
const CANARY: Bits256 = Bits256([u64::MAX; 4]);
/// Most ids of entries that are remembered for hits.
const IDS_MAX: usize = 1 << 20;

/// A fingerprint that is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupQuery {
    /// A PDQ hash.
    Pdq(Bits256),
    /// SHA-256 of a file.
    Sha256(Digest),
}

/// An entry near a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupHit {
    /// The entry's bank.
    pub bank: BankName,
    /// The entry.
    pub entry: EntryId,
    /// How far, in bits; none for the same bytes.
    pub distance_bits: Option<u32>,
}

/// The ids of entries by their numbers, as far as they were asked for. An id never changes.
#[derive(Debug, Default)]
pub struct EntryIds(Mutex<HashMap<EntryNumber, EntryId>>);

impl Engine {
    /// The entries near each fingerprint, nearest first, each entry once; by each bank's own radius. Of banks that hold
    /// no harmful entries only where that bank is asked for.
    ///
    /// # Errors
    /// [`EngineError::Bank`] when the bank is unknown; [`EngineError::Storage`].
    pub async fn lookup(
        &self,
        queries: &[LookupQuery],
        bank: Option<&BankName>,
    ) -> Result<Vec<Vec<LookupHit>>, EngineError> {
        let filter = self.filter(bank).await?;
        let found = self.search_all(queries, &filter);
        let mut answers = Vec::with_capacity(found.len());
        for hits in found {
            let mut answer = Vec::with_capacity(hits.len());
            for (entry, bank, distance_bits) in hits {
                let entry = self.entry_id(entry).await?;
                answer.push(LookupHit { bank: self.indexing.bank_name(bank), entry, distance_bits });
            }
            answers.push(answer);
        }
        Ok(answers)
    }

    /// For each query the entries found: number, bank, distance.
    fn search_all(
        &self,
        queries: &[LookupQuery],
        filter: &Filter,
    ) -> Vec<Vec<(EntryNumber, u32, Option<u32>)>> {
        let snapshot = self.snapshot();
        let (radius_bits, _) = self.policy.radius_bits_max();
        let mut hits: Vec<Hit> = Vec::new();
        // Platforms act on what they are told: what is legitimate, or a mark, is told only where it is asked for.
        let is_told = |bank: u32| {
            let is_harmful = || self.policy.bank(&self.indexing.bank_name(bank)).purpose == Purpose::Harmful;
            *filter != Filter::AllBanks || is_harmful()
        };
        let search = |query: &LookupQuery| match *query {
            LookupQuery::Sha256(digest) => {
                let found = snapshot.find_digest(digest, filter).into_iter();
                found.filter(|&(_, bank)| is_told(bank)).map(|(entry, bank)| (entry, bank, None)).collect()
            }
            LookupQuery::Pdq(bits) => {
                hits.clear();
                snapshot.search(bits, radius_bits, filter, &mut hits);
                hits.retain(|hit| hit.bank != CANARY_BANK && is_told(hit.bank) && self.is_near(hit));
                hits.sort_unstable_by_key(|hit| (hit.distance_bits, hit.entry));
                let mut found: Vec<(EntryNumber, u32, Option<u32>)> = Vec::new();
                for hit in &hits {
                    if found.iter().all(|(entry, ..)| *entry != hit.entry) {
                        found.push((hit.entry, hit.bank, Some(hit.distance_bits)));
                    }
                }
                found
            }
        };
        queries.iter().map(search).collect()
    }

    /// Whether the hit lies within its bank's radius and is clear enough to count.
    fn is_near(&self, hit: &Hit) -> bool {
        let policy = self.policy.bank(&self.indexing.bank_name(hit.bank));
        let is_pdq = hit.view != View::Plain;
        is_pdq && hit.distance_bits <= policy.radius_bits && hit.quality >= policy.quality_min
    }

    async fn entry_id(&self, number: EntryNumber) -> Result<EntryId, EngineError> {
        let known = self.entry_ids.0.lock().unwrap_or_else(PoisonError::into_inner).get(&number).cloned();
        if let Some(id) = known {
            return Ok(id);
        }
        let id = self.store.entry(number).await?.id;
        let mut ids = self.entry_ids.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ids.len() >= IDS_MAX {
            ids.clear();
        }
        ids.insert(number, id.clone());
        Ok(id)
    }

    /// Whether a search finds what is known to be there: the canary, in the very index that serves.
    pub fn is_ready(&self) -> bool {
        let mut hits = Vec::new();
        self.snapshot().search(CANARY, 0, &Filter::Bank(CANARY_BANK), &mut hits);
        hits.iter().any(|hit| hit.entry == CANARY_ENTRY)
    }
}

/// The change that puts the canary into an index.
pub fn canary() -> ChangeKind {
    let frame = lamassu_fingerprint::StoredFrame {
        start_ms: 0,
        end_ms: 0,
        view: View::Full,
        quality: 100,
        bits: [CANARY],
    };
    ChangeKind::Added {
        entry: CANARY_ENTRY,
        bank: CANARY_BANK,
        digest: Digest::of(b"canary"),
        frames: vec![frame],
    }
}
