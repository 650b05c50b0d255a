//! Who carries a message to its receiver: HTTP, or what a simulation puts in its place.

use async_trait::async_trait;

use super::outward::{Outward, OutwardError, PostRequest};

/// How long one attempt may take in all, milliseconds.
pub const ATTEMPT_MS_MAX: u64 = 15_000;

/// A signed message, ready to go.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Where it goes.
    pub url: String,
    /// Headers: name and value.
    pub headers: Vec<(&'static str, String)>,
    /// The body, JSON.
    pub body: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// The receiver answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// How long it asks to be left alone, in seconds.
        retry_after_s: Option<i64>,
    },
    /// There was no answer.
    Failed {
        /// Why, a stable word.
        code: &'static str,
    },
}

/// Carries messages.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Carries one message, once. Whether it is tried again is for others to say.
    async fn send(&self, request: Request) -> Receipt;
}

/// Carries messages over HTTP.
#[derive(Debug)]
pub struct HttpCourier {
    outward: Outward,
    attempt_ms_max: u64,
}

impl HttpCourier {
    /// A courier that goes out through `outward`.
    pub fn new(outward: Outward) -> Self {
        Self { outward, attempt_ms_max: ATTEMPT_MS_MAX }
    }

    /// The same with another limit on an attempt, in milliseconds.
    #[must_use]
    pub fn within_ms(self, attempt_ms_max: u64) -> Self {
        Self { attempt_ms_max, ..self }
    }
}

#[async_trait]
impl Courier for HttpCourier {
    async fn send(&self, request: Request) -> Receipt {
        let Request { url, headers, body } = request;
        let post = PostRequest { url, headers, body, timeout_ms: self.attempt_ms_max };
        match self.outward.post(post).await {
            Ok(reply) => Receipt::Answered { status: reply.status, retry_after_s: reply.retry_after_s },
            Err(error) => Receipt::Failed { code: OutwardError::code(&error) },
        }
    }
}

/// Stands in on a machine from which nothing can be sent, so that everything else goes on.
#[derive(Debug, Clone, Copy)]
pub struct NoCourier;

#[async_trait]
impl Courier for NoCourier {
    async fn send(&self, _: Request) -> Receipt {
        Receipt::Failed { code: "outward-unavailable" }
    }
}
