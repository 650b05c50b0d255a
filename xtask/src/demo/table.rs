//! What came of each check, as a table for people.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Expected, Sample};

const HEADINGS: [&str; 7] = ["file", "what was done", "found", "method", "bits", "where (s)", "verdict"];

/// One checked file.
pub struct Row {
    cells: [String; 7],
    wall_ms: f64,
    expected: Expected,
    found: bool,
    /// Whether it came as expected.
    pub passed: bool,
}

impl Row {
    /// The row of a sample and its report.
    pub fn new(sample: &Sample, report: &Value, wall_ms: f64) -> Self {
        let matches = report["matches"].as_array().map_or(&[][..], Vec::as_slice);
        let titles: Vec<&str> = matches.iter().filter_map(|found| found["title"].as_str()).collect();
        let failed = !report["error"].is_null();
        let (passed, verdict) = judge(&sample.expected, &titles, failed);
        let each = |cell: fn(&Value) -> String| matches.iter().map(cell).collect::<Vec<_>>().join("; ");
        let file = sample.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let found = match report["error"]["code"].as_str() {
            Some(code) => format!("error: {code}"),
            None if titles.is_empty() => "nothing".to_owned(),
            None => titles
                .iter()
                .map(|title| title.trim_start_matches("Example Agency "))
                .collect::<Vec<_>>()
                .join("; "),
        };
        let method = each(|found| found["method"].as_str().unwrap_or_default().to_owned());
        let bits =
            each(|found| found["distance_bits"].as_u64().map_or("–".to_owned(), |bits| bits.to_string()));
        let cells = [file, sample.done.clone(), found, method, bits, each(place), verdict.to_owned()];
        Self { cells, wall_ms, expected: sample.expected.clone(), found: !titles.is_empty(), passed }
    }
}

/// `4.0–9.0` for what plays.
fn place(found: &Value) -> String {
    let Some(segments) = found["segments"].as_array().filter(|segments| !segments.is_empty()) else {
        return String::new();
    };
    let second = |segment: &Value, field: &str| segment[field].as_f64().unwrap_or_default();
    let span = |segment: &Value| {
        format!("{:.1}–{:.1}", second(segment, "item_start_s"), second(segment, "item_end_s"))
    };
    segments.iter().map(span).collect::<Vec<_>>().join(", ")
}

/// Whether that is good enough, and a word for it.
fn judge(expected: &Expected, titles: &[&str], failed: bool) -> (bool, &'static str) {
    match expected {
        _ if failed => (false, "FAILED"),
        Expected::Found(wanted) => {
            let strange = titles.iter().any(|title| !wanted.iter().any(|wanted| wanted == title));
            let missed = wanted.iter().any(|wanted| !titles.contains(&wanted.as_str()));
            match (strange, missed) {
                (false, false) => (true, "as expected"),
                (true, _) => (false, "WRONG ENTRY"),
                (_, true) => (false, "MISSED"),
            }
        }
        Expected::Nothing if titles.is_empty() => (true, "as expected"),
        Expected::Nothing => (false, "FALSE ALARM"),
    }
}

/// The rows under their headings, aligned.
pub fn table(rows: &[Row]) -> String {
    let mut widths = HEADINGS.map(|heading| heading.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(&row.cells) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    let mut line = |cells: &[String; 7], last: &str| {
        for (cell, width) in cells.iter().zip(widths) {
            let _written = write!(text, "{cell:<width$}  ");
        }
        let _written = writeln!(text, "{last:>5}");
    };
    line(&HEADINGS.map(str::to_owned), "ms");
    for row in rows {
        line(&row.cells, &format!("{:.0}", row.wall_ms));
    }
    text
}

/// How it went, in a few lines.
pub fn summary(rows: &[Row]) -> String {
    let count = |wanted: fn(&Row) -> bool| rows.iter().filter(|row| wanted(row)).count();
    let copies = count(|row| matches!(row.expected, Expected::Found(_)));
    let found = count(|row| matches!(row.expected, Expected::Found(_)) && row.passed);
    let innocent = count(|row| row.expected == Expected::Nothing);
    let alarms = count(|row| row.expected == Expected::Nothing && row.found);
    format!(
        "{found} of {copies} disguised copies found, {alarms} false alarms in {innocent} innocent files. \
         Times are from the upload to the outcome, over HTTP, one file after the other."
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Row, judge, summary, table};
    use crate::demo::{Expected, Sample};

    fn sample(expected: Expected) -> Sample {
        Sample { path: "x/a.jpg".into(), done: "mirrored".to_owned(), expected }
    }

    #[test]
    fn verdicts() {
        let one = Expected::Found(vec!["a".to_owned()]);
        assert_eq!(judge(&one, &["a"], false), (true, "as expected"));
        assert_eq!(judge(&one, &[], false), (false, "MISSED"));
        assert_eq!(judge(&one, &["a", "b"], false), (false, "WRONG ENTRY"));
        assert_eq!(judge(&one, &["a"], true), (false, "FAILED"));
        assert_eq!(judge(&Expected::Nothing, &["a"], false), (false, "FALSE ALARM"));
    }

    #[test]
    fn rows_are_aligned_and_counted() {
        let found = json!({ "error": null, "matches": [{
            "title": "a", "method": "frames", "distance_bits": 3,
            "segments": [{ "item_start_s": 1.0, "item_end_s": 2.5 }],
        }] });
        let none = json!({ "error": null, "matches": [] });
        let rows = [
            Row::new(&sample(Expected::Found(vec!["a".to_owned()])), &found, 12.0),
            Row::new(&sample(Expected::Nothing), &none, 7.0),
        ];
        let text = table(&rows);
        assert!(text.contains("1.0–2.5"), "{text}");
        let lengths: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
        assert!(lengths.iter().all(|length| *length == lengths[0]), "{text}");
        assert!(summary(&rows).starts_with("1 of 1 disguised copies found, 0 false alarms in 1"));
    }
}
