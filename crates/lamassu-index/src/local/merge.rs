//! Putting parts together: small ones as entries come, and those that are sealed, off the writer's path.

use std::sync::Arc;

use super::Held;
use super::draft::{Draft, NewPicture};
use super::part::Part;
use crate::merge::Superseded;
use crate::sealed::{self, SegmentId};
use crate::tombstones::Tombstones;

/// So many pictures in memory are sealed: some megabytes, which a start reads from the store in hundredths of a second.
pub const SEALED_AT: usize = 256;
/// Parts of more pictures than this are not merged: cells would be crowded.
const PICTURES_MAX: usize = 200_000;
/// A sealed part is merged with others that have at least this share of its pictures, so that each entry is
/// copied a few times only.
const RATIO: usize = 4;

/// Parts of an index that are to become one. It holds them as they were when it was planned; the index goes on
/// meanwhile.
#[derive(Debug, Clone)]
pub struct LocalMerge {
    pub(super) parts: Vec<Held>,
    /// The last change that the sealed parts contain once this is taken in.
    pub(super) sequence: u64,
}

impl LocalMerge {
    /// Gathers and orders what the part will hold; seconds for 100,000 entries.
    pub fn draft(&self) -> Draft {
        let parts: Vec<_> =
            self.parts.iter().map(|held| (Arc::clone(&held.part), held.removed.clone())).collect();
        Draft::of(&parts, Vec::new())
    }

    /// Those of its parts that were sealed before.
    pub fn sealed(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|held| held.is_sealed).map(|held| &*held.part)
    }

    /// The part in this process's memory.
    pub fn in_memory(&self, id: SegmentId) -> Part {
        sealed::in_memory(id, self.draft())
    }
}

/// Which parts are to be merged: all that are in memory once they have so many pictures, with the sealed ones that are not much
/// larger; and such as are half removed.
pub fn plan(parts: &[Held], sealed_at: usize) -> Vec<usize> {
    let (mut chosen, mut sealed): (Vec<usize>, Vec<usize>) =
        (0..parts.len()).partition(|&at| !parts[at].is_sealed);
    let mut pictures: usize = chosen.iter().map(|&at| parts[at].live()).sum();
    let is_sparse = |at: usize| 2 * parts[at].live() < parts[at].part.pictures();
    if pictures < sealed_at {
        return sealed.into_iter().filter(|&at| is_sparse(at)).take(1).collect();
    }
    sealed.sort_by_key(|&at| parts[at].live());
    for at in sealed {
        let live = parts[at].live();
        if live <= RATIO * pictures && live + pictures <= PICTURES_MAX {
            pictures += live;
            chosen.push(at);
        }
    }
    chosen
}

/// Puts new pictures behind the parts, together with those in memory at the end that are not much larger.
pub fn push(parts: &mut Vec<Held>, new: Vec<NewPicture>) {
    let mut merged = Vec::new();
    let mut pictures = new.len();
    while let Some(held) =
        parts.pop_if(|held| !held.is_sealed && !held.is_frozen && held.live() < 2 * pictures)
    {
        pictures += held.live();
        merged.push((held.part, held.removed));
    }
    let part = Arc::new(Draft::of(&merged, new).in_memory());
    parts.push(Held { part, removed: Tombstones::default(), is_sealed: false, is_frozen: false });
}

/// Replaces the parts of a merge by the one made of them; entries removed since it was planned are removed of it.
pub fn install(parts: &mut Vec<Held>, merge: &LocalMerge, new: Part) -> Result<(), Superseded> {
    let same = |old: &Held| parts.iter().position(|held| Arc::ptr_eq(&held.part, &old.part));
    let places: Vec<usize> =
        merge.parts.iter().map(|old| same(old).ok_or(Superseded)).collect::<Result<_, _>>()?;
    let mut removed = Tombstones::default();
    for (&at, old) in places.iter().zip(&merge.parts) {
        let numbers = old.part.numbers();
        for place in parts[at].removed.iter().filter(|&place| !old.removed.contains(place)) {
            for place in numbers.get(place as usize).map_or(0..0, |&number| new.places(number)) {
                removed.insert(place);
            }
        }
    }
    let mut at = 0;
    parts.retain(|_| {
        at += 1;
        !places.contains(&(at - 1))
    });
    if new.pictures() > removed.count() as usize {
        parts.insert(0, Held { part: Arc::new(new), removed, is_sealed: true, is_frozen: false });
    }
    Ok(())
}
