//! Frames in a row: stretches of an item that show stretches of entries.

use std::collections::BTreeMap;

use lamassu_case::{Method, Segment};
use lamassu_fingerprint::{Area, Pose, ReadFrame, StoredFrame, View, ViewArea};
use lamassu_index::EntryNumber;
use lamassu_index::align::{Lane, Moment, RATES, Rules, Span, Vote, by_entry, trace, weigh};

use super::sounds::segment;
use super::{Found, Near};
use crate::engine::Engine;

/// One way of comparing: a pose of the item, a view of it and one of the entry.
type Kind = (Pose, View, View);

/// The item as one way of comparing sees it, and what of it is near each entry.
struct Side {
    item_view: View,
    entry_view: View,
    item: Vec<Moment>,
    votes: BTreeMap<EntryNumber, Vec<Vote>>,
}

/// What there is to compare along a line: all frames of the item, and those of each entry. Without them the ends of a
/// stretch are those of the pairs.
pub struct Timelines<'a> {
    /// Of the item.
    pub item: &'a [ReadFrame],
    /// Where its panels lie.
    pub areas: &'a [ViewArea],
    /// Of the entries that have pairs.
    pub entries: &'a BTreeMap<EntryNumber, Vec<StoredFrame>>,
}

impl Timelines<'_> {
    /// Where in the item's picture a panel lies between these moments, nowhere if it moves or nothing is known of it; none
    /// of other views.
    pub fn place(&self, view: View, (start_ms, end_ms): (u32, u32)) -> Option<Area> {
        let is_told = |it: &&ViewArea| it.view == view && (start_ms..=end_ms).contains(&it.start_ms);
        let mut told = self.areas.iter().filter(is_told).map(|it| it.area);
        view.is_panel().then(|| {
            let first = told.next().unwrap_or(Area::NOWHERE);
            if told.all(|area| area.is_alike(first)) { first } else { Area::NOWHERE }
        })
    }
}

/// A stretch within this of another one on the same line says nothing more.
const SAME_LINE_MS: i64 = 1_000;

/// A stretch that ends no farther than two frames of an item from where another one begins has nothing between them.
const GAP_MS_MAX: i64 = 1_000;

/// For each entry the stretches of an item that show it, by pairs of pictures.
pub fn search(engine: &Engine, near: &[Near], timelines: &Timelines<'_>) -> BTreeMap<EntryNumber, Found> {
    let (_, radius_bits) = engine.policy.radius_bits_max();
    let mut nearest: BTreeMap<EntryNumber, Near> = BTreeMap::new();
    let mut kinds: BTreeMap<Kind, Vec<(EntryNumber, Vote)>> = BTreeMap::new();
    // An entry that is one picture has no timeline.
    for &near in near.iter().filter(|near| near.hit.end_ms > 0 && near.hit.distance_bits <= radius_bits) {
        let best = nearest.entry(near.hit.entry).or_insert(near);
        if near.hit.distance_bits < best.hit.distance_bits {
            *best = near;
        }
        let item = Span::new(near.item.start_ms, near.item.end_ms);
        let entry = Span::new(near.hit.start_ms, near.hit.end_ms);
        let kind = (near.pose, near.item.view, near.hit.view);
        kinds.entry(kind).or_default().push((near.hit.entry, Vote::new(item, entry, near.hit.distance_bits)));
    }
    let sides: Vec<Side> = kinds
        .into_iter()
        .map(|(kind, mut votes)| {
            weigh(&mut votes);
            let (_, item_view, entry_view) = kind;
            Side {
                item_view,
                entry_view,
                item: moments_of_item(timelines.item, kind),
                votes: by_entry(&votes),
            }
        })
        .collect();
    let mut found = BTreeMap::new();
    for (entry, nearest) in nearest {
        let frames_min = engine.policy.bank(&engine.indexing.bank_name(nearest.hit.bank)).frames_min;
        let rules = Rules { support_min: frames_min.max(1), ..Rules::PICTURES };
        let known: BTreeMap<View, Vec<Moment>> =
            View::ALL.map(|view| (view, moments_of_entry(timelines.entries.get(&entry), view))).into();
        let mut segments: Vec<Segment> = Vec::new();
        // What is seen in one place is no continuation of what is seen in another one.
        let (mut inside, whole): (Vec<&Side>, Vec<&Side>) =
            sides.iter().partition(|side| side.item_view.is_panel());
        inside.sort_by_key(|side| side.item_view);
        let places = inside.chunk_by(|a, b| a.item_view == b.item_view);
        for sides in std::iter::once(whole.as_slice()).chain(places) {
            let lanes = sides.iter().map(|side| Lane {
                votes: side.votes.get(&entry).map_or(&[], Vec::as_slice),
                item: &side.item,
                entry: &known[&side.entry_view],
                rates: RATES,
            });
            let lanes: Vec<Lane<'_>> = lanes.collect();
            for stretch in trace(&lanes, &rules) {
                let view = sides[stretch.lane].item_view;
                let place = timelines.place(view, (stretch.item_start_ms, stretch.item_end_ms));
                let segment = Segment { place, ..segment(&stretch) };
                if !segments.iter().any(|told| says(told, &segment)) {
                    segments.push(segment);
                }
            }
        }
        let segments = joined(segments);
        if !segments.is_empty() {
            found.insert(entry, Found { method: Method::Frames, nearest: Some(nearest), segments });
        }
    }
    found
}

