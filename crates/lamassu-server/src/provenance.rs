//! Where the seconds of a case's item are from: for pages and programs, as a table, and as a drawing to print.

#![expect(unused_qualifications, reason = "utoipa::path writes them")]

mod csv;
mod svg;
mod visible;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use lamassu_case::provenance::{Band, Source, Span};
use lamassu_engine::ProvenanceView;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::cases;
use crate::extract::{Path, Query};
use crate::fault::Fault;
use crate::matches::RegionView;
use crate::server::App;
use crate::time::Time;

/// Where the seconds of an item are from.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProvenanceRow {
    /// The case.
    case: String,
    /// What its sender calls the item.
    reference: String,
    /// What kind of content the item is.
    #[schema(examples("video"))]
    medium: &'static str,
    /// Length of the item in milliseconds; 0 for what does not play.
    duration_ms: u32,
    /// The entries: first those with seconds of their own, in the order of the item, then the others.
    sources: Vec<SourceRow>,
    /// Stretches of the item that come from no known entry.
    unknown: Vec<SpanRow>,
    /// Bands that are not told, because there are too many.
    bands_left_out: usize,
}

/// An entry that the item has seconds of.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceRow {
    /// Its bank.
    bank: String,
    /// Its id.
    entry: String,
    /// Its title when it was found.
    title: String,
    /// What kind of content it is.
    #[schema(examples("video"))]
    medium: &'static str,
    /// Its length in milliseconds; 0 for what does not play.
    duration_ms: u32,
    /// When it was released, as its source writes it.
    published: Option<String>,
    /// When it was added to its bank.
    added_at: Time,
    /// Whether it was taken out of its bank since.
    removed: bool,
    /// Whether some seconds of the item are from no older entry.
    own: bool,
    /// How much of the item it is, by picture or by sound, in seconds.
    shown_s: f64,
    /// Its bands, in the order of the item.
    bands: Vec<BandRow>,
}

/// A stretch of the item that shows a stretch of an entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct BandRow {
    /// What agrees: `picture`, `sound`, or `whole` for the same bytes.
    #[schema(examples("picture"))]
    layer: &'static str,
    /// `sha256`, `pdq`, `local`, `frames` or `sound`.
    #[schema(examples("frames"))]
    method: &'static str,
    /// Start in the item, seconds.
    item_start_s: f64,
    /// End in the item, seconds.
    item_end_s: f64,
    /// Start in the entry, seconds.
    entry_start_s: f64,
    /// End in the entry, seconds.
    entry_end_s: f64,
    /// Entry time per item time: above 1 the item plays faster.
    rate: f64,
    /// How probable it is that it is right, 0 to 1.
    score: f64,
    /// In which part of the item's picture it is seen, such as one half of a split screen; none where that is all of it
    /// or not known, and of sound.
    place: Option<RegionView>,
    /// Whether a context entry has these seconds as well: drawn, never counted.
    borrowed: bool,
    /// How much of it no older entry shows, in seconds.
    own_s: f64,
    /// Ids of older entries that show some of the same seconds, the oldest first.
    older: Vec<String>,
}

/// A stretch of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpanRow {
    /// Its start, seconds.
    start_s: f64,
    /// Its end, seconds.
    end_s: f64,
}

/// In which language a drawing is written.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Arabic.
    Ar,
}

/// How a drawing is made.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Drawn {
    /// Its language: `en` if left out. Time runs from left to right in each.
    #[serde(default)]
    #[param(inline)]
    language: Language,
}

impl From<ProvenanceView> for ProvenanceRow {
    fn from(view: ProvenanceView) -> Self {
        Self {
            case: view.case.into(),
            reference: view.reference,
            medium: view.medium.name(),
            duration_ms: view.provenance.duration_ms,
            sources: view.provenance.sources.into_iter().map(SourceRow::from).collect(),
            unknown: view.provenance.unknown.into_iter().map(SpanRow::from).collect(),
            bands_left_out: view.provenance.bands_left_out,
        }
    }
}

