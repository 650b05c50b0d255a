use lamassu_case::{MessageId, WebhookId};
use lamassu_store::{
    AttemptOutcome, Attempted, DeliveryFilter, DeliveryState, EventKind, NewMessage, NewWebhook, Stamp,
    Store, Webhook,
};
use serde_json::json;

use crate::samples::{AT_MS, stamp};

fn message_id(k: u64) -> MessageId {
    format!("22222222-0000-7000-8000-{k:012x}").parse().expect("a valid id")
}

fn webhook_id(k: u64) -> WebhookId {
    format!("33333333-0000-7000-8000-{k:012x}").parse().expect("a valid id")
}

async fn webhook(store: &dyn Store, k: u64, events: &[EventKind]) -> Webhook {
    let new = NewWebhook {
        id: webhook_id(k),
        url: format!("https://receiver.example/{k}?token=abc"),
        origin: "https://receiver.example".to_owned(),
        events: events.to_vec(),
        sealed_secret: vec![k as u8; 60],
    };
    store.create_webhook(new, &stamp()).await.expect("is added")
}

async fn message(store: &dyn Store, k: u64, due_at_ms: i64) {
    let message = NewMessage {
        id: message_id(k),
        event: EventKind::CaseOpened,
        subject: "subject".to_owned(),
        data: json!({ "k": k, "share": 0.1 + 0.2 }),
        due_at_ms,
    };
    store.append_message(&message, AT_MS).await.expect("is kept");
}

fn attempted(turn: u32, outcome: AttemptOutcome) -> Attempted {
    let (message, webhook) = (message_id(1), webhook_id(1));
    Attempted { message, webhook, turn, status: Some(500), error: None, outcome }
}

pub async fn a_webhook_comes_back_as_added(store: &dyn Store) {
    let all = webhook(store, 1, &[]).await;
    let some = webhook(store, 2, &[EventKind::CaseOpened, EventKind::ActionRequested]).await;
    assert_eq!(store.webhooks().await.expect("reads"), [all, some]);
    assert_eq!(store.sealed_secret(&webhook_id(2)).await.expect("reads"), vec![2; 60]);
    let unknown = store.sealed_secret(&webhook_id(3)).await.expect_err("is unknown");
    assert_eq!(unknown.code(), "webhook-not-found");
    let audit = store.audit(0, 10).await.expect("reads");
    assert_eq!(audit[0].action, "webhook.created");
    assert!(!audit[0].detail.contains("token"), "{}", audit[0].detail);
}

pub async fn messages_are_due_in_order_and_handed_once(store: &dyn Store) {
    for (k, due_at_ms) in [(1, 30), (2, 10), (3, 20), (4, 40)] {
        message(store, k, due_at_ms).await;
    }
    let due = async |now_ms, limit| store.due_messages(now_ms, limit).await.expect("reads");
    assert_eq!(due(9, 10).await, []);
    assert_eq!(due(30, 10).await, [2, 3, 1].map(message_id));
    assert_eq!(due(30, 1).await, [message_id(2)]);
    store.mark_handed(&message_id(2), 31).await.expect("is written");
    assert!(store.withdraw_message(&message_id(3), 31).await.expect("is written"));
    assert_eq!(due(30, 10).await, [message_id(1)]);
    assert!(!store.withdraw_message(&message_id(2), 31).await.expect("reads"), "it was handed");
    let same = NewMessage {
        id: message_id(1),
        event: EventKind::ItemDecided,
        subject: String::new(),
        data: json!(null),
        due_at_ms: 0,
    };
    assert!(store.append_message(&same, AT_MS).await.is_err(), "an id is taken once");
    assert_eq!(store.delivery_counts().await.expect("reads").unhanded, 2);
}

pub async fn a_message_is_addressed_once(store: &dyn Store) {
    webhook(store, 1, &[]).await;
    webhook(store, 2, &[EventKind::ItemDecided]).await;
    message(store, 1, 0).await;
    let first = store.address_message(&message_id(1), 5).await.expect("is written");
    // A webhook that is added in between gets it as well; those that have it keep what they have.
    webhook(store, 3, &[EventKind::CaseOpened]).await;
    let second = store.address_message(&message_id(1), 6).await.expect("is written");
    assert_eq!((first.len(), second.len()), (1, 2));
    assert_eq!(first[0], second[0]);
    assert!(!store.withdraw_message(&message_id(1), 7).await.expect("reads"), "it is on its way");
    message(store, 2, 0).await;
    store.withdraw_message(&message_id(2), 7).await.expect("is written");
    assert_eq!(store.address_message(&message_id(2), 8).await.expect("reads"), []);
    assert_eq!(store.address_message(&message_id(9), 8).await.expect("reads"), []);
    let parcel = store.parcel(&message_id(1), &webhook_id(1)).await.expect("reads").expect("is there");
    assert_eq!((parcel.created_at_ms, parcel.sealed_secret), (AT_MS, vec![1; 60]));
    assert_eq!(parcel.data, json!({ "k": 1, "share": 0.1 + 0.2 }).to_string());
}

