//! Connections of other kinds: HTTP/2, receivers that take nothing, the listener of the metrics.

use std::sync::Arc;

use axum::body::Body;
use hyper::client::conn::http2;
use hyper::header::AUTHORIZATION;
use hyper_util::rt::{TokioExecutor, TokioIo};
use lamassu_engine::Engine;
use lamassu_server::{Server, ServerSettings};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{Ask, Served, child};

/// Requests at once on one connection, more than the server lets run.
const STREAMS: u32 = 50;

#[tokio::test]
async fn one_connection_of_http_2_carries_many_requests() {
    let served = Served::with(|settings| settings.limits.streams_max = 8).await;
    let stream = TcpStream::connect(served.address).await.expect("it listens");
    let (mut client, connection) =
        http2::handshake::<_, _, Body>(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { connection.await.map(|()| 0) });
    // With the first answer the client has learnt how many may run; the others then wait for their turn.
    let ask = hyper::Request::get("http://localhost/healthz").body(Body::empty()).expect("a request");
    assert_eq!(client.send_request(ask).await.expect("is answered").status(), 200);
    let key = served.stands[0].1.clone();
    for k in 0..STREAMS {
        let (mut client, key) = (client.clone(), key.clone());
        tasks.spawn(async move {
            let body = match k % 2 {
                0 => Body::from(format!("{{\"pdq\":\"{}\"}}", "0f".repeat(32))),
                _ => Body::from(vec![b' '; 8 << 20]),
            };
            let ask = hyper::Request::post("http://localhost/api/v1/lookup")
                .header(AUTHORIZATION, format!("Bearer {key}"))
                .header("content-type", "application/json");
            let answer = client.send_request(ask.body(body).expect("a request")).await?;
            let expected = if k % 2 == 0 { 200 } else { 413 };
            assert_eq!(answer.status(), expected);
            Ok(1)
        });
    }
    drop(client);
    let mut answered = 0;
    while let Some(ended) = tasks.join_next().await {
        answered += ended.expect("no task panics").expect("the connection stays whole");
    }
    assert_eq!(answered, STREAMS);
}

#[tokio::test]
async fn who_takes_no_answer_is_let_go() {
    let served = Served::with(|settings| settings.limits.write_idle_ms_max = 50).await;
    let open = async || {
        let metrics = served.ask(Ask::get("/metrics")).await;
        let text = String::from_utf8(metrics.body).expect("text");
        let value = text.lines().find_map(|line| line.strip_prefix("lamassu_http_connections "));
        value.and_then(|value| value.parse::<f64>().ok()).expect("the gauge")
    };
    let mut stream = TcpStream::connect(served.address).await.expect("it listens");
    // Answers of a hundred kilobytes each, of which nothing is read: soon nothing more can be written.
    let ask = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(400);
    let _cut_off = stream.write_all(&ask).await;
    while open().await > 1.0 {
        tokio::task::yield_now().await;
    }
    // The connection is held open on this side until here.
    drop(stream);
}

#[tokio::test]
async fn metrics_have_a_listener_of_their_own() {
    let folder = TempDir::new().expect("a temporary folder");
    let engine = Engine::open(&folder.path().join("data"), "test", child()).await.expect("opens");
    let any = "127.0.0.1:0".parse().expect("an address");
    let settings = ServerSettings { listen: any, metrics_listen: Some(any), ..ServerSettings::default() };
    let listening = Server::new(Arc::new(engine), settings).listen().await.expect("it listens");
    let api = listening.address().expect("bound");
    let metrics = listening.metrics_address().expect("is set").expect("bound");
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    tasks.spawn(listening.serve(stop.clone()));
    let told = Ask::get("/metrics").nobody().send(metrics).await;
    assert_eq!(told.status, 200, "who reaches this listener needs no key");
    assert!(String::from_utf8_lossy(&told.body).contains("lamassu_http_connections"));
    assert_eq!(Ask::get("/api/v1/banks").nobody().send(metrics).await.status, 404, "and gets nothing else");
    assert_eq!(Ask::get("/metrics").nobody().send(api).await.status, 401);
    stop.cancel();
    while let Some(ended) = tasks.join_next().await {
        ended.expect("it ends well");
    }
    assert!(TcpStream::connect(metrics).await.is_err(), "nobody listens any more");
}
