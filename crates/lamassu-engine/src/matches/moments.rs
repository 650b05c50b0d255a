//! From moments of a video that show a part of an entry to stretches of both.

use lamassu_case::Segment;
use lamassu_fingerprint::local::KeyFrame;
use lamassu_media::ShotSpan;

/// Milliseconds from the first to before the second.
pub type Span = (u32, u32);

/// A key frame of the item, what it shows of the entry, and how far their features are apart in bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub item_ms: u32,
    /// Between which moments of the entry it may be: each is what is nearer to what it is like than to what else is
    /// known.
    pub entry_ms: Vec<Span>,
    pub distance_bits: u32,
}

/// What is known of an item's time: its key frames and its cuts.
#[derive(Debug, Default)]
pub struct Line {
    moments: Vec<u32>,
    cuts: Vec<u32>,
    /// A stretch goes on over so many milliseconds without a pair.
    gap_ms: u32,
}

/// A stretch goes on over so many milliseconds of an item without a pair, and over more where key frames lie farther
/// apart: one of them may show nothing.
const GAP_MS_MIN: u32 = 6_000;
const GAP_MOMENTS: u32 = 3;
/// Within one shot it goes on over so many: what passes before a fixed camera hides what is known.
const GAP_IN_SHOT_MS: u32 = 30_000;
/// A stretch that hashes found goes on with a pair at most so far from its end.
const BESIDE_MS_MAX: u32 = 1_600;
/// So few pairs beside a long stretch of the same entry are a moment taken for another one.
const STRAY_PAIRS: usize = 2;
/// A stretch that shows a single moment of an entry beside one with so many times its pairs is that as well: before a fixed
/// camera many moments look the same.
const LONGER: usize = 2;
/// A pair belongs to a stretch when it is at most so far from what the others say.
const OFF_MS_MAX: i64 = 1_500;

impl Line {
    pub fn of(key_frames: &[KeyFrame], shots: &[ShotSpan]) -> Self {
        let cuts = shots.iter().skip(1).map(|shot| shot.start_ms).collect();
        let moments: Vec<u32> = key_frames.iter().map(|frame| frame.at_ms).collect();
        let mut apart_ms: Vec<u32> = moments.windows(2).map(|pair| pair[1] - pair[0]).collect();
        apart_ms.sort_unstable();
        let apart_ms = apart_ms.get(apart_ms.len() / 2).copied().unwrap_or_default();
        Self { cuts, moments, gap_ms: GAP_MS_MIN.max(apart_ms.saturating_mul(GAP_MOMENTS)) }
    }

    /// Whether a stretch goes on from a pair at one moment to a pair at a later one.
    fn goes_on(&self, from_ms: u32, to_ms: u32) -> bool {
        let apart_ms = to_ms.saturating_sub(from_ms);
        let is_cut = || self.cuts.iter().any(|&cut| from_ms < cut && cut <= to_ms);
        apart_ms <= self.gap_ms || apart_ms <= GAP_IN_SHOT_MS && !is_cut()
    }

    /// Where the shot of a key frame begins: after the last cut since the key frame before, or half way.
    fn start(&self, at_ms: u32) -> u32 {
        let place = self.moments.partition_point(|&moment| moment < at_ms);
        let Some(before) = place.checked_sub(1).map(|before| self.moments[before]) else { return 0 };
        let cut = self.cuts.iter().rev().find(|&&cut| cut <= at_ms).filter(|&&cut| cut >= before);
        cut.copied().unwrap_or_else(|| u32::midpoint(before, at_ms))
    }

    /// Where it ends: at the first cut before the next key frame, or half way.
    fn end(&self, at_ms: u32, item_ms: u32) -> u32 {
        let place = self.moments.partition_point(|&moment| moment <= at_ms);
        let next = self.moments.get(place).copied();
        let cut = self.cuts.iter().find(|&&cut| cut > at_ms).filter(|&&cut| cut <= next.unwrap_or(item_ms));
        cut.copied().unwrap_or_else(|| next.map_or(item_ms, |next| u32::midpoint(at_ms, next)))
    }
}

