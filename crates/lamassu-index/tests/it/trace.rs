//! Stretches found between timelines made by hand, with hashes, and what holds for any votes at all.

use lamassu_fingerprint::Bits256;
use lamassu_index::align::{
    COMMON_ENTRIES_MIN, Lane, Moment, RATES, Rules, Span, Stretch, Vote, by_entry, trace, weigh,
};
use proptest::prelude::*;

/// Two frames of an item a second, six of an entry.
const ITEM_STEP_MS: u32 = 500;
const ENTRY_STEP_MS: u32 = 166;
const RADIUS_BITS: u32 = 31;

/// A hash for each number, as different as chance makes them: `SplitMix64` (Steele, Lea, Flood 2014).
fn hash(number: u64) -> Bits256 {
    let mut state = number.wrapping_mul(0x2545_f491_4f6c_dd1d);
    Bits256([0; 4].map(|_: u64| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }))
}

/// `bits` of the hash turned over.
fn off(mut hash: Bits256, bits: usize) -> Bits256 {
    (0..bits).for_each(|bit| hash.0[bit % 4] ^= 1 << (bit / 4));
    hash
}

fn entry(seconds: u32) -> Vec<Moment> {
    (0..seconds * 1000 / ENTRY_STEP_MS)
        .map(|k| Moment {
            span: Span::new(k * ENTRY_STEP_MS, (k + 1) * ENTRY_STEP_MS),
            bits: hash(u64::from(k)),
        })
        .collect()
}

/// An item that at each of its frames shows what `shows` says: a time of the entry and bits turned over.
fn item(seconds: u32, entry: &[Moment], shows: impl Fn(f64) -> Option<(f64, usize)>) -> Vec<Moment> {
    (0..seconds * 1000 / ITEM_STEP_MS)
        .map(|k| {
            let span = Span::new(k * ITEM_STEP_MS, (k + 1) * ITEM_STEP_MS);
            let seen = shows(span.middle_ms()).and_then(|(ms, bits)| {
                let moment = entry.iter().find(|moment| moment.span.miss_ms(ms) <= 0.0)?;
                Some(off(moment.bits, bits))
            });
            Moment { span, bits: seen.unwrap_or_else(|| hash(1_000_000 + u64::from(k))) }
        })
        .collect()
}

fn votes(item: &[Moment], entry: &[Moment]) -> Vec<Vote> {
    let pair = |a: &Moment, b: &Moment| {
        let distance_bits = a.bits.distance(b.bits);
        (distance_bits <= RADIUS_BITS).then(|| Vote::new(a.span, b.span, distance_bits))
    };
    item.iter().flat_map(|a| entry.iter().filter_map(move |b| pair(a, b))).collect()
}

fn find(item: &[Moment], entry: &[Moment]) -> Vec<Stretch> {
    let votes = votes(item, entry);
    trace(&[Lane { votes: &votes, item, entry, rates: RATES }], &Rules::PICTURES)
}

/// Item and entry in seconds, to within two fifths of a step of the item.
fn assert_shows(found: &Stretch, item_s: (f64, f64), entry_s: (f64, f64)) {
    let ends = [
        (found.item_start_ms, item_s.0),
        (found.item_end_ms, item_s.1),
        (found.entry_start_ms, entry_s.0),
        (found.entry_end_ms, entry_s.1),
    ];
    for (found_ms, expected_s) in ends {
        let off_ms = (f64::from(found_ms) - expected_s * 1000.0).abs();
        assert!(off_ms <= 350.0, "{found:?} does not show {item_s:?} {entry_s:?}");
    }
}

#[test]
fn a_part_at_any_rate_is_found_where_it_is() {
    let entry = entry(60);
    for rate in [1.0, 0.8, 0.93, 1.04, 1.1, 1.25] {
        let shows =
            |ms: f64| (10_000.0..22_000.0).contains(&ms).then_some((20_000.0 + (ms - 10_000.0) * rate, 6));
        let found = find(&item(40, &entry, shows), &entry);
        assert_eq!(found.len(), 1, "{rate}: {found:?}");
        assert_shows(&found[0], (10.0, 22.0), (20.0, 20.0 + 12.0 * rate));
        assert!((found[0].rate - rate).abs() <= 0.02, "{found:?}");
        assert!(found[0].walked && found[0].density() > 0.9 && found[0].mean_bits < 10.0, "{found:?}");
    }
}

#[test]
fn order_and_repetition_are_free() {
    let entry = entry(60);
    // Seconds 40 to 46, 5 to 10, and 40 to 46 once more.
    let shows = |ms: f64| match ms {
        0.0..6_000.0 => Some((40_000.0 + ms, 4)),
        8_000.0..13_000.0 => Some((5_000.0 + ms - 8_000.0, 4)),
        13_000.0..19_000.0 => Some((40_000.0 + ms - 13_000.0, 4)),
        _ => None,
    };
    let found = find(&item(25, &entry, shows), &entry);
    assert_eq!(found.len(), 3, "{found:?}");
    assert_shows(&found[0], (0.0, 6.0), (40.0, 46.0));
    assert_shows(&found[1], (8.0, 13.0), (5.0, 10.0));
    assert_shows(&found[2], (13.0, 19.0), (40.0, 46.0));
}

