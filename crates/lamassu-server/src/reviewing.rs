//! What reviewing came to: the history of a case, and how much is left to do.

use axum::extract::State;
use lamassu_engine::{HistoryRow, ReviewCounts};
use serde::Serialize;
use utoipa::ToSchema;

use crate::cases;
use crate::extract::{Path, Query};
use crate::fault::Fault;
use crate::page::{Page, PageQuery};
use crate::server::App;
use crate::time::Time;

/// Something that happened to a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryView {
    /// When.
    at: Time,
    /// Who, as the audit log names them.
    actor: String,
    /// `checked`, `opened`, `found-again`, `viewed`, `heard`, `decided`, `reopened`, `acted` or `undone`.
    #[schema(examples("decided"))]
    change: &'static str,
    /// Particulars; null if there are none.
    #[schema(value_type = Option<Object>)]
    detail: Option<serde_json::Value>,
}

/// How much there is to review.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueView {
    /// Cases that wait for a person.
    open: u64,
    /// Cases that were decided since the day began in UTC, and still are.
    decided_today: u64,
    /// Near misses that wait for a person; they are in none of the other numbers.
    near_misses: u64,
}

impl From<HistoryRow> for HistoryView {
    fn from(row: HistoryRow) -> Self {
        Self { at: Time(row.at_ms), actor: row.actor, change: row.change, detail: row.detail }
    }
}

/// Tells what happened to a case, oldest first, from the audit log.
#[utoipa::path(get, path = "/api/v1/cases/{case}/history", tag = "cases", operation_id = "case_history",
    params(("case" = String, Path, description = "The case's id."), PageQuery),
    responses((status = 200, description = "A page of what happened.", body = Page<HistoryView>)))]
pub async fn history(
    State(app): State<App>,
    Path(case): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<HistoryView>>, Fault> {
    let (after, limit) = (page.after()?.unwrap_or(0), page.limit(&app.settings.limits)?);
    let rows = app.engine.case_history(&cases::id(&case)?, after, limit).await?;
    Ok(axum::Json(Page::full(rows, limit, |row| row.number)))
}

/// Tells how much there is to review.
#[utoipa::path(get, path = "/api/v1/queue", tag = "cases", operation_id = "queue",
    responses((status = 200, description = "The numbers as of now.", body = QueueView)))]
pub async fn queue(State(app): State<App>) -> Result<axum::Json<QueueView>, Fault> {
    let counts = app.engine.review_counts().await?;
    let ReviewCounts { open, decided_today, near_misses } = counts;
    Ok(axum::Json(QueueView { open, decided_today, near_misses }))
}