/// Makes stretches longer by pairs beside them that say the same, which are taken out of `pairs`; whether there were any.
pub fn extend(
    told: &mut [Segment],
    pairs: &mut Vec<Pair>,
    (item_ms, entry_ms): (u32, u32),
    line: &Line,
) -> bool {
    let before = pairs.len();
    let moved = |at: u32, offset: i64| (i64::from(at) + offset).clamp(0, i64::from(entry_ms)) as u32;
    for segment in told {
        let at_start = i64::from(segment.entry_start_ms) - i64::from(segment.item_start_ms);
        let at_end = i64::from(segment.entry_end_ms) - i64::from(segment.item_end_ms);
        // One may lie beside what another one has just added.
        while let Some(found) = pairs.iter().position(|pair| {
            let is_before = pair.item_ms < segment.item_start_ms;
            let beside = if is_before { segment.item_start_ms } else { segment.item_end_ms };
            let offset = if is_before { at_start } else { at_end };
            beside.abs_diff(pair.item_ms) <= BESIDE_MS_MAX && beyond(pair, offset) <= OFF_MS_MAX
        }) {
            let pair = pairs.remove(found);
            segment.item_start_ms = segment.item_start_ms.min(line.start(pair.item_ms));
            segment.item_end_ms = segment.item_end_ms.max(line.end(pair.item_ms, item_ms));
            segment.entry_start_ms = segment.entry_start_ms.min(moved(segment.item_start_ms, at_start));
            segment.entry_end_ms = segment.entry_end_ms.max(moved(segment.item_end_ms, at_end));
            segment.frames += 1;
        }
    }
    pairs.len() < before
}

/// The stretches of an item that `pairs`, in the order of the item, tell of one entry. Lengths are those of item and
/// entry; 0 of an entry that is a still picture.
pub fn stretches(pairs: &[Pair], (item_ms, entry_ms): (u32, u32), line: &Line) -> Vec<Segment> {
    let mut runs: Vec<Vec<Pair>> = Vec::new();
    for pair in pairs {
        let goes_on = |run: &Vec<Pair>| {
            let near = run.last().is_some_and(|last| line.goes_on(last.item_ms, pair.item_ms));
            near && (entry_ms == 0 || beyond(pair, offset(run)) <= OFF_MS_MAX)
        };
        // What comes between two shots of one stretch does not end it.
        match runs.iter_mut().rev().find(|run| goes_on(run)) {
            Some(run) => run.push(pair.clone()),
            None => runs.push(vec![pair.clone()]),
        }
    }
    settle(&mut runs, entry_ms == 0, line);
    runs.iter().filter_map(|run| segment(run, (item_ms, entry_ms), line)).collect()
}

/// Puts runs together that say the same, and drops what contradicts a longer one: where little moves, a moment may be
/// taken for another one.
fn settle(runs: &mut Vec<Vec<Pair>>, is_still: bool, line: &Line) {
    let span = |run: &[Pair]| (run[0].item_ms, run[run.len() - 1].item_ms);
    // The longest first: others are held to it.
    runs.sort_by_key(|run| std::cmp::Reverse(run.len()));
    let mut kept: Vec<Vec<Pair>> = Vec::new();
    for run in runs.drain(..) {
        let (start, end) = span(&run);
        let says_the_same = |other: &mut Vec<Pair>| {
            let (other_start, other_end) = span(other);
            let beside = line.goes_on(other_end, start) && line.goes_on(end, other_start);
            beside && (is_still || (offset(other) - offset(&run)).abs() <= OFF_MS_MAX)
        };
        let contradicts = |other: &Vec<Pair>| {
            let (other_start, other_end) = span(other);
            let shared = i64::from(end.min(other_end)) - i64::from(start.max(other_start));
            let is_short = run.len() <= STRAY_PAIRS && other.len() >= 4 * STRAY_PAIRS
                || shows_one_moment(&run) && other.len() >= LONGER * run.len();
            2 * shared >= i64::from(end - start) || is_short && beside((start, end), span(other))
        };
        // It may be what joins others.
        let same: Vec<Vec<Pair>> = kept.extract_if(.., |other| says_the_same(other)).collect();
        if !same.is_empty() {
            let mut joined: Vec<Pair> = same.into_iter().flatten().chain(run).collect();
            joined.sort_by_key(|pair| pair.item_ms);
            kept.push(joined);
        } else if kept.is_empty() || run.len() > 1 && !kept.iter().any(contradicts) {
            kept.push(run);
        }
    }
    kept.sort_by_key(|run| span(run));
    *runs = kept;
}

