//! Provenance: which seconds of an item come from which known release, and which from none.

use lamassu_fingerprint::{Area, SIDE};

use crate::decide::{Match, segment_score};
use crate::evidence::{Candidate, Method, Segment};
use crate::medium::Medium;
use crate::names::{BankName, EntryId};
use crate::released::age_ms;

/// Most bands that are told; of more, the surest.
pub const BANDS_MAX: usize = 2_000;
/// Most older sources that are named for one band.
const OLDER_MAX: usize = 8;
/// Ends of segments miss by less than this, in milliseconds: what is left over beside an older source is no find.
const OWN_MS_MIN: u32 = 1_000;
/// Shorter stretches that nothing explains lie between the ends of segments, in milliseconds.
const GAP_MS_MIN: u32 = 500;

/// A stretch of time in milliseconds, from the first to before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Its start.
    pub start_ms: u32,
    /// Its end.
    pub end_ms: u32,
}

impl Span {
    /// From `start_ms` to `end_ms`, never backwards.
    pub fn new(start_ms: u32, end_ms: u32) -> Self {
        Self { start_ms, end_ms: end_ms.max(start_ms) }
    }

    /// How long it is, in milliseconds.
    pub fn length_ms(self) -> u32 {
        self.end_ms - self.start_ms
    }

    fn common_ms(self, other: Self) -> u32 {
        self.end_ms.min(other.end_ms).saturating_sub(self.start_ms.max(other.start_ms))
    }
}

/// What of the item a band is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// What is seen.
    Picture,
    /// What is heard.
    Sound,
    /// All of it: the same bytes.
    Whole,
}

impl Layer {
    /// The word used in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Picture => "picture",
            Self::Sound => "sound",
            Self::Whole => "whole",
        }
    }

    /// Whether it tells all that `other` does.
    fn covers(self, other: Self) -> bool {
        self == other || self == Self::Whole
    }
}

/// A stretch of the item that shows a stretch of an entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// What agrees.
    pub layer: Layer,
    /// How it was found.
    pub method: Method,
    /// Where in the item.
    pub item: Span,
    /// Where in the entry; without length for an entry that is one picture.
    pub entry: Span,
    /// How probable it is that it is right, 0 to 1.
    pub score: f64,
    /// In which part of the item's picture it is seen; none where that is all of it or not known, and of sound.
    pub place: Option<Area>,
    /// Whether a context entry has these seconds as well: drawn, never counted.
    pub borrowed: bool,
    /// How much of it no older entry shows, in milliseconds.
    pub own_ms: u32,
    /// Older entries that show some of the same seconds, the oldest first.
    pub older: Vec<EntryId>,
}

impl Band {
    /// Whether it tells something that older entries do not. Of a short one half is enough.
    pub fn is_own(&self) -> bool {
        self.older.is_empty() || self.own_ms >= OWN_MS_MIN.min(self.item.length_ms() / 2).max(1)
    }

    /// Whether it tells what `other` does while both last: it is seen in most of the other's place, or heard as well.
    fn covers(&self, other: &Self) -> bool {
        let (own, place) = (self.place.unwrap_or(Area::WHOLE), other.place.unwrap_or(Area::WHOLE));
        self.layer.covers(other.layer) && 2 * own.common(place) > place.common(place)
    }

    /// Entry time per item time: above 1 the item plays faster. 1 where one of them has no length.
    pub fn rate(&self) -> f64 {
        match (self.item.length_ms(), self.entry.length_ms()) {
            (0, _) | (_, 0) => 1.0,
            (item_ms, entry_ms) => f64::from(entry_ms) / f64::from(item_ms),
        }
    }
}

/// An entry that the item has seconds of.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Its bank.
    pub bank: BankName,
    /// The entry.
    pub entry: EntryId,
    /// Its title when it was found.
    pub title: String,
    /// What kind of content it is.
    pub medium: Medium,
    /// Its length in milliseconds; 0 for what does not play.
    pub duration_ms: u32,
    /// When it was released, as its source writes it.
    pub published: Option<String>,
    /// When it was added to its bank, milliseconds since 1970.
    pub added_at_ms: i64,
    /// Whether it was taken out of its bank since.
    pub removed: bool,
    /// Its bands, in the order of the item.
    pub bands: Vec<Band>,
    /// Whether some seconds of the item are from no older entry: it has a lane of its own.
    pub is_own: bool,
}

