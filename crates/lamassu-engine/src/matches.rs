//! Matching: from the fingerprints of an item to evidence about entries.

mod crowd;
pub mod kin;
mod moments;
mod moving;
mod pictures;
mod places;
mod sequences;
mod sounds;
mod straightened;

use std::collections::BTreeMap;

use lamassu_case::{Areas, Candidate, Evidence, Method, Segment, covered_ms};
use lamassu_fingerprint::{FINGERPRINT_VERSION, Frame, Pose, StoredFrame, View, area_of};
use lamassu_index::{EntryNumber, Filter, Hit, Snapshot};
use lamassu_media::Reading;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::intake::{Admission, Admitted};
use crate::read::Read;
use pictures::Search;
pub use pictures::plain_radius_bits;
pub use sequences::Timelines;

/// Fewest pairs of frames that are worth the frames of an entry.
const PAIRS_MIN: u32 = 2;

/// What was found of one entry.
#[derive(Debug, Clone)]
pub struct Found {
    method: Method,
    nearest: Option<Near>,
    segments: Vec<Segment>,
}

/// A moment of an item, without its hashes.
pub type Moment = Frame<0>;

/// A pair of pictures that lie near each other.
#[derive(Debug, Clone, Copy)]
pub struct Near {
    /// The entry's side.
    pub hit: Hit,
    /// The item's side.
    pub item: Moment,
    /// How the item shows it.
    pub pose: Pose,
}

impl Near {
    fn quality(&self) -> u8 {
        self.hit.quality.min(self.item.quality)
    }

    fn is_plain(&self) -> bool {
        self.item.view == View::Plain
    }

    /// By how much plain pictures differ, as a share of what they are known by.
    fn difference(&self) -> f64 {
        f64::from(self.hit.distance_bits) / f64::from(self.quality().max(1))
    }
}

/// Searches everything known for what is in `reading`.
pub async fn find(
    engine: &Engine,
    item: &Admitted,
    read: &mut Read,
    filter: &Filter,
) -> Result<Evidence, EngineError> {
    // Nothing is decided on what may be damaged.
    engine.indexing.checked().await?;
    let snapshot = engine.snapshot();
    let mut evidence = Evidence::new(engine.policy.version, FINGERPRINT_VERSION, snapshot.sequence());
    evidence.truncated = read.reading.truncated;
    let whole = search(engine, &snapshot, (item, &read.reading), filter).await?;
    let heard = sounds::search(engine, (&read.reading.sound, read.reading.duration_ms), filter).await?;
    for (entry, segments) in heard {
        let sound = Found { method: Method::Sound, nearest: None, segments };
        evidence.candidates.push(candidate(engine, (entry, sound), None, read.reading.duration_ms).await?);
    }
    for (entry, found) in whole {
        let areas = match &found.nearest {
            Some(near) => areas(engine, near, &read.reading).await?,
            None => None,
        };
        evidence.candidates.push(candidate(engine, (entry, found), areas, read.reading.duration_ms).await?);
    }
    places::search(engine, read, filter, &mut evidence).await?;
    Ok(evidence)
}

/// What was found of an entry, as it is kept.
pub async fn candidate(
    engine: &Engine,
    (entry, found): (EntryNumber, Found),
    areas: Option<Areas>,
    item_duration_ms: u32,
) -> Result<Candidate, EngineError> {
    let entry = engine.store.entry(entry).await?;
    let mut segments = found.segments;
    if found.method == Method::Sha256 && item_duration_ms > 0 {
        segments = vec![whole(item_duration_ms, entry.duration_ms)];
    }
    let item_ms = covered_ms(segments.iter().map(|it| (it.item_start_ms, it.item_end_ms)));
    let entry_ms = covered_ms(segments.iter().map(|it| (it.entry_start_ms, it.entry_end_ms)));
    Ok(Candidate {
        bank: entry.bank,
        entry: entry.id,
        title: entry.metadata.title,
        medium: entry.medium,
        method: found.method,
        distance_bits: found.nearest.map(|near| near.hit.distance_bits),
        quality: found.nearest.map(|near| near.quality()),
        views: found.nearest.map(|near| {
            [near.item.view.name(), near.hit.view.name(), near.pose.orientation.name()].map(str::to_owned)
        }),
        negative: found.nearest.is_some_and(|near| near.pose.negative),
        areas,
        placed: None,
        item_coverage: share(item_ms, item_duration_ms),
        entry_coverage: share(entry_ms, entry.duration_ms),
        segments,
    })
}

/// How much of what plays is covered; none of what does not.
fn share(covered_ms: u32, whole_ms: u32) -> Option<f64> {
    (whole_ms > 0).then(|| (f64::from(covered_ms) / f64::from(whole_ms)).min(1.0))
}