/// By how much entry less item may differ for this pair: from the first to the second.
fn allowed(pair: &Pair) -> impl Iterator<Item = (i64, i64)> {
    let less = i64::from(pair.item_ms);
    pair.entry_ms.iter().map(move |&(start, end)| (i64::from(start) - less, i64::from(end.max(start)) - less))
}

/// Whether all pairs may be of the same moment of the entry.
fn shows_one_moment(run: &[Pair]) -> bool {
    let of_all = |span: &Span| run.iter().all(|pair| pair.entry_ms.contains(span));
    run.first().is_some_and(|first| first.entry_ms.iter().any(of_all))
}

/// How far an offset is from what a pair allows.
fn beyond(pair: &Pair, offset: i64) -> i64 {
    allowed(pair).map(|(least, most)| (least - offset).max(offset - most).max(0)).min().unwrap_or(i64::MAX)
}

/// What most pairs allow: the middle of it. A shot in which little moves is like several moments of an entry, so that
/// each pair tells only between which two it lies.
fn offset(run: &[Pair]) -> i64 {
    let mut ends: Vec<i64> = run.iter().flat_map(allowed).flat_map(|(least, most)| [least, most]).collect();
    ends.sort_unstable();
    let holds = |offset: i64| run.iter().filter(|pair| beyond(pair, offset) == 0).count();
    let between = ends.windows(2).map(|pair| (holds(i64::midpoint(pair[0], pair[1])), pair[0], pair[1]));
    let best = between.max_by_key(|&(count, least, most)| (count, most - least));
    best.map_or(0, |(_, least, most)| i64::midpoint(least, most))
}

/// Whether two spans overlap or lie close to each other.
fn beside(a: Span, b: Span) -> bool {
    a.0 <= b.1 + BESIDE_MS_MAX && b.0 <= a.1 + BESIDE_MS_MAX
}

/// Whether this is a moment taken for another one beside what hashes found of the same entry.
pub fn is_stray(segment: &Segment, seen: &[Segment]) -> bool {
    let span = |it: &Segment| (it.item_start_ms, it.item_end_ms);
    segment.frames as usize <= STRAY_PAIRS && seen.iter().any(|seen| beside(span(segment), span(seen)))
}

fn segment(run: &[Pair], (item_ms, entry_ms): (u32, u32), line: &Line) -> Option<Segment> {
    let (start, end) = (line.start(run.first()?.item_ms), line.end(run.last()?.item_ms, item_ms));
    let (entry_start_ms, entry_end_ms) = if entry_ms == 0 {
        (0, 0)
    } else {
        let offset = offset(run);
        let moved = |at: u32| (i64::from(at) + offset).clamp(0, i64::from(entry_ms)) as u32;
        (moved(start), moved(end))
    };
    let distance_bits = run.iter().map(|pair| pair.distance_bits).sum::<u32>() / run.len() as u32;
    let segment = Segment {
        item_start_ms: start,
        item_end_ms: end,
        entry_start_ms,
        entry_end_ms,
        frames: run.len() as u32,
        distance_bits,
        place: None,
    };
    (start < end && (entry_ms == 0 || entry_start_ms < entry_end_ms)).then_some(segment)
}

#[cfg(test)]
mod tests {
    use lamassu_case::Segment;
    use lamassu_fingerprint::local::{Features, KeyFrame};

    use super::{GAP_MS_MIN, Line, Pair, extend, settle, stretches};

    fn line(moments: &[u32], cuts: &[u32]) -> Line {
        Line { moments: moments.to_vec(), cuts: cuts.to_vec(), gap_ms: GAP_MS_MIN }
    }

    /// Of an entry of which every second second is known.
    fn pair(item_ms: u32, entry_ms: u32) -> Pair {
        Pair { item_ms, entry_ms: vec![(entry_ms, entry_ms + 2_000)], distance_bits: 30 }
    }

