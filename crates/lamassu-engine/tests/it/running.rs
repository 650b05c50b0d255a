//! The whole of it as the server runs it: outbox, apalis, HTTP.

use std::sync::Arc;
use std::time::Duration;

use lamassu_engine::delivery;
use lamassu_store::DeliveryState;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::posting::{Place, actor};
use crate::receiver::{Answer, Receiver};

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);

struct Running {
    stop: CancellationToken,
    tasks: JoinSet<Result<(), delivery::DeliveryError>>,
}

impl Running {
    fn start(place: &Place) -> Self {
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        tasks.spawn(delivery::run(Arc::clone(&place.engine), stop.clone()));
        Self { stop, tasks }
    }

    async fn stop(mut self) {
        self.stop.cancel();
        let ended = tokio::time::timeout(PATIENCE, self.tasks.join_next()).await.expect("ends in time");
        ended.expect("is one task").expect("does not panic").expect("could start");
    }
}

async fn until_delivered(place: &Place, count: usize) {
    let waiting = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            let deliveries = place.deliveries().await;
            if deliveries.iter().filter(|delivery| delivery.state == DeliveryState::Delivered).count()
                >= count
            {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("is delivered in time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_delivered_while_it_runs_and_replayed_when_asked_for() {
    let place = Place::on_time().await;
    let mut receiver = Receiver::new(vec![Answer::Status(200, "")]).await;
    let running = Running::start(&place);
    let (webhook, _) = place.webhook(&receiver.url()).await;
    let first = place.message(1).await;
    place.engine.wake_delivery();
    until_delivered(&place, 1).await;
    for k in 2..=40 {
        place.message(k).await;
    }
    place.engine.wake_delivery();
    until_delivered(&place, 40).await;
    assert_eq!(receiver.captured().len(), 40);
    place.engine.replay_delivery(&first, &webhook.id, &actor()).await.expect("is over");
    tokio::time::timeout(PATIENCE, receiver.wait_for(41)).await.expect("is sent again");
    assert_eq!(receiver.captured()[40].header("webhook-id"), first.as_str());
    assert_eq!(receiver.captured()[40].body, receiver.captured()[0].body);
    until_delivered(&place, 40).await;
    running.stop().await;
    let mut ids: Vec<_> =
        receiver.captured().iter().map(|request| request.header("webhook-id").to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_hangs_holds_up_nobody_else() {
    let place = Place::on_time().await;
    let (mut slow, fast) =
        (Receiver::new(vec![Answer::Hang]).await, Receiver::new(vec![Answer::Status(200, "")]).await);
    place.webhook(&slow.url()).await;
    place.webhook(&fast.url()).await;
    for k in 1..=30 {
        place.message(k).await;
    }
    let running = Running::start(&place);
    until_delivered(&place, 30).await;
    assert_eq!(fast.captured().len(), 30);
    tokio::time::timeout(PATIENCE, slow.wait_for(2)).await.expect("two are tried at once");
    assert_eq!(slow.captured().len(), delivery::ATTEMPTS_OF_WEBHOOK_MAX);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_under_way_at_a_kill_is_sent_after_the_next_start() {
    let place = Place::on_time().await;
    let mut receiver = Receiver::new(vec![Answer::Hang, Answer::Hang, Answer::Status(200, "")]).await;
    place.webhook(&receiver.url()).await;
    for k in 1..=5 {
        place.message(k).await;
    }
    let mut running = Running::start(&place);
    tokio::time::timeout(PATIENCE, receiver.wait_for(2)).await.expect("two are tried");
    // Nothing is told to stop: the task and all it had in hand are gone, as after a kill.
    running.tasks.shutdown().await;
    assert!(place.deliveries().await.iter().all(|delivery| delivery.state == DeliveryState::Waiting));
    let running = Running::start(&place);
    until_delivered(&place, 5).await;
    running.stop().await;
    assert_eq!(receiver.captured().len(), 2 + 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_file_of_jobs_is_made_anew() {
    let place = Place::on_time().await;
    let receiver = Receiver::new(vec![Answer::Status(200, "")]).await;
    place.webhook(&receiver.url()).await;
    place.message(1).await;
    fs_err::write(place.folder.path().join("jobs.db"), b"this is no database").expect("is written");
    let running = Running::start(&place);
    until_delivered(&place, 1).await;
    running.stop().await;
}
