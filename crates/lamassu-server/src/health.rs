//! Whether the server lives, whether it works, and what it counts.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::codes::Code;
use crate::fault::Fault;
use crate::metrics::CONTENT_TYPE;
use crate::server::{App, Shared};

/// The server lives.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    pub status: &'static str,
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "health", operation_id = "healthz",
    responses((status = 200, description = "It does.", body = Health)))]
pub async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Whether items can be sent: the index must find its own canary.
#[utoipa::path(get, path = "/readyz", tag = "health", operation_id = "readyz",
    responses((status = 200, description = "They can.", body = Health)))]
pub async fn readyz(State(app): State<App>) -> Result<Json<Health>, Fault> {
    if !app.engine.is_ready() {
        return Err(Fault::new(Code::NotReady));
    }
    Ok(Json(Health { status: "ready" }))
}

/// What is counted, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "health", operation_id = "metrics",
    responses((status = 200, description = "Counters in the text format of OpenMetrics.", content_type = "application/openmetrics-text", body = String)))]
pub async fn metrics(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], metrics_text(&app).await).into_response()
}

/// The counters, after those that only the engine knows were asked for.
pub async fn metrics_text(app: &Shared) -> String {
    let (metrics, counts) = (&app.metrics, app.engine.queue_counts());
    metrics.index_hashes.set(app.engine.snapshot().hashes() as u64);
    metrics.ready.set(u64::from(app.engine.is_ready()));
    metrics.queued.set(counts.queued);
    metrics.queued_max.set(counts.queued_max);
    metrics.in_work.set(counts.in_work);
    metrics.in_work_max.set(counts.in_work_max);
    if let Ok(counts) = app.engine.delivery_counts().await {
        metrics.messages_unhanded.set(counts.unhanded);
        metrics.deliveries_waiting.set(counts.waiting);
        metrics.deliveries_dead.set(counts.dead);
    }
    metrics.text()
}