    fn ends(segments: &[Segment]) -> Vec<[u32; 5]> {
        let of =
            |it: &Segment| [it.item_start_ms, it.item_end_ms, it.entry_start_ms, it.entry_end_ms, it.frames];
        segments.iter().map(of).collect()
    }

    #[test]
    fn a_stretch_ends_at_cuts_or_half_way() {
        let line = line(&[0, 1000, 2000, 3000, 4000, 5000, 6000], &[2250]);
        // Entry less item is 8 to 9 seconds.
        let pairs = [pair(3000, 10_000), pair(4000, 12_000), pair(5000, 12_000)];
        assert_eq!(ends(&stretches(&pairs, (7_000, 60_000), &line)), [[2250, 5500, 10_750, 14_000, 3]]);
    }

    #[test]
    fn where_nothing_moves_most_pairs_are_held_to() {
        let line = line(&[0, 1000, 2000, 3000], &[]);
        let pairs = [pair(0, 4000), pair(1000, 4000), pair(2000, 4000), pair(3000, 6000)];
        // 2 to 3 seconds are allowed by all but the first, 3 to 4 by all but the third, which is as many.
        let found = ends(&stretches(&pairs, (4_000, 60_000), &line));
        assert_eq!((found.len(), found[0][4]), (1, 4));
        assert!((3_000..=5_000).contains(&found[0][2]), "{found:?}");
    }

    #[test]
    fn what_may_be_several_moments_is_held_to_the_others() {
        let line = line(&[0, 1000, 2000, 3000], &[]);
        // It looks the same at four and at forty seconds; only the last one moves.
        let either = |item_ms, entry_ms| Pair {
            entry_ms: vec![(40_000, 42_000), (entry_ms, entry_ms + 2_000)],
            ..pair(item_ms, entry_ms)
        };
        let pairs = [either(0, 4000), either(1000, 4000), either(2000, 6000), pair(3000, 6000)];
        assert_eq!(ends(&stretches(&pairs, (4_000, 60_000), &line)), [[0, 4000, 4_500, 8_500, 4]]);
    }

    #[test]
    fn other_seconds_of_an_entry_are_another_stretch() {
        let line = line(&[0, 1000, 2000, 3000, 4000], &[]);
        let pairs = [pair(0, 40_000), pair(1000, 40_000), pair(2000, 4000), pair(3000, 4000)];
        let found = stretches(&pairs, (4_500, 60_000), &line);
        assert_eq!(ends(&found), [[0, 1500, 40_500, 42_000, 2], [1500, 3500, 4_000, 6_000, 2]]);
    }

    #[test]
    fn what_lies_between_joins_both_sides() {
        let run =
            |seconds: std::ops::Range<u32>| seconds.map(|k| pair(1000 * k, 1000 * k)).collect::<Vec<_>>();
        // The shortest comes last, and is near enough to both.
        let mut runs = vec![run(0..10), run(15..18), run(23..40)];
        settle(&mut runs, false, &line(&[], &[9_500]));
        assert_eq!(runs.iter().map(Vec::len).collect::<Vec<_>>(), [30]);
        let mut apart = vec![run(0..10), run(23..40)];
        settle(&mut apart, false, &line(&[], &[9_500]));
        assert_eq!(apart.len(), 2);
    }

    #[test]
    fn a_moment_that_stands_still_beside_a_longer_stretch_says_nothing() {
        let line = line(&[0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000], &[2_250]);
        let still = || (0..3).map(|k| pair(1000 * k, 30_000));
        let moves = |from: u32| (3..9).map(move |k| pair(1000 * k, from + 1000 * k));
        let beside: Vec<Pair> = still().chain(moves(0)).collect();
        assert_eq!(ends(&stretches(&beside, (9_000, 60_000), &line)), [[2_250, 9_000, 3_250, 10_000, 6]]);
        assert_eq!(
            stretches(&still().collect::<Vec<_>>(), (9_000, 60_000), &line).len(),
            1,
            "alone it is told"
        );
        // What moves on is another stretch, however short.
        let other: Vec<Pair> = (0..3).map(|k| pair(1000 * k, 30_000 + 1000 * k)).chain(moves(0)).collect();
        assert_eq!(stretches(&other, (9_000, 60_000), &line).len(), 2);
    }

