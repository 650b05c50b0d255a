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
            if told.all(|area| area.is_near(first)) { first } else { Area::NOWHERE }
        })
    }
}

/// A stretch within this of another one on the same line says nothing more.
const SAME_LINE_MS: i64 = 1_000;

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
        segments.sort_unstable();
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
