//! From the outbox to the receiver, with a clock and a courier of our own: nothing lost, one id.

use std::sync::atomic::Ordering;

use lamassu_case::WebhookId;
use lamassu_engine::delivery::{self, DELAYS_S, DeliveryError, RETRY_AFTER_S_MAX, Receipt, next_at_ms};
use lamassu_store::{DeliveryFilter, DeliveryState, EventKind, Job, Outbox, WEBHOOKS_MAX};
use tokio::task::JoinSet;

use crate::posting::{AT_MS, MemorySchedule, Place, Script, actor, answered, message_id, webhook_id};

const URL: &str = "https://receiver.example/hook";

#[tokio::test]
async fn a_message_goes_to_every_webhook_that_wants_it_once() {
    let place = Place::new().await;
    place.webhook(URL).await;
    let some = vec![EventKind::CaseOpened, EventKind::ActionRequested];
    place.engine.create_webhook("https://other.example/", some, &actor()).await.expect("is added");
    place.message_due(1, EventKind::ItemDecided, 0).await;
    place.message_due(2, EventKind::ActionRequested, 0).await;
    let (courier, schedule) = (Script::statuses(&[200]), MemorySchedule::default());
    place.play(&courier, &schedule).await;
    place.play(&courier, &schedule).await;
    assert_eq!(courier.count(), 3);
    let deliveries = place.deliveries().await;
    assert_eq!(deliveries.len(), 3);
    for delivery in &deliveries {
        assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Delivered, 1));
        assert_eq!(delivery.last_status, Some(200));
    }
    let counts = place.engine.delivery_counts().await.expect("reads");
    assert_eq!((counts.unhanded, counts.waiting, counts.dead, counts.oldest_at_ms), (0, 0, 0, None));
}

#[tokio::test]
async fn a_message_is_not_sent_before_it_is_due_nor_once_withdrawn() {
    let place = Place::new().await;
    place.webhook(URL).await;
    let late = place.message_due(1, EventKind::ActionRequested, AT_MS + 10_000).await;
    let kept = place.message_due(2, EventKind::ActionRequested, AT_MS + 10_000).await;
    let (courier, schedule) = (Script::statuses(&[200]), MemorySchedule::default());
    place.play(&courier, &schedule).await;
    assert_eq!(courier.count(), 0);
    assert!(place.store.withdraw_message(&late, AT_MS + 9_000).await.expect("is written"));
    assert!(!place.store.withdraw_message(&late, AT_MS + 9_000).await.expect("is read"), "only once");
    place.advance_to(AT_MS + 10_000);
    place.play(&courier, &schedule).await;
    assert_eq!(courier.count(), 1);
    assert!(courier.sent.lock().unwrap()[0].headers.contains(&("webhook-id", kept.to_string())));
    assert!(!place.store.withdraw_message(&kept, AT_MS).await.expect("is read"), "it was sent");
}

#[tokio::test]
async fn what_is_being_handed_over_cannot_be_withdrawn() {
    let place = Place::new().await;
    place.webhook(URL).await;
    let message = place.message(1).await;
    let schedule = MemorySchedule::default();
    schedule.broken.store(1, Ordering::SeqCst);
    delivery::relay(&place.engine, &schedule).await.expect_err("is broken after the push");
    assert!(!place.store.withdraw_message(&message, AT_MS).await.expect("is read"));
}

#[tokio::test]
async fn a_crash_between_the_steps_repeats_harmlessly() {
    // 1: the job was kept and the message not marked; 2: the job was not even kept.
    for broken in [1, 2] {
        let place = Place::new().await;
        place.webhook(URL).await;
        place.message(1).await;
        let (courier, schedule) = (Script::statuses(&[200]), MemorySchedule::default());
        schedule.broken.store(broken, Ordering::SeqCst);
        for _ in 0..2 {
            delivery::relay(&place.engine, &schedule).await.expect_err("is broken");
        }
        assert_eq!(place.store.delivery_counts().await.expect("reads").unhanded, 1);
        schedule.broken.store(0, Ordering::SeqCst);
        place.play(&courier, &schedule).await;
        assert_eq!((courier.count(), place.deliveries().await.len()), (1, 1), "broken {broken}");
        assert_eq!(place.store.delivery_counts().await.expect("reads").unhanded, 0);
    }
}

