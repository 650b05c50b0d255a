//! What is to be found, and how much of it was.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::Found;

/// Overlap in the item, as a share of both together, from which a true stretch counts as found.
const OVERLAP_MIN: f64 = 0.5;

/// A file to be looked for, and what is in it.
pub struct Query {
    /// Its name in `queries`.
    pub file: String,
    /// How it was made.
    transform: String,
    /// Names of the bank's files that are in it.
    expected: Vec<String>,
    segments: Vec<Segment>,
}

struct Segment {
    expected: String,
    /// Start and end, seconds.
    item_s: (f64, f64),
    entry_s: (f64, f64),
}

/// Reads the table of an evaluation folder.
pub fn read(path: &Path) -> anyhow::Result<Vec<Query>> {
    let text = fs_err::read_to_string(path)?;
    text.lines().skip(1).map(|line| query(line).with_context(|| format!("in the line {line}"))).collect()
}

fn query(line: &str) -> anyhow::Result<Query> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [file, _kind, transform, expected, segments] = cells[..] else {
        anyhow::bail!("five cells are needed")
    };
    let segments: Vec<Value> = serde_json::from_str(segments)?;
    Ok(Query {
        file: file.to_owned(),
        transform: transform.to_owned(),
        expected: expected.split('|').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        segments: segments.iter().map(segment).collect::<Option<_>>().context("a segment lacks a field")?,
    })
}

fn segment(value: &Value) -> Option<Segment> {
    let span = |from: &str, until: &str| Some((value.get(from)?.as_f64()?, value.get(until)?.as_f64()?));
    Some(Segment {
        expected: value.get("expected")?.as_str()?.to_owned(),
        item_s: span("item_start_s", "item_end_s")?,
        entry_s: span("entry_start_s", "entry_end_s")?,
    })
}

/// Counts of one transform, or of all.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    positives: usize,
    right: usize,
    wrong: usize,
    negatives: usize,
    flagged: usize,
    segments: usize,
    found: usize,
    reported: usize,
    /// Sums of overlaps of those found.
    item_overlap: f64,
    entry_overlap: f64,
}

/// How much was found, for each transform and, under `all`, for all together.
pub struct Figures(BTreeMap<String, Counts>);

/// Compares what was found in each query with what is in it.
pub fn figures(queries: &[Query], found: &[Vec<Found>]) -> Figures {
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    for (query, found) in queries.iter().zip(found) {
        for name in [query.transform.as_str(), "all"] {
            counts.entry(name.to_owned()).or_default().add(query, found);
        }
    }
    Figures(counts)
}

impl Counts {
    fn add(&mut self, query: &Query, found: &[Found]) {
        let right = found.iter().any(|(name, _)| query.expected.contains(name));
        let wrong = found.iter().any(|(name, _)| !query.expected.contains(name));
        if query.expected.is_empty() {
            self.negatives += 1;
            self.flagged += usize::from(wrong);
        } else {
            self.positives += 1;
            self.right += usize::from(right);
            self.wrong += usize::from(wrong);
        }
        self.segments += query.segments.len();
        self.reported += found.len();
        let mut left: Vec<&Found> = found.iter().collect();
        for segment in &query.segments {
            let overlaps = left.iter().enumerate().filter(|(_, (name, _))| *name == segment.expected);
            let best = overlaps
                .map(|(at, (_, it))| (at, overlap(segment.item_s, (it.item_start_ms, it.item_end_ms))))
                .max_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((at, item_overlap)) = best.filter(|(_, overlap)| *overlap >= OVERLAP_MIN) {
                let (_, it) = left.swap_remove(at);
                self.found += 1;
                self.item_overlap += item_overlap;
                self.entry_overlap += overlap(segment.entry_s, (it.entry_start_ms, it.entry_end_ms));
            }
        }
    }

    fn json(&self) -> Value {
        let mean = |sum: f64| sum / self.found.max(1) as f64;
        json!({
            "positives": self.positives, "right": self.right, "wrong": self.wrong,
            "negatives": self.negatives, "flagged": self.flagged,
            "segments": self.segments, "segments_found": self.found, "segments_reported": self.reported,
            "item_overlap_mean": mean(self.item_overlap), "entry_overlap_mean": mean(self.entry_overlap),
        })
    }
}

/// Common part of two spans as a share of both together; the second is in milliseconds.
fn overlap(a: (f64, f64), b_ms: (u32, u32)) -> f64 {
    let b = (f64::from(b_ms.0) / 1000.0, f64::from(b_ms.1) / 1000.0);
    let common = a.1.min(b.1) - a.0.max(b.0);
    (common / (a.1.max(b.1) - a.0.min(b.0))).max(0.0)
}

impl Figures {
    /// As one object, a field for each transform.
    pub fn json(&self, cpu_ms: f64) -> Value {
        let rows: serde_json::Map<String, Value> =
            self.0.iter().map(|(name, counts)| (name.clone(), counts.json())).collect();
        json!({ "cpu_ms": cpu_ms, "transforms": rows })
    }

    /// For people.
    pub fn table(&self, cpu_ms: f64) -> String {
        let mut text = format!(
            "{:<26} {:>9} {:>5} {:>9} {:>13}  overlap\n",
            "", "right", "wrong", "flagged", "segments"
        );
        for (name, it) in &self.0 {
            let mean = |sum: f64| sum / it.found.max(1) as f64;
            let _written = writeln!(
                text,
                "{name:<26} {:>4}/{:<4} {:>5} {:>4}/{:<4} {:>4}/{:<4} {:>3}  {:.3} {:.3}",
                it.right,
                it.positives,
                it.wrong,
                it.flagged,
                it.negatives,
                it.found,
                it.segments,
                it.reported,
                mean(it.item_overlap),
                mean(it.entry_overlap)
            );
        }
        let _written = writeln!(text, "{:.1} s of CPU time, decoding included", cpu_ms / 1000.0);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn overlaps() {
        assert!((overlap((1.0, 3.0), (2000, 4000)) - 1.0 / 3.0).abs() < 1e-9);
        assert!(overlap((1.0, 2.0), (3000, 4000)).abs() < f64::EPSILON);
    }
}
