//! Finds entries of which a part is in an item: by local features, and where they lie.
//!
//! Each feature of the item votes for the entries that have features like it; the entries with most votes are
//! then put in their place: a map between entry and item is fitted, and the entry's features are looked for
//! again where it puts them. Candidates are found coarse to fine and may be missed, what is reported has been
//! verified.
//!
//! One writer, and snapshots that never change, as in [`crate::Index`]. Nothing is kept on disk: the store has the
//! features, and a start loads them.

mod fit;
mod key;
mod part;
mod placement;
mod verify;
mod votes;

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use lamassu_fingerprint::local::Features;

use crate::change::EntryNumber;
use crate::kernel::Kernel;
use crate::snapshot::Filter;
use crate::tombstones::Tombstones;
use part::{NewEntry, Part};
use placement::placement;
use verify::Field;
use votes::{Candidate, Voting};

pub use placement::{Inlier, Placement};

/// Parts of fewer entries than this are merged as entries come; larger ones by [`LocalIndex::compact`].
const MERGED_MAX: usize = 2_048;
/// Parts of more entries than this are not merged.
const COMPACT_MAX: usize = 200_000;

/// How hard a search looks. The default is what the figures of the guide are measured with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Features of the item that vote, the most salient ones; all are looked at when an entry is put in place.
    pub queries_max: usize,
    /// Cells that a feature is looked for in.
    pub probes: usize,
    /// Parts of at most so many features are searched whole instead.
    pub scan_max: usize,
    /// Features at most this far apart are alike enough for a vote, in bits.
    pub vote_radius_bits: u32,
    /// Entries that one feature votes for.
    pub votes_max: usize,
    /// Votes that an entry needs to be looked at.
    pub votes_min: usize,
    /// Entries that are put in their place.
    pub candidates_max: usize,
    /// Features at most this far apart are the same once they are in the same place, in bits.
    pub inlier_radius_bits: u32,
    /// Inliers that a placement needs to be reported.
    pub inliers_min: u32,
    /// Placements reported.
    pub placements_max: usize,
    /// Whether the item is searched mirrored, too.
    pub mirrored: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queries_max: 900,
            probes: 20,
            scan_max: 2_000,
            vote_radius_bits: 54,
            votes_max: 6,
            votes_min: 2,
            candidates_max: 12,
            inlier_radius_bits: 58,
            inliers_min: 5,
            placements_max: 16,
            mirrored: true,
        }
    }
}

/// All entries with features. Readers never wait, and an added entry is found before `add` returns.
#[derive(Debug, Default)]
pub struct LocalIndex {
    current: ArcSwap<LocalSnapshot>,
    writing: Mutex<()>,
    kernel: Kernel,
}

/// One state of the entries, for as long as it is held.
#[derive(Debug, Clone, Default)]
pub struct LocalSnapshot {
    parts: Vec<(Arc<Part>, Tombstones)>,
    kernel: Kernel,
}

impl LocalIndex {
    /// An empty index that searches with this kernel.
    pub fn new(kernel: Kernel) -> Self {
        let empty = LocalSnapshot { parts: Vec::new(), kernel };
        Self { current: ArcSwap::from_pointee(empty), writing: Mutex::default(), kernel }
    }

    /// The state as of now.
    pub fn snapshot(&self) -> Arc<LocalSnapshot> {
        self.current.load_full()
    }

    /// Takes in an entry; one that is there is passed over, and so is one without features.
    pub fn add(&self, entry: EntryNumber, bank: u32, features: &Features) {
        self.load([(entry, bank, features.clone())]);
    }

    /// As [`LocalIndex::add`], for many at once, such as at a start: faster than one after the other.
    pub fn load(&self, entries: impl IntoIterator<Item = (EntryNumber, u32, Features)>) {
        let entries = entries.into_iter().map(|(number, bank, features)| NewEntry { number, bank, features });
        let mut new: Vec<NewEntry> = entries.filter(|entry| !entry.features.is_empty()).collect();
        new.sort_by_key(|entry| entry.number);
        new.dedup_by_key(|entry| entry.number);
        self.write(|next| {
            new.retain(|entry| !next.contains(entry.number));
            let mut rest = new;
            while !rest.is_empty() {
                let later = rest.split_off(rest.len().min(COMPACT_MAX));
                next.push(Part::of(std::mem::replace(&mut rest, later)));
            }
        });
    }

    /// Takes an entry away at once; one that is not there is ignored.
    pub fn remove(&self, entry: EntryNumber) {
        self.write(|next| {
            for (part, removed) in &mut next.parts {
                if let Some(place) = part.place(entry) {
                    removed.insert(place);
                }
            }
            next.parts.retain(|(part, removed)| (removed.count() as usize) < part.len());
        });
    }

    /// Merges parts that are many or mostly removed into one, while searches and changes go on; whether there
    /// was something to merge. Takes seconds for 100,000 entries.
    pub fn compact(&self) -> bool {
        let held = self.snapshot();
        let merged = held.mergeable();
        if merged.is_empty() {
            return false;
        }
        let live = merged.iter().flat_map(|&at| held.live(at));
        let new = Part::of(live.collect());
        self.write(|next| {
            // What was removed meanwhile is removed of the merged part as well.
            let mut removed = Tombstones::default();
            for &at in &merged {
                let old = &held.parts[at].0;
                let Some(found) = next.parts.iter().position(|(part, _)| Arc::ptr_eq(part, old)) else {
                    return;
                };
                for place in next.parts[found].1.iter() {
                    new.place(old.owner(place).number).into_iter().for_each(|place| {
                        removed.insert(place);
                    });
                }
            }
            next.parts.retain(|(part, _)| !merged.iter().any(|&at| Arc::ptr_eq(part, &held.parts[at].0)));
            if new.len() > 0 {
                next.parts.insert(0, (Arc::new(new), removed));
            }
        });
        true
    }