#[test]
fn the_walk_reaches_what_the_search_does_not() {
    let entry = entry(40);
    // Only four seconds in the middle are within the radius of the search.
    let bits = |ms: f64| if (8_000.0..12_000.0).contains(&ms) { 10 } else { 48 };
    let shows = |ms: f64| (4_000.0..18_000.0).contains(&ms).then(|| (5_000.0 + ms, bits(ms)));
    let item = item(30, &entry, shows);
    let found = find(&item, &entry);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_shows(&found[0], (4.0, 18.0), (9.0, 23.0));
    // Without hashes the ends are those of the votes.
    let votes = votes(&item, &entry);
    let lane = Lane { votes: &votes, item: &[], entry: &[], rates: RATES };
    let found = trace(&[lane], &Rules::PICTURES);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(!found[0].walked);
    assert_shows(&found[0], (8.0, 12.0), (13.0, 17.0));
}

#[test]
fn what_two_lanes_say_of_lines_less_than_a_step_apart_is_one_stretch() {
    let entry = entry(60);
    let found = |jump_ms: f64| {
        let first = |ms: f64| (0.0..8_000.0).contains(&ms).then_some((10_000.0 + ms, 4));
        let second = |ms: f64| (8_500.0..16_000.0).contains(&ms).then_some((10_000.0 + ms + jump_ms, 4));
        let items = [item(20, &entry, first), item(20, &entry, second)];
        let votes = items.each_ref().map(|item| votes(item, &entry));
        let lane = |k: usize| Lane { votes: &votes[k], item: &items[k], entry: &entry, rates: RATES };
        trace(&[lane(0), lane(1)], &Rules::PICTURES)
    };
    let one = found(450.0);
    assert_eq!(one.len(), 1, "{one:?}");
    assert_shows(&one[0], (0.0, 16.0), (10.0, 26.45));
    let two = found(1_000.0);
    assert_eq!(two.len(), 2, "{two:?}");
}

#[test]
fn both_sides_of_a_short_cut_are_told() {
    let entry = entry(60);
    for cut_ms in [450.0, 700.0, 1_000.0, 1_600.0, 3_000.0] {
        let shows = |ms: f64| match ms {
            0.0..8_000.0 => Some((10_000.0 + ms, 4)),
            8_500.0..16_000.0 => Some((10_000.0 + ms + cut_ms, 4)),
            _ => None,
        };
        let found = find(&item(20, &entry, shows), &entry);
        let until_s = found.last().map_or(0.0, |last| f64::from(last.item_end_ms) / 1000.0);
        assert!((until_s - 16.0).abs() <= 0.35, "{cut_ms}: {found:?}");
        if let [first, second] = found.as_slice() {
            assert_shows(first, (0.0, 8.0), (10.0, 18.0));
            assert_shows(second, (8.5, 16.0), (18.5 + cut_ms / 1000.0, 26.0 + cut_ms / 1000.0));
        } else {
            assert_eq!((found.len(), cut_ms), (1, 450.0), "{found:?}");
        }
    }
}

#[test]
fn a_short_gap_is_closed_and_lanes_are_joined() {
    let entry = entry(40);
    let shows = |ms: f64| match ms {
        0.0..6_000.0 | 8_000.0..14_000.0 => Some((10_000.0 + ms, 4)),
        _ => None,
    };
    let item = item(20, &entry, shows);
    let found = find(&item, &entry);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_shows(&found[0], (0.0, 14.0), (10.0, 24.0));
    assert!(found[0].density() < 0.9, "{found:?}");
    // Another lane that sees a part of it says nothing new.
    let votes = votes(&item, &entry);
    let part: Vec<Vote> = votes.iter().filter(|vote| vote.item.from_ms < 5_000).copied().collect();
    let lane = |votes| Lane { votes, item: &item, entry: &entry, rates: RATES };
    assert_eq!(trace(&[lane(&part), lane(&votes)], &Rules::PICTURES).len(), 1);
}

#[test]
fn unrelated_content_gives_nothing() {
    let entry = entry(60);
    assert_eq!(find(&item(60, &entry, |_| None), &entry), []);
    // Frames that are near, but at no rate.
    let scattered = |ms: f64| Some(((ms / 500.0 * 7_919.0) % 58_000.0, 10));
    assert_eq!(find(&item(60, &entry, scattered), &entry), []);
    assert_eq!(trace(&[], &Rules::PICTURES), []);
}

