//! The workers: they take what waits, in order, and take it through the flow.

use std::sync::Arc;
use std::time::Duration;

use lamassu_index::Filter;
use lamassu_media::{Progress, ReadError};
use lamassu_store::{Queued, SubmissionFailure};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::delivery::OutwardError;
use crate::engine::{Actor, Engine};
use crate::error::{EngineError, Failure};
use crate::flow;
use crate::intake::Arrival;

/// Submissions read from the store at once, and ahead of the workers.
const AHEAD: u16 = 16;
/// Longest wait before an item is tried again after the machine failed, in milliseconds.
const RETRY_MS_MAX: u64 = 60_000;
/// How often an item may end its decoder before it counts as at fault. A decoder may also be ended by the
/// machine, when memory runs short, and whoever sends many items must not get one through by that.
const CRASHES_MAX: u32 = 3;

/// How often a URL is fetched that does not answer.
const FETCHES_MAX: u32 = 3;

/// Decides what waits until `stop`; what is being worked on then is finished first.
///
/// # Errors
/// When a worker dies, which is a defect: the process should end and start again.
pub async fn run(engine: Arc<Engine>, stop: CancellationToken) -> Result<(), EngineError> {
    engine.sweep_incoming().await?;
    engine.queue.add(engine.store.queued_count().await?);
    let (ahead, waiting) = mpsc::channel(usize::from(AHEAD));
    let waiting = Arc::new(Mutex::new(waiting));
    let mut tasks = JoinSet::new();
    for _ in 0..engine.queue.settings.workers() {
        tasks.spawn(work(Arc::clone(&engine), Arc::clone(&waiting), stop.clone()));
    }
    drop(waiting);
    tasks.spawn(read_ahead(Arc::clone(&engine), ahead, stop));
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(EngineError::TaskDied)?;
    }
    Ok(())
}

/// Reads what waits from the store, in order.
async fn read_ahead(engine: Arc<Engine>, ahead: mpsc::Sender<Queued>, stop: CancellationToken) {
    let mut after = 0;
    while !stop.is_cancelled() {
        let page = match engine.store.queued(after, u32::from(AHEAD)).await {
            Ok(page) => page,
            Err(error) => {
                tracing::error!(error = %EngineError::from(error), "the queue could not be read; trying again");
                pause(engine.queue.settings.retry_ms.into(), &stop).await;
                continue;
            }
        };
        if page.is_empty() {
            tokio::select! {
                () = engine.queue.news.notified() => {}
                () = stop.cancelled() => {}
            }
        }
        for queued in page {
            after = queued.submission.number;
            tokio::select! {
                sent = ahead.send(queued) => if sent.is_err() { return },
                () = stop.cancelled() => return,
            }
        }
    }
}

async fn work(engine: Arc<Engine>, waiting: Arc<Mutex<mpsc::Receiver<Queued>>>, stop: CancellationToken) {
    loop {
        let queued = waiting.lock().await.recv().await;
        let Some(queued) = queued.filter(|_| !stop.is_cancelled()) else { return };
        let item = queued.submission.item.clone();
        let progress = engine.queue.begin(&item);
        let settled = settle(&engine, queued, &progress, &stop).await;
        if settled {
            engine.forget_file(&item);
        }
        engine.queue.end(&item, settled);
    }
}

/// Brings one submission to its end; false when `stop` came first. When the machine fails, not the item,
/// it is tried again for as long as it takes: nothing that was let in is given up.
async fn settle(engine: &Engine, queued: Queued, progress: &Arc<Progress>, stop: &CancellationToken) -> bool {
    let mut wait_ms = u64::from(engine.queue.settings.retry_ms);
    let mut tries = 0;
    loop {
        tries += 1;
        let error = match decide(engine, queued.clone(), progress, tries).await {
            Ok(()) => return true,
            Err(error) => error,
        };
        tracing::warn!(
            item = %queued.submission.item, code = error.code(), error = %error, wait_ms,
            "an item could not be decided; trying again"
        );
        if !pause(wait_ms, stop).await {
            return false;
        }
        wait_ms = (wait_ms * 2).min(RETRY_MS_MAX);
    }
}

/// Decides one submission, or ends it when its content is at fault.
async fn decide(
    engine: &Engine,
    queued: Queued,
    progress: &Arc<Progress>,
    tries: u32,
) -> Result<(), EngineError> {
    let Queued { submission, bytes } = queued;
    let actor = Actor(submission.sender.clone());
    let decided = async {
        let source = engine.source(&submission, bytes).await?;
        let reference = submission.details.reference.clone();
        let (submission, progress) = (Some(submission.clone()), Arc::clone(progress));
        let arrival = Arrival { reference, source, actor, submission, progress };
        flow::run(engine, arrival, &Filter::AllBanks).await
    };
    match decided.await {
        Ok(_) => Ok(()),
        Err(error) if is_of_content(&error, tries) => {
            let Failure { code, message } = Failure::from(&error);
            let failure = SubmissionFailure { code, message };
            let stamp = engine.stamp(&Actor("lamassu".to_owned()));
            Ok(engine.store.fail_submission(&submission.item, &failure, &stamp).await?)
        }
        Err(error) => Err(error),
    }
}

/// Whether the item is at fault, so that trying again gives nothing else. Another machine that does not give
/// what a URL leads to is asked a few times and no more.
fn is_of_content(error: &EngineError, tries: u32) -> bool {
    match error {
        EngineError::Fetch(OutwardError::Unwritable(_) | OutwardError::Unavailable(_)) => false,
        EngineError::Read(ReadError::Crashed { .. }) => tries >= CRASHES_MAX,
        EngineError::Read(ReadError::Refused(_))
        | EngineError::Fetch(
            OutwardError::Invalid
            | OutwardError::Refused
            | OutwardError::TooLarge(_)
            | OutwardError::Status(400..=499),
        ) => true,
        EngineError::Fetch(_) => tries >= FETCHES_MAX,
        _ => false,
    }
}

/// Waits; false when `stop` came first.
async fn pause(wait_ms: u64, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(wait_ms)) => true,
        () = stop.cancelled() => false,
    }
}
