//! Finds entries of which a part is in an item: by local features, and where they lie.
//!
//! Each feature of the item votes for the entries that have features like it; the entries with most votes are
//! then put in their place: a map between entry and item is fitted, and the entry's features are looked for
//! again where it puts them. Candidates are found coarse to fine and may be missed, what is reported has been
//! verified.
//!
//! One writer, and snapshots that never change, as in [`crate::Index`]. What was sealed is searched in the file where
//! it lies; the rest is in memory, and in the store.

mod draft;
mod field;
mod fit;
mod key;
mod look;
mod merge;
mod part;
mod placement;
mod verify;
mod votes;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use lamassu_fingerprint::local::{Features, KeyFrame};

use crate::change::EntryNumber;
use crate::kernel::Kernel;
use crate::merge::Superseded;
use crate::sealed::SealedFile as _;
use crate::snapshot::Filter;
use crate::tombstones::Tombstones;
use draft::NewPicture;
use field::Field;
use placement::placement;
use votes::{Candidate, Voting};

pub use draft::Draft;
pub use merge::LocalMerge;
pub use part::Part;
pub use placement::{Inlier, Placement, Way};

/// Moments of one entry that are put in their place for one picture.
const MOMENTS_MAX: usize = 3;
/// A moment with this share of the inliers of the best may as well be the one that is seen.
const AS_GOOD: f32 = 0.7;

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
    /// The same for the first half of their bits, which is compared first: of pairs at 44 bits in all, chance leaves
    /// 9 of 10 within 26 there.
    pub half_radius_bits: u32,
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
    /// Features of the item that vote as those of a negative, which are rare; 0 leaves negatives out.
    pub negative_queries_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queries_max: 600,
            probes: 12,
            scan_max: 2_000,
            vote_radius_bits: 44,
            half_radius_bits: 26,
            votes_max: 6,
            votes_min: 2,
            candidates_max: 8,
            inlier_radius_bits: 58,
            inliers_min: 5,
            placements_max: 16,
            mirrored: true,
            negative_queries_max: 100,
        }
    }
}

/// All entries with features. Readers never wait, and an added entry is found before `add` returns.
#[derive(Debug)]
pub struct LocalIndex {
    current: ArcSwap<LocalSnapshot>,
    writing: Mutex<()>,
    kernel: Kernel,
    sealed_at: usize,
}

impl Default for LocalIndex {
    fn default() -> Self {
        Self::new(Kernel::default(), merge::SEALED_AT)
    }
}

/// One state of the entries, for as long as it is held.
#[derive(Debug, Clone, Default)]
pub struct LocalSnapshot {
    parts: Vec<Held>,
    kernel: Kernel,
    /// The last change of the store that is in it.
    sequence: u64,
    /// The last one that the sealed parts contain.
    sealed_sequence: u64,
}

/// A part and what was removed of it.
#[derive(Debug, Clone)]
struct Held {
    part: Arc<Part>,
    removed: Tombstones,
    is_sealed: bool,
    /// Whether it is being merged, so that entries that come now are not put to it.
    is_frozen: bool,
}

impl Held {
    fn live(&self) -> usize {
        self.part.pictures().saturating_sub(self.removed.count() as usize)
    }
}

impl LocalIndex {
    /// An empty index that searches with this kernel, of which so many pictures in memory are due to be sealed, but no
    /// more than 256.
    pub fn new(kernel: Kernel, sealed_at: usize) -> Self {
        let empty = LocalSnapshot { kernel, ..LocalSnapshot::default() };
        let sealed_at = sealed_at.clamp(1, merge::SEALED_AT);
        Self { current: ArcSwap::from_pointee(empty), writing: Mutex::default(), kernel, sealed_at }
    }

    /// The state as of now.
    pub fn snapshot(&self) -> Arc<LocalSnapshot> {
        self.current.load_full()
    }

    /// Begins with parts that were sealed, the entries removed of each, and the last change in them. Everything
    /// before is forgotten.
    pub fn restore(&self, parts: impl IntoIterator<Item = (Part, Vec<EntryNumber>)>, sealed_sequence: u64) {
        self.write(|next| {
            next.parts.clear();
            (next.sequence, next.sealed_sequence) = (sealed_sequence, sealed_sequence);
            for (part, numbers) in parts {
                let mut removed = Tombstones::default();
                for place in numbers.into_iter().flat_map(|number| part.places(number)) {
                    removed.insert(place);
                }
                next.parts.push(Held { part: Arc::new(part), removed, is_sealed: true, is_frozen: false });
            }
        });
    }

    /// Takes on the state of `other`, with all that it contains. Readers see either.
    pub fn adopt(&self, other: &Self) {
        let _one_writer = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.current.store(other.snapshot());
    }

