//! The catalogue of a bank: what is asked for, in order, in pages, and counted.

use serde_json::{Value, json};

use crate::{Ask, POWERLESS, Served};

const ENTRIES: &str = "/api/v1/banks/known/entries";
const FACETS: &str = "/api/v1/banks/known/facets";

/// Five releases, as a list brings them.
async fn released() -> Served {
    let served = Served::with_bank().await;
    let hash = |k: u64| format!("{k:016x}{:016x}{k:032x}", !k);
    let rows = [
        "Morning report 1,Example Agency,Reports,fair,official,2025-11-30",
        "Morning report 2,Example Agency,Reports,,Official,2026-02",
        "Fair highlights,Example Friends,,fair,supporter,2026-02-14",
        "تقرير الصباح,Example Agency,Reports,,official,٢٠٢٦-٠٢-٢٠",
        "Found in a folder,,,,,spring",
    ];
    let lines = (1..).zip(rows).map(|(k, row)| format!("{},{row}\n", hash(k)));
    let body = format!("sha256,title,outlet,series,event,standing,published\n{}", lines.collect::<String>());
    let ask = Ask::post(format!("{ENTRIES}/import")).header("Content-Type", "text/csv").body(body.as_bytes());
    assert_eq!(served.ask(ask).await.json()["added"], 5);
    served
}

fn titles(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("a list").iter();
    items.map(|entry| entry["metadata"]["title"].as_str().expect("a title")).collect()
}

#[tokio::test]
async fn entries_are_listed_as_they_are_asked_for() {
    let served = released().await;
    for (query, expected) in [
        (
            "",
            vec![
                "Morning report 1",
                "Morning report 2",
                "Fair highlights",
                "تقرير الصباح",
                "Found in a folder",
            ],
        ),
        ("outlet=Example%20Agency&published_from=2026", vec!["Morning report 2", "تقرير الصباح"]),
        ("series=Reports&event=fair", vec!["Morning report 1"]),
        ("standing=supporter", vec!["Fair highlights"]),
        ("published_until=2025", vec!["Morning report 1"]),
        ("published_from=2026-02-14&published_until=2026-02-14", vec!["Fair highlights"]),
        ("words=REPORT,+morn", vec!["Morning report 1", "Morning report 2"]),
        ("words=%D8%AA%D9%8E%D9%82%D8%B1%D9%8A%D8%B1", vec!["تقرير الصباح"]),
        ("sort=-published&limit=2", vec!["تقرير الصباح", "Fair highlights"]),
        ("outlet=nobody", vec![]),
    ] {
        let answer = served.ask(Ask::get(format!("{ENTRIES}?{query}"))).await;
        assert_eq!((answer.status, titles(&answer.json())), (200, expected), "{query}");
    }
}

#[tokio::test]
async fn each_order_has_its_own_cursor() {
    let served = released().await;
    for (sort, first) in [("added", 0), ("-added", 4), ("published", 4), ("-published", 3)] {
        let (mut after, mut seen) = (String::new(), Vec::new());
        loop {
            let page = served.ask(Ask::get(format!("{ENTRIES}?sort={sort}&limit=2{after}"))).await.json();
            seen.extend(titles(&page).into_iter().map(str::to_owned));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert_eq!(seen.len(), 5, "{sort}: {seen:?}");
        let all = served.ask(Ask::get(ENTRIES)).await.json();
        assert_eq!(seen[0], titles(&all)[first], "{sort}");
    }
    let page = served.ask(Ask::get(format!("{ENTRIES}?limit=2"))).await.json();
    let foreign = format!("{ENTRIES}?sort=published&after={}", page["next"].as_str().expect("a cursor"));
    assert_eq!(served.ask(Ask::get(foreign)).await.code(), "query-invalid");
}

#[tokio::test]
async fn facets_tell_what_can_be_chosen() {
    let served = released().await;
    let told = served.ask(Ask::get(format!("{FACETS}?outlet=Example%20Agency"))).await;
    let value = |value: &str, entries: u64| json!({ "value": value, "entries": entries });
    let bar = |period: &str, official: u64, supporter: u64| {
        let entries = json!({ "official": official, "supporter": supporter, "unknown": 0 });
        json!({ "period": period, "entries": entries })
    };
    let bars = [bar("2025-11", 1, 0), bar("2026-02", 2, 0)];
    let expected = json!({
        "entries": 3,
        "outlets": { "values": [value("Example Agency", 3), value("Example Friends", 1)], "more": false },
        "series": { "values": [value("Reports", 3)], "more": false },
        "events": { "values": [value("fair", 1)], "more": false },
        "standings": { "official": 3, "supporter": 0, "unknown": 0 },
        "timeline": { "by": "month", "bars": bars, "undated": 0, "year_only": 0, "more": false },
    });
    assert_eq!(told.json(), expected);
    let by_year = served.ask(Ask::get(format!("{FACETS}?by=year"))).await.json()["timeline"].clone();
    assert_eq!(by_year["bars"], json!([bar("2025", 1, 0), bar("2026", 2, 1)]));
    assert_eq!((&by_year["by"], &by_year["undated"]), (&json!("year"), &json!(1)));
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let served = released().await;
    let long = "x".repeat(501);
    for query in [
        "outlet=",
        "words=%20-",
        "standing=friendly",
        "published_from=spring",
        "published_until=2026-13",
        "colour=red",
        "outlet=a&outlet=b",
        &format!("event={long}"),
    ] {
        for path in [ENTRIES, FACETS] {
            let answer = served.ask(Ask::get(format!("{path}?{query}"))).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "query-invalid"), "{path}?{query}");
        }
    }
    for path in
        ["entries?sort=colour", "entries?after=x", "entries?after=-1", "facets?by=week", "facets?limit=2"]
    {
        assert_eq!(
            served.ask(Ask::get(format!("/api/v1/banks/known/{path}"))).await.code(),
            "query-invalid",
            "{path}"
        );
    }
    assert_eq!(served.ask(Ask::get("/api/v1/banks/other/facets")).await.code(), "bank-not-found");
    assert_eq!(served.ask(Ask::get(FACETS).key(POWERLESS)).await.status, 403);
}
