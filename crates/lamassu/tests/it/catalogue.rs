//! What people say about entries is what they are found by.

use serde_json::{Value, json};

use crate::Workplace;

#[test]
fn entries_are_shown_as_they_are_asked_for() {
    let place = Workplace::with_bank();
    let rows = [
        ("Morning report 1", "Reports", "official", "2025-11-30"),
        ("Morning report 2", "Reports", "official", "2026-02"),
        ("Fair highlights", "", "supporter", "2026-02-14"),
        ("Found in a folder", "", "", "spring"),
    ];
    let lines = (1_u64..).zip(rows).map(|(k, (title, series, standing, published))| {
        format!("{k:016x}{:016x}{k:032x},{title},{series},{standing},{published}\n", !k)
    });
    let list = format!("sha256,title,series,standing,published\n{}", lines.collect::<String>());
    place.write("list.csv", list.as_bytes());
    place.run(["bank", "import", "known", "list.csv"]).expect_status(0);
    let shown = |asked: &[&str]| -> Vec<Value> {
        let words = [&["bank", "show", "known", "--format", "json"], asked].concat();
        let rows = place.run(words).expect_status(0).json();
        rows.iter().map(|row| row["metadata"]["title"].clone()).collect()
    };
    assert_eq!(shown(&["--series", "Reports", "--published-from", "2026"]), ["Morning report 2"]);
    assert_eq!(shown(&["--standing", "supporter"]), ["Fair highlights"]);
    assert_eq!(shown(&["--published-until", "2025"]), ["Morning report 1"]);
    assert_eq!(shown(&["--words", "REPORT morn"]), ["Morning report 1", "Morning report 2"]);
    let last = shown(&["--sort", "last-published"]);
    assert_eq!((&last[0], &last[3]), (&json!("Fair highlights"), &json!("Found in a folder")));
    let human = place.run(["bank", "show", "known", "--standing", "supporter"]).expect_status(0);
    assert!(human.stdout.contains("Fair highlights  (2026-02-14 · supporter)"), "{human:?}");
    for wrong in
        [["--standing", "friendly"], ["--published-from", "spring"], ["--words", "-"], ["--sort", "colour"]]
    {
        let words = [&["bank", "show", "known"], &wrong[..]].concat();
        place.run(words).expect_status(2);
    }
}
