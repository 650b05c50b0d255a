//! Quotas and connections: what is too much is refused, and says when to come again.

use lamassu_server::Rate;
use tokio::net::TcpStream;

use crate::{Ask, POWERLESS, Served, wire};

const RARE: Rate = Rate { per_minute: 1, at_once: 2 };

#[tokio::test]
async fn requests_of_one_key_are_counted() {
    let served = Served::with(|settings| settings.rates.requests = RARE).await;
    let first = served.ask(Ask::get("/api/v1/banks")).await;
    assert_eq!(first.header("ratelimit-limit"), Some("2"));
    assert_eq!(first.header("ratelimit-remaining"), Some("1"));
    assert_eq!(served.ask(Ask::get("/api/v1/banks")).await.status, 200);
    let refused = served.ask(Ask::get("/api/v1/banks")).await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "rate-limited"));
    assert_eq!(refused.header("ratelimit-remaining"), Some("0"));
    let wait: u64 = refused.header("retry-after").and_then(|value| value.parse().ok()).expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(served.ask(Ask::get("/api/v1/banks").key(POWERLESS)).await.status, 403, "another key's quota");
    assert_eq!(served.ask(Ask::get("/healthz")).await.status, 200, "open routes have none");
}

#[tokio::test]
async fn lookups_have_a_quota_of_their_own() {
    let served = Served::with(|settings| {
        settings.rates.requests = RARE;
        settings.rates.lookups = Rate { per_minute: 1, at_once: 5 };
    })
    .await;
    let hash = format!("\"{}\"", "0".repeat(64));
    let batch = |count: usize| {
        let hashes = vec![hash.as_str(); count].join(",");
        Ask::post("/api/v1/lookup/batch").json(&format!("{{\"pdq\":[{hashes}]}}"))
    };
    let first = served.ask(batch(3)).await;
    assert_eq!((first.status, first.header("ratelimit-remaining")), (200, Some("2")), "each counts");
    assert_eq!(served.ask(batch(3)).await.status, 429);
    assert_eq!(served.ask(batch(2)).await.status, 200, "nothing was taken by the refusal");
    assert_eq!(served.ask(Ask::get("/api/v1/banks")).await.status, 200, "requests are counted apart");
}

#[tokio::test]
async fn batches_have_a_size() {
    let served = Served::with(|settings| settings.limits.batch_lookups_max = 2).await;
    let hash = format!("\"{}\"", "0".repeat(64));
    for hashes in [String::new(), [hash.as_str(); 3].join(",")] {
        let answer =
            served.ask(Ask::post("/api/v1/lookup/batch").json(&format!("{{\"pdq\":[{hashes}]}}"))).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "batch-too-large"));
    }
}

#[tokio::test]
async fn connections_are_counted() {
    let served = Served::with(|settings| settings.limits.address_connections_max = 2).await;
    let first = TcpStream::connect(served.address).await.unwrap();
    let _second = TcpStream::connect(served.address).await.unwrap();
    let mut third = TcpStream::connect(served.address).await.unwrap();
    assert!(wire::read(&mut third).await.is_none(), "closed without an answer");
    drop(first);
    // The place is free once the server has noticed.
    loop {
        match wire::exchange(served.address, &Ask::get("/healthz").bytes()).await {
            Some(answer) => break assert_eq!(answer.status, 200),
            None => tokio::task::yield_now().await,
        }
    }
}
