//! Live updates: who hears of what, and when a connection ends.

use lamassu_case::Scope;
use lamassu_engine::{Actor, Command, Stopwatch};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::items::{case, knowing};
use crate::wire::PATIENCE;
use crate::{Ask, CSRF, SESSION, Served};

/// A connection to the events, and what came of them.
struct Ear {
    stream: TcpStream,
    heard: String,
}

impl Ear {
    async fn open(served: &Served, ask: Ask) -> Self {
        let mut stream = TcpStream::connect(served.address).await.expect("the server listens");
        stream.write_all(&served.ready(ask).bytes()).await.expect("the request is sent");
        let mut ear = Self { stream, heard: String::new() };
        ear.until("event: hello").await;
        ear
    }

    /// Reads more; false at the end.
    async fn more(&mut self) -> bool {
        let mut piece = [0; 4096];
        let reading = tokio::time::timeout(PATIENCE, self.stream.read(&mut piece));
        let count = reading.await.expect("something comes, or the end").unwrap_or(0);
        self.heard.push_str(&String::from_utf8_lossy(&piece[..count]));
        count > 0
    }

    /// Reads until this came.
    async fn until(&mut self, text: &str) {
        while !self.heard.contains(text) {
            assert!(self.more().await, "{text} before the end of {}", self.heard);
        }
    }

    /// Reads to the end.
    async fn end(mut self) -> String {
        while self.more().await {}
        self.heard
    }

    /// The data of the events of this name.
    fn data(&self, name: &str) -> Vec<Value> {
        let start = format!("event: {name}\n");
        let events = self.heard.split(&start).skip(1);
        let data = events.filter_map(|rest| rest.strip_prefix("data: ")?.split_once('\n'));
        data.map(|(data, _)| serde_json::from_str(data).expect("data is JSON")).collect()
    }
}

fn events() -> Ask {
    Ask::get("/api/v1/events")
}

fn operator() -> Actor {
    Actor("cli:uid=0".to_owned())
}

/// Makes a bank as a command on the machine does.
async fn make_bank(served: &Served, name: &str) {
    let command = Command::CreateBank { name: name.parse().expect("a name") };
    served.engine.execute(command, None, &operator()).await.expect("the bank is made");
}

