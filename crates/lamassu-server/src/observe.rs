//! The outermost layer: every request gets an id, is counted and logged once, and every error its body.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lamassu_engine::Stopwatch;
use uuid::Uuid;

use crate::access::CallerId;
use crate::codes::Code;
use crate::fault::Fault;
use crate::metrics::RequestLabels;
use crate::server::App;

/// Carries the request's id, both ways.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken from a proxy, in bytes.
const REQUEST_ID_BYTES_MAX: usize = 64;
/// Stands for all paths that are no route.
const NO_ROUTE: &str = "none";

/// Gives the request an id, answers it, and tells about it once.
pub async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let watch = Stopwatch::start();
    let id = request_id(request.headers());
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let mut response = next.run(request).await;
    let caller = response.extensions_mut().remove::<CallerId>();
    let fault = response.extensions_mut().remove::<Fault>();
    let internal = fault.as_ref().and_then(|fault| fault.internal.clone());
    let code = fault.as_ref().map(|fault| fault.code);
    let response = finish(response, fault, &id);
    let took = watch.elapsed();
    let status = response.status().as_u16();
    tracing::info!(
        method,
        route,
        status,
        duration_ms = took.as_millis() as u64,
        request_id = id,
        caller = caller.as_ref().map(|caller| caller.0.as_str()),
        code = code.map(Code::name),
        internal,
        "request answered"
    );
    let labels = RequestLabels { method: method.to_owned(), route, status: format!("{}xx", status / 100) };
    app.metrics.requests.get_or_create(&labels).inc();
    app.metrics.request_seconds.get_or_create(&labels).observe(took.as_secs_f64());
    response
}

/// Gives an error its body and every answer its headers.
fn finish(response: Response, fault: Option<Fault>, id: &str) -> Response {
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let mut response = match fault {
        Some(fault) => with_headers_of(fault.render(id), response.headers()),
        None if failed => with_headers_of(Fault::new(Code::of_status(status)).render(id), response.headers()),
        None => response,
    };
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, HeaderValue::from_str(id).expect("an id is visible ASCII"));
    for (name, value) in SECURITY {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// On every answer. What a page may load it says itself; answers of the API may load nothing.
const SECURITY: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// `Allow` belongs to "method not allowed", for one.
fn with_headers_of(mut response: Response, before: &HeaderMap) -> Response {
    for name in [header::ALLOW, header::CONNECTION, header::SET_COOKIE] {
        if let Some(value) = before.get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

/// The id that a proxy gave if it is harmless in a log, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let harmless = |id: &&str| {
        (1..=REQUEST_ID_BYTES_MAX).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(harmless);
    given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// Methods are made up by whoever asks; labels must not be.
fn method(method: &axum::http::Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// What a panic is answered with; what it said goes into the log.
pub fn panicked(app: &App, panic: &(dyn std::any::Any + Send)) -> Response {
    app.metrics.panics.inc();
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text");
    Fault::internal(format!("panicked: {text}")).into_response()
}
