//! How far an addition to a bank is, while its file is read.

use lamassu_case::Scope;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::clips::Clips;
use crate::multipart::{Parts, post};
use crate::{Ask, Served};

const REQUEST: &str = "55555555-0000-7000-8000-000000000001";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_addition_tells_whoever_makes_it_how_far_its_reading_is() {
    let often = lamassu_server::Rate { per_minute: 1_000_000, at_once: 1_000_000 };
    let mut served = Served::with(|settings| settings.rates.requests = often).await;
    assert_eq!(served.ask(Ask::post("/api/v1/banks").json(r#"{"name":"known"}"#)).await.status, 201);
    served.key("{other}", &[Scope::BanksWrite]).await;
    let clips = Clips::new();
    let film = fs_err::read(clips.film("film.mp4")).unwrap();
    let body =
        Parts::new().text("metadata", r#"{"title":"Example Agency, a film"}"#).file("file", &film).end();
    let path = format!("/api/v1/additions/{REQUEST}");
    let (mut told, mut told_others) = (Vec::new(), Vec::new());

    let adding = post(&format!("/api/v1/banks/known/entries?request={REQUEST}"), &body);
    let mut tasks = JoinSet::new();
    let adding = tasks.spawn(served.ready(adding).send(served.address));
    while !adding.is_finished() {
        told.push(served.ask(Ask::get(&path)).await.json());
        told_others.push(served.ask(Ask::get(&path).key("{other}")).await.json());
    }
    let added = tasks.join_next().await.unwrap().unwrap();
    assert_eq!(added.status, 201, "{added:?}");

    told.retain(|progress| !progress.is_null());
    let read = |progress: &Value| progress["read_s"].as_f64().expect("seconds");
    assert!(!told.is_empty() && told.is_sorted_by_key(read), "{told:?}");
    for progress in &told {
        assert!((5.0..=90.0).contains(&read(progress)) && progress["total_s"] == 90.0, "{progress}");
    }
    assert!(told_others.iter().all(Value::is_null), "{told_others:?}");
    assert_eq!(served.ask(Ask::get(&path)).await.json(), json!(null), "it is over");
}

#[tokio::test]
async fn the_item_of_a_case_is_added_under_a_name_as_well() {
    let served = crate::items::knowing().await;
    let case = crate::items::case(&served).await;
    let body = |request: &str| {
        format!(r#"{{"bank":"known","metadata":{{"title":"a variant"}},"request":"{request}"}}"#)
    };
    let add = |request: &str| Ask::post(format!("/api/v1/cases/{case}/entry")).json(&body(request));
    assert_eq!(served.ask(add(REQUEST)).await.json()["already"], true);
    assert_eq!(served.ask(add("one")).await.code(), "body-invalid");
}

#[tokio::test]
async fn what_is_no_name_of_an_addition_is_refused() {
    let served = Served::with_bank().await;
    let answer = served.ask(Ask::get("/api/v1/additions/one")).await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "field-invalid"));
    for query in ["request=one", "colour=1"] {
        let answer = served.ask(post(&format!("/api/v1/banks/known/entries?{query}"), b"")).await;
        assert_eq!(answer.code(), "query-invalid", "{query}");
    }
}