#[tokio::test]
async fn failures_are_tried_again_over_days_and_then_given_up() {
    let place = Place::new().await;
    place.webhook(URL).await;
    place.message(1).await;
    let (courier, schedule) = (Script::statuses(&[500, 301, 404]), MemorySchedule::default());
    place.play(&courier, &schedule).await;
    let delivery = place.deliveries().await.remove(0);
    assert_eq!(delivery.state, DeliveryState::Dead);
    assert_eq!((delivery.attempts as usize, courier.count()), (DELAYS_S.len() + 1, DELAYS_S.len() + 1));
    let days = (place.now_ms() - AT_MS) as f64 / 86_400_000.0;
    assert!((4.0..5.1).contains(&days), "{days}");
    assert_eq!(place.audit().await.last().map(String::as_str), Some("delivery.dead"));
    let sent = courier.sent.lock().unwrap();
    assert!(sent.iter().all(|request| request.body == sent[0].body), "the body never changes");
    let ids: Vec<_> = sent.iter().map(|request| &request.headers[1]).collect();
    assert!(ids.iter().all(|id| **id == ("webhook-id", message_id(1).to_string())));
}

#[tokio::test]
async fn a_receiver_that_is_down_for_a_day_loses_nothing() {
    let place = Place::new().await;
    place.webhook(URL).await;
    for k in 1..=20 {
        place.message(k).await;
    }
    let (down, up) = (Script::new(&[Receipt::Failed { code: "host-unreachable" }]), Script::statuses(&[204]));
    let schedule = MemorySchedule::default();
    delivery::relay(&place.engine, &schedule).await.expect("relays");
    while let Some(job) = schedule.next() {
        place.advance_to(job.run_at_ms);
        let courier = if place.now_ms() < AT_MS + 86_400_000 { &down } else { &up };
        delivery::attempt(&place.engine, courier, &schedule, &job).await.expect("is recorded");
    }
    assert!(place.deliveries().await.iter().all(|delivery| delivery.state == DeliveryState::Delivered));
    assert_eq!(up.count(), 20);
}

#[test]
fn the_schedule_waits_longer_each_time_and_as_asked_up_to_a_limit() {
    for (at, delay_s) in DELAYS_S.iter().enumerate() {
        let next = next_at_ms(at as u32 + 1, 0, None, "seed").expect("not the last");
        assert!((delay_s * 1_000..=delay_s * 1_200).contains(&next), "{at}: {next}");
        assert_eq!(next_at_ms(at as u32 + 1, 0, None, "seed"), Some(next), "the same seed, the same time");
    }
    assert_eq!(next_at_ms(DELAYS_S.len() as u32 + 1, 0, None, "seed"), None);
    assert_eq!(next_at_ms(0, 0, None, "seed"), None);
    assert_eq!(next_at_ms(1, 0, Some(100), "seed"), Some(100_000));
    assert!(next_at_ms(3, 0, Some(1), "seed").expect("not the last") >= 120_000, "never earlier");
    assert_eq!(next_at_ms(1, 0, Some(i64::MAX), "seed"), Some(RETRY_AFTER_S_MAX * 1_000));
    let spread: std::collections::HashSet<_> =
        (0..50).map(|k| next_at_ms(10, 0, None, &format!("seed {k}"))).collect();
    assert!(spread.len() > 40);
}

#[tokio::test]
async fn a_receiver_that_asks_for_time_gets_it() {
    let place = Place::new().await;
    place.webhook(URL).await;
    place.message(1).await;
    let asks = Receipt::Answered { status: 429, retry_after_s: Some(3_600) };
    let (courier, schedule) = (Script::new(&[asks, answered(200)]), MemorySchedule::default());
    place.play(&courier, &schedule).await;
    assert_eq!(place.now_ms(), AT_MS + 3_600_000);
    assert_eq!(place.deliveries().await[0].state, DeliveryState::Delivered);
}