    #[test]
    fn what_passes_within_one_shot_does_not_end_a_stretch() {
        let pairs = [pair(0, 10_000), pair(1000, 10_000), pair(20_000, 30_000), pair(21_000, 30_000)];
        let found = |cuts: &[u32]| {
            ends(&stretches(&pairs, (22_000, 60_000), &line(&[0, 1000, 20_000, 21_000], cuts)))
        };
        assert_eq!(found(&[]).len(), 1, "{:?}", found(&[]));
        assert_eq!(found(&[7_500]).len(), 2);
        let later: Vec<Pair> =
            pairs.iter().map(|it| pair(it.item_ms * 2, it.entry_ms[0].0 + it.item_ms)).collect();
        let long = stretches(&later, (44_000, 60_000), &line(&[0, 2000, 40_000, 42_000], &[]));
        assert_eq!(long.len(), 2, "nothing is known of most of it: {long:?}");
    }

    #[test]
    fn a_moment_taken_for_another_one_is_left_out() {
        let moments: Vec<u32> = (0..12).map(|k| 1000 * k).collect();
        let line = line(&moments, &[]);
        // The entry from its tenth second on; the fifth and sixth are like others of it, and so is the last one.
        let right = |k: u32| pair(1000 * k, (10_000 + 1000 * k) / 2_000 * 2_000);
        let mut pairs: Vec<Pair> = (0..12).map(right).collect();
        (pairs[5], pairs[6]) = (pair(5000, 40_000), pair(6000, 40_000));
        pairs[11] = pair(11_000, 2000);
        let found = ends(&stretches(&pairs, (12_000, 60_000), &line));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0][0], found[0][1], found[0][4]), (0, 10_500, 9));
    }

    #[test]
    fn what_hashes_found_goes_on_where_parts_say_the_same() {
        let line = line(&[0, 1000, 2000, 3000, 4000, 5000, 6000, 7000], &[6_250]);
        let mut told = [Segment {
            item_start_ms: 2_000,
            item_end_ms: 4_000,
            entry_start_ms: 12_000,
            entry_end_ms: 14_000,
            frames: 4,
            distance_bits: 10,
            place: None,
        }];
        // Two follow at its pace, one comes before; the last shows other seconds.
        let mut pairs = vec![pair(1000, 10_000), pair(5000, 14_000), pair(6000, 16_000), pair(7000, 40_000)];
        assert!(extend(&mut told, &mut pairs, (8_000, 60_000), &line));
        assert_eq!(ends(&told), [[500, 6_250, 10_500, 16_250, 7]]);
        assert_eq!(pairs, [pair(7000, 40_000)]);
        assert!(!extend(&mut told, &mut pairs, (8_000, 60_000), &line));
    }

    #[test]
    fn in_a_film_of_hours_a_stretch_goes_on_where_key_frames_lie_far_apart() {
        let frames: Vec<KeyFrame> =
            (0..9).map(|k| KeyFrame { at_ms: 18_000 * k, features: Features::default() }).collect();
        let line = Line::of(&frames, &[]);
        // The second key frame of it shows nothing.
        let pairs = [pair(36_000, 40_000), pair(72_000, 76_000), pair(90_000, 94_000)];
        let found = ends(&stretches(&pairs, (162_000, 300_000), &line));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0][0], found[0][1], found[0][4]), (27_000, 99_000, 3));
    }

    #[test]
    fn a_still_picture_has_no_seconds_and_nothing_reaches_beyond_its_entry() {
        let line = line(&[0, 1000, 2000], &[]);
        let still = |item_ms| Pair { item_ms, entry_ms: vec![(0, 0)], distance_bits: 30 };
        let found = stretches(&[still(0), still(1000)], (3_000, 0), &line);
        assert_eq!(ends(&found), [[0, 1500, 0, 0, 2]]);
        let short = |item_ms| Pair { item_ms, entry_ms: vec![(0, 1_200)], distance_bits: 30 };
        let found = ends(&stretches(&[short(1000), short(2000)], (3_000, 1_200), &line));
        assert_eq!(found, [[500, 3000, 0, 1_200, 2]]);
        assert_eq!(stretches(&[], (3_000, 1_000), &line), []);
    }
}
