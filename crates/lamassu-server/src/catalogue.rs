//! The catalogue of a bank over HTTP: its entries by outlet, series, event, standing, date and words, and how many have
//! what.

#![expect(unused_qualifications, reason = "utoipa::path writes them")]

use axum::extract::State;
use lamassu_case::{Released, Standing, TEXT_CHARS_MAX, searchable};
use lamassu_engine::{
    Bar, EntryFilter, EntryOrder, EntryPlace, EntryQuery, Facet, Facets, Period, Standings,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::codes::Code;
use crate::entries::{EntryView, name};
use crate::extract::{Path, Query};
use crate::fault::Fault;
use crate::page::{Page, PageQuery};
use crate::server::App;

/// Which entries, and which page of them.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EntriesAsked {
    /// Only those that this outlet released.
    #[param(max_length = 500)]
    outlet: Option<String>,
    /// Only those of this series.
    #[param(max_length = 500)]
    series: Option<String>,
    /// Only those of this event.
    #[param(max_length = 500)]
    event: Option<String>,
    /// Only those of this standing: `official`, `supporter` or `unknown`.
    #[param(value_type = Option<String>)]
    standing: Option<Standing>,
    /// Only those released from this day, month or year on.
    #[param(example = "2026-11")]
    published_from: Option<String>,
    /// Only those released until the end of this day, month or year.
    #[param(example = "2026-11-26")]
    published_until: Option<String>,
    /// Only those with words in the title that begin with each of these, however they are written.
    #[param(max_length = 500)]
    words: Option<String>,
    /// In which order: `added` (if left out) or `published`, or the other way round as `-added` or `-published`. Those of
    /// which no date is told count as the oldest.
    #[param(value_type = Option<String>)]
    sort: Option<EntryOrder>,
    /// `next` of the page before, in the same order; the first page if left out.
    after: Option<String>,
    /// Rows at most.
    #[param(minimum = 1)]
    limit: Option<u32>,
}

/// Which entries are counted, and by what the timeline counts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FacetsAsked {
    /// Only those that this outlet released.
    #[param(max_length = 500)]
    outlet: Option<String>,
    /// Only those of this series.
    #[param(max_length = 500)]
    series: Option<String>,
    /// Only those of this event.
    #[param(max_length = 500)]
    event: Option<String>,
    /// Only those of this standing: `official`, `supporter` or `unknown`.
    #[param(value_type = Option<String>)]
    standing: Option<Standing>,
    /// Only those released from this day, month or year on.
    #[param(example = "2026-11")]
    published_from: Option<String>,
    /// Only those released until the end of this day, month or year.
    #[param(example = "2026-11-26")]
    published_until: Option<String>,
    /// Only those with words in the title that begin with each of these, however they are written.
    #[param(max_length = 500)]
    words: Option<String>,
    /// By what the timeline counts: `month` or `year`; whichever fits if left out.
    #[param(value_type = Option<String>)]
    by: Option<Period>,
}

/// How many entries of a bank have what. Each field is counted as if the filter left it open.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetsView {
    /// How many the filter lets through.
    entries: u64,
    /// By outlet.
    outlets: FacetView,
    /// By series.
    series: FacetView,
    /// By event.
    events: FacetView,
    /// By standing.
    standings: StandingsView,
    /// By when they were released.
    timeline: TimelineView,
}

/// How many entries have which value.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetView {
    /// The values with most entries, at most 50, the most frequent first.
    values: Vec<ValueView>,
    /// Whether there are more values.
    more: bool,
}

/// A value, and how many entries have it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueView {
    /// The value.
    value: String,
    /// How many entries have it.
    entries: u64,
}

/// How many entries are of which standing.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingsView {
    /// Official ones.
    official: u64,
    /// Those of supporters.
    supporter: u64,
    /// Those of which nobody has said.
    unknown: u64,
}

/// How many entries were released when.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineView {
    /// By what it counts: `month` or `year`.
    #[schema(examples("month"))]
    by: &'static str,
    /// Months or years in which something was released, at most the newest 240, the oldest first.
    bars: Vec<BarView>,
    /// Entries of which no date is told.
    undated: u64,
    /// Entries of which only the year is told, and which are in no month therefore; 0 by year.
    year_only: u64,
    /// Whether something was released before the first bar.
    more: bool,
}

/// What was released in a month or a year.
#[derive(Debug, Serialize, ToSchema)]
pub struct BarView {
    /// Which one, as filters take it.
    #[schema(examples("2026-11"))]
    period: String,
    /// How many entries.
    entries: StandingsView,
}

/// Lists the entries of a bank that a filter lets through: all of them in the order they were added, if nothing is asked.
#[utoipa::path(get, path = "/api/v1/banks/{bank}/entries", tag = "entries", operation_id = "list_entries",
    params(("bank" = String, Path, description = "The bank's name."), EntriesAsked),
    responses((status = 200, description = "A page of entries.", body = Page<EntryView>)))]