    /// Takes in an entry with one picture; one that is there is passed over, and so is one without features.
    pub fn add(&self, entry: EntryNumber, bank: u32, features: &Features) {
        self.load([(entry, bank, vec![KeyFrame { at_ms: 0, features: features.clone() }])]);
    }

    /// As [`LocalIndex::add`], for many at once, which is faster, and with pictures of several moments.
    pub fn load(&self, entries: impl IntoIterator<Item = (EntryNumber, u32, Vec<KeyFrame>)>) {
        let mut new: Vec<_> = entries.into_iter().collect();
        new.sort_by_key(|(number, ..)| *number);
        new.dedup_by_key(|(number, ..)| *number);
        self.write(|next| {
            new.retain(|(number, ..)| !next.contains(*number));
            let pictures = new.into_iter().flat_map(|(number, bank, frames)| {
                let frames = frames.into_iter().filter(|frame| !frame.features.is_empty());
                frames.map(move |KeyFrame { at_ms, features }| NewPicture { number, bank, at_ms, features })
            });
            let pictures: Vec<NewPicture> = pictures.collect();
            if !pictures.is_empty() {
                merge::push(&mut next.parts, pictures);
            }
        });
    }

    /// Takes an entry away at once; one that is not there is ignored.
    pub fn remove(&self, entry: EntryNumber) {
        self.write(|next| {
            for held in &mut next.parts {
                for place in held.part.places(entry) {
                    held.removed.insert(place);
                }
            }
            next.parts.retain(|held| held.is_frozen || held.live() > 0);
        });
    }

    /// Says that every change up to `sequence` was taken in.
    pub fn followed(&self, sequence: u64) {
        self.write(|next| next.sequence = sequence);
    }

    /// Whether [`LocalIndex::plan`] has something to merge.
    pub fn is_due(&self) -> bool {
        !merge::plan(&self.current.load().parts, self.sealed_at).is_empty()
    }

    /// What is to be merged now, if anything: when enough is in memory, or a part is half removed. `at_once`: also
    /// when little is in memory.
    pub fn plan(&self, at_once: bool) -> Option<LocalMerge> {
        let mut planned = None;
        self.write(|next| {
            let chosen = merge::plan(&next.parts, if at_once { 1 } else { self.sealed_at });
            let with_new = chosen.iter().any(|&at| !next.parts[at].is_sealed);
            for &at in &chosen {
                next.parts[at].is_frozen = true;
            }
            planned = (!chosen.is_empty()).then(|| LocalMerge {
                parts: chosen.iter().map(|&at| next.parts[at].clone()).collect(),
                sequence: if with_new { next.sequence } else { next.sealed_sequence },
            });
        });
        planned
    }

    /// Takes in the part of a merge in the place of those that it was made of. Readers see either.
    ///
    /// # Errors
    /// [`Superseded`] when those are no longer there; nothing was changed.
    pub fn install(&self, merge: &LocalMerge, part: Part) -> Result<(), Superseded> {
        let mut result = Ok(());
        self.write(|next| {
            result = merge::install(&mut next.parts, merge, part);
            if result.is_ok() {
                next.sealed_sequence = merge.sequence.max(next.sealed_sequence);
            }
        });
        result
    }

    fn write(&self, change: impl FnOnce(&mut LocalSnapshot)) {
        let _one_writer = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = LocalSnapshot::clone(&self.current.load());
        next.kernel = self.kernel;
        change(&mut next);
        self.current.store(Arc::new(next));
    }
}

/// The item as it may show an entry.
fn ways<'a>(item: &'a Features, limits: &Limits) -> Vec<(Cow<'a, Features>, Way)> {
    let mut ways = vec![(Cow::Borrowed(item), Way::default())];
    if limits.mirrored {
        ways.push((Cow::Owned(item.mirrored()), Way { mirrored: true, ..Way::default() }));
    }
    if limits.negative_queries_max > 0 {
        let negatives =
            ways.iter().map(|(item, way)| (Cow::Owned(item.negative()), Way { negative: true, ..*way }));
        let negatives: Vec<_> = negatives.collect();
        ways.extend(negatives);
    }
    ways
}

impl LocalSnapshot {
    /// How many pictures are searched.
    pub fn pictures(&self) -> usize {
        self.parts.iter().map(Held::live).sum()
    }

    /// How many features are searched, those of removed entries included.
    pub fn features(&self) -> usize {
        self.parts.iter().map(|held| held.part.features()).sum()
    }

    /// How many bytes the features take, in memory or in files.
    pub fn size_bytes(&self) -> usize {
        self.parts.iter().map(|held| held.part.bytes().len()).sum()
    }