    fn write(&self, change: impl FnOnce(&mut LocalSnapshot)) {
        let _one_writer = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = LocalSnapshot::clone(&self.current.load());
        next.kernel = self.kernel;
        change(&mut next);
        self.current.store(Arc::new(next));
    }
}

impl LocalSnapshot {
    /// How many entries are searched.
    pub fn entries(&self) -> usize {
        self.parts.iter().map(|(part, removed)| part.len() - removed.count() as usize).sum()
    }

    /// How many features are searched, those of removed entries included.
    pub fn features(&self) -> usize {
        self.parts.iter().map(|(part, _)| part.features_count()).sum()
    }

    /// How many bytes of memory the features take.
    pub fn size_bytes(&self) -> usize {
        self.parts.iter().map(|(part, _)| part.size_bytes()).sum()
    }

    /// The entries of which a part is in `item`, best first: most inliers beyond what chance would give.
    pub fn search(&self, item: &Features, filter: &Filter, limits: &Limits) -> Vec<Placement> {
        let mirror = limits.mirrored.then(|| item.mirrored());
        let ways: Vec<(&Features, bool)> =
            [(item, false)].into_iter().chain(mirror.as_ref().map(|mirror| (mirror, true))).collect();
        let mut candidates: Vec<(usize, Candidate)> = Vec::new();
        for (way, (features, _)) in ways.iter().enumerate() {
            candidates.extend(self.candidates(features, (filter, limits)).into_iter().map(|it| (way, it)));
        }
        candidates.sort_by(|a, b| b.1.support.total_cmp(&a.1.support));
        candidates.truncate(limits.candidates_max);
        let mut fields: [Option<Field>; 2] = [None, None];
        let mut found: Vec<Placement> = candidates
            .iter()
            .filter_map(|(way, candidate)| {
                let (features, mirrored) = ways[*way];
                let field = fields[*way].get_or_insert_with(|| Field::of(features));
                self.placed(candidate, (field, mirrored), limits)
            })
            .collect();
        found.sort_by(|a, b| {
            b.inliers.cmp(&a.inliers).then(a.entry.cmp(&b.entry)).then(a.mirrored.cmp(&b.mirrored))
        });
        let mut best: Vec<Placement> = Vec::new();
        for placement in found {
            if best.len() < limits.placements_max && best.iter().all(|better| better.entry != placement.entry)
            {
                best.push(placement);
            }
        }
        best
    }

    fn candidates(&self, item: &Features, (filter, limits): (&Filter, &Limits)) -> Vec<Candidate> {
        let voting = Voting { kernel: self.kernel, limits };
        let mut candidates = Vec::new();
        for (number, (part, removed)) in self.parts.iter().enumerate() {
            let accepts = |owner: u32| !removed.contains(owner) && filter.accepts(part.owner(owner).bank);
            candidates.extend(voting.candidates((number, part), item, accepts));
        }
        candidates
    }

    fn placed(
        &self,
        candidate: &Candidate,
        (field, mirrored): (&Field, bool),
        limits: &Limits,
    ) -> Option<Placement> {
        let part = &*self.parts[candidate.part].0;
        let placed = verify::place(part, candidate, field, limits)?;
        placement(part.owner(candidate.owner), &placed, field, mirrored)
    }

    fn contains(&self, number: EntryNumber) -> bool {
        self.parts
            .iter()
            .any(|(part, removed)| part.place(number).is_some_and(|place| !removed.contains(place)))
    }

    fn live(&self, at: usize) -> impl Iterator<Item = NewEntry> {
        let (part, removed) = &self.parts[at];
        part.entries(|place| !removed.contains(place))
    }

    /// Adds a part; it takes in those before it that are small and not much larger.
    fn push(&mut self, part: Part) {
        self.parts.push((Arc::new(part), Tombstones::default()));
        while let [.., (old, _), (new, _)] = &*self.parts {
            if old.len() >= 2 * new.len() || old.len() + new.len() > MERGED_MAX {
                break;
            }
            let last = self.parts.len() - 2;
            let both = Part::of(self.live(last).chain(self.live(last + 1)).collect());
            self.parts.truncate(last);
            self.parts.push((Arc::new(both), Tombstones::default()));
        }
    }

    /// The parts to be merged: small ones when there are several, and such as are half removed.
    fn mergeable(&self) -> Vec<usize> {
        let sizes: Vec<usize> =
            self.parts.iter().map(|(part, removed)| part.len() - removed.count() as usize).collect();
        let mut chosen: Vec<usize> = Vec::new();
        let mut sum = 0;
        // The youngest are the smallest.
        for at in (0..self.parts.len()).rev() {
            if sum + sizes[at] <= COMPACT_MAX {
                sum += sizes[at];
                chosen.push(at);
            }
        }
        let wasteful = |&at: &usize| self.parts[at].1.count() as usize * 2 > self.parts[at].0.len();
        if chosen.len() > 3 || chosen.iter().any(wasteful) { chosen } else { Vec::new() }
    }
}
