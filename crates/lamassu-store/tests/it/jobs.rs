//! What apalis does for us: planned once, at its time, taken up again when it failed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lamassu_case::WebhookId;
use lamassu_store::{Job, Jobs, NotRecorded, Schedule};
use tempfile::TempDir;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// Long after any of these tests ran, milliseconds since 1970.
const FAR_MS: i64 = 32_503_680_000_000;

fn webhook(k: u64) -> WebhookId {
    format!("33333333-0000-7000-8000-{k:012x}").parse().expect("a valid id")
}

fn job(k: u64, turn: u32, run_at_ms: i64) -> Job {
    let message = format!("22222222-0000-7000-8000-{k:012x}").parse().expect("a valid id");
    Job { message, webhook: webhook(1), turn, run_at_ms }
}

async fn jobs(folder: &TempDir) -> Jobs {
    Jobs::create(&folder.path().join("jobs.db")).await.expect("is made")
}

#[tokio::test]
async fn a_try_is_planned_once_and_a_start_begins_with_none() {
    let folder = TempDir::new().unwrap();
    let planned = jobs(&folder).await;
    for _ in 0..3 {
        planned.push(&job(1, 0, 0)).await.unwrap();
    }
    planned.push(&job(1, 1, 0)).await.unwrap();
    planned.push(&Job { webhook: webhook(2), ..job(1, 0, 0) }).await.unwrap();
    assert_eq!(planned.count().await.unwrap(), 3);
    planned.close().await;
    assert_eq!(jobs(&folder).await.count().await.unwrap(), 0);
}

#[tokio::test]
async fn jobs_run_at_their_time_and_fail_only_for_a_while() {
    let folder = TempDir::new().unwrap();
    let planned = jobs(&folder).await;
    for k in 1..=20 {
        planned.push(&job(k, 0, 0)).await.unwrap();
    }
    planned.push(&job(99, 0, FAR_MS)).await.unwrap();
    let (stop, stopped) = (Arc::new(Notify::new()), watch::channel(0));
    let (counter, mut count) = stopped;
    let tried = Arc::<Mutex<BTreeMap<String, u32>>>::default();
    let (seen, stopping) = (Arc::clone(&tried), Arc::clone(&stop));
    let counter = Arc::new(counter);
    let working = planned.work(&webhook(1), 2, async move { stopping.notified().await }, move |job: Job| {
        let (seen, counter) = (Arc::clone(&seen), Arc::clone(&counter));
        Box::pin(async move {
            let tries = {
                let mut seen = seen.lock().expect("nobody panicked");
                let tries = seen.entry(job.message.to_string()).or_default();
                *tries += 1;
                *tries
            };
            // The third message fails twice.
            if job.message.as_str().ends_with("003") && tries < 3 {
                return Err(NotRecorded);
            }
            counter.send_modify(|count| *count += 1);
            Ok(())
        })
    });
    let mut tasks = JoinSet::new();
    tasks.spawn(working);
    let done = count.wait_for(|count| *count >= 20);
    tokio::time::timeout(PATIENCE, done).await.expect("in time").expect("lives");
    // apalis notes what is over when it next polls: until then it counts as under way.
    stop.notify_one();
    let ended = tokio::time::timeout(PATIENCE, tasks.join_next()).await.expect("in time");
    ended.expect("one task").expect("no panic").expect("ends well");
    let tried = tried.lock().unwrap().clone();
    assert_eq!(tried.len(), 20, "the one far off was not tried");
    assert_eq!(tried.values().filter(|tries| **tries == 1).count(), 19);
    assert_eq!(tried.values().max(), Some(&3));
    planned.tidy().await.unwrap();
    assert_eq!(planned.count().await.unwrap(), 1, "only the one far off is left");
}
