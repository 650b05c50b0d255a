//! Where the seconds of a compilation are from: as JSON, as a table, as a drawing.

use std::path::Path;

use serde_json::{Value, json};

use crate::clips::{AUTOMATON, Clips, FRACTAL};
use crate::multipart::{Parts, post};
use crate::{Answer, Ask, POWERLESS, Served};

/// What a hostile title may hold: a formula, markup, an override of direction, a line's end.
const HOSTILE: &str = "=1+1 <script>alert(1)</script> \"x\" \u{202e}\u{200b}";

async fn bank(served: &Served, path: &Path, metadata: &Value) -> String {
    let bytes = fs_err::read(path).expect("the clip is there");
    let body = Parts::new().text("metadata", &metadata.to_string()).file("file", &bytes).end();
    let answer = served.ask(post("/api/v1/banks/known/entries", &body)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()["entry"]["id"].as_str().expect("an id").to_owned()
}

async fn case_of(served: &Served, path: &Path) -> String {
    let bytes = fs_err::read(path).expect("the clip is there");
    let about = r#"{"reference":"post-1 <b>","account":"a-1"}"#;
    let body = Parts::new().text("item", about).file("file", &bytes).end();
    let answer = served.ask(post("/api/v1/items?wait_ms=30000", &body)).await;
    let case = answer.json()["item"]["case"].as_str().map(str::to_owned);
    case.unwrap_or_else(|| panic!("a case: {answer:?}"))
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).expect("exports are UTF-8")
}

fn near(value: &Value, expected: f64) {
    let value = value.as_f64().expect("seconds");
    assert!((value - expected).abs() <= 0.6, "{value} is not near {expected}");
}

#[tokio::test]
async fn a_compilation_tells_where_its_seconds_are_from() {
    let (served, clips) = (Served::with_bank().await, Clips::new());
    let fractal = clips.release("fractal.mp4", FRACTAL);
    let automaton = clips.release("automaton.mp4", AUTOMATON);
    let copy = clips.copy("copy.mp4", &fractal);
    // The copy is banked first, and tells that it was released later.
    let later = bank(&served, &copy, &json!({ "title": HOSTILE })).await;
    let dated = json!({ "title": "Example Agency: the coast", "published": "2020-02-01" });
    let first = bank(&served, &fractal, &dated).await;
    let second = bank(&served, &automaton, &json!({ "title": "وكالة المثال: النمو" })).await;
    let case = case_of(&served, &clips.compilation("cut.mp4", &[&fractal, &automaton])).await;
    let path = format!("/api/v1/cases/{case}/provenance");

    let told = served.ask(Ask::get(&path)).await.json();
    let ids: Vec<_> =
        told["sources"].as_array().unwrap().iter().map(|it| (&it["entry"], &it["own"])).collect();
    let [yes, no] = [json!(true), json!(false)];
    assert_eq!(ids, [(&json!(first), &yes), (&json!(second), &yes), (&json!(later), &no)], "{told:#}");
    let band = &told["sources"][0]["bands"][0];
    assert_eq!(
        (&band["layer"], &band["method"], &band["borrowed"]),
        (&json!("picture"), &json!("frames"), &no)
    );
    for (field, expected) in
        [("item_start_s", 4.0), ("item_end_s", 9.0), ("entry_start_s", 2.0), ("entry_end_s", 7.0)]
    {
        near(&band[field], expected);
    }
    near(&band["rate"], 1.0);
    assert_eq!(told["sources"][2]["bands"][0]["older"], json!([first]));
    let unknown = told["unknown"].as_array().unwrap();
    assert_eq!(unknown.len(), 2, "{told:#}");
    near(&unknown[0]["end_s"], 4.0);
    near(&unknown[1]["start_s"], 14.0);

    table(&served.ask(Ask::get(format!("{path}.csv"))).await);
    for language in ["en", "ar"] {
        drawing(&served.ask(Ask::get(format!("{path}.svg?language={language}"))).await, language);
    }
}