pub async fn list(
    State(app): State<App>,
    Path(bank): Path<String>,
    Query(asked): Query<EntriesAsked>,
) -> Result<axum::Json<Page<EntryView>>, Fault> {
    let EntriesAsked { outlet, series, event, standing, published_from, published_until, words, .. } = asked;
    let filter = filter([outlet, series, event], standing, [published_from, published_until], words)?;
    let order = asked.sort.unwrap_or_default();
    let after = asked.after.as_deref().map(|text| place(text, order)).transpose()?;
    let limit = PageQuery { after: None, limit: asked.limit }.limit(&app.settings.limits)?;
    let query = EntryQuery { filter, order, after };
    let (rows, next) = app.engine.entries(&name(&bank)?, &query, limit).await?;
    let items = rows.into_iter().map(EntryView::from).collect();
    Ok(axum::Json(Page { items, next: next.map(|place| cursor(place, order)) }))
}

/// Counts the entries of a bank by outlet, series, event, standing, and month or year of publication.
#[utoipa::path(get, path = "/api/v1/banks/{bank}/facets", tag = "entries", operation_id = "get_facets",
    params(("bank" = String, Path, description = "The bank's name."), FacetsAsked),
    responses((status = 200, description = "The counts.", body = FacetsView)))]
pub async fn facets(
    State(app): State<App>,
    Path(bank): Path<String>,
    Query(asked): Query<FacetsAsked>,
) -> Result<axum::Json<FacetsView>, Fault> {
    let FacetsAsked { outlet, series, event, standing, published_from, published_until, words, by } = asked;
    let filter = filter([outlet, series, event], standing, [published_from, published_until], words)?;
    Ok(axum::Json(app.engine.facets(&name(&bank)?, &filter, by).await?.into()))
}

fn filter(
    [outlet, series, event]: [Option<String>; 3],
    standing: Option<Standing>,
    [from, until]: [Option<String>; 2],
    words: Option<String>,
) -> Result<EntryFilter, Fault> {
    let invalid = |field: &str| Fault::new(Code::QueryInvalid).field(field);
    let date = |field: &str, text: Option<String>| {
        text.map(|text| Released::of(&text).ok_or_else(|| invalid(field))).transpose()
    };
    let words = words.map(|words| searchable(&words));
    let texts = [("outlet", &outlet), ("series", &series), ("event", &event), ("words", &words)];
    for (field, text) in texts {
        // Nothing is called by an empty text, and nothing is longer than what is kept.
        let is_text = |text: &String| !text.trim().is_empty() && text.chars().count() <= TEXT_CHARS_MAX;
        if !text.as_ref().is_none_or(is_text) {
            return Err(invalid(field));
        }
    }
    Ok(EntryFilter {
        outlet,
        series,
        event,
        standing,
        published_from_ms: date("published_from", from)?.map(|from| from.start_ms),
        published_before_ms: date("published_until", until)?.map(|until| until.end_ms),
        words,
    })
}

/// A place as a cursor: by date it is told with the date, so that it stays where it is when the entry changes.
fn cursor(place: EntryPlace, order: EntryOrder) -> String {
    if is_by_date(order) { place.to_string() } else { place.number.to_string() }
}

fn place(text: &str, order: EntryOrder) -> Result<EntryPlace, Fault> {
    let place = text.parse().ok().filter(|_| is_by_date(order) == text.contains('.'));
    place.ok_or_else(|| Fault::new(Code::QueryInvalid).field("after"))
}

fn is_by_date(order: EntryOrder) -> bool {
    matches!(order, EntryOrder::OldestPublished | EntryOrder::NewestPublished)
}

impl From<Facets> for FacetsView {
    fn from(facets: Facets) -> Self {
        let timeline = facets.timeline;
        let timeline = TimelineView {
            by: match timeline.period {
                Period::Month => "month",
                Period::Year => "year",
            },
            bars: timeline.bars.into_iter().map(BarView::from).collect(),
            undated: timeline.undated,
            year_only: timeline.year_only,
            more: timeline.more,
        };
        Self {
            entries: facets.entries,
            outlets: facets.outlets.into(),
            series: facets.series.into(),
            events: facets.events.into(),
            standings: facets.standings.into(),
            timeline,
        }
    }
}

impl From<Facet> for FacetView {
    fn from(Facet { values, more }: Facet) -> Self {
        Self {
            values: values.into_iter().map(|(value, entries)| ValueView { value, entries }).collect(),
            more,
        }
    }
}

impl From<Standings> for StandingsView {
    fn from(Standings { official, supporter, unknown }: Standings) -> Self {
        Self { official, supporter, unknown }
    }
}

impl From<Bar> for BarView {
    fn from(Bar { year, month, entries }: Bar) -> Self {
        let period = month.map_or_else(|| format!("{year:04}"), |month| format!("{year:04}-{month:02}"));
        Self { period, entries: entries.into() }
    }
}
