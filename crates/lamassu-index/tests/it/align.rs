//! Segments found between timelines made by hand, and what holds for any pairs at all.

use lamassu_index::align::{Aligned, Pair, Settings, align};
use proptest::prelude::*;

/// Two frames of an item a second.
const STEP_MS: u32 = 500;
/// Six frames of an entry a second.
const ENTRY_STEP_MS: u32 = 166;

const SETTINGS: Settings =
    Settings { item_interval_ms: STEP_MS, drift_ms: 1000, gap_ms_max: 3000, frames_min: 3, segments_max: 64 };

/// The item's frame at `item_ms` and the entry's frame that holds at `entry_ms`.
fn pair(item_ms: u32, entry_ms: u32, distance_bits: u32) -> Pair {
    let entry_start_ms = entry_ms / ENTRY_STEP_MS * ENTRY_STEP_MS;
    Pair { item_ms, entry_start_ms, entry_end_ms: entry_start_ms + ENTRY_STEP_MS, distance_bits }
}

/// `seconds` of the item from `item_s` on show the entry from `entry_s` on.
fn copy(item_s: u32, entry_s: u32, seconds: u32) -> Vec<Pair> {
    (0..seconds * 2).map(|k| pair(item_s * 1000 + k * STEP_MS, entry_s * 1000 + k * STEP_MS, 4)).collect()
}

/// One segment: item and entry in seconds, to within a step of the item.
fn assert_shows(found: &Aligned, item_s: (f64, f64), entry_s: (f64, f64)) {
    let ends = [
        (found.item_start_ms, item_s.0),
        (found.item_end_ms, item_s.1),
        (found.entry_start_ms, entry_s.0),
        (found.entry_end_ms, entry_s.1),
    ];
    for (found_ms, expected_s) in ends {
        assert!(
            (f64::from(found_ms) - expected_s * 1000.0).abs() <= f64::from(STEP_MS),
            "{found:?} does not show {item_s:?} {entry_s:?}"
        );
    }
}

#[test]
fn an_exact_copy_is_one_segment() {
    let found = align(&copy(0, 0, 10), &SETTINGS);
    assert_eq!(found.len(), 1);
    assert_shows(&found[0], (0.0, 10.0), (0.0, 10.0));
    assert_eq!((found[0].frames, found[0].distance_bits), (20, 4));
    assert_eq!((found[0].item_start_ms, found[0].item_end_ms), (0, 10_000));
}

#[test]
fn a_part_of_an_entry_within_the_item_is_found_where_it_is() {
    for (item_s, entry_s) in [(30, 5), (5, 30), (0, 3600), (3600, 0)] {
        let found = align(&copy(item_s, entry_s, 8), &SETTINGS);
        assert_eq!(found.len(), 1);
        let from = |start: u32| (f64::from(start), f64::from(start + 8));
        assert_shows(&found[0], from(item_s), from(entry_s));
    }
}

#[test]
fn two_parts_in_another_order_are_two_segments() {
    let found = align(&[copy(0, 60, 10), copy(20, 5, 15)].concat(), &SETTINGS);
    assert_eq!(found.len(), 2);
    assert_shows(&found[0], (0.0, 10.0), (60.0, 70.0));
    assert_shows(&found[1], (20.0, 35.0), (5.0, 20.0));
}

#[test]
fn a_short_gap_is_bridged_and_a_long_one_is_not() {
    let found = align(&[copy(0, 0, 5), copy(7, 7, 5)].concat(), &SETTINGS);
    assert_eq!(found.len(), 1);
    assert_shows(&found[0], (0.0, 12.0), (0.0, 12.0));
    let found = align(&[copy(0, 0, 5), copy(9, 9, 5)].concat(), &SETTINGS);
    assert_eq!(found.len(), 2);
    assert_shows(&found[0], (0.0, 5.0), (0.0, 5.0));
    assert_shows(&found[1], (9.0, 14.0), (9.0, 14.0));
}

#[test]
fn a_clip_cut_in_does_not_lie_under_another_segment() {
    // Two seconds of another place inside; the gap around them is short enough to be bridged.
    let found = align(&[copy(0, 0, 5), copy(5, 60, 2), copy(7, 7, 3)].concat(), &SETTINGS);
    assert!(found.windows(2).all(|pair| pair[0].item_end_ms <= pair[1].item_start_ms), "{found:?}");
    assert_shows(&found[0], (0.0, 10.0), (0.0, 10.0));
    // The other way round: the clip is the stronger one.
    let found = align(&[copy(4, 0, 2), copy(6, 60, 3), copy(9, 5, 2)].concat(), &SETTINGS);
    assert_eq!(found.len(), 3);
    assert!(found.windows(2).all(|pair| pair[0].item_end_ms <= pair[1].item_start_ms), "{found:?}");
}

#[test]
fn a_playback_rate_a_little_off_is_followed_for_twenty_seconds() {
    let pairs: Vec<Pair> = (0..40).map(|k| pair(k * STEP_MS, k * STEP_MS * 105 / 100, 10)).collect();
    let found = align(&pairs, &SETTINGS);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].frames >= 38, "{found:?}");
    assert!(found[0].item_end_ms - found[0].item_start_ms >= 19_000, "{found:?}");
}

#[test]
fn a_still_picture_held_for_a_minute_is_one_segment() {
    let held = |item_ms| Pair { item_ms, entry_start_ms: 10_000, entry_end_ms: 70_000, distance_bits: 2 };
    let pairs: Vec<Pair> = (0..120).map(|k| held(20_000 + k * STEP_MS)).collect();
    let found = align(&pairs, &SETTINGS);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_shows(&found[0], (20.0, 80.0), (10.0, 70.0));
    assert_eq!(found[0].frames, 120);
}

