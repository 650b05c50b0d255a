//! What was found in the item of a case, as reviewers see it.

use lamassu_case::Placed;
use lamassu_engine::{BorrowedRow, CaseMatch, SegmentRow};
use lamassu_fingerprint::{Area, SIDE};
use serde::Serialize;
use utoipa::ToSchema;

/// An entry found in an item.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatchView {
    /// The entry's bank.
    bank: String,
    /// The entry's id.
    entry: String,
    /// The entry's title.
    title: String,
    /// `sha256`, `pdq`, `plain`, `local`, `frames`, `sound` or `logo`.
    method: String,
    /// How probable it is that the match is right, 0 to 1; fitted for pictures, set by hand for frames and sound.
    score: f64,
    /// Distance in bits, 0 to 256; none for the same bytes.
    distance_bits: Option<u32>,
    /// Share of the item that is the entry, 0 to 1; none for one picture.
    item_coverage: Option<f64>,
    /// Share of the entry that is in the item, 0 to 1; none for one picture.
    entry_coverage: Option<f64>,
    /// Where, when item or entry plays.
    segments: Vec<SegmentView>,
    /// Where a context entry has the same seconds, so that they do not count.
    borrowed: Vec<BorrowedView>,
    /// The context entry that explains all of it at least as well, if one does.
    explained_by: Option<String>,
    /// What kind of content the entry is.
    #[schema(examples("video"))]
    entry_medium: &'static str,
    /// Length of the entry in milliseconds; 0 for what does not play.
    entry_duration_ms: u32,
    /// Whether the entry was taken out of its bank since.
    entry_removed: bool,
    /// What the nearest pair of pictures shows; null for the same bytes.
    views: Option<ComparedViews>,
    /// Whether the item shows it as a negative: what is dark in the entry is bright in the item.
    negative: bool,
    /// Where that lies in both pictures; null where it is not known.
    regions: Option<ComparedRegions>,
    /// Where the entry's picture lies in the item, when local features found it.
    placed: Option<PlacedView>,
}

/// Where the picture of an entry lies in an item, and what bears it out. Places are shares of the sides of the upright
/// pictures, from the upper left corner.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlacedView {
    /// Local features of the entry that were found in their place.
    inliers: u32,
    /// Those that could be seen, found or not.
    visible: u32,
    /// Median distance of the inliers, in bits.
    distance_bits: u32,
    /// Over how much of what can be seen they are spread, 0 to 1.
    spread: f32,
    /// From the item to the entry, by rows: (x, y, 1) becomes (x', y', w), and that (x'/w, y'/w).
    transform: [[f64; 3]; 3],
    /// Whether the entry is seen mirrored left to right.
    mirrored: bool,
    /// How far it is turned, in degrees clockwise, -180 to 180.
    rotation_deg: f32,
    /// Its size in the item, both measured in longer sides.
    scale: f32,
    /// Where its corners lie in the item, from its upper left one clockwise.
    item_outline: [[f32; 2]; 4],
    /// Which part of it is seen: left, top, right and bottom.
    entry_region: [f32; 4],
    /// Where features were found, the most alike first: x and y in the item, x and y in the entry.
    places: Vec<[f32; 4]>,
    /// The moment at which the item looks so, in seconds; 0 of what does not play.
    item_at_s: f64,
    /// The moment of the entry, likewise.
    entry_at_s: f64,
}

impl From<Placed> for PlacedView {
    fn from(placed: Placed) -> Self {
        Self {
            inliers: placed.inliers,
            visible: placed.visible,
            distance_bits: placed.distance_bits,
            spread: placed.spread,
            transform: placed.transform,
            mirrored: placed.mirrored,
            rotation_deg: placed.rotation_deg,
            scale: placed.scale,
            item_outline: placed.item_outline,
            entry_region: placed.entry_region,
            places: placed.places,
            item_at_s: f64::from(placed.moments_ms[0]) / 1000.0,
            entry_at_s: f64::from(placed.moments_ms[1]) / 1000.0,
        }
    }
}

