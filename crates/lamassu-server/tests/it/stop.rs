//! The end: requests under way are answered, new ones are not taken, and nobody can hold the server up.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::{Ask, Served, wire};

#[tokio::test]
async fn requests_under_way_are_answered() {
    let mut served = Served::start().await;
    let ask = served.ready(Ask::post("/api/v1/banks").json(r#"{"name":"known"}"#)).bytes();
    let (start, rest) = ask.split_at(ask.len() - 5);
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(start).await.unwrap();
    // The server has the request once it has answered another one that came later.
    assert_eq!(served.ask(Ask::get("/healthz")).await.status, 200);
    served.stop.cancel();
    stream.write_all(rest).await.unwrap();
    let answer = wire::read(&mut stream).await.expect("the request is answered");
    assert_eq!(answer.status, 201);
    while let Some(ended) = served.tasks.join_next().await {
        ended.expect("it ends well");
    }
    assert!(TcpStream::connect(served.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn nobody_holds_the_end_up() {
    let mut served = Served::with(|settings| settings.limits.stop_ms_max = 100).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let never_sent = Ask::post("/api/v1/banks").json("").header("Content-Length", "100");
    stream.write_all(&served.ready(never_sent).bytes()).await.unwrap();
    assert_eq!(served.ask(Ask::get("/healthz")).await.status, 200);
    served.stop.cancel();
    while let Some(ended) = served.tasks.join_next().await {
        ended.expect("it ends in time");
    }
}