#[test]
fn a_second_of_the_entry_played_again_and_again_is_found_each_time() {
    let pairs: Vec<Pair> = (0..6).flat_map(|turn| copy(2 * turn, 30, 2)).collect();
    let found = align(&pairs, &SETTINGS);
    let frames: u32 = found.iter().map(|segment| segment.frames).sum();
    assert!(frames >= 20, "{found:?}");
    assert!(found.iter().all(|it| it.entry_start_ms >= 29_000 && it.entry_end_ms <= 33_000), "{found:?}");
}

#[test]
fn scattered_pairs_give_nothing() {
    // Offsets ten seconds apart from each other.
    let pairs: Vec<Pair> = (0..40).map(|k| pair(k * STEP_MS, (k * 7919 % 40) * 11_000, 30)).collect();
    assert_eq!(align(&pairs, &SETTINGS), []);
    // One offset, but half a minute between the frames.
    let pairs: Vec<Pair> = (0..40).map(|k| pair(k * 30_000, k * 30_000, 30)).collect();
    assert_eq!(align(&pairs, &SETTINGS), []);
    assert_eq!(align(&[], &SETTINGS), []);
}

#[test]
fn chance_with_more_votes_does_not_hide_a_segment() {
    // Ten lone frames at one offset, four in a row at another.
    let lone = (0..10).map(|k| pair(100_000 + k * 30_000, k * 30_000, 30));
    let pairs: Vec<Pair> = copy(10, 500, 2).into_iter().chain(lone).collect();
    let found = align(&pairs, &SETTINGS);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_shows(&found[0], (10.0, 12.0), (500.0, 502.0));
}

#[test]
fn no_more_segments_than_asked_for() {
    let settings = Settings { segments_max: 2, ..SETTINGS };
    let pairs: Vec<Pair> = (0..5).flat_map(|k| copy(k * 20, k * 20, 5)).collect();
    assert_eq!(align(&pairs, &settings).len(), 2);
    assert_eq!(align(&pairs, &Settings { segments_max: 0, ..SETTINGS }), []);
}

#[test]
fn extreme_times_are_held_out() {
    let last = u32::MAX - STEP_MS;
    let pairs: Vec<Pair> = (0..4)
        .map(|k| Pair {
            item_ms: last - k * STEP_MS,
            entry_start_ms: 0,
            entry_end_ms: u32::MAX - STEP_MS,
            distance_bits: 0,
        })
        .collect();
    align(&pairs, &SETTINGS);
    let zero = Settings { item_interval_ms: 0, drift_ms: 0, gap_ms_max: 0, frames_min: 0, segments_max: 9 };
    align(&pairs, &zero);
}

fn pairs() -> impl Strategy<Value = Vec<Pair>> {
    let any_pair =
        (0..80_u32, 0..240_u32, 1..40_u32, 0..40_u32).prop_map(|(item, start, length, distance_bits)| {
            let entry_start_ms = start * ENTRY_STEP_MS;
            let entry_end_ms = entry_start_ms + length * ENTRY_STEP_MS;
            Pair { item_ms: item * STEP_MS, entry_start_ms, entry_end_ms, distance_bits }
        });
    let copies = prop::collection::vec((0..40_u32, 0..40_u32, 1..8_u32), 0..4);
    (prop::collection::vec(any_pair, 0..60), copies).prop_map(|(noise, copies)| {
        let copies = copies.into_iter().flat_map(|(item_s, entry_s, seconds)| copy(item_s, entry_s, seconds));
        copies.chain(noise).collect()
    })
}

proptest! {
    #[test]
    fn segments_keep_to_their_frames_and_timelines(pairs in pairs(), frames_min in 0..6_u32) {
        let settings = Settings { frames_min, ..SETTINGS };
        let found = align(&pairs, &settings);
        let (mut explained, mut last_end_ms) = (0, 0);
        for it in &found {
            // Frames lie a step apart, so segments that do not overlap share none.
            prop_assert!(it.item_start_ms >= last_end_ms && it.item_start_ms < it.item_end_ms, "{found:?}");
            last_end_ms = it.item_end_ms;
            let mut inside: Vec<u32> = pairs
                .iter()
                .map(|pair| pair.item_ms)
                .filter(|ms| (it.item_start_ms..it.item_end_ms).contains(ms))
                .collect();
            inside.sort_unstable();
            inside.dedup();
            prop_assert!(it.frames as usize <= inside.len() && it.frames >= frames_min.max(1), "{it:?}");
            explained += it.frames;
            let entry_end_ms = pairs.iter().map(|pair| pair.entry_end_ms).max().unwrap();
            prop_assert!(it.entry_start_ms < it.entry_end_ms && it.entry_end_ms <= entry_end_ms + STEP_MS);
            prop_assert!(it.item_end_ms <= pairs.iter().map(|pair| pair.item_ms).max().unwrap() + STEP_MS);
            prop_assert!(it.distance_bits <= pairs.iter().map(|pair| pair.distance_bits).max().unwrap());
        }
        let mut all: Vec<u32> = pairs.iter().map(|pair| pair.item_ms).collect();
        all.sort_unstable();
        all.dedup();
        prop_assert!(explained as usize <= all.len());
    }

    #[test]
    fn the_order_of_pairs_does_not_matter(
        (pairs, shuffled) in pairs().prop_flat_map(|pairs| (Just(pairs.clone()), Just(pairs).prop_shuffle())),
    ) {
        prop_assert_eq!(align(&pairs, &SETTINGS), align(&shuffled, &SETTINGS));
    }
}