#[tokio::test]
async fn cases_are_told_as_they_change() {
    let served = knowing().await;
    let mut ear = Ear::open(&served, events()).await;
    assert!(ear.heard.contains("content-type: text/event-stream"), "{}", ear.heard);
    assert_eq!(ear.data("hello").len(), 1);
    let case = case(&served).await;
    let path = format!("/api/v1/cases/{case}/review");
    let request = "44444444-0000-7000-8000-000000000001";
    let body = format!(r#"{{"verdict":"violating","reason":"x","request":"{request}"}}"#);
    for _ in 0..2 {
        assert_eq!(served.ask(Ask::post(&path).json(&body)).await.status, 200);
    }
    assert_eq!(
        served.ask(Ask::post(&path).json(r#"{"verdict":"violating","reason":"x"}"#)).await.status,
        409
    );
    assert_eq!(served.ask(Ask::new("DELETE", &path)).await.status, 200);
    ear.until("reopened").await;
    let told = |version: u32, state: &str, change: &str| json!({"case": case, "kind": "review", "version": version, "state": state, "change": change});
    let all = [told(1, "open", "opened"), told(2, "decided", "decided"), told(3, "open", "reopened")];
    assert_eq!(ear.data("case"), all, "each change once, and none that was refused");
}

#[tokio::test]
async fn banks_are_told_whoever_changes_them() {
    let mut served = knowing().await;
    served.key("{cases}", &[Scope::CasesRead]).await;
    let mut narrow = Ear::open(&served, events().key("{cases}")).await;
    let mut ear = Ear::open(&served, events()).await;
    make_bank(&served, "other").await;
    let page = served.ask(Ask::get("/api/v1/banks/known/entries")).await.json();
    let entry = format!("/api/v1/banks/known/entries/{}", page["items"][0]["id"].as_str().expect("an id"));
    let renamed = served.ask(Ask::new("PATCH", &entry).json(r#"{"title":"b"}"#)).await;
    assert_eq!(renamed.status, 200, "{renamed:?}");
    assert_eq!(served.ask(Ask::new("DELETE", &entry)).await.status, 204);
    ear.until("entry-removed").await;
    let told = |bank: &str, change: &str| json!({"bank": bank, "change": change});
    let all = [told("other", "created"), told("known", "entry-changed"), told("known", "entry-removed")];
    assert_eq!(ear.data("bank"), all);
    case_after_removal(&served).await;
    narrow.until("event: case").await;
    assert!(narrow.data("bank").is_empty(), "who may not see banks hears of none");
}

/// Opens a case with another entry than the one that was taken out.
async fn case_after_removal(served: &Served) {
    crate::items::know(served, 3).await;
    case(served).await;
}

#[tokio::test]
async fn answers_may_be_short_while_events_go_on() {
    let served = Served::with(|settings| settings.limits.answer_ms_max = 200).await;
    let mut ear = Ear::open(&served, events()).await;
    // Each is on disk before the next, so this takes longer than any answer may.
    let started = Stopwatch::start();
    let mut k = 0;
    while started.elapsed().as_millis() < 400 {
        make_bank(&served, &format!("bank-{k}")).await;
        k += 1;
    }
    make_bank(&served, "last").await;
    ear.until("last").await;
    assert_eq!(ear.data("bank").len(), k + 1);
}

#[tokio::test]
async fn a_session_that_ends_hears_no_more() {
    let mut served = Served::start().await;
    served.sign_in().await;
    let ear = Ear::open(&served, events().nobody().header("Cookie", SESSION)).await;
    let out =
        Ask::new("DELETE", "/api/v1/session").nobody().header("Cookie", SESSION).header("X-CSRF-Token", CSRF);
    assert_eq!(served.ask(out).await.status, 204);
    make_bank(&served, "secret").await;
    assert!(!ear.end().await.contains("secret"));
}

#[tokio::test]
async fn a_key_that_is_revoked_hears_no_more() {
    let mut served = Served::start().await;
    served.key("{cases}", &[Scope::CasesRead, Scope::BanksRead]).await;
    let ear = Ear::open(&served, events().key("{cases}")).await;
    let keys = served.engine.keys(0, 10).await.expect("the keys are listed");
    served.engine.revoke_key(&keys[2].id, &operator()).await.expect("is revoked");
    make_bank(&served, "secret").await;
    assert!(!ear.end().await.contains("secret"));
}

#[tokio::test]
async fn watchers_do_not_hold_the_end_up() {
    let mut served = Served::with(|settings| settings.limits.stop_ms_max = 3_600_000).await;
    let ear = Ear::open(&served, events()).await;
    served.stop.cancel();
    ear.end().await;
    while let Some(ended) = tokio::time::timeout(PATIENCE, served.tasks.join_next()).await.expect("it ends") {
        ended.expect("it ends well");
    }
}

#[tokio::test]
async fn one_caller_has_so_many_connections() {
    let mut served = Served::with(|settings| settings.limits.caller_watchers_max = 2).await;
    served.key("{cases}", &[Scope::CasesRead]).await;
    let first = Ear::open(&served, events()).await;
    let _second = Ear::open(&served, events()).await;
    let refused = served.ask(events()).await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "watchers-too-many"));
    let _another = Ear::open(&served, events().key("{cases}")).await;
    drop(first);
    // The place is given back once the server has seen that the connection is closed.
    for _ in 0..1_000 {
        let mut stream = TcpStream::connect(served.address).await.expect("the server listens");
        stream.write_all(&served.ready(events()).bytes()).await.expect("the request is sent");
        let mut ear = Ear { stream, heard: String::new() };
        ear.more().await;
        if ear.heard.starts_with("HTTP/1.1 200") {
            return;
        }
    }
    panic!("a place that was given back is taken");
}