#[tokio::test]
async fn gone_disables_the_webhook_and_ends_what_waits() {
    let place = Place::new().await;
    let (webhook, _) = place.webhook(URL).await;
    for k in 1..=3 {
        place.message(k).await;
    }
    let (courier, schedule) = (Script::statuses(&[410]), MemorySchedule::default());
    place.play(&courier, &schedule).await;
    assert_eq!(courier.count(), 1);
    assert!(place.deliveries().await.iter().all(|delivery| delivery.state == DeliveryState::Dead));
    let disabled = place.engine.webhooks().await.expect("reads").remove(0).disabled.expect("is disabled");
    assert_eq!((disabled.because.as_str(), disabled.at_ms), ("gone", AT_MS));
    let audit = place.audit().await;
    assert_eq!(audit[audit.len() - 2..], ["delivery.dead", "webhook.disabled"]);
    // Later messages go nowhere, and nothing can be sent again there.
    place.message(4).await;
    place.play(&courier, &schedule).await;
    assert_eq!((courier.count(), place.deliveries().await.len()), (1, 3));
    let refused = place.engine.replay_delivery(&message_id(1), &webhook.id, &actor()).await;
    assert_eq!(refused.expect_err("is disabled").code(), "webhook-disabled");
    let refused = place.engine.test_webhook_through(&webhook.id, &courier).await;
    assert_eq!(refused.expect_err("is disabled").code(), "webhook-disabled");
}

#[tokio::test]
async fn a_person_disables_a_webhook() {
    let place = Place::new().await;
    let (webhook, _) = place.webhook(URL).await;
    place.message(1).await;
    let (courier, schedule) = (Script::statuses(&[200]), MemorySchedule::default());
    delivery::relay(&place.engine, &schedule).await.expect("relays");
    place.engine.disable_webhook(&webhook.id, &actor()).await.expect("is disabled");
    place.play(&courier, &schedule).await;
    assert_eq!((courier.count(), schedule.len()), (0, 0), "its job is of an earlier turn");
    let again = place.engine.disable_webhook(&webhook.id, &actor()).await.expect_err("is disabled");
    assert_eq!(again.code(), "webhook-disabled");
    let unknown = place.engine.disable_webhook(&webhook_id(9), &actor()).await.expect_err("is unknown");
    assert_eq!(unknown.code(), "webhook-not-found");
}

#[tokio::test]
async fn a_dead_or_delivered_message_is_sent_again_under_its_id() {
    let place = Place::new().await;
    let (webhook, _) = place.webhook(URL).await;
    let message = place.message(1).await;
    let schedule = MemorySchedule::default();
    place.play(&Script::statuses(&[500]), &schedule).await;
    for (was, statuses) in [("dead", &[503, 200][..]), ("delivered", &[200])] {
        let replayed = place.engine.replay_delivery(&message, &webhook.id, &actor()).await.expect("again");
        assert_eq!((replayed.state, replayed.next_at_ms), (DeliveryState::Waiting, place.now_ms()), "{was}");
        let refused = place.engine.replay_delivery(&message, &webhook.id, &actor()).await;
        assert_eq!(refused.expect_err("waits already").code(), "delivery-waiting");
        delivery::plan_waiting(&place.engine, &schedule, i64::MAX).await.expect("plans");
        let courier = Script::statuses(statuses);
        place.play(&courier, &schedule).await;
        assert_eq!(courier.count(), statuses.len(), "the whole schedule is before it again");
        assert_eq!(courier.sent.lock().unwrap()[0].headers[1].1, message.to_string());
    }
    assert_eq!(place.deliveries().await[0].attempts as usize, DELAYS_S.len() + 1 + 3);
    assert_eq!(place.audit().await.iter().filter(|action| *action == "delivery.replayed").count(), 2);
    let unknown = place.engine.replay_delivery(&message_id(7), &webhook.id, &actor()).await;
    assert_eq!(unknown.expect_err("is unknown").code(), "delivery-not-found");
}

#[tokio::test]
async fn what_waits_is_planned_again_after_a_restart() {
    let place = Place::new().await;
    place.webhook(URL).await;
    for k in 1..=5 {
        place.message(k).await;
    }
    let schedule = MemorySchedule::default();
    delivery::relay(&place.engine, &schedule).await.expect("relays");
    let first = schedule.next().expect("is planned");
    delivery::attempt(&place.engine, &Script::statuses(&[500]), &schedule, &first)
        .await
        .expect("is recorded");
    let place = place.restart().await;
    // The jobs are gone with the process.
    let (courier, schedule) = (Script::statuses(&[200]), MemorySchedule::default());
    assert_eq!(delivery::plan_waiting(&place.engine, &schedule, i64::MAX).await.expect("plans"), 5);
    place.play(&courier, &schedule).await;
    assert_eq!(courier.count(), 5);
    assert!(place.now_ms() >= AT_MS + 5_000, "the one that failed kept its time");
}

