//! An error on its way to whoever asked: one row of the table, and what may be told beside it.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use lamassu_case::SubmissionError;
use lamassu_engine::delivery::DeliveryError;
use lamassu_engine::{AccessError, EngineError, Failure};
use serde::Serialize;
use utoipa::ToSchema;

use crate::codes::Code;
use crate::quota::Spent;

/// Why a request was not answered with what it asked for.
///
/// Two messages: the table's sentence goes out, `internal` goes into the log beside the request's id.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The row of the table.
    pub code: Code,
    /// The field it is about; a name of ours, never what was sent.
    pub field: Option<String>,
    /// More about it; made of words of ours, never of what was sent.
    pub reason: Option<String>,
    /// For the log only.
    pub internal: Option<String>,
    /// The quota that was spent.
    pub spent: Option<Box<Spent>>,
    /// When to ask again, in seconds.
    pub retry_after_s: Option<u64>,
}

/// The body of every answer that is an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorRow,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorRow {
    /// The stable word; docs/errors.md lists all.
    #[schema(examples("bank-not-found"))]
    pub code: String,
    /// What happened and what to do, for people.
    pub message: String,
    /// Name this when you ask about it; the log has it too.
    pub request_id: String,
    /// The field that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// More about it: a code of a file that cannot be read, or a place in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Fault {
    /// An error of this row.
    pub fn new(code: Code) -> Self {
        Self { code, field: None, reason: None, internal: None, spent: None, retry_after_s: None }
    }

    /// It is about this field.
    #[must_use]
    pub fn field(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    /// More may be told.
    #[must_use]
    pub fn reason(self, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }

    /// A defect or a failure of the machine; `internal` is for the log.
    pub fn internal(internal: impl std::fmt::Display) -> Self {
        Self { internal: Some(internal.to_string()), ..Self::new(Code::Internal) }
    }

    /// Too much was asked for.
    pub fn spent(spent: Spent) -> Self {
        Self {
            spent: Some(Box::new(spent)),
            retry_after_s: Some(spent.retry_after_s),
            ..Self::new(Code::RateLimited)
        }
    }

    /// The whole answer.
    pub fn render(self, request_id: &str) -> Response {
        let body = ErrorBody {
            error: ErrorRow {
                code: self.code.name().to_owned(),
                message: self.code.sentence().to_owned(),
                request_id: request_id.to_owned(),
                field: self.field,
                reason: self.reason,
            },
        };
        let mut headers = HeaderMap::new();
        if self.code == Code::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.max(1).into());
        }
        if let Some(spent) = self.spent {
            insert_left(&mut headers, spent.left);
        }
        (self.code.status(), headers, Json(body)).into_response()
    }
}

/// Tells how much of a quota is left.
pub fn insert_left(headers: &mut HeaderMap, left: crate::quota::Left) {
    headers.insert("ratelimit-limit", left.limit.into());
    headers.insert("ratelimit-remaining", left.remaining.into());
    headers.insert("ratelimit-reset", left.reset_s.into());
}

impl IntoResponse for Fault {
    /// Leaves the body to the outermost layer, which knows the request's id.
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<&str> for Fault {
    fn from(engine_code: &str) -> Self {
        let (code, reason) = Code::of_engine(engine_code);
        Self { reason: reason.map(str::to_owned), ..Self::new(code) }
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self {
            internal: Some(format!("{}: {}", failure.code, failure.message)),
            ..Self::from(failure.code.as_str())
        }
    }
}

impl From<EngineError> for Fault {
    fn from(error: EngineError) -> Self {
        let fault = Self::from(Failure::from(&error));
        match &error {
            // These sentences are made of names and limits of ours.
            EngineError::Submission(
                SubmissionError::Empty { field } | SubmissionError::TooLong { field, .. },
            ) => fault.field(*field).reason(error.to_string()),
            EngineError::Submission(_)
            | EngineError::PostTooLong { .. }
            | EngineError::ReasonInvalid { .. } => fault.reason(error.to_string()),
            EngineError::QueueFull { .. } => Self { retry_after_s: Some(QUEUE_RETRY_S), ..fault },
            _ => fault,
        }
    }
}

/// When to send again what a full queue sent away, in seconds.
const QUEUE_RETRY_S: u64 = 5;

impl From<AccessError> for Fault {
    fn from(error: AccessError) -> Self {
        let retry_after_s = error.retry_after_ms().map(|ms| ms.div_ceil(1000));
        Self { internal: Some(error.to_string()), retry_after_s, ..Self::from(error.code()) }
    }
}

impl From<DeliveryError> for Fault {
    fn from(error: DeliveryError) -> Self {
        Self { internal: Some(error.to_string()), ..Self::from(error.code()) }
    }
}