/// Where the pair lies; none when that was not kept with the entry.
async fn areas(engine: &Engine, near: &Near, reading: &Reading) -> Result<Option<Areas>, EngineError> {
    let of_entry = match near.hit.view {
        View::Full | View::OnWhite | View::Plain | View::Straightened | View::Panel(_) => Vec::new(),
        View::Trimmed | View::Content => engine.store.entry_areas(near.hit.entry).await?,
    };
    let item = area_of(&reading.areas, near.item.view, near.item.start_ms);
    let entry = area_of(&of_entry, near.hit.view, near.hit.start_ms);
    Ok(item.zip(entry).map(|(item, entry)| Areas { item, entry }))
}

/// Whether an entry lies so close to its bank's radius that `bits_off` could decide.
pub fn is_close_call(engine: &Engine, reading: &Reading, filter: &Filter, bits_off: u32) -> bool {
    let snapshot = engine.snapshot();
    let (radius_bits, _) = engine.policy.radius_bits_max();
    let search = Search { engine, snapshot: &snapshot, filter, radius_bits: radius_bits + bits_off };
    let mut pairs = Vec::new();
    search.each(&reading.frames, |near| pairs.push(near));
    pairs.retain(|near| !near.is_plain());
    pictures::nearest(pairs).values().any(|near| {
        let radius_bits = engine.policy.bank(&engine.indexing.bank_name(near.hit.bank)).radius_bits;
        near.hit.distance_bits.abs_diff(radius_bits) <= bits_off
    })
}

/// The best that can be said of each entry: the same bytes, then frames in a row, then one picture.
async fn search(
    engine: &Engine,
    snapshot: &Snapshot,
    (item, reading): (&Admitted, &Reading),
    filter: &Filter,
) -> Result<BTreeMap<EntryNumber, Found>, EngineError> {
    let (radius_bits, frame_radius_bits) = engine.policy.radius_bits_max();
    let plays = reading.duration_ms > 0;
    let radius_bits = if plays { radius_bits.max(frame_radius_bits) } else { radius_bits };
    let pairs = Search { engine, snapshot, filter, radius_bits }.pairs(&reading.frames, |_| true);
    let entries = timelines(engine, &pairs, plays).await?;
    let timelines = Timelines { item: &reading.frames, areas: &reading.areas, entries: &entries };
    let mut found = judge(engine, pairs, reading.duration_ms, &timelines);
    let digests = match &item.content {
        Admission::Media(media) => vec![media.digest],
        Admission::Post(post) => post.digests(),
    };
    for digest in digests {
        for (entry, _) in snapshot.find_digest(digest, filter) {
            found.insert(entry, Found { method: Method::Sha256, nearest: None, segments: Vec::new() });
        }
    }
    Ok(found)
}

/// The frames of the entries that play and have pairs enough to be followed.
async fn timelines(
    engine: &Engine,
    pairs: &[Near],
    plays: bool,
) -> Result<BTreeMap<EntryNumber, Vec<StoredFrame>>, EngineError> {
    let mut counts: BTreeMap<EntryNumber, u32> = BTreeMap::new();
    for near in pairs.iter().filter(|near| plays && near.hit.end_ms > 0) {
        *counts.entry(near.hit.entry).or_default() += 1;
    }
    let mut entries = BTreeMap::new();
    for (entry, count) in counts {
        if count >= PAIRS_MIN {
            entries.insert(entry, engine.store.entry_frames(entry).await?);
        }
    }
    Ok(entries)
}

/// What the pairs say of each entry: frames in a row, or else one picture.
pub fn judge(
    engine: &Engine,
    pairs: Vec<Near>,
    item_duration_ms: u32,
    timelines: &Timelines<'_>,
) -> BTreeMap<EntryNumber, Found> {
    let (radius_bits, _) = engine.policy.radius_bits_max();
    let mut found = BTreeMap::new();
    let (plain, pairs): (Vec<Near>, Vec<Near>) = pairs.into_iter().partition(Near::is_plain);
    if item_duration_ms > 0 {
        found.extend(sequences::search(engine, &pairs, timelines));
    }
    for (entry, near) in pictures::nearest(pairs) {
        // Two videos need frames in a row; a picture of either side has only itself.
        let is_single = item_duration_ms == 0 || near.hit.end_ms == 0;
        if is_single && near.hit.distance_bits <= radius_bits {
            let place = timelines.place(near.item.view, (near.item.start_ms, near.item.start_ms));
            let segments = pictures::segments(&near, item_duration_ms, place);
            let picture = Found { method: Method::Pdq, nearest: Some(near), segments };
            found.entry(entry).or_insert(picture);
        }
    }
    let difference_max = engine.policy.plain_difference_max();
    for (entry, near) in pictures::least_different(plain) {
        if near.difference() <= difference_max {
            let plain = Found { method: Method::Plain, nearest: Some(near), segments: Vec::new() };
            found.entry(entry).or_insert(plain);
        }
    }
    found
}

fn whole(item_ms: u32, entry_ms: u32) -> Segment {
    Segment {
        item_start_ms: 0,
        item_end_ms: item_ms,
        entry_start_ms: 0,
        entry_end_ms: entry_ms,
        frames: 0,
        distance_bits: 0,
        place: None,
    }
}