impl From<Source> for SourceRow {
    fn from(source: Source) -> Self {
        let shown_s = seconds(source.shown_ms());
        Self {
            bank: source.bank.into(),
            entry: source.entry.into(),
            title: source.title,
            medium: source.medium.name(),
            duration_ms: source.duration_ms,
            published: source.published,
            added_at: Time(source.added_at_ms),
            removed: source.removed,
            own: source.is_own,
            shown_s,
            bands: source.bands.into_iter().map(BandRow::from).collect(),
        }
    }
}

impl From<Band> for BandRow {
    fn from(band: Band) -> Self {
        Self {
            layer: band.layer.name(),
            method: band.method.name(),
            item_start_s: seconds(band.item.start_ms),
            item_end_s: seconds(band.item.end_ms),
            entry_start_s: seconds(band.entry.start_ms),
            entry_end_s: seconds(band.entry.end_ms),
            rate: (band.rate() * 1000.0).round() / 1000.0,
            score: band.score,
            place: band.place.map(RegionView::from),
            borrowed: band.borrowed,
            own_s: seconds(band.own_ms),
            older: band.older.into_iter().map(String::from).collect(),
        }
    }
}

impl From<Span> for SpanRow {
    fn from(span: Span) -> Self {
        Self { start_s: seconds(span.start_ms), end_s: seconds(span.end_ms) }
    }
}

/// Milliseconds as seconds.
pub fn seconds(ms: u32) -> f64 {
    f64::from(ms) / 1000.0
}

/// Tells which seconds of the case's item come from which entries, by picture and by sound, and which from none.
#[utoipa::path(get, path = "/api/v1/cases/{case}/provenance", tag = "cases", operation_id = "get_provenance",
    params(("case" = String, Path, description = "The case's id.")),
    responses((status = 200, description = "Where its seconds are from.", body = ProvenanceRow)))]
pub async fn get(
    State(app): State<App>,
    Path(case): Path<String>,
) -> Result<axum::Json<ProvenanceRow>, Fault> {
    Ok(axum::Json(app.engine.provenance(&cases::id(&case)?).await?.into()))
}

/// The same as a table, one row a stretch, in the order of the item. No cell is a formula, and what hides in titles is
/// written out.
#[utoipa::path(get, path = "/api/v1/cases/{case}/provenance.csv", tag = "cases", operation_id = "get_provenance_csv",
    params(("case" = String, Path, description = "The case's id.")),
    responses((status = 200, description = "The table, as RFC 4180 has it.", content_type = "text/csv", body = String)))]
pub async fn csv(State(app): State<App>, Path(case): Path<String>) -> Result<Response, Fault> {
    let row = app.engine.provenance(&cases::id(&case)?).await?.into();
    Ok(file("text/csv; charset=utf-8", "provenance.csv", csv::table(&row)))
}

/// The same as a drawing to print: SVG without scripts, links or foreign fonts.
#[utoipa::path(get, path = "/api/v1/cases/{case}/provenance.svg", tag = "cases", operation_id = "get_provenance_svg",
    params(("case" = String, Path, description = "The case's id."), Drawn),
    responses((status = 200, description = "The drawing.", content_type = "image/svg+xml", body = String)))]
pub async fn svg(
    State(app): State<App>,
    Path(case): Path<String>,
    Query(drawn): Query<Drawn>,
) -> Result<Response, Fault> {
    let row = app.engine.provenance(&cases::id(&case)?).await?.into();
    Ok(file("image/svg+xml", "provenance.svg", svg::drawing(&row, drawn.language)))
}

/// A file to keep. It is never shown as a page of ours: what it holds is from outside.
fn file(content_type: &'static str, name: &'static str, body: String) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let disposition = disposition.expect("names of ours fit into headers");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, body).into_response()
}