impl Source {
    /// How old it is, milliseconds since 1970: when it was released where that is told as a date, else when it was
    /// added. What was added before is no younger.
    pub fn age_ms(&self) -> i64 {
        age_ms(self.published.as_deref(), self.added_at_ms)
    }

    /// How much of the item it is, by picture or by sound, in milliseconds.
    pub fn shown_ms(&self) -> u32 {
        union_ms(self.bands.iter().map(|band| band.item).collect())
    }
}

/// Where the seconds of an item are from.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    /// Length of the item in milliseconds; 0 for what does not play.
    pub duration_ms: u32,
    /// The entries: first those with seconds of their own, in the order of the item, then the others.
    pub sources: Vec<Source>,
    /// Stretches of the item that no known entry explains, in order.
    pub unknown: Vec<Span>,
    /// Bands that are not told, because there are too many.
    pub bands_left_out: usize,
}

/// The bands of a match; those of the same bytes are all of both.
pub fn bands(found: &Match, item_medium: Medium) -> Vec<Band> {
    let candidate = &found.candidate;
    let layer = match (candidate.method, item_medium) {
        (Method::Sound, _) | (Method::Sha256, Medium::Audio) => Layer::Sound,
        (Method::Sha256, Medium::Video) => Layer::Whole,
        _ => Layer::Picture,
    };
    let quality = candidate.quality.unwrap_or(100);
    let band = |it: &Segment, borrowed: bool| Band {
        layer,
        method: candidate.method,
        item: Span::new(it.item_start_ms, it.item_end_ms),
        entry: Span::new(it.entry_start_ms, it.entry_end_ms),
        score: match candidate.method {
            // The same bytes, or the surest moment for all.
            Method::Sha256 | Method::Local => found.score,
            method => segment_score(method, it, quality),
        },
        place: place_of(candidate, it),
        borrowed,
        own_ms: it.item_end_ms.saturating_sub(it.item_start_ms),
        older: Vec::new(),
    };
    let counted = candidate.segments.iter().map(|it| band(it, false));
    counted.chain(found.borrowed.iter().map(|it| band(&it.segment, true))).collect()
}

/// In which part of the item's picture a segment is seen, where that is not all of it and known.
fn place_of(candidate: &Candidate, segment: &Segment) -> Option<Area> {
    let place = match (segment.place, &candidate.placed) {
        // Key frames tell it by the surest of them.
        (None, Some(placed)) if candidate.method == Method::Local => around(&placed.item_outline),
        (place, _) => place?,
    };
    let shorter = place.width.min(place.height);
    (shorter > 0 && shorter <= SIDE / 10 * 9).then_some(place)
}

/// The rectangle around corners, as far as it lies in the picture.
fn around(corners: &[[f32; 2]; 4]) -> Area {
    let side = |axis: usize| {
        let ends = corners.iter().map(|corner| (corner[axis].clamp(0.0, 1.0) * f32::from(SIDE)) as u16);
        let start = ends.clone().min().unwrap_or(0);
        (start, ends.max().unwrap_or(0) - start)
    };
    let ((x, width), (y, height)) = (side(0), side(1));
    Area { x, y, width, height }
}

