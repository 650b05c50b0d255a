//! Merging, off the writer's path: a plan, its bytes, and taking the new segment in.

use std::sync::Arc;

use crate::build::Draft;
use crate::change::EntryNumber;
use crate::run::Run;
use crate::sealed::{self, SealedDraft, SealedFile as _, SegmentId};
use crate::segment::Segment;
use crate::snapshot::{Part, Source};
use crate::tombstones::Tombstones;
use crate::tuning::Tuning;

/// Parts of an index that are to become one segment. It holds them as they were when it was planned; the
/// index goes on meanwhile.
#[derive(Debug, Clone)]
pub struct Merge {
    pub(crate) parts: Vec<Part>,
    pub(crate) tuning: Tuning,
    /// The last change that the segments contain once this is taken in.
    pub(crate) sequence: u64,
}

/// The parts of a merge are no longer in the index: another one took them in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the parts of this merge are no longer in the index")]
pub struct Superseded;

/// A segment that is about to be written.
#[derive(Debug)]
pub struct MergeDraft<'a>(Draft<'a>);

impl Merge {
    /// Gathers and orders what the segment will hold; seconds for ten million hashes.
    pub fn draft(&self) -> MergeDraft<'_> {
        let sources: Vec<_> = self.parts.iter().map(|part| (part.table(), &part.removed)).collect();
        MergeDraft(Draft::of(&sources, |hashes| self.tuning.band_bits_for(hashes)))
    }

    /// The segments that will no longer be needed.
    pub fn replaces(&self) -> impl Iterator<Item = SegmentId> {
        self.sealed().map(Segment::id)
    }

    /// Those of its parts that were sealed before.
    pub fn sealed(&self) -> impl Iterator<Item = &Segment> {
        self.parts.iter().filter_map(Part::segment).map(|segment| &**segment)
    }

    /// How much is merged: hashes and entries.
    pub fn weight(&self) -> usize {
        self.parts.iter().map(Part::weight).sum()
    }

    /// The segment in this process's memory.
    pub fn in_memory(&self, id: SegmentId) -> Segment {
        sealed::in_memory(id, self.draft())
    }
}

impl SealedDraft for MergeDraft<'_> {
    type File = Segment;

    fn size_bytes(&self) -> usize {
        self.0.size_bytes()
    }

    fn write(self, bytes: &mut [u8]) {
        self.0.write(bytes);
    }
}

/// Which parts are to be merged: all runs once they weigh enough, with the segments that are not much
/// larger, or those that are too many.
pub(crate) fn plan(parts: &[Part], tuning: &Tuning, at_once: bool) -> Vec<usize> {
    let (runs, mut segments): (Vec<usize>, Vec<usize>) =
        (0..parts.len()).partition(|&at| parts[at].segment().is_none());
    let of = |at: usize| parts[at].weight();
    let mut weight: usize = runs.iter().map(|&at| of(at)).sum();
    // Half dead is worth writing anew, whatever its size.
    let is_sparse = |at: usize| 2 * parts[at].removed.count() as usize > parts[at].table().numbers.len();
    let sparse = segments.iter().any(|&at| is_sparse(at));
    let is_full = weight >= tuning.sealed_at || at_once && weight > 0;
    if !is_full && !sparse && segments.len() <= tuning.segments_max {
        return Vec::new();
    }
    segments.sort_by_key(|&at| of(at));
    let mut chosen = runs;
    let mut left = segments.len();
    for at in segments {
        let fits = of(at) <= tuning.merge_ratio * weight;
        let too_many = left + usize::from(!chosen.is_empty()) > tuning.segments_max;
        if fits || too_many || is_sparse(at) {
            weight += of(at);
            left -= 1;
            chosen.push(at);
        }
    }
    chosen
}

/// Replaces the parts of a merge by its segment; entries removed since it was planned are removed of it.
pub(crate) fn install(parts: &mut Vec<Part>, merge: &Merge, segment: Segment) -> Result<(), Superseded> {
    let place = |old: &Part| parts.iter().position(|part| part.is_same(old)).ok_or(Superseded);
    let places: Vec<usize> = merge.parts.iter().map(place).collect::<Result<_, _>>()?;
    let segment = Arc::new(segment);
    let mut removed = Tombstones::default();
    for (&at, old) in places.iter().zip(&merge.parts) {
        let now = &parts[at].removed;
        if now.count() > old.removed.count() {
            let table = parts[at].table();
            for entry in now.iter().filter(|&entry| !old.removed.contains(entry)) {
                let number = table.numbers.get(entry as usize);
                if let Some(entry) = number.and_then(|&number| segment.table().place(number)) {
                    removed.insert(entry);
                }
            }
        }
    }
    let mut at = 0;
    parts.retain(|_| {
        at += 1;
        !places.contains(&(at - 1))
    });
    if segment.entries() > 0 {
        let segments = parts.iter().take_while(|part| part.segment().is_some()).count();
        parts.insert(segments, Part { source: Source::Segment(segment), removed, frozen: false });
    }
    Ok(())
}

/// Puts a new run behind the others and merges those at the end that are of like size, so that there are few
/// and each hash is copied a few times only.
pub(crate) fn push_run(parts: &mut Vec<Part>, run: Run, tuning: &Tuning) {
    let mut last = Part { source: Source::Run(Arc::new(run)), removed: Tombstones::default(), frozen: false };
    while let Some(before) = parts.pop_if(|before| before.merges_with(&last, tuning.sealed_at)) {
        let (Source::Run(a), Source::Run(b)) = (&before.source, &last.source) else {
            unreachable!("only runs are merged here")
        };
        let run = Run::merged([(a, &before.removed), (b, &last.removed)]);
        last = Part { source: Source::Run(Arc::new(run)), removed: Tombstones::default(), frozen: false };
    }
    parts.push(last);
}

/// Numbers of the entries that a part holds no longer.
pub(crate) fn removed_numbers(part: &Part) -> Vec<EntryNumber> {
    let table = part.table();
    part.removed.iter().filter_map(|at| table.numbers.get(at as usize).copied()).collect()
}
