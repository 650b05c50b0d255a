//! One try at a delivery.

use lamassu_case::WebhookId;
use lamassu_store::{AttemptOutcome, Attempted, Delivery, DeliveryState, Job, Parcel, Schedule};

use super::courier::{Courier, Receipt, Request};
use super::error::DeliveryError;
use super::message::{self, Letter};
use super::schedule;
use crate::engine::{Actor, Engine};
use crate::secret::Secret;

/// Who the audit log says gave up or disabled.
const ACTOR: &str = "lamassu";

/// How much before its time a job may come: jobs are planned to the second.
const EARLY_MS_MAX: i64 = 1_000;

/// The receiver wants nothing any more.
const STATUS_GONE: u16 = 410;

/// Makes the try that `job` is, records what came of it, and plans the next one if there is to be one.
/// Gives the delivery as it then stands; none when the job is of an earlier turn, and nothing is sent.
///
/// # Errors
/// [`DeliveryError`]; nothing is recorded then, and the job is to be taken up again. What was sent may be
/// sent again, under the same id.
pub async fn attempt(
    engine: &Engine,
    courier: &dyn Courier,
    plan: &dyn Schedule,
    job: &Job,
) -> Result<Option<Delivery>, DeliveryError> {
    let Some(parcel) = engine.store.parcel(&job.message, &job.webhook).await? else { return Ok(None) };
    let delivery = &parcel.delivery;
    if delivery.state != DeliveryState::Waiting || delivery.turn != job.turn {
        return Ok(None);
    }
    if delivery.next_at_ms > engine.clock.now_ms().saturating_add(EARLY_MS_MAX) {
        return Err(DeliveryError::Early);
    }
    let sent = match sign(engine, &parcel) {
        Ok(request) => courier.send(request).await,
        Err(code) => Receipt::Failed { code },
    };
    let attempted = attempted(delivery, &sent, engine.clock.now_ms());
    let stamp = engine.stamp(&Actor(ACTOR.to_owned()));
    let settled = engine.store.settle(&attempted, &stamp).await?;
    if let Some(delivery) = &settled {
        tell(delivery, &attempted);
        if delivery.state == DeliveryState::Waiting
            && let Err(error) = plan.push(&Job::from(delivery)).await
        {
            // It is on disk that it waits: the next sweep plans it.
            tracing::warn!(code = error.code(), "the next try of a delivery could not be planned yet");
        }
    }
    Ok(settled)
}

/// One event for each outcome. The message's data and the receiver's address stay out of it.
fn tell(delivery: &Delivery, attempted: &Attempted) {
    let (message, webhook) = (delivery.message.as_str(), delivery.webhook.as_str());
    let (attempts, status) = (delivery.attempts, attempted.status);
    let code = attempted.error.as_deref();
    match attempted.outcome {
        AttemptOutcome::Delivered => {
            tracing::debug!(message, webhook, attempts, status, "a message was delivered");
        }
        AttemptOutcome::Again { at_ms } => {
            tracing::info!(message, webhook, attempts, status, code, at_ms, "a message will be sent again");
        }
        AttemptOutcome::GivenUp => {
            tracing::warn!(message, webhook, attempts, status, code, "a message was given up");
        }
        AttemptOutcome::Gone => {
            tracing::warn!(message, webhook, "a receiver is gone; its webhook is disabled");
        }
    }
}

/// The signed request of a parcel, or the word for why there is none.
fn sign(engine: &Engine, parcel: &Parcel) -> Result<Request, &'static str> {
    let delivery = &parcel.delivery;
    let secret =
        open_secret(engine, &delivery.webhook, &parcel.sealed_secret).map_err(|error| error.code())?;
    let letter = Letter {
        id: delivery.message.as_str(),
        event: delivery.event.name(),
        created_at_ms: parcel.created_at_ms,
        data: &parcel.data,
    };
    message::request(letter, &parcel.url, &secret, engine.clock.now_ms()).ok_or("message-damaged")
}

/// The secret of a webhook.
pub fn open_secret(engine: &Engine, webhook: &WebhookId, sealed: &[u8]) -> Result<Secret, DeliveryError> {
    let plain = engine.vault.open(&secret_context(webhook), sealed)?;
    let text = String::from_utf8(plain).map_err(|_| lamassu_store::VaultError::Refused)?;
    Ok(Secret::new(text))
}

/// What a webhook's secret is sealed for: another row's secret does not open in its place.
pub fn secret_context(webhook: &WebhookId) -> String {
    format!("webhook secret {webhook}")
}

/// What follows from an answer.
fn attempted(delivery: &Delivery, sent: &Receipt, now_ms: i64) -> Attempted {
    let (status, retry_after_s, error) = match sent {
        Receipt::Answered { status, retry_after_s } => (Some(*status), *retry_after_s, None),
        Receipt::Failed { code } => (None, None, Some((*code).to_owned())),
    };
    let outcome = match status {
        Some(200..=299) => AttemptOutcome::Delivered,
        Some(STATUS_GONE) => AttemptOutcome::Gone,
        _ => {
            let attempts = delivery.attempts.saturating_sub(delivery.attempts_before) + 1;
            let seed = format!("{}.{}", delivery.message, delivery.webhook);
            let next = schedule::next_at_ms(attempts, now_ms, retry_after_s, &seed);
            next.map_or(AttemptOutcome::GivenUp, |at_ms| AttemptOutcome::Again { at_ms })
        }
    };
    let (message, webhook) = (delivery.message.clone(), delivery.webhook.clone());
    Attempted { message, webhook, turn: delivery.turn, status, error, outcome }
}
