//! Sends messages to webhooks: signed, at least once, under one id.
//!
//! What is to be sent commits with the change that it tells of (the outbox). [`relay`] turns what is due
//! into deliveries, one for each webhook, and plans a try of each; [`attempt`] makes a try, records it and
//! plans the next. [`run`] does both for as long as it is polled.

mod address;
mod attempt;
mod command;
mod courier;
mod error;
mod message;
mod outward;
mod relay;
mod retry_after;
mod schedule;
mod webhooks;

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lamassu_case::WebhookId;
use lamassu_store::{FORGOTTEN_MAX, Job, Jobs, JobsError, NotRecorded, Trying};
use tokio::sync::{Notify, Semaphore};
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

pub use lamassu_store::{Delivery, DeliveryCounts, DeliveryFilter, DeliveryState, EventKind, Webhook};

pub use address::{InvalidNetwork, Network, is_allowed};
pub use attempt::attempt;
pub use command::{DeliveryRow, WebhookAnswer, WebhookCommand, WebhookRow};
pub use courier::{ATTEMPT_MS_MAX, Courier, HttpCourier, NoCourier, Receipt, Request};
pub use error::DeliveryError;
pub use message::{Letter, request};
pub use outward::{Names, Outward, OutwardError, PostRequest, Reply, SystemNames, check_url};
pub use relay::{plan_waiting, relay};
pub use schedule::{DELAYS_S, RETRY_AFTER_S_MAX, next_at_ms};
pub use webhooks::{DELIVERIES_PAGE, TEST_EVENT};

use crate::engine::Engine;

/// Most attempts at one webhook at the same time.
pub const ATTEMPTS_OF_WEBHOOK_MAX: usize = 2;
/// Most attempts at the same time.
pub const ATTEMPTS_MAX: usize = 16;

/// How often the outbox is looked into when nobody wakes the relay, milliseconds.
const ROUND_MS: u64 = 1_000;
/// How often lost jobs are looked for, milliseconds.
const SWEEP_MS: i64 = 60_000;
/// How long a delivery may be overdue before its job counts as lost, milliseconds.
const LOST_MS: i64 = 30_000;
/// How long to wait when an attempt could not even be recorded, milliseconds.
const TROUBLE_MS: u64 = 5_000;
/// Transactions of one sweep that forget what arrived long ago; others write in between.
const FORGETS_MAX: u32 = 100;
/// How long attempts under way may take to end when the work stops, milliseconds.
const STOP_MS: u64 = 5_000;

/// What wakes the relay before its time.
#[derive(Debug, Default)]
pub struct Delivering {
    wake: Notify,
    replayed: AtomicBool,
}

impl Delivering {
    /// Something is due.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// A delivery waits again that the outbox no longer tells of.
    pub fn replayed(&self) {
        self.replayed.store(true, Ordering::SeqCst);
        self.wake();
    }
}

/// Sends what is due over HTTP until `stop` is cancelled.
///
/// # Errors
/// [`DeliveryError`] when it cannot start; later trouble is told in the log and tried again.
pub async fn run(engine: Arc<Engine>, stop: CancellationToken) -> Result<(), DeliveryError> {
    let courier: Arc<dyn Courier> = match engine.outward() {
        Ok(outward) => Arc::new(HttpCourier::new(outward)),
        Err(error) => {
            tracing::error!(
                code = error.code(),
                "no message can be sent from this machine; what is due waits"
            );
            Arc::new(NoCourier)
        }
    };
    run_through(engine, courier, stop).await
}

/// As [`run`], with another courier.
///
/// # Errors
/// As [`run`].
pub async fn run_through(
    engine: Arc<Engine>,
    courier: Arc<dyn Courier>,
    stop: CancellationToken,
) -> Result<(), DeliveryError> {
    let jobs = Jobs::create(&engine.jobs_file()).await?;
    plan_waiting(&engine, &jobs, i64::MAX).await?;
    let slots = Arc::new(Semaphore::new(ATTEMPTS_MAX));
    let mut crew =
        Crew { engine, courier, jobs, slots, stop, working: HashMap::new(), tasks: JoinSet::new() };
    let mut swept_at_ms = crew.engine.clock.now_ms();
    while !crew.stop.is_cancelled() {
        let now_ms = crew.engine.clock.now_ms();
        // A clock that was set back must not end the sweeps.
        let sweep = !(swept_at_ms..swept_at_ms.saturating_add(SWEEP_MS)).contains(&now_ms);
        if sweep {
            swept_at_ms = now_ms;
        }
        if let Err(error) = crew.round(sweep).await {
            tracing::warn!(code = error.code(), "messages could not be handed over; trying again");
        }
        crew.rest().await;
    }
    crew.leave().await;
    Ok(())
}