#[tokio::test]
async fn a_job_runs_once_whatever_repeats_it() {
    let place = Place::new().await;
    place.webhook(URL).await;
    place.message(1).await;
    let (courier, schedule) = (Script::statuses(&[200]), MemorySchedule::default());
    delivery::relay(&place.engine, &schedule).await.expect("relays");
    let job = schedule.next().expect("is planned");
    let early = Job { run_at_ms: job.run_at_ms - 1, ..job.clone() };
    for job in [&job, &job, &early] {
        delivery::attempt(&place.engine, &courier, &schedule, job).await.expect("is recorded or over");
    }
    let unknown = Job { message: message_id(9), ..job };
    assert!(
        delivery::attempt(&place.engine, &courier, &schedule, &unknown).await.expect("is over").is_none()
    );
    assert_eq!(courier.count(), 1);
}

#[tokio::test]
async fn an_attempt_before_its_time_is_refused() {
    let place = Place::new().await;
    place.webhook(URL).await;
    place.message(1).await;
    let (courier, schedule) = (Script::statuses(&[500]), MemorySchedule::default());
    delivery::relay(&place.engine, &schedule).await.expect("relays");
    let job = schedule.next().expect("is planned");
    delivery::attempt(&place.engine, &courier, &schedule, &job).await.expect("is recorded");
    let next = schedule.next().expect("is planned");
    let refused = delivery::attempt(&place.engine, &courier, &schedule, &next).await.expect_err("is early");
    assert!(matches!(refused, DeliveryError::Early));
    assert_eq!(courier.count(), 1);
}

#[tokio::test]
async fn the_secret_is_sealed_and_each_webhook_has_its_own() {
    let place = Place::new().await;
    let (first, secret) = place.webhook(URL).await;
    let (second, other) = place.webhook(URL).await;
    assert_ne!(secret.reveal(), other.reveal());
    assert!(secret.reveal().starts_with("whsec_") && secret.reveal().len() == 50);
    assert_eq!(format!("{secret:?}"), "Secret(…)");
    // One webhook's secret in another's row does not open.
    let place = place.restart().await;
    let mut bytes = Vec::new();
    for end in ["", "-wal"] {
        let path = place.folder.path().join(format!("lamassu.db{end}"));
        bytes.extend(fs_err::read(path).unwrap_or_default());
    }
    let key = fs_err::read(place.folder.path().join("keys/secrets.key")).expect("is there");
    let text = secret.reveal().trim_start_matches("whsec_");
    for needle in [secret.reveal().as_bytes(), &text.as_bytes()[..16], &key[..16]] {
        assert!(!bytes.windows(needle.len()).any(|window| window == needle), "it lies in the database");
    }
    assert_eq!(place.engine.webhooks().await.expect("reads").len(), 2);
    assert_ne!(
        place.store.sealed_secret(&first.id).await.expect("reads"),
        place.store.sealed_secret(&second.id).await.expect("reads")
    );
}

#[tokio::test]
async fn a_lost_key_is_told_and_nothing_is_sent_unsigned() {
    let place = Place::new().await;
    let (webhook, _) = place.webhook(URL).await;
    place.message(1).await;
    let place = place.restart().await;
    fs_err::remove_file(place.folder.path().join("keys/secrets.key")).expect("is removed");
    let (courier, schedule) = (Script::statuses(&[200]), MemorySchedule::default());
    delivery::relay(&place.engine, &schedule).await.expect("relays");
    let job = schedule.next().expect("is planned");
    let delivery = delivery::attempt(&place.engine, &courier, &schedule, &job).await.expect("is recorded");
    let delivery = delivery.expect("is recorded");
    assert_eq!(delivery.last_error.as_deref(), Some("secrets-key-missing"));
    assert_eq!((delivery.state, courier.count()), (DeliveryState::Waiting, 0));
    let refused = place.engine.test_webhook_through(&webhook.id, &courier).await.expect_err("has no key");
    assert_eq!(refused.code(), "secrets-key-missing");
}

#[tokio::test]
async fn urls_that_nothing_is_sent_to_are_refused_at_once() {
    let place = Place::new().await;
    for (url, code) in [
        ("ftp://receiver.example/", "url-invalid"),
        ("https://user:hunter@receiver.example/", "url-invalid"),
        ("receiver.example", "url-invalid"),
        ("https:///", "url-invalid"),
        ("http://169.254.169.254/latest/meta-data", "url-refused"),
        ("http://[::1]/", "url-refused"),
    ] {
        let refused = place.engine.create_webhook(url, Vec::new(), &actor()).await.expect_err("is refused");
        assert_eq!(refused.code(), code, "{url}");
        assert!(!refused.to_string().contains("hunter"), "{refused}");
    }
    assert_eq!(place.engine.webhooks().await.expect("reads"), []);
}

