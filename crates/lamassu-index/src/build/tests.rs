//! What a segment holds, whichever tables it was made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use lamassu_fingerprint::{Bits256, Digest, StoredFrame, View};
use proptest::prelude::*;

use super::Draft;
use crate::kernel::Halves;
use crate::order::{Stored, stored};
use crate::run::{NewEntry, Run};
use crate::sealed::{Rows, SealedFile as _};
use crate::segment::Segment;
use crate::table::Table;
use crate::tombstones::Tombstones;
use crate::workload::stream;

const RUNS: usize = 3;
const BANKS: u32 = 3;
const HASHES: usize = 60;
/// Entries with the same file.
const DIGESTS: u64 = 50;

/// An entry: its run, whether it was removed, and which hashes it has.
type Given = (usize, bool, Vec<usize>);

fn entries() -> impl Strategy<Value = Vec<Given>> {
    let hashes = prop::collection::vec(0..HASHES, 0..5);
    prop::collection::vec((0..RUNS, any::<bool>(), hashes), 0..120)
}

/// Hashes of which every third differs from the one before in one bit only, which does not come first in their order.
fn hashes() -> Vec<Bits256> {
    let mut next = stream(7);
    let mut hashes: Vec<Bits256> = Vec::new();
    for k in 0..HASHES {
        let hash = if k % 3 == 2 { hashes[k - 1] } else { next() };
        hashes.push(Bits256([hash.0[0], hash.0[1], hash.0[2], hash.0[3] ^ 1]));
    }
    hashes
}

/// The entry of this number.
fn entry(number: u64, frames: &[usize]) -> NewEntry {
    let hashes = hashes();
    let frame = |(at_ms, &hash): (u32, &usize)| StoredFrame {
        start_ms: at_ms,
        end_ms: at_ms + 1,
        view: View::Full,
        quality: 80,
        bits: [hashes[hash]],
    };
    NewEntry {
        number,
        bank: number as u32 % BANKS,
        digest: Digest([(number % DIGESTS) as u8; 32]),
        frames: (0..).zip(frames).map(frame).collect(),
    }
}

/// The runs that these entries are in, and which of them were removed.
fn runs(entries: &[Given]) -> [(Run, Tombstones); RUNS] {
    let mut runs: [(Vec<NewEntry>, Tombstones); RUNS] = Default::default();
    for (number, (run, is_removed, frames)) in (0..).zip(entries) {
        let (run, removed) = &mut runs[*run];
        if *is_removed {
            removed.insert(run.len() as u32);
        }
        run.push(entry(number, frames));
    }
    runs.map(|(run, removed)| (Run::of(run), removed))
}

fn built(runs: &[(Run, Tombstones)], band_bits: u32) -> Segment {
    let tables: Vec<_> = runs.iter().map(|(run, removed)| (run.table(), removed)).collect();
    let draft = Draft::of(&tables, |_| band_bits);
    let mut words = Rows::<u64>::zeroed(draft.size_bytes() / 8);
    draft.write(bytemuck::cast_slice_mut(&mut words));
    Segment::open(1, Arc::new(words)).expect("it was just written")
}

/// The entries' numbers and the moments of each hash, as they lie in the table.
fn owners(table: &Table<'_>) -> Vec<(Stored, Vec<[u64; 2]>)> {
    let of = |hash: u32| {
        let owners = table.owners_of(hash).iter();
        owners.map(|owner| [table.numbers[owner[0] as usize], u64::from(owner[1])]).collect()
    };
    let all = (0..table.len() as u32).filter_map(|hash| Some((table.hashes.get(hash as usize)?, of(hash))));
    all.collect()
}

proptest! {
    #[test]
    fn a_segment_holds_each_hash_once_with_all_of_its_owners(entries in entries(), band_bits in prop_oneof![Just(0_u32), Just(8)]) {
        let segment = built(&runs(&entries), band_bits);
        prop_assert_eq!(segment.check(), Ok(()));
        let live: Vec<_> = (0..).zip(&entries).filter(|(_, given)| !given.1).collect();
        let mut expected: BTreeMap<Stored, Vec<[u64; 2]>> = BTreeMap::new();
        for (number, (.., frames)) in &live {
            for frame in entry(*number, frames).frames {
                let owners = expected.entry(stored(frame.bits[0])).or_default();
                owners.push([*number, u64::from(frame.start_ms)]);
            }
        }
        let found = owners(&segment.table());
        prop_assert_eq!(found.len(), expected.len());
        prop_assert_eq!(found.into_iter().collect::<BTreeMap<_, _>>(), expected);
    }

    #[test]
    fn entries_and_digests_lie_in_their_order(entries in entries()) {
        let segment = built(&runs(&entries), 0);
        let table = segment.table();
        let live: Vec<u64> =
            (0..).zip(&entries).filter(|(_, given)| !given.1).map(|(number, _)| number).collect();
        prop_assert_eq!(table.numbers, &live);
        prop_assert!(live.iter().zip(table.banks).all(|(&number, &bank)| number as u32 % BANKS == bank));
        let digests = table.digests.iter().zip(table.digest_entries);
        let found: Vec<_> =
            digests.map(|(digest, &entry)| (u64::from(digest[0]), table.numbers[entry as usize])).collect();
        let mut expected: Vec<_> = live.iter().map(|&number| (number % DIGESTS, number)).collect();
        expected.sort_unstable();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn each_band_has_each_hash_in_its_bucket(entries in entries()) {
        let segment = built(&runs(&entries), 8);
        let table = segment.table();
        let bands = table.bands.expect("they were asked for");
        for band in 0..bands.shape.bands() {
            let mut hashes = Vec::new();
            for key in 0..bands.shape.buckets() as u32 {
                let (start, end) = bands.bucket(band, key);
                for posting in start..end {
                    let at = bands.hash_of(posting, table.len());
                    let hash = table.hashes.get(at as usize).expect("it is there");
                    prop_assert_eq!(bands.shape.key(&hash, band), key);
                    prop_assert_eq!(bands.sketches[posting as usize], bands.shape.sketch(&hash, band));
                    hashes.push(at);
                }
            }
            hashes.sort_unstable();
            prop_assert_eq!(hashes, (0..table.len() as u32).collect::<Vec<_>>());
        }
    }
}

#[test]
fn damaged_bytes_that_give_owners_to_several_hashes_end_in_a_segment() {
    let halves = [[1, 2], [3, 4], [5, 6]];
    let owners = [[0, 0, 0, 0], [0, 1, 1, 0]];
    let table = Table {
        hashes: Halves { first: &halves, second: &halves, from: 0 },
        // The first and the last hash have both.
        owner_starts: &[0, 2, 0, 2],
        owners: &owners,
        numbers: &[7],
        banks: &[0],
        ..Table::default()
    };
    let draft = Draft::of(&[(table, &Tombstones::default())], |_| 0);
    assert_eq!((draft.sizes.owners, draft.sizes.entries), (owners.len(), 1));
}