/// Forgets deliveries that arrived longer ago than the settings keep them; gives how many.
///
/// # Errors
/// [`DeliveryError`].
pub async fn forget_delivered(engine: &Engine) -> Result<u64, DeliveryError> {
    let before_ms = engine.clock.now_ms().saturating_sub(engine.outward_settings.keep_delivered_ms());
    let mut forgotten = 0;
    for _ in 0..FORGETS_MAX {
        let more = engine.store.forget_delivered(before_ms).await?;
        forgotten += more;
        if more < u64::from(FORGOTTEN_MAX / 2) {
            break;
        }
    }
    Ok(forgotten)
}

/// Everybody who works on deliveries: a task for each enabled webhook.
struct Crew {
    engine: Arc<Engine>,
    courier: Arc<dyn Courier>,
    jobs: Jobs,
    slots: Arc<Semaphore>,
    stop: CancellationToken,
    working: HashMap<WebhookId, Id>,
    tasks: JoinSet<Result<(), JobsError>>,
}

impl Crew {
    /// Hands over what is due, and sees that somebody works on every queue.
    async fn round(&mut self, sweep: bool) -> Result<(), DeliveryError> {
        self.staff().await?;
        relay(&self.engine, &self.jobs).await?;
        let replayed = self.engine.delivering.replayed.swap(false, Ordering::SeqCst);
        if sweep || replayed {
            let margin_ms = if replayed { -1 } else { LOST_MS };
            let before_ms = self.engine.clock.now_ms().saturating_sub(margin_ms);
            plan_waiting(&self.engine, &self.jobs, before_ms).await?;
        }
        if sweep {
            self.jobs.tidy().await?;
            forget_delivered(&self.engine).await?;
        }
        Ok(())
    }

    /// A task for each webhook that is enabled and has none.
    async fn staff(&mut self) -> Result<(), DeliveryError> {
        for webhook in self.engine.store.webhooks().await? {
            if webhook.disabled.is_some() || self.working.contains_key(&webhook.id) {
                continue;
            }
            let stopped = self.stop.clone().cancelled_owned();
            let working = self.jobs.work(&webhook.id, ATTEMPTS_OF_WEBHOOK_MAX, stopped, self.attempts());
            let task = self.tasks.spawn(working);
            self.working.insert(webhook.id, task.id());
        }
        Ok(())
    }

    /// What is done with a job.
    fn attempts(&self) -> impl Fn(Job) -> Trying + Clone + Send + Sync + 'static {
        let (engine, courier) = (Arc::clone(&self.engine), Arc::clone(&self.courier));
        let (jobs, slots) = (self.jobs.clone(), Arc::clone(&self.slots));
        move |job| {
            let (engine, courier) = (Arc::clone(&engine), Arc::clone(&courier));
            let (jobs, slots) = (jobs.clone(), Arc::clone(&slots));
            Box::pin(async move {
                let _slot = slots.acquire_owned().await.map_err(|_| NotRecorded)?;
                if let Err(error) = attempt(&engine, &*courier, &jobs, &job).await {
                    tracing::warn!(code = error.code(), "an attempt could not be recorded; it is made again");
                    // Taken up again at once, it would keep a machine in trouble busy.
                    tokio::time::sleep(Duration::from_millis(TROUBLE_MS)).await;
                    return Err(NotRecorded);
                }
                Ok(())
            })
        }
    }

    /// Waits for the next round, and takes note of tasks that ended.
    async fn rest(&mut self) {
        let mut rest = pin!(tokio::time::sleep(Duration::from_millis(ROUND_MS)));
        loop {
            tokio::select! {
                () = &mut rest => return,
                () = self.stop.cancelled() => return,
                () = self.engine.delivering.wake.notified() => return,
                Some(ended) = self.tasks.join_next_with_id() => {
                    let id = match &ended {
                        Ok((id, _)) => *id,
                        Err(died) => died.id(),
                    };
                    if !self.stop.is_cancelled() {
                        let code = match &ended {
                            Ok((_, Ok(()))) => "ended",
                            Ok((_, Err(error))) => error.code(),
                            Err(_) => "internal",
                        };
                        tracing::error!(code, "the work on a webhook's queue ended; it is taken up again");
                    }
                    self.working.retain(|_, task| *task != id);
                }
            }
        }
    }

    /// Lets attempts under way end, and ends those that will not: they are made again after a start.
    async fn leave(mut self) {
        let ending = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_millis(STOP_MS), ending).await.is_err() {
            self.tasks.shutdown().await;
        }
        self.jobs.close().await;
    }
}