#[test]
fn common_moments_count_less_and_say_so() {
    let span = Span::new(0, 500);
    let mut pairs: Vec<(u64, Vote)> = (0..u64::from(COMMON_ENTRIES_MIN))
        .map(|entry| (entry, Vote::new(span, Span::new(0, 166), 4)))
        .collect();
    let own = Span::new(500, 1000);
    pairs.push((3, Vote::new(own, Span::new(500, 666), 8)));
    pairs.push((3, Vote::new(own, Span::new(666, 832), 18)));
    pairs.push((3, Vote::new(Span::new(1000, 1500), Span::new(1000, 1166), 8)));
    pairs.push((3, Vote::new(Span::new(1000, 1500), Span::new(90_000, 90_166), 8)));
    weigh(&mut pairs);
    let votes = by_entry(&pairs);
    let weights: Vec<f32> = votes[&3].iter().map(|vote| vote.weight).collect();
    // Near eight entries, its own, farther than the nearest, and at two places of the entry.
    assert_eq!(weights, [0.25, 1.0, 0.5, 0.5, 0.5]);
    assert_eq!(votes[&3][0].entries, COMMON_ENTRIES_MIN);
    assert_eq!(votes[&0].len(), 1);

    let (entry, frames) = (entry(10), |ms: f64| Some((ms, 4)));
    let item = item(10, &entry, frames);
    let mut pairs: Vec<(u64, Vote)> = (0..10).flat_map(|number| votes_of(number, &item, &entry)).collect();
    weigh(&mut pairs);
    let votes = &by_entry(&pairs)[&4];
    let found = trace(&[Lane { votes, item: &item, entry: &entry, rates: RATES }], &Rules::PICTURES);
    assert_eq!(found.len(), 1);
    assert!(found[0].common_share > 0.99 && found[0].weight < 0.3 * f64::from(found[0].support), "{found:?}");
}

fn votes_of(number: u64, item: &[Moment], entry: &[Moment]) -> Vec<(u64, Vote)> {
    votes(item, entry).into_iter().map(|vote| (number, vote)).collect()
}

#[test]
fn extreme_times_are_held_out() {
    let last = u32::MAX - 400;
    let span = |k: u32| Span::new(last - k * ITEM_STEP_MS, last - k * ITEM_STEP_MS + 400);
    let moments: Vec<Moment> = (0..6).rev().map(|k| Moment { span: span(k), bits: hash(1) }).collect();
    let early = Span::new(0, u32::MAX);
    let votes: Vec<Vote> = (0..6).map(|k| Vote::new(span(k), early, 0)).collect();
    let entry = [Moment { span: early, bits: hash(1) }];
    trace(&[Lane { votes: &votes, item: &moments, entry: &entry, rates: RATES }], &Rules::PICTURES);
    // Votes of moments that are not there, and an entry that is somewhere else.
    trace(&[Lane { votes: &votes, item: &moments[..1], entry: &moments, rates: (0.0, 9.0) }], &Rules::SOUND);
}

fn any_votes() -> impl Strategy<Value = Vec<Vote>> {
    let vote =
        (0..60_u32, 0..240_u32, 1..40_u32, 0..40_u32).prop_map(|(item, start, length, distance_bits)| {
            let item = Span::new(item * ITEM_STEP_MS, (item + 1) * ITEM_STEP_MS);
            Vote::new(item, Span::new(start * ENTRY_STEP_MS, (start + length) * ENTRY_STEP_MS), distance_bits)
        });
    prop::collection::vec(vote, 0..80)
}

proptest! {
    #[test]
    fn stretches_keep_to_the_rules(votes in any_votes(), walks: bool, seed: u64) {
        let entry = entry(40);
        let item = item(30, &entry, |ms| {
            let turn = seed.wrapping_mul(ms as u64 / 5_000 + 1) % 30_000;
            Some((turn as f64 + ms % 5_000.0, 20))
        });
        let (item, entry) = if walks { (item.as_slice(), entry.as_slice()) } else { (&[][..], &[][..]) };
        let rules = Rules::PICTURES;
        let found = trace(&[Lane { votes: &votes, item, entry, rates: RATES }], &rules);
        let mut last_end_ms = 0;
        for it in &found {
            prop_assert!(it.item_start_ms >= last_end_ms && it.item_start_ms < it.item_end_ms, "{found:?}");
            prop_assert!(it.entry_start_ms < it.entry_end_ms, "{it:?}");
            last_end_ms = it.item_end_ms;
            prop_assert!(it.support >= rules.support_min && it.mean_bits <= rules.mean_bits_max, "{it:?}");
            prop_assert!(it.rate >= RATES.0 && it.rate <= RATES.1, "{it:?}");
        }
    }

    #[test]
    fn the_order_of_votes_does_not_matter(
        (votes, shuffled) in any_votes().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle())),
    ) {
        let lane = |votes| Lane { votes, item: &[], entry: &[], rates: RATES };
        prop_assert_eq!(trace(&[lane(&votes)], &Rules::PICTURES), trace(&[lane(&shuffled)], &Rules::PICTURES));
    }
}