#[tokio::test]
async fn of_a_split_screen_it_is_told_where_in_the_picture_each_source_is_seen() {
    let (served, clips) = (Served::with_bank().await, Clips::new());
    let fractal = clips.release("fractal.mp4", FRACTAL);
    let automaton = clips.release("automaton.mp4", AUTOMATON);
    let right = bank(&served, &fractal, &json!({ "title": "the coast" })).await;
    let left = bank(&served, &automaton, &json!({ "title": "the growth" })).await;
    let case = case_of(&served, &clips.beside("split.mp4", &automaton, &fractal)).await;
    let path = format!("/api/v1/cases/{case}/provenance");

    let told = served.ask(Ask::get(&path)).await.json();
    for (entry, x) in [(&left, 0.0), (&right, 0.5)] {
        let sources = told["sources"].as_array().expect("a list");
        let source = sources.iter().find(|source| source["entry"] == json!(entry)).expect("is a source");
        assert_eq!(source["own"], json!(true), "the other one is seen beside it: {told:#}");
        let place = &source["bands"][0]["place"];
        for (field, expected) in [("x", x), ("y", 0.0), ("width", 0.5), ("height", 1.0)] {
            let share = place[field].as_f64().unwrap_or_else(|| panic!("a place: {told:#}"));
            assert!((share - expected).abs() <= 0.02, "{field} of {place} is not near {expected}");
        }
    }
    let drawn = text(&served.ask(Ask::get(format!("{path}.svg"))).await);
    let circles: Vec<&str> = drawn.lines().filter(|line| line.starts_with("<circle class=")).collect();
    let places: std::collections::BTreeSet<_> = circles.iter().collect();
    assert!(circles.len() >= 2 && places.len() == circles.len(), "all numbers are seen: {circles:?}");
    let table = text(&served.ask(Ask::get(format!("{path}.csv"))).await);
    assert!(table.lines().next().is_some_and(|head| head.ends_with(",removed,place")), "{table}");
    let lines: Vec<&str> = table.lines().filter(|line| line.contains(&*left)).collect();
    assert!(lines.iter().any(|line| line.ends_with(",false,0.000 0.000 0.500 1.000")), "{table}");
}

fn table(answer: &Answer) {
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"provenance.csv\""));
    let text = text(answer);
    let lines: Vec<&str> = text.strip_suffix("\r\n").expect("each line ends").split("\r\n").collect();
    assert!(lines[0].starts_with("\u{feff}item_start_s,item_end_s,layer,bank,entry,title,"), "{text}");
    // Two stretches of nothing known, two sources, and the copy.
    assert_eq!(lines.len(), 6, "{text}");
    let hostile = "\"'=1+1 <script>alert(1)</script> \"\"x\"\" [U+202E][U+200B]\"";
    assert!(text.contains(hostile) && text.contains("\"وكالة المثال: النمو\""), "{text}");
    assert!(lines[1].starts_with("0.000,") && lines[1].ends_with(",unknown,,,,,,,,,,,,,,,"), "{text}");
}

fn drawing(answer: &Answer, language: &str) {
    assert_eq!(answer.header("content-type"), Some("image/svg+xml"));
    assert!(answer.header("content-security-policy").expect("a policy").contains("sandbox"));
    let text = text(answer);
    let title = if language == "ar" { "من أين أتى" } else { "Where it comes from" };
    assert!(text.contains(title) && text.contains("post-1 &lt;b&gt;"), "{text}");
    assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && text.contains("[U+202E]"), "{text}");
    for forbidden in
        ["<script", "<image", "href", "onload", "http://www.w3.org/1999", "\u{202e}", "NaN", "inf"]
    {
        assert!(!text.contains(forbidden), "{forbidden} is in {text}");
    }
    is_well_formed(&text);
}

/// Every element that opens also closes, in order, and no `&` stands alone.
fn is_well_formed(text: &str) {
    let mut open = Vec::new();
    for part in text.split('<').skip(1) {
        let (tag, _) = part.split_once('>').expect("tags end");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().expect("a name");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    for rest in text.split('&').skip(1) {
        assert!(["amp;", "lt;", "gt;", "quot;", "apos;"].iter().any(|entity| rest.starts_with(entity)));
    }
}

#[tokio::test]
async fn what_does_not_play_has_no_seconds() {
    let served = crate::items::knowing().await;
    let case = crate::items::case(&served).await;
    let told = served.ask(Ask::get(format!("/api/v1/cases/{case}/provenance"))).await.json();
    assert_eq!(
        (&told["duration_ms"], &told["sources"], &told["unknown"]),
        (&json!(0), &json!([]), &json!([]))
    );
    let drawn = served.ask(Ask::get(format!("/api/v1/cases/{case}/provenance.svg"))).await;
    is_well_formed(&text(&drawn));
    let rows = served.ask(Ask::get(format!("/api/v1/cases/{case}/provenance.csv"))).await;
    assert_eq!(text(&rows).lines().count(), 1);
}

#[tokio::test]
async fn only_who_may_read_cases_is_told() {
    let served = Served::start().await;
    let nowhere = "/api/v1/cases/00000000-0000-7000-8000-000000000000/provenance";
    for end in ["", ".csv", ".svg"] {
        let path = format!("{nowhere}{end}");
        let outcome = |answer: Answer| (answer.status, answer.code());
        assert_eq!(outcome(served.ask(Ask::get(&path)).await), (404, "case-not-found".to_owned()), "{path}");
        assert_eq!(outcome(served.ask(Ask::get(&path).key(POWERLESS)).await).0, 403, "{path}");
        assert_eq!(outcome(served.ask(Ask::get(&path).nobody()).await).0, 401, "{path}");
    }
    for query in ["language=fr", "language=en&language=ar", "size=1"] {
        let answer = served.ask(Ask::get(format!("{nowhere}.svg?{query}"))).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "query-invalid"), "{query}");
    }
    let odd = served.ask(Ask::get("/api/v1/cases/..%2f/provenance.csv")).await;
    assert_eq!(odd.status, 404);
}
