//! The document of the API, and a page of our own that shows it.

use std::sync::LazyLock;

use axum::Router;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::server::App;

/// The document never changes while the program runs.
static DOCUMENT: LazyLock<String> = LazyLock::new(crate::api::document);

/// What the page may load: its own style, script and document.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// What this API takes and answers: this document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "health", operation_id = "openapi",
    responses((status = 200, description = "The document.", content_type = "application/json", body = Object)))]
pub async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}

/// Adds the page `/docs` with its files. They hold nothing secret and read nothing, so all may have them.
pub fn pages(router: Router<App>) -> Router<App> {
    let file = |kind: &'static str, text: &'static str| {
        let headers: [(HeaderName, &str); 2] =
            [(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, PAGE_POLICY)];
        get(async move || (headers, text))
    };
    router
        .route("/docs", file("text/html; charset=utf-8", include_str!("docs/page.html")))
        .route("/docs/page.css", file("text/css; charset=utf-8", include_str!("docs/page.css")))
        .route("/docs/page.js", file("text/javascript; charset=utf-8", include_str!("docs/page.js")))
}
