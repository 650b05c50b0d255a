//! What very many entries share: an anthem, a leader, a template. Which of them are followed, so that no upload costs
//! more than a server has.
//!
//! Pairs of an item's moments and entries' are counted first. Where a bank has more entries than anybody would look at,
//! those that share most moments of the item are followed, of those the nearest, of those the oldest.

use std::collections::{HashMap, HashSet};

use lamassu_index::EntryNumber;

/// Entries of a bank that are followed.
const ENTRIES_MAX: usize = 200;
/// Pairs of a bank that are kept; one entry may have more.
const PAIRS_MAX: usize = 1 << 20;
/// Pairs of one hash of the item with one entry: beyond, the entry repeats itself. More than a path looks at.
const PLACES_MAX: u32 = 64;

/// A pair of a moment of an item and one of an entry.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    pub bank: u32,
    pub entry: EntryNumber,
    /// Which moment of the item; pairs come moment after moment.
    pub moment: u64,
    /// Which of the moment's hashes: of a view, turned. They come one after the other, too.
    pub hash: u32,
    pub distance_bits: u32,
}

/// What was counted of an entry.
#[derive(Debug)]
struct Tally {
    bank: u32,
    moments: u32,
    pairs: usize,
    nearest_bits: u32,
    /// The moment and hash of the last pair, and how many that hash has.
    last: (u64, u32),
    of_hash: u32,
}

/// What was counted of each entry.
#[derive(Debug, Default)]
struct Crowd(HashMap<EntryNumber, Tally>);

/// Keeps what `pass` gives with each pair, all of it where there is no crowd. `pass` may be called twice, and gives the
/// same both times.
pub fn gather<T>(mut pass: impl FnMut(&mut dyn FnMut(Pair, T))) -> Vec<T> {
    let (mut crowd, mut kept) = (Crowd::default(), Vec::new());
    let mut is_whole = true;
    pass(&mut |pair, it| {
        if crowd.counts(pair) {
            is_whole &= kept.len() < PAIRS_MAX;
            if is_whole {
                kept.push(it);
            }
        }
    });
    let followed = crowd.followed();
    if is_whole && followed.len() == crowd.0.len() {
        return kept;
    }
    kept.clear();
    let mut again = Crowd::default();
    pass(&mut |pair, it| {
        if followed.contains(&pair.entry) && again.counts(pair) {
            kept.push(it);
        }
    });
    kept
}

impl Crowd {
    /// Counts a pair; false for one too many of its hash.
    fn counts(&mut self, pair: Pair) -> bool {
        let Pair { bank, entry, moment, hash, distance_bits } = pair;
        let is_new = !self.0.contains_key(&entry);
        let new =
            Tally { bank, moments: 0, pairs: 0, nearest_bits: u32::MAX, last: (moment, hash), of_hash: 0 };
        let tally = self.0.entry(entry).or_insert(new);
        tally.moments += u32::from(is_new || tally.last.0 != moment);
        if tally.last != (moment, hash) {
            (tally.last, tally.of_hash) = ((moment, hash), 0);
        }
        tally.nearest_bits = tally.nearest_bits.min(distance_bits);
        tally.of_hash += 1;
        let is_counted = tally.of_hash <= PLACES_MAX;
        tally.pairs += usize::from(is_counted);
        is_counted
    }

    /// The entries that are followed: of each bank some.
    fn followed(&self) -> HashSet<EntryNumber> {
        let mut ranked: Vec<(&EntryNumber, &Tally)> = self.0.iter().collect();
        ranked.sort_unstable_by_key(|(entry, tally)| {
            (tally.bank, std::cmp::Reverse(tally.moments), tally.nearest_bits, **entry)
        });
        let mut followed = HashSet::new();
        for of_bank in ranked.chunk_by(|a, b| a.1.bank == b.1.bank) {
            let mut pairs = 0;
            let fits = |(_, tally): &&(&EntryNumber, &Tally)| {
                let has_room = pairs < PAIRS_MAX;
                pairs += tally.pairs;
                has_room
            };
            followed.extend(of_bank.iter().take(ENTRIES_MAX).take_while(fits).map(|(entry, _)| **entry));
        }
        followed
    }
}

#[cfg(test)]
mod tests {
    use super::{ENTRIES_MAX, PAIRS_MAX, PLACES_MAX, Pair, gather};

    fn pair(bank: u32, entry: u64, moment: u64, distance_bits: u32) -> Pair {
        Pair { bank, entry, moment, hash: 0, distance_bits }
    }

    /// Pairs as they come, each with itself.
    fn gathered(pairs: &[Pair]) -> Vec<Pair> {
        gather(|found| pairs.iter().for_each(|&it| found(it, it)))
    }

    #[test]
    fn where_there_is_no_crowd_everything_is_kept() {
        let pairs: Vec<Pair> = (0..1_000).map(|k| pair(1, k % 100, k / 100, 7)).collect();
        assert_eq!(gathered(&pairs).len(), pairs.len());
    }

    #[test]
    fn those_that_share_most_are_followed_in_each_bank() {
        let crowd = 10 * ENTRIES_MAX as u64;
        let mut pairs = Vec::new();
        for moment in 0..20 {
            pairs.extend((0..crowd).map(|entry| pair(1, 1_000 + entry, moment, 12)));
            // One shares more, but a place of it twice; another one is of a bank that has no crowd.
            pairs.push(pair(2, 5, moment, 30));
        }
        pairs.extend((20..40).map(|moment| pair(1, 999_999, moment, 31)));
        pairs.push(pair(1, 999_999, 50, 31));
        // This one is nearer than the others that share as much.
        pairs.extend((0..20).map(|moment| pair(1, 888_888, moment, 3)));
        pairs.sort_by_key(|it| it.moment);
        let kept = gathered(&pairs);
        let has = |entry: u64| kept.iter().any(|it| it.entry == entry);
        assert!(has(5) && has(999_999) && has(888_888));
        let oldest = ENTRIES_MAX as u64 - 2;
        assert!(has(1_000) && has(1_000 + oldest - 1) && !has(1_000 + oldest), "the oldest of the others");
        assert_eq!(kept.iter().filter(|it| it.entry == 1_000).count(), 20);
    }

    #[test]
    fn many_moments_of_a_crowd_leave_room_for_few_entries() {
        let moments = PAIRS_MAX as u64 / 50;
        let each = (0..moments).flat_map(|moment| (0..100).map(move |entry| pair(1, entry, moment, 4)));
        let kept = gathered(&each.collect::<Vec<_>>());
        assert!(kept.len() <= PAIRS_MAX + moments as usize, "{}", kept.len());
        assert!(kept.iter().all(|it| it.entry <= 50), "the oldest");
    }

    #[test]
    fn an_entry_that_repeats_itself_is_kept_but_not_with_every_place() {
        let pairs: Vec<Pair> = (0..5_000).map(|k| pair(1, 3, k / 1_000, 2)).collect();
        assert_eq!(gathered(&pairs).len(), 5 * PLACES_MAX as usize);
    }

    /// What is like itself when turned has many pairs, and the nearest may be the last of them.
    #[test]
    fn each_way_of_comparing_a_moment_has_room_of_its_own() {
        let pairs: Vec<Pair> =
            (0..4 * PLACES_MAX).map(|k| Pair { hash: k / 8, ..pair(1, 3, 0, 300 - k) }).collect();
        assert_eq!(gathered(&pairs).len(), pairs.len());
    }
}