/// What was compared.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparedViews {
    /// Of the item: `full`, `trimmed`, `content`, `on-white`, `plain` for what plain pictures are known by,
    /// `straightened` for what lies in the outline of `placed`, pulled straight, or `panel` for a picture inside it.
    #[schema(examples("trimmed"))]
    item: String,
    /// Of the entry, likewise, but for the last two.
    #[schema(examples("full"))]
    entry: String,
    /// How the item was turned: `upright`, `quarter`, `half`, `three-quarters`, or one of these after `mirrored`:
    /// `mirrored`, `mirrored-quarter`, `mirrored-half`, `mirrored-three-quarters`.
    #[schema(examples("mirrored"))]
    orientation: String,
}

/// Where what was compared lies.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparedRegions {
    /// In the item.
    item: RegionView,
    /// In the entry.
    entry: RegionView,
}

/// A rectangle, in shares of the sides of the upright picture, 0 to 1.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegionView {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Seconds that a harmful entry and the item share, and a context entry with both.
#[derive(Debug, Serialize, ToSchema)]
pub struct BorrowedView {
    /// Start in the item, seconds.
    item_start_s: f64,
    /// End in the item, seconds.
    item_end_s: f64,
    /// Start in the harmful entry, seconds.
    entry_start_s: f64,
    /// End in the harmful entry, seconds.
    entry_end_s: f64,
    /// The context entry's id.
    from: String,
}

/// A stretch of an item that shows a stretch of an entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentView {
    /// Start in the item, seconds.
    item_start_s: f64,
    /// End in the item, seconds.
    item_end_s: f64,
    /// Start in the entry, seconds.
    entry_start_s: f64,
    /// End in the entry, seconds.
    entry_end_s: f64,
    /// How probable it is that it is right, 0 to 1.
    score: f64,
}

impl From<CaseMatch> for MatchView {
    fn from(found: CaseMatch) -> Self {
        let row = found.row;
        let views = found.views.map(|[item, entry, orientation]| ComparedViews { item, entry, orientation });
        let regions =
            found.areas.map(|areas| ComparedRegions { item: areas.item.into(), entry: areas.entry.into() });
        Self {
            bank: row.bank,
            entry: row.entry,
            title: row.title,
            method: row.method,
            score: row.score,
            distance_bits: row.distance_bits,
            item_coverage: row.item_coverage,
            entry_coverage: row.entry_coverage,
            segments: row.segments.into_iter().map(SegmentView::from).collect(),
            borrowed: row.borrowed.into_iter().map(BorrowedView::from).collect(),
            explained_by: row.explained_by,
            entry_medium: found.entry_medium,
            entry_duration_ms: found.entry_duration_ms,
            entry_removed: found.entry_removed,
            views,
            negative: found.negative,
            regions,
            placed: found.placed.map(PlacedView::from),
        }
    }
}

impl From<BorrowedRow> for BorrowedView {
    fn from(borrowed: BorrowedRow) -> Self {
        let BorrowedRow { item_start_s, item_end_s, entry_start_s, entry_end_s, from } = borrowed;
        Self { item_start_s, item_end_s, entry_start_s, entry_end_s, from }
    }
}

impl From<SegmentRow> for SegmentView {
    fn from(segment: SegmentRow) -> Self {
        Self {
            item_start_s: segment.item_start_s,
            item_end_s: segment.item_end_s,
            entry_start_s: segment.entry_start_s,
            entry_end_s: segment.entry_end_s,
            score: segment.score,
        }
    }
}

impl From<Area> for RegionView {
    fn from(area: Area) -> Self {
        let share = |part: u16| f64::from(part) / f64::from(SIDE);
        Self { x: share(area.x), y: share(area.y), width: share(area.width), height: share(area.height) }
    }
}