/// Whether a segment says most of what another one says.
fn says(told: &Segment, other: &Segment) -> bool {
    let offset = |it: &Segment| i64::from(it.entry_start_ms) - i64::from(it.item_start_ms);
    let (start, end) = (told.item_start_ms.max(other.item_start_ms), told.item_end_ms.min(other.item_end_ms));
    let length_ms = other.item_end_ms - other.item_start_ms;
    (offset(told) - offset(other)).abs() <= SAME_LINE_MS && 2 * end.saturating_sub(start) > length_ms
}

/// In order, those put together that go on where they are: a panel whose sides were not seen for a while has another number
/// after that.
fn joined(mut segments: Vec<Segment>) -> Vec<Segment> {
    segments.sort_unstable();
    let mut joined: Vec<Segment> = Vec::new();
    for segment in segments {
        match joined.iter_mut().find(|before| goes_on(before, &segment)) {
            Some(before) => *before = both(before, &segment),
            None => joined.push(segment),
        }
    }
    joined
}

/// Whether `segment` goes on in the place and on the line of the one `before`, with nothing in between.
fn goes_on(before: &Segment, segment: &Segment) -> bool {
    let in_place = before.place.zip(segment.place).is_some_and(|(a, b)| a != Area::NOWHERE && a.is_alike(b));
    let ms = |end: u32, start: u32| i64::from(start) - i64::from(end);
    let gap_ms = ms(before.item_end_ms, segment.item_start_ms);
    let off_line_ms = ms(before.entry_end_ms, segment.entry_start_ms) - gap_ms;
    in_place && gap_ms.abs() <= GAP_MS_MAX && off_line_ms.abs() <= GAP_MS_MAX / 2
}

fn both(before: &Segment, segment: &Segment) -> Segment {
    let frames = before.frames + segment.frames;
    let sum = |it: &Segment| u64::from(it.distance_bits) * u64::from(it.frames);
    Segment {
        item_end_ms: before.item_end_ms.max(segment.item_end_ms),
        entry_end_ms: before.entry_end_ms.max(segment.entry_end_ms),
        frames,
        distance_bits: ((sum(before) + sum(segment)) / u64::from(frames.max(1))) as u32,
        ..*before
    }
}

fn moments_of_item(frames: &[ReadFrame], (pose, view, _): Kind) -> Vec<Moment> {
    let of_view = frames.iter().filter(|frame| frame.view == view);
    of_view
        .map(|frame| Moment { span: Span::new(frame.start_ms, frame.end_ms), bits: frame.posed(pose) })
        .collect()
}

fn moments_of_entry(frames: Option<&Vec<StoredFrame>>, view: View) -> Vec<Moment> {
    let of_view = frames.into_iter().flatten().filter(|frame| frame.view == view);
    of_view
        .map(|frame| Moment { span: Span::new(frame.start_ms, frame.end_ms), bits: frame.bits[0] })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use lamassu_case::Segment;
    use lamassu_fingerprint::{Area, View, ViewArea};

    use super::{Timelines, joined};

    const RIGHT: Area = Area { x: 5_000, y: 0, width: 5_000, height: 10_000 };

    fn segment(item_ms: (u32, u32), entry_start_ms: u32, place: Option<Area>) -> Segment {
        Segment {
            item_start_ms: item_ms.0,
            item_end_ms: item_ms.1,
            entry_start_ms,
            entry_end_ms: entry_start_ms + item_ms.1 - item_ms.0,
            frames: (item_ms.1 - item_ms.0) / 500,
            distance_bits: 10,
            place,
        }
    }

    #[test]
    fn a_panel_whose_edge_drifts_has_a_place_and_one_that_moves_has_none() {
        let place = |last: Area| {
            let view = View::Panel(2);
            let seen = [(0, RIGHT), (500, last)];
            let areas = seen.map(|(start_ms, area)| ViewArea { start_ms, view, area });
            let timelines = Timelines { item: &[], areas: &areas, entries: &BTreeMap::new() };
            [timelines.place(view, (0, 1_000)), timelines.place(View::Full, (0, 1_000))]
        };
        assert_eq!(place(Area { width: 4_500, ..RIGHT }), [Some(RIGHT), None]);
        for moved in [Area { x: 3_500, ..RIGHT }, Area { x: 0, ..RIGHT }, Area { height: 7_900, ..RIGHT }] {
            assert_eq!(place(moved), [Some(Area::NOWHERE), None], "{moved:?}");
        }
    }

    #[test]
    fn what_goes_on_in_its_place_is_one_stretch() {
        let narrower = Area { width: 4_600, ..RIGHT };
        let first = segment((0, 3_500), 2_833, Some(RIGHT));
        let together = |second: Segment| joined(vec![second, first]).len() == 1;
        assert_eq!(
            joined(vec![
                Segment { distance_bits: 17, ..segment((3_500, 7_000), 6_330, Some(narrower)) },
                first
            ]),
            [Segment { item_end_ms: 7_000, entry_end_ms: 9_830, frames: 14, distance_bits: 13, ..first }]
        );
        assert!(together(segment((3_000, 6_000), 5_900, Some(RIGHT))), "they overlap");
        assert!(!together(segment((6_000, 9_000), 8_833, Some(RIGHT))), "something lies between them");
        assert!(!together(segment((3_500, 6_000), 9_000, Some(RIGHT))), "on another line");
        assert!(!together(segment((3_500, 6_000), 6_330, Some(Area { x: 0, ..RIGHT }))), "in the other half");
        assert!(!together(segment((3_500, 6_000), 6_330, Some(Area::NOWHERE))), "nobody knows where");
        assert!(!together(segment((3_500, 6_000), 6_330, None)), "all of the picture");
    }
}