    /// The last change of the store that is in it.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The last change that its sealed parts contain.
    pub fn sealed_sequence(&self) -> u64 {
        self.sealed_sequence
    }

    /// The sealed parts, and the numbers of the entries removed of each.
    pub fn sealed(&self) -> impl Iterator<Item = (&Arc<Part>, Vec<EntryNumber>)> {
        let sealed = self.parts.iter().filter(|held| held.is_sealed);
        sealed.map(|held| {
            let numbers = held.part.numbers();
            let removed = held.removed.iter().filter_map(|place| numbers.get(place as usize).copied());
            let mut removed: Vec<_> = removed.collect();
            removed.dedup();
            (&held.part, removed)
        })
    }

    /// The entries of which a part is in `item`, best first: most inliers beyond what chance would give.
    pub fn search(&self, item: &Features, filter: &Filter, limits: &Limits) -> Vec<Placement> {
        let ways = ways(item, limits);
        let mut candidates: Vec<(usize, Candidate)> = Vec::new();
        for (at, (features, way)) in ways.iter().enumerate() {
            let queries_max = if way.negative { limits.negative_queries_max } else { limits.queries_max };
            let found = self.candidates(features, (filter, &Limits { queries_max, ..*limits }));
            candidates.extend(found.into_iter().map(|it| (at, it)));
        }
        candidates.sort_by(|a, b| b.1.support.total_cmp(&a.1.support));
        self.spread(&mut candidates, limits.candidates_max);
        let mut fields: [Option<Field>; 4] = Default::default();
        let mut found: Vec<Placement> = candidates
            .iter()
            .filter_map(|(at, candidate)| {
                let (features, way) = &ways[*at];
                let field = fields[*at].get_or_insert_with(|| Field::of(features));
                self.placed(candidate, (field, *way), limits)
            })
            .collect();
        found.sort_by(|a, b| b.inliers.cmp(&a.inliers).then(a.entry.cmp(&b.entry)).then(a.way.cmp(&b.way)));
        let mut best: Vec<Placement> = Vec::new();
        for placement in found {
            if let Some(better) = best.iter_mut().find(|better| better.entry == placement.entry) {
                if placement.inliers as f32 >= AS_GOOD * better.inliers as f32 {
                    better.entry_near_ms.extend(placement.entry_near_ms);
                }
            } else if best.len() < limits.placements_max {
                best.push(placement);
            }
        }
        best
    }

    /// Keeps the first `count`, but not many moments of one entry: others would not be looked at.
    fn spread(&self, candidates: &mut Vec<(usize, Candidate)>, count: usize) {
        let mut seen: BTreeMap<EntryNumber, usize> = BTreeMap::new();
        candidates.retain(|(_, candidate)| {
            let owner = self.parts[candidate.part].part.owner(candidate.owner);
            owner.is_some_and(|owner| {
                let moments = seen.entry(owner.number).or_default();
                *moments += 1;
                *moments <= MOMENTS_MAX
            })
        });
        candidates.truncate(count);
    }

    fn candidates(&self, item: &Features, (filter, limits): (&Filter, &Limits)) -> Vec<Candidate> {
        let voting = Voting { kernel: self.kernel, limits };
        let mut candidates = Vec::new();
        for (number, held) in self.parts.iter().enumerate() {
            let accepts = |owner: u32| {
                let bank = held.part.owner(owner).map(|owner| owner.bank);
                bank.is_some_and(|bank| filter.accepts(bank)) && !held.removed.contains(owner)
            };
            candidates.extend(voting.candidates((number, &held.part), item, accepts));
        }
        candidates
    }

    fn placed(
        &self,
        candidate: &Candidate,
        (field, way): (&Field, Way),
        limits: &Limits,
    ) -> Option<Placement> {
        let part = &*self.parts[candidate.part].part;
        let placed = verify::place(part, candidate, field, limits)?;
        let owner = part.owner(candidate.owner)?;
        let beside = |place: Option<u32>| {
            let other = part.owner(place?).filter(|other| other.number == owner.number)?;
            Some(u32::midpoint(owner.at_ms, other.at_ms))
        };
        let before = beside(candidate.owner.checked_sub(1)).unwrap_or(owner.at_ms);
        let entry_near_ms = vec![(before, beside(candidate.owner.checked_add(1)))];
        Some(Placement { entry_near_ms, ..placement(&owner, &placed, field, way)? })
    }

    fn contains(&self, number: EntryNumber) -> bool {
        let holds = |held: &Held| held.part.places(number).any(|at| !held.removed.contains(at));
        self.parts.iter().any(holds)
    }
}