/// Puts together what was found of each entry, by picture and by sound, and says whose each second is.
///
/// Of entries that show the same seconds in the same part of the picture the oldest has them; an entry that tells nothing
/// beside older ones has no lane of its own. What is nowhere known is taken for all of the picture. Picture and sound are
/// apart: old pictures may have another's narration. Borrowed bands take no seconds from others. The result does not depend on the order of `sources`.
pub fn provenance(duration_ms: u32, sources: Vec<Source>) -> Provenance {
    let mut sources = merged(sources);
    let bands_left_out = limit(&mut sources);
    sources.sort_by(|a, b| (a.age_ms(), &a.entry).cmp(&(b.age_ms(), &b.entry)));
    for at in 0..sources.len() {
        let (older, rest) = sources.split_at_mut(at);
        own(&mut rest[0], older);
    }
    // Sorting is stable: where two begin together, the older stays first.
    sources.sort_by_key(|source| (!source.is_own, source.bands.first().map(|band| band.item.start_ms)));
    let explained = sources.iter().flat_map(|source| &source.bands).map(|band| band.item).collect();
    Provenance { duration_ms, unknown: gaps(duration_ms, explained), sources, bands_left_out }
}

/// One source for each entry.
fn merged(sources: Vec<Source>) -> Vec<Source> {
    let mut merged: Vec<Source> = Vec::new();
    for source in sources {
        match merged.iter_mut().find(|other| other.entry == source.entry) {
            Some(other) => other.bands.extend(source.bands),
            None => merged.push(source),
        }
    }
    merged.retain(|source| !source.bands.is_empty());
    for source in &mut merged {
        source.bands.sort_by_key(|band| (band.item, band.layer, band.entry, band.method));
    }
    merged
}

/// Keeps the surest bands when there are too many; how many went.
fn limit(sources: &mut Vec<Source>) -> usize {
    let count: usize = sources.iter().map(|source| source.bands.len()).sum();
    if count <= BANDS_MAX {
        return 0;
    }
    let mut scores: Vec<f64> =
        sources.iter().flat_map(|source| source.bands.iter().map(|band| band.score)).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    let least = scores[BANDS_MAX - 1];
    // Of those that are as sure as the last one, as many as there is room for.
    let surer = scores.partition_point(|score| *score > least);
    let mut room = BANDS_MAX - surer;
    sources.sort_by(|a, b| a.entry.cmp(&b.entry));
    for source in sources.iter_mut() {
        source.bands.retain(|band| {
            let is_kept = band.score > least || (band.score >= least && room > 0);
            room -= usize::from(is_kept && band.score <= least);
            is_kept
        });
    }
    sources.retain(|source| !source.bands.is_empty());
    count - BANDS_MAX
}

/// Says of each band which of `older`, the oldest first, show its seconds.
fn own(source: &mut Source, older: &[Source]) {
    for band in &mut source.bands {
        let mut shared = Vec::new();
        for other in older {
            let before = shared.len();
            let others = other.bands.iter().filter(|it| !it.borrowed && it.covers(band));
            shared.extend(others.map(|it| it.item).filter(|it| it.common_ms(band.item) > 0));
            if shared.len() > before && band.older.len() < OLDER_MAX {
                band.older.push(other.entry.clone());
            }
        }
        band.own_ms = band.item.length_ms() - covered_ms(band.item, shared);
    }
    source.is_own = source.bands.iter().any(Band::is_own);
}

/// How much time lies in at least one of the spans, in milliseconds.
pub fn union_ms(spans: Vec<Span>) -> u32 {
    covered_ms(Span::new(0, u32::MAX), spans)
}

/// How much of `span` lies in at least one of `others`, in milliseconds.
fn covered_ms(span: Span, mut others: Vec<Span>) -> u32 {
    others.sort_unstable();
    let (mut covered_ms, mut until_ms) = (0, span.start_ms);
    for other in others {
        let fresh = Span::new(other.start_ms.max(until_ms), other.end_ms);
        covered_ms += span.common_ms(fresh);
        until_ms = until_ms.max(other.end_ms);
    }
    covered_ms
}

/// The stretches up to `duration_ms` that lie in none of `spans`.
fn gaps(duration_ms: u32, mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    spans.push(Span::new(duration_ms, duration_ms));
    let mut gaps = Vec::new();
    let mut until_ms = 0;
    for span in spans {
        let gap = Span::new(until_ms, span.start_ms.min(duration_ms));
        if gap.length_ms() >= GAP_MS_MIN {
            gaps.push(gap);
        }
        until_ms = until_ms.max(span.end_ms);
    }
    gaps
}
