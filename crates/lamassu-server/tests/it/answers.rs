//! Whole answers, headers and all, as they are promised to clients.

use crate::{Ask, POWERLESS, Served};

/// Everything in an answer that differs from run to run gets a name.
fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "[id]");
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[time]");
    settings.add_filter(r"(?m)^date: .*$", "date: [date]");
    // Quotas refill while a test runs.
    settings.add_filter(r"(?m)^(ratelimit-(remaining|reset)): .*$", "$1: [count]");
    settings.add_filter(r"(?m)^content-length: .*$", "content-length: [bytes]");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[tokio::test]
async fn of_banks() {
    let served = Served::start().await;
    let made = served.ask(Ask::post("/api/v1/banks").json(r#"{"name":"known"}"#)).await;
    snapshot("bank_made", &made.whole());
    snapshot("bank_taken", &served.ask(Ask::post("/api/v1/banks").json(r#"{"name":"known"}"#)).await.whole());
    snapshot("banks", &served.ask(Ask::get("/api/v1/banks")).await.whole());
    snapshot("entries_none", &served.ask(Ask::get("/api/v1/banks/known/entries")).await.whole());
    snapshot("bank_unknown", &served.ask(Ask::get("/api/v1/banks/other/entries")).await.whole());
}

#[tokio::test]
async fn of_health() {
    let served = Served::start().await;
    snapshot("healthz", &served.ask(Ask::get("/healthz").nobody()).await.whole());
    snapshot("readyz", &served.ask(Ask::get("/readyz").nobody()).await.whole());
}

#[tokio::test]
async fn of_errors() {
    let served = Served::start().await;
    let banks = || Ask::post("/api/v1/banks");
    let asks = [
        ("nobody", Ask::get("/api/v1/banks").nobody()),
        ("powerless", Ask::get("/api/v1/banks").key(POWERLESS)),
        ("no_such_page", Ask::get("/api/v2/banks")),
        ("wrong_method", Ask::new("PATCH", "/api/v1/banks")),
        ("wrong_type", banks().body(b"{}")),
        ("broken_json", banks().json("{\"name\": ")),
        ("field_unknown", banks().json(r#"{"name":"a","secret-word":1}"#)),
        ("field_missing", banks().json("{}")),
        ("field_twice", banks().json(r#"{"name":"a","name":"b"}"#)),
        ("field_of_other_kind", banks().json(r#"{"name":{"secret":"word"}}"#)),
        ("name_invalid", banks().json(r#"{"name":"../etc"}"#)),
        ("query_unknown", Ask::get("/api/v1/banks?colour=red")),
        ("query_limit", Ask::get("/api/v1/banks?limit=0")),
    ];
    for (name, ask) in asks {
        let answer = served.ask(ask).await;
        assert!(!answer.whole().contains("secret"), "what was sent is not repeated");
        snapshot(name, &answer.whole());
    }
}

#[tokio::test]
async fn of_lookups() {
    let served = Served::with_bank().await;
    let zeros = "0".repeat(64);
    let one = served.ask(Ask::post("/api/v1/lookup").json(&format!(r#"{{"pdq":"{zeros}"}}"#))).await;
    snapshot("lookup_nothing", &one.whole());
    let batch = format!(r#"{{"pdq":["{zeros}","12"]}}"#);
    snapshot(
        "lookup_not_hexadecimal",
        &served.ask(Ask::post("/api/v1/lookup/batch").json(&batch)).await.whole(),
    );
}
