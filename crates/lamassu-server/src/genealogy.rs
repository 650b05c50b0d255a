//! Which releases of a bank re-use which.

use axum::extract::State;
use lamassu_case::provenance::Span;
use lamassu_engine::kinship::{Genealogy, Shared};
use serde::Serialize;
use utoipa::ToSchema;

use crate::entries::{self, EntryView};
use crate::extract::Path;
use crate::fault::Fault;
use crate::provenance::{SpanRow, seconds};
use crate::server::App;

/// Which releases of a bank re-use which.
#[derive(Debug, Serialize, ToSchema)]
pub struct GenealogyView {
    /// The releases that share something, the oldest first; also those of other banks.
    releases: Vec<EntryView>,
    /// What they share.
    shared: Vec<SharedView>,
    /// Entries of the bank that are yet to be compared with those before them.
    waiting: u64,
    /// Whether there is more than is told.
    more: bool,
}

/// What two releases share.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedView {
    /// Id of the older one: by when it was released, where that is told as a date, else by when it was added.
    older: String,
    /// Id of the younger one.
    younger: String,
    /// `picture` or `sound`.
    #[schema(examples("picture"))]
    layer: &'static str,
    /// How much of the younger one it is, in seconds.
    shared_s: f64,
    /// Which stretches.
    segments: Vec<SharedSegment>,
}

/// A stretch of the younger release that shows one of the older.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedSegment {
    /// Where in the younger one.
    younger: SpanRow,
    /// Where in the older one.
    older: SpanRow,
}

impl From<Genealogy> for GenealogyView {
    fn from(genealogy: Genealogy) -> Self {
        Self {
            releases: genealogy.releases.into_iter().map(EntryView::from).collect(),
            shared: genealogy.shared.into_iter().map(SharedView::from).collect(),
            waiting: genealogy.waiting,
            more: genealogy.more,
        }
    }
}

impl From<Shared> for SharedView {
    fn from(shared: Shared) -> Self {
        Self {
            older: shared.older.into(),
            younger: shared.younger.into(),
            layer: shared.layer.name(),
            shared_s: seconds(shared.shared_ms),
            segments: shared.spans.into_iter().map(SharedSegment::from).collect(),
        }
    }
}

impl From<(Span, Span)> for SharedSegment {
    fn from((younger, older): (Span, Span)) -> Self {
        Self { younger: younger.into(), older: older.into() }
    }
}

/// Tells which releases of the bank share seconds with which, and which is older. Each is compared, once it is added,
/// with those that were added before it.
#[utoipa::path(get, path = "/api/v1/banks/{bank}/genealogy", tag = "banks", operation_id = "get_genealogy",
    params(("bank" = String, Path, description = "The bank's name.")),
    responses((status = 200, description = "As far as it is known.", body = GenealogyView)))]
pub async fn get(
    State(app): State<App>,
    Path(bank): Path<String>,
) -> Result<axum::Json<GenealogyView>, Fault> {
    Ok(axum::Json(app.engine.genealogy(&entries::name(&bank)?).await?.into()))
}
