//! What comes with a request, read strictly: unknown fields, twice given ones and foreign types are refused.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;

use crate::codes::Code;
use crate::fault::Fault;

/// A body of JSON.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        if !is_json(request.headers()) {
            return Err(Fault::new(Code::TypeUnsupported).reason("send application/json"));
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            let fault = of_body(&rejection);
            let status = rejection.into_response().status();
            if status == StatusCode::PAYLOAD_TOO_LARGE { Fault::new(Code::BodyTooLarge) } else { fault }
        })?;
        read(&body).map(Self)
    }
}

/// Whether the body says that it is JSON.
pub fn is_json(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Reads JSON that must be one value of this shape.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| describe(&error))
}

/// The body did not arrive, or not in time, or is too large.
pub fn of_body(error: &(dyn std::error::Error + 'static)) -> Fault {
    let mut source = Some(error);
    while let Some(error) = source {
        if error.is::<tower_http::timeout::TimeoutError>() {
            return Fault::new(Code::RequestTimeout);
        }
        if error.to_string() == "length limit exceeded" {
            return Fault::new(Code::BodyTooLarge);
        }
        source = error.source();
    }
    Fault::new(Code::RequestInvalid)
}

/// Names field or place. What serde says of a value would repeat the value, so it stays away.
fn describe(error: &serde_json::Error) -> Fault {
    let text = error.to_string();
    let fault = Fault::new(Code::BodyInvalid);
    for known in ["missing field `", "duplicate field `"] {
        if let Some(field) = text.strip_prefix(known).and_then(|rest| rest.split('`').next()) {
            return fault.field(field).reason(known.trim_end_matches(" `"));
        }
    }
    let place = format!("line {}, column {}", error.line(), error.column());
    match text.strip_prefix("unknown field `").and_then(|rest| rest.split_once(", expected ")) {
        Some((_, expected)) => {
            let expected = expected.split(" at line ").next().unwrap_or_default();
            fault.reason(format!("unknown field at {place}; expected {expected}"))
        }
        None => fault.reason(place),
    }
}

/// The parameters after the question mark.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let read = axum::extract::Query::from_request_parts(parts, state).await;
        read.map(|query| Self(query.0)).map_err(|_| Fault::new(Code::QueryInvalid))
    }
}

/// The parts of the path that a route leaves open, as text.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let read = axum::extract::Path::from_request_parts(parts, state).await;
        read.map(|path| Self(path.0)).map_err(|_| Fault::new(Code::NotFound))
    }
}
