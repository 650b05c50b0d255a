//! From the outbox to the jobs. Every step can be repeated: a crash between any two loses nothing.

use lamassu_store::{Job, PAGE_ROWS_MAX, Schedule};

use super::error::DeliveryError;
use crate::engine::Engine;

/// Most messages of one round.
const ROUND_MESSAGES_MAX: u32 = 1_000;

/// Hands over what is due by the engine's clock; gives how many messages that were.
///
/// # Errors
/// [`DeliveryError`]; what was not handed over then is by the next call.
pub async fn relay(engine: &Engine, schedule: &dyn Schedule) -> Result<usize, DeliveryError> {
    let mut handed = 0;
    loop {
        let now_ms = engine.clock.now_ms();
        let due = engine.store.due_messages(now_ms, ROUND_MESSAGES_MAX).await?;
        for message in &due {
            // From here on it cannot be withdrawn.
            for delivery in engine.store.address_message(message, now_ms).await? {
                schedule.push(&Job::from(&delivery)).await?;
            }
            engine.store.mark_handed(message, engine.clock.now_ms()).await?;
        }
        handed += due.len();
        if due.len() < ROUND_MESSAGES_MAX as usize {
            return Ok(handed);
        }
    }
}

/// Plans what waits and was to be tried before `before_ms`, milliseconds since 1970: all at a start, and
/// now and then what should have been tried, in case its job was lost. What is planned stays as it is.
///
/// # Errors
/// [`DeliveryError`].
pub async fn plan_waiting(
    engine: &Engine,
    schedule: &dyn Schedule,
    before_ms: i64,
) -> Result<u64, DeliveryError> {
    let (mut after, mut planned) = (0, 0);
    loop {
        let page = engine.store.overdue(before_ms, after, PAGE_ROWS_MAX).await?;
        let Some(last) = page.last() else { return Ok(planned) };
        after = last.number;
        for delivery in &page {
            schedule.push(&Job::from(delivery)).await?;
            planned += 1;
        }
    }
}
