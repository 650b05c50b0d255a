//! Which entries of a table were removed: bits in blocks that are copied one at a time.

use std::sync::Arc;

const BLOCK_WORDS: usize = 512;
const BLOCK_BITS: u32 = 64 * BLOCK_WORDS as u32;

/// Removed places. A copy shares its blocks; setting a bit copies one block of 4 KiB.
#[derive(Debug, Clone, Default)]
pub struct Tombstones {
    blocks: Vec<Option<Arc<[u64; BLOCK_WORDS]>>>,
    count: u32,
}

impl Tombstones {
    /// Whether this place was removed.
    #[inline]
    pub fn contains(&self, place: u32) -> bool {
        let block = self.blocks.get((place / BLOCK_BITS) as usize).and_then(Option::as_ref);
        block.is_some_and(|words| words[(place % BLOCK_BITS / 64) as usize] >> (place % 64) & 1 == 1)
    }

    /// Removes a place; whether it was there before.
    pub fn insert(&mut self, place: u32) -> bool {
        let block = (place / BLOCK_BITS) as usize;
        if self.blocks.len() <= block {
            self.blocks.resize(block + 1, None);
        }
        let words = self.blocks[block].get_or_insert_with(|| Arc::new([0; BLOCK_WORDS]));
        let word = &mut Arc::make_mut(words)[(place % BLOCK_BITS / 64) as usize];
        let new = *word >> (place % 64) & 1 == 0;
        *word |= 1 << (place % 64);
        self.count += u32::from(new);
        new
    }

    /// How many places were removed.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The removed places, upwards.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        let blocks = (0..).zip(&self.blocks).filter_map(|(at, block)| Some((at, block.as_ref()?)));
        blocks.flat_map(|(at, words)| {
            let set = |word: u64| (0..64).filter(move |bit| word >> bit & 1 == 1);
            (0..).zip(words.iter()).flat_map(move |(k, &word): (u32, _)| {
                set(word).map(move |bit| at * BLOCK_BITS + k * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::Tombstones;

    proptest! {
        #[test]
        fn holds_what_was_put_in_and_leaves_copies_alone(
            before in prop::collection::btree_set(0..200_000_u32, 0..40),
            after in prop::collection::btree_set(0..200_000_u32, 0..40),
        ) {
            let mut tombstones = Tombstones::default();
            for &place in &before {
                prop_assert!(tombstones.insert(place));
            }
            let held = tombstones.clone();
            for &place in &after {
                prop_assert_eq!(tombstones.insert(place), !before.contains(&place));
            }
            let all: BTreeSet<u32> = before.union(&after).copied().collect();
            prop_assert_eq!(held.iter().collect::<BTreeSet<_>>(), before);
            prop_assert_eq!(tombstones.iter().collect::<Vec<_>>(), all.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(tombstones.count() as usize, all.len());
            prop_assert!(all.iter().all(|&place| tombstones.contains(place)));
            prop_assert!(!tombstones.contains(300_000));
        }
    }
}
