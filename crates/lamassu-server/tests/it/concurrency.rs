//! Many at once: one of them wins, all are answered.

use tokio::task::JoinSet;

use crate::{Ask, Served};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_many_makes_the_bank() {
    let served = Served::start().await;
    let mut tasks = JoinSet::new();
    for _ in 0..32 {
        let ask = served.ready(Ask::post("/api/v1/banks").json(r#"{"name":"known"}"#));
        tasks.spawn(ask.send(served.address));
    }
    let mut statuses: Vec<u16> = tasks.join_all().await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (201, [409; 31].as_slice()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_meet_without_gap_or_overlap() {
    let served = Served::start().await;
    let mut tasks = JoinSet::new();
    for number in 0..7 {
        let ask = Ask::post("/api/v1/banks").json(&format!(r#"{{"name":"b{number}"}}"#));
        tasks.spawn(served.ready(ask).send(served.address));
    }
    for answer in tasks.join_all().await {
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    let mut names = Vec::new();
    let mut after = String::new();
    loop {
        let page = served.ask(Ask::get(format!("/api/v1/banks?limit=3{after}"))).await.json();
        let rows = page["items"].as_array().expect("rows");
        names.extend(rows.iter().map(|row| row["name"].as_str().expect("a name").to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(names, ["b0", "b1", "b2", "b3", "b4", "b5", "b6"]);
}