pub async fn an_attempt_counts_in_its_turn_only(store: &dyn Store) {
    webhook(store, 1, &[]).await;
    message(store, 1, 0).await;
    let delivery = store.address_message(&message_id(1), 5).await.expect("is written").remove(0);
    let again = attempted(delivery.turn, AttemptOutcome::Again { at_ms: 99 });
    let settled = store.settle(&again, &stamp()).await.expect("is written").expect("its turn");
    assert_eq!((settled.state, settled.attempts, settled.next_at_ms), (DeliveryState::Waiting, 1, 99));
    assert_eq!(store.settle(&again, &stamp()).await.expect("reads"), None, "that turn is over");
    assert_eq!(store.overdue(99, 0, 10).await.expect("reads"), []);
    assert_eq!(store.overdue(100, 0, 10).await.expect("reads"), std::slice::from_ref(&settled));
    let dead = attempted(settled.turn, AttemptOutcome::GivenUp);
    store.settle(&dead, &stamp()).await.expect("is written").expect("its turn");
    let replayed = store.replay_delivery(&message_id(1), &webhook_id(1), &stamp()).await.expect("again");
    assert_eq!((replayed.attempts, replayed.attempts_before, replayed.next_at_ms), (2, 2, AT_MS));
    assert_eq!(store.settle(&dead, &stamp()).await.expect("reads"), None);
    let counts = store.delivery_counts().await.expect("reads");
    assert_eq!((counts.waiting, counts.dead, counts.oldest_at_ms), (1, 0, Some(AT_MS)));
}

pub async fn what_arrived_long_ago_is_forgotten(store: &dyn Store) {
    webhook(store, 1, &[EventKind::CaseOpened]).await;
    webhook(store, 2, &[EventKind::ItemDecided]).await;
    for k in 1..=5 {
        message(store, k, 0).await;
        store.address_message(&message_id(k), 5).await.expect("is written");
        store.mark_handed(&message_id(k), 6).await.expect("is written");
    }
    let settle = async |k: u64, outcome: AttemptOutcome, at_ms: i64| {
        let attempted = Attempted { message: message_id(k), ..attempted(0, outcome) };
        let stamp = Stamp { at_ms, ..stamp() };
        store.settle(&attempted, &stamp).await.expect("is written").expect("its turn");
    };
    settle(1, AttemptOutcome::Delivered, 10).await;
    settle(2, AttemptOutcome::Delivered, 20).await;
    settle(3, AttemptOutcome::GivenUp, 10).await;
    settle(5, AttemptOutcome::Delivered, 10).await;
    let listed = async || {
        let page = store.deliveries(&DeliveryFilter::default(), 0, 10).await.expect("reads");
        page.into_iter().map(|delivery| delivery.message).collect::<Vec<_>>()
    };
    assert_eq!(store.forget_delivered(20).await.expect("is written"), 1, "only the first arrived before");
    let left = [2, 3, 4, 5].map(message_id);
    assert_eq!(listed().await, left, "given up, waiting, late, and the newest of all");
    assert!(store.parcel(&message_id(1), &webhook_id(1)).await.expect("reads").is_none());
    // Nobody can send again what a disabled webhook did not get.
    store.disable_webhook(&webhook_id(1), &stamp()).await.expect("is disabled");
    assert_eq!(store.forget_delivered(AT_MS + 1).await.expect("is written"), 3);
    assert_eq!(listed().await, [message_id(5)]);
    // A message that nobody wants is not kept either.
    message(store, 6, 0).await;
    assert_eq!(store.address_message(&message_id(6), 7).await.expect("reads"), []);
    store.mark_handed(&message_id(6), 8).await.expect("is written");
    assert_eq!(store.delivery_counts().await.expect("reads").unhanded, 0);
    message(store, 6, 0).await;
}

pub async fn disabling_ends_what_waits(store: &dyn Store) {
    webhook(store, 1, &[]).await;
    webhook(store, 2, &[]).await;
    for k in 1..=3 {
        message(store, k, 0).await;
        store.address_message(&message_id(k), 5).await.expect("is written");
    }
    store.disable_webhook(&webhook_id(1), &stamp()).await.expect("is disabled");
    let of = |k| DeliveryFilter { webhook: Some(webhook_id(k)), ..DeliveryFilter::default() };
    let ended = store.deliveries(&of(1), 0, 10).await.expect("reads");
    assert!(ended.iter().all(|delivery| delivery.state == DeliveryState::Dead) && ended.len() == 3);
    let others = store.deliveries(&of(2), 0, 10).await.expect("reads");
    assert!(others.iter().all(|delivery| delivery.state == DeliveryState::Waiting) && others.len() == 3);
    let audit = store.audit(0, 10).await.expect("reads");
    assert_eq!(audit.last().map(|record| record.action.as_str()), Some("webhook.disabled"));
    // A late answer of an attempt that was under way changes nothing.
    assert_eq!(store.settle(&attempted(0, AttemptOutcome::Delivered), &stamp()).await.expect("reads"), None);
}
