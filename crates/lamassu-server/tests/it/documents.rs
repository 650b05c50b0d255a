//! Documents that are written from the code are as the code is.

use std::path::Path;

use lamassu_server::{api, codes, metrics};
use serde_json::Value;

use crate::{Ask, Served};

/// The table of HTTP stands between these lines of docs/errors.md.
const START: &str = "<!-- Written by `cargo xtask openapi` from here -->\n";
const END: &str = "<!-- to here. -->\n";

/// The document at `path` is what `written` makes of it; `cargo xtask openapi` has it written instead.
fn is_written(path: &str, written: impl FnOnce(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    let committed = fs_err::read_to_string(&path).expect("the document is there");
    let written = written(&committed);
    if std::env::var_os("LAMASSU_WRITE_DOCUMENTS").is_some() {
        fs_err::write(&path, written).expect("it is written");
    } else {
        assert!(committed == written, "{} is not up to date; run `cargo xtask openapi`", path.display());
    }
}

#[test]
fn the_api_document_is_up_to_date() {
    is_written("openapi/lamassu.json", |_| api::document() + "\n");
}

#[test]
fn the_table_of_errors_is_up_to_date() {
    is_written("docs/errors.md", |text| {
        let (before, rest) = text.split_once(START).expect("where the table starts");
        let (_, after) = rest.split_once(END).expect("where it ends");
        format!("{before}{START}\n{}\n{END}{after}", codes::document())
    });
}

#[test]
fn the_metrics_are_up_to_date() {
    is_written("docs/metrics.md", |_| metrics::document());
}

#[tokio::test]
async fn every_metric_that_is_told_is_described() {
    let served = Served::start().await;
    served.ask(Ask::get("/api/v1/banks")).await;
    let answer = served.ask(Ask::get("/metrics")).await;
    let text = String::from_utf8(answer.body.clone()).unwrap();
    let document = metrics::document();
    for name in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()) {
        assert!(
            document.contains(&format!("`{name}`")) || document.contains(&format!("`{name}_total`")),
            "{name}"
        );
    }
    assert!(
        text.contains(r#"lamassu_http_requests_total{method="GET",route="/api/v1/banks",status="2xx"} 1"#),
        "{text}"
    );
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn the_page_loads_only_its_own_files() {
    let served = Served::start().await;
    let page = served.ask(Ask::get("/docs").nobody()).await;
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(!policy.contains("unsafe") && policy.contains("default-src 'none'"), "{policy}");
    let text = String::from_utf8(page.body.clone()).unwrap();
    assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("style="), "{text}");
    for link in text.split('"').filter(|part| part.starts_with('/')) {
        assert_eq!(served.ask(Ask::get(link).nobody()).await.status, 200, "{link}");
    }
}

#[test]
fn the_document_is_whole() {
    let document: Value = serde_json::from_str(&api::document()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let text = api::document();
    for name in text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document["components"]["schemas"].get(name).is_some(), "{name} is described");
    }
}
