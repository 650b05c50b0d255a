//! What a reader searches: one state of the entries, for as long as it is held.

use std::sync::Arc;

use lamassu_fingerprint::{Bits256, Digest, View};

use crate::batch;
use crate::change::EntryNumber;
use crate::kernel::{Kernel, Near};
use crate::order::{Stored, stored};
use crate::run::Run;
use crate::sealed::SealedFile as _;
use crate::search::{self, How, Scratch};
use crate::segment::Segment;
use crate::table::{Table, quality, view};
use crate::tombstones::Tombstones;
use crate::tuning::Method;

/// Which banks are searched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Filter {
    /// All.
    #[default]
    AllBanks,
    /// Only this one.
    Bank(u32),
    /// Only these.
    Banks(Arc<[u32]>),
    /// All but these.
    AllBut(Arc<[u32]>),
}

impl Filter {
    pub(crate) fn accepts(&self, bank: u32) -> bool {
        match self {
            Self::AllBanks => true,
            Self::Bank(only) => *only == bank,
            Self::Banks(these) => these.contains(&bank),
            Self::AllBut(these) => !these.contains(&bank),
        }
    }
}

/// A stored hash within the radius.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Whose it is.
    pub entry: EntryNumber,
    /// That entry's bank.
    pub bank: u32,
    /// Hamming distance in bits.
    pub distance_bits: u32,
    /// When it is first seen in the entry, milliseconds.
    pub start_ms: u32,
    /// Until when, milliseconds.
    pub end_ms: u32,
    /// What was hashed.
    pub view: View,
    /// Its PDQ quality.
    pub quality: u8,
}

/// A run or segment, and what was removed of it.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub source: Source,
    pub removed: Tombstones,
    /// A merge holds it, so that the writer leaves it as it is.
    pub frozen: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Source {
    Run(Arc<Run>),
    Segment(Arc<Segment>),
}

impl Part {
    pub fn table(&self) -> Table<'_> {
        match &self.source {
            Source::Run(run) => run.table(),
            Source::Segment(segment) => segment.table(),
        }
    }

    pub fn segment(&self) -> Option<&Arc<Segment>> {
        match &self.source {
            Source::Run(_) => None,
            Source::Segment(segment) => Some(segment),
        }
    }

    /// How much it holds: hashes and entries.
    pub fn weight(&self) -> usize {
        match &self.source {
            Source::Run(run) => run.weight(),
            Source::Segment(segment) => segment.weight(),
        }
    }

    /// Whether both are the same run or segment, whatever was removed of it.
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.source, &other.source) {
            (Source::Run(a), Source::Run(b)) => Arc::ptr_eq(a, b),
            (Source::Segment(a), Source::Segment(b)) => a.id() == b.id(),
            _ => false,
        }
    }

    /// Whether it is a run that a younger one joins when it comes.
    pub fn merges_with(&self, younger: &Self, weight_max: usize) -> bool {
        let (old, new) = (self.weight(), younger.weight());
        self.segment().is_none() && !self.frozen && old < 2 * new && old + new <= weight_max
    }
}

/// One state of the entries.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub(crate) sequence: u64,
    /// The last change that the segments contain.
    pub(crate) sealed: u64,
    pub(crate) kernel: Kernel,
    pub(crate) method: Method,
    /// Segments, then runs from the oldest to the youngest.
    pub(crate) parts: Vec<Part>,
}

impl Snapshot {
    /// The last change it contains.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The last change that its segments contain: what came after it is in memory only.
    pub fn sealed_sequence(&self) -> u64 {
        self.sealed
    }

    /// How many hashes are searched, removed ones included; equal ones of a segment count once.
    pub fn hashes(&self) -> usize {
        self.parts.iter().map(|part| part.table().len()).sum()
    }

    /// The numbers of its entries, upwards.
    pub fn entries(&self) -> Vec<EntryNumber> {
        let of = |part: &Part| {
            let numbers = (0..).zip(part.table().numbers);
            numbers
                .filter(|(place, _)| !part.removed.contains(*place))
                .map(|(_, &number)| number)
                .collect::<Vec<_>>()
        };
        let mut entries: Vec<EntryNumber> = self.parts.iter().flat_map(of).collect();
        entries.sort_unstable();
        entries
    }

