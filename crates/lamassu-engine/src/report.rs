//! What commands answer, in the form in which it is written as JSON.

use lamassu_case::{Bank, Entry, EntryMetadata, Match, Method, Segment, segment_score};
use serde::{Deserialize, Serialize};

use crate::act::Done;
use crate::error::Failure;

/// The answer about one checked file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckReport {
    /// The file, as it was named; characters that are no text are replaced.
    pub path: String,
    /// `image`, `video`, `audio`, `document` or `text`; none when it could not be read.
    pub medium: Option<String>,
    /// Length in milliseconds; 0 for what does not play or could not be read.
    #[serde(default)]
    pub duration_ms: u32,
    /// Entries found in it, best first.
    pub matches: Vec<MatchRow>,
    /// `none` or `review`.
    pub outcome: String,
    /// Why it could not be checked.
    pub error: Option<Failure>,
}

/// An entry found in an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchRow {
    /// The entry's bank.
    pub bank: String,
    /// The entry's id.
    pub entry: String,
    /// The entry's title.
    pub title: String,
    /// `sha256`, `pdq`, `local`, `frames` or `sound`.
    pub method: String,
    /// How probable it is that the match is right, 0 to 1.
    pub score: f64,
    /// Distance in bits; none for the same bytes.
    pub distance_bits: Option<u32>,
    /// Share of the item that is the entry, 0 to 1; none for one picture.
    pub item_coverage: Option<f64>,
    /// Share of the entry that is in the item, 0 to 1; none for one picture.
    pub entry_coverage: Option<f64>,
    /// Where, when item or entry plays.
    pub segments: Vec<SegmentRow>,
}

/// A stretch of an item that shows a stretch of an entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentRow {
    /// Start in the item, seconds.
    pub item_start_s: f64,
    /// End in the item, seconds.
    pub item_end_s: f64,
    /// Start in the entry, seconds.
    pub entry_start_s: f64,
    /// End in the entry, seconds.
    pub entry_end_s: f64,
    /// How probable it is that it is right, 0 to 1.
    pub score: f64,
}

impl CheckReport {
    /// The report of a decided item.
    pub fn decided(path: String, Done { medium, duration_ms, decision }: Done) -> Self {
        Self {
            path,
            medium: Some(medium.name().to_owned()),
            duration_ms,
            matches: decision.matches.into_iter().map(MatchRow::from).collect(),
            outcome: decision.outcome.name().to_owned(),
            error: None,
        }
    }

    /// The report of a file that could not be checked.
    pub fn failed(path: String, failure: Failure) -> Self {
        let outcome = "none".to_owned();
        Self { path, medium: None, duration_ms: 0, matches: Vec::new(), outcome, error: Some(failure) }
    }
}

impl From<Match> for MatchRow {
    fn from(found: Match) -> Self {
        let candidate = found.candidate;
        // The same bytes have no pair; nothing is surer.
        let quality = candidate.quality.unwrap_or(100);
        Self {
            bank: candidate.bank.into(),
            entry: candidate.entry.into(),
            title: candidate.title,
            method: candidate.method.name().to_owned(),
            score: found.score,
            distance_bits: candidate.distance_bits,
            item_coverage: candidate.item_coverage,
            entry_coverage: candidate.entry_coverage,
            segments: candidate
                .segments
                .iter()
                .map(|it| SegmentRow::of(candidate.method, it, quality))
                .collect(),
        }
    }
}

impl SegmentRow {
    /// A segment; `quality` is that of the nearest pair of pictures.
    fn of(method: Method, segment: &Segment, quality: u8) -> Self {
        let seconds = |ms: u32| f64::from(ms) / 1000.0;
        Self {
            item_start_s: seconds(segment.item_start_ms),
            item_end_s: seconds(segment.item_end_ms),
            entry_start_s: seconds(segment.entry_start_ms),
            entry_end_s: seconds(segment.entry_end_ms),
            score: segment_score(method, segment, quality),
        }
    }
}

/// A bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankRow {
    /// Its name.
    pub name: String,
    /// How many entries it holds.
    pub entries: u64,
    /// When it was made, milliseconds since 1970.
    pub created_at_ms: i64,
}

impl From<Bank> for BankRow {
    fn from(bank: Bank) -> Self {
        Self { name: bank.name.into(), entries: bank.entries, created_at_ms: bank.created_at_ms }
    }
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRow {
    /// Its id.
    pub entry: String,
    /// Its bank.
    pub bank: String,
    /// What kind of content it is.
    pub medium: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Size of its file in bytes.
    pub size_bytes: u64,
    /// Length in milliseconds; 0 for what does not play.
    pub duration_ms: u32,
    /// When it was added, milliseconds since 1970.
    pub added_at_ms: i64,
    /// What people say about it.
    pub metadata: EntryMetadata,
}

impl From<Entry> for EntryRow {
    fn from(entry: Entry) -> Self {
        Self {
            entry: entry.id.into(),
            bank: entry.bank.into(),
            medium: entry.medium.name().to_owned(),
            sha256: entry.digest.to_string(),
            size_bytes: entry.size_bytes,
            duration_ms: entry.duration_ms,
            added_at_ms: entry.added_at_ms,
            metadata: entry.metadata,
        }
    }
}

/// The answer to an addition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedRow {
    /// The entry as the bank holds it.
    pub entry: EntryRow,
    /// Whether the bank held these bytes before.
    pub already: bool,
}

/// The state of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditReport {
    /// How many records hold together.
    pub records: u64,
    /// Hash of the last one: note it elsewhere to notice later if the log was cut off.
    pub head: String,
}
