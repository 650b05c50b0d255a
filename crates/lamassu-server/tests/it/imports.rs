//! Hash lists in bodies: read as they come, told line by line, bounded.

use serde_json::json;

use crate::entries::bmp;
use crate::multipart::{Parts, post};
use crate::{Ask, POWERLESS, Served};

const IMPORT: &str = "/api/v1/banks/known/entries/import";

fn hash(k: u64) -> String {
    format!("{k:016x}{:016x}{k:032x}", !k)
}

fn list(body: &str) -> Ask {
    Ask::post(IMPORT).header("Content-Type", "text/csv").body(body.as_bytes())
}

#[tokio::test]
async fn a_list_becomes_entries_that_match() {
    let served = Served::with_bank().await;
    let body = format!("pdq,title\n{},clip 12\nnonsense,\n{},\n{},\n", hash(1), hash(1), hash(2));
    let answer = served.ask(list(&body)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let rejection = json!([{ "line": 3, "code": "fingerprint-invalid" }]);
    assert_eq!(
        answer.json(),
        json!({ "lines": 5, "added": 2, "already": 1, "rejected": 1, "rejections": rejection })
    );
    let found = served.ask(Ask::post("/api/v1/lookup").json(&json!({ "pdq": hash(2) }).to_string())).await;
    assert_eq!(found.json()["matches"][0]["distance_bits"], 0);
    let page = served.ask(Ask::get("/api/v1/banks/known/entries")).await.json();
    let titles = [0, 1].map(|at| page["items"][at]["metadata"]["title"].clone());
    assert_eq!(titles, [json!("clip 12"), json!("Imported hash")]);
    assert_eq!((&page["items"][0]["sha256"], &page["items"][0]["size_bytes"]), (&json!(null), &json!(0)));
    let path = format!("/api/v1/banks/known/entries/{}", page["items"][0]["id"].as_str().expect("an id"));
    assert_eq!(served.ask(Ask::get(format!("{path}/media"))).await.code(), "media-not-kept");
    assert_eq!(served.ask(Ask::get(format!("{path}/look-back"))).await.json(), json!(null));
    assert_eq!(served.ask(Ask::new("DELETE", path)).await.status, 204);
}

#[tokio::test]
async fn what_is_not_told_is_assumed() {
    let served = Served::with_bank().await;
    let path = format!("{IMPORT}?kind=sha256&medium=video&title=a%20film&source=Example");
    let lines = format!("{}\n", hash(7));
    let ask = Ask::post(path).header("Content-Type", "text/plain; charset=utf-8").body(lines.as_bytes());
    assert_eq!(served.ask(ask).await.json()["added"], 1);
    let entry = served.ask(Ask::get("/api/v1/banks/known/entries")).await.json()["items"][0].clone();
    assert_eq!((&entry["sha256"], &entry["medium"]), (&json!(hash(7)), &json!("video")));
    assert_eq!(entry["metadata"]["source"], "Example");
    let nothing = served.ask(list("")).await.json();
    assert_eq!((&nothing["lines"], &nothing["added"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn what_is_no_list_is_refused() {
    let served = Served::with(|settings| settings.limits.upload_bytes_max = 100_000).await;
    served.ask(Ask::post("/api/v1/banks").json(r#"{"name":"known"}"#)).await;
    let cases = [
        ("another type", list("").header("Content-Type", "application/json"), 415, "type-unsupported"),
        (
            "no bank",
            Ask::post(IMPORT.replace("known", "nobody")).header("Content-Type", "text/csv"),
            404,
            "bank-not-found",
        ),
        (
            "an unknown kind",
            Ask::post(format!("{IMPORT}?kind=md5")).header("Content-Type", "text/csv"),
            400,
            "query-invalid",
        ),
        (
            "an empty title",
            Ask::post(format!("{IMPORT}?title=%20")).header("Content-Type", "text/csv"),
            422,
            "metadata-invalid",
        ),
        ("too large", list(&format!("{}\n", hash(1)).repeat(2_000)), 413, "body-too-large"),
        ("no right", list("").key(POWERLESS), 403, "scope-missing"),
        ("nobody", list("").nobody(), 401, "unauthenticated"),
    ];
    for (what, ask, status, code) in cases {
        let answer = served.ask(ask).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{what}");
    }
    let long = format!("{}\n{}\n{}", hash(1), "x".repeat(80_000), hash(2));
    let answer = served.ask(list(&long)).await.json();
    assert_eq!((&answer["lines"], &answer["added"]), (&json!(3), &json!(2)));
    assert_eq!(answer["rejections"], json!([{ "line": 2, "code": "line-too-long" }]));
    let many = served.ask(list(&"x\n".repeat(1_500))).await.json();
    assert_eq!(
        (&many["rejected"], many["rejections"].as_array().map(Vec::len)),
        (&json!(1_500), Some(1_000))
    );
}

#[tokio::test]
async fn a_long_list_of_a_server_with_uploads() {
    let served = Served::with_bank().await;
    let whole = Parts::new().text("metadata", r#"{"title":"a"}"#).file("file", &bmp(3)).end();
    assert_eq!(served.ask(post("/api/v1/banks/known/entries", &whole)).await.status, 201);
    let lines: Vec<String> = (0..12_000).map(hash).collect();
    let answer = served.ask(list(&lines.join("\n"))).await.json();
    assert_eq!((&answer["lines"], &answer["added"]), (&json!(12_000), &json!(12_000)));
    let again = served.ask(list(&lines[7_000..].join("\n"))).await.json();
    assert_eq!((&again["added"], &again["already"]), (&json!(0), &json!(5_000)));
}