    /// Its segments, and the entries removed of each.
    pub fn segments(&self) -> impl Iterator<Item = (&Arc<Segment>, Vec<EntryNumber>)> {
        let segments = self.parts.iter().filter_map(|part| Some((part.segment()?, part)));
        segments.map(|(segment, part)| (segment, crate::merge::removed_numbers(part)))
    }

    /// Adds every stored hash within `radius_bits` of `query` to `hits`, in no order.
    pub fn search(&self, query: Bits256, radius_bits: u32, filter: &Filter, hits: &mut Vec<Hit>) {
        self.search_by(self.method, (query, radius_bits), filter, hits);
    }

    /// As [`Snapshot::search`], but by comparing with every hash: what a search must equal, and what it is
    /// measured against.
    pub fn scan(&self, query: Bits256, radius_bits: u32, filter: &Filter, hits: &mut Vec<Hit>) {
        self.search_by(Method::Scan, (query, radius_bits), filter, hits);
    }

    fn search_by(
        &self,
        method: Method,
        (query, radius_bits): (Bits256, u32),
        filter: &Filter,
        hits: &mut Vec<Hit>,
    ) {
        let (query, how) = (stored(query), How { radius_bits, kernel: self.kernel, method });
        Scratch::with(|scratch| {
            for part in &self.parts {
                let table = part.table();
                search::near(&table, how, &query, scratch);
                report(part, &table, &scratch.near, filter, hits);
            }
        });
    }

    /// As [`Snapshot::search`] for each of `queries`: the hits of query `k` are in place `k`.
    pub fn search_batch(&self, queries: &[Bits256], radius_bits: u32, filter: &Filter) -> Vec<Vec<Hit>> {
        let mut found = vec![Vec::new(); queries.len()];
        let how = How { radius_bits, kernel: self.kernel, method: self.method };
        let queries: Vec<Stored> = queries.iter().map(|&query| stored(query)).collect();
        for part in &self.parts {
            let table = part.table();
            batch::near(&table, how, &queries, &mut |query, near| {
                report(part, &table, &[near], filter, &mut found[query]);
            });
        }
        found
    }

    /// The `k` nearest stored hashes within `radius_bits`, nearest first, equal ones by entry and time.
    pub fn nearest(&self, query: Bits256, k: usize, radius_bits: u32, filter: &Filter) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.search(query, radius_bits, filter, &mut hits);
        let key = |hit: &Hit| (hit.distance_bits, hit.entry, hit.start_ms, hit.view);
        if hits.len() > k && k > 0 {
            hits.select_nth_unstable_by_key(k - 1, key);
        }
        hits.truncate(k);
        hits.sort_unstable_by_key(key);
        hits
    }

    /// The entries with this digest and their banks, by number.
    pub fn find_digest(&self, digest: Digest, filter: &Filter) -> Vec<(EntryNumber, u32)> {
        let mut found = Vec::new();
        for part in &self.parts {
            let table = part.table();
            let live = table.with_digest(&digest.0).iter().filter(|&&place| !part.removed.contains(place));
            found.extend(
                live.filter_map(|&place| table.entry(place)).filter(|(_, bank)| filter.accepts(*bank)),
            );
        }
        found.sort_unstable();
        found
    }
}

/// Turns hashes into hits of their owners.
fn report(part: &Part, table: &Table<'_>, near: &[Near], filter: &Filter, hits: &mut Vec<Hit>) {
    for &Near { hash, distance_bits, .. } in near {
        for owner in table.owners_of(hash) {
            let [place, start_ms, end_ms, _] = *owner;
            let Some((entry, bank)) = table.entry(place) else { continue };
            if filter.accepts(bank) && !part.removed.contains(place) {
                let (view, quality) = (view(owner), quality(owner));
                hits.push(Hit { entry, bank, distance_bits, start_ms, end_ms, view, quality });
            }
        }
    }
}