#[tokio::test]
async fn there_are_only_so_many_webhooks() {
    let place = Place::new().await;
    for _ in 0..WEBHOOKS_MAX {
        place.webhook(URL).await;
    }
    let refused = place.engine.create_webhook(URL, Vec::new(), &actor()).await.expect_err("is one too many");
    assert_eq!(refused.code(), "webhooks-too-many");
    let webhooks = place.engine.webhooks().await.expect("reads");
    place.engine.disable_webhook(&webhooks[0].id, &actor()).await.expect("is disabled");
    place.webhook(URL).await;
}

#[tokio::test]
async fn deliveries_are_listed_by_state_and_webhook_in_pages() {
    let place = Place::new().await;
    let (webhook, _) = place.webhook(URL).await;
    place.webhook("https://other.example/").await;
    for k in 1..=10 {
        place.message(k).await;
    }
    let schedule = MemorySchedule::default();
    delivery::relay(&place.engine, &schedule).await.expect("relays");
    let of = |state, webhook: Option<&WebhookId>| DeliveryFilter {
        state,
        message: None,
        webhook: webhook.cloned(),
    };
    let count =
        async |filter: DeliveryFilter| place.engine.deliveries(&filter, 0, 500).await.expect("reads").len();
    assert_eq!(count(of(None, None)).await, 20);
    assert_eq!(count(of(None, Some(&webhook.id))).await, 10);
    assert_eq!(count(of(Some(DeliveryState::Waiting), Some(&webhook.id))).await, 10);
    assert_eq!(count(of(Some(DeliveryState::Dead), None)).await, 0);
    let (mut after, mut seen) = (0, 0);
    loop {
        let page = place.engine.deliveries(&of(None, None), after, 7).await.expect("reads");
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 7 && last.number > after);
        (after, seen) = (last.number, seen + page.len());
    }
    assert_eq!(seen, 20);
}

/// Relays, attempts and replays beside one another: every message arrives, and none is counted twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_at_once_lose_nothing() {
    let place = Place::new().await;
    place.webhook(URL).await;
    for k in 1..=30 {
        place.message(k).await;
    }
    let schedule = std::sync::Arc::new(MemorySchedule::default());
    let courier = std::sync::Arc::new(Script::statuses(&[200]));
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let (engine, schedule, courier) = (place.engine.clone(), schedule.clone(), courier.clone());
        tasks.spawn(async move {
            delivery::relay(&engine, &*schedule).await.expect("relays");
            while let Some(job) = schedule.next() {
                delivery::attempt(&engine, &*courier, &*schedule, &job).await.expect("is recorded");
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("no task panics");
    }
    let deliveries = place.deliveries().await;
    assert_eq!(deliveries.len(), 30);
    assert!(deliveries.iter().all(|delivery| delivery.attempts == 1));
    assert_eq!(courier.count(), 30);
}

#[tokio::test]
async fn a_next_try_that_could_not_be_planned_is_found_by_the_sweep() {
    let place = Place::new().await;
    place.webhook(URL).await;
    place.message(1).await;
    let (courier, schedule) = (Script::statuses(&[500, 200]), MemorySchedule::default());
    delivery::relay(&place.engine, &schedule).await.expect("relays");
    let job = schedule.next().expect("is planned");
    schedule.broken.store(2, Ordering::SeqCst);
    delivery::attempt(&place.engine, &courier, &schedule, &job).await.expect("is recorded all the same");
    schedule.broken.store(0, Ordering::SeqCst);
    assert_eq!(schedule.len(), 0);
    assert_eq!(delivery::plan_waiting(&place.engine, &schedule, place.now_ms()).await.expect("plans"), 0);
    let later_ms = place.now_ms() + 60_000;
    for _ in 0..2 {
        assert_eq!(delivery::plan_waiting(&place.engine, &schedule, later_ms).await.expect("plans"), 1);
    }
    assert_eq!(schedule.len(), 1, "planned once");
    place.play(&courier, &schedule).await;
    assert_eq!((courier.count(), place.deliveries().await[0].state), (2, DeliveryState::Delivered));
}
