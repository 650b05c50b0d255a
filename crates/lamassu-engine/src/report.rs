//! What commands answer, in the form in which it is written as JSON.

use lamassu_case::{Bank, Borrowed, Entry, EntryMetadata, Match, Method, Policy, Segment, segment_score};
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
    /// Harmful entries found in it, best first.
    pub matches: Vec<MatchRow>,
    /// `none` or `review`; files that are checked by hand are never acted on.
    pub outcome: String,
    /// Context entries found in it, best first; left out where there are none, as are the next two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<MatchRow>,
    /// Marks found beside its matches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logos: Vec<MatchRow>,
    /// Harmful entries that it nearly matches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<MatchRow>,
    /// Why it could not be checked; `truncated` when what is left of it was.
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
    /// `sha256`, `pdq`, `local`, `frames`, `sound` or `logo`.
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
    /// Where a context entry has the same, so that it does not count; left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub borrowed: Vec<BorrowedRow>,
    /// The context entry that explains all of it at least as well; left out where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explained_by: Option<String>,
}

/// Seconds that a context entry has as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BorrowedRow {
    /// Start in the item, seconds.
    pub item_start_s: f64,
    /// End in the item, seconds.
    pub item_end_s: f64,
    /// Start in the harmful entry, seconds.
    pub entry_start_s: f64,
    /// End in the harmful entry, seconds.
    pub entry_end_s: f64,
    /// The context entry.
    pub from: String,
}

impl From<Borrowed> for BorrowedRow {
    fn from(borrowed: Borrowed) -> Self {
        let segment = borrowed.segment;
        Self {
            item_start_s: seconds(segment.item_start_ms),
            item_end_s: seconds(segment.item_end_ms),
            entry_start_s: seconds(segment.entry_start_ms),
            entry_end_s: seconds(segment.entry_end_ms),
            from: borrowed.from.into(),
        }
    }
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
    pub fn decided(path: String, done: Done) -> Self {
        let Done { medium, duration_ms, decision, truncated } = done;
        let rows = |found: Vec<Match>| found.into_iter().map(MatchRow::from).collect();
        Self {
            path,
            medium: Some(medium.name().to_owned()),
            duration_ms,
            matches: rows(decision.matches),
            outcome: decision.outcome.name().to_owned(),
            context: rows(decision.context),
            logos: rows(decision.logos),
            near: rows(decision.near),
            error: truncated.then(Failure::truncated),
        }
    }

    /// The report of a file that could not be checked.
    pub fn failed(path: String, failure: Failure) -> Self {
        Self {
            path,
            medium: None,
            duration_ms: 0,
            matches: Vec::new(),
            outcome: "none".to_owned(),
            context: Vec::new(),
            logos: Vec::new(),
            near: Vec::new(),
            error: Some(failure),
        }
    }
}

impl From<Match> for MatchRow {
    fn from(found: Match) -> Self {
        let candidate = found.candidate;
        // The same bytes have no pair; nothing is surer.
        let quality = candidate.quality.unwrap_or(100);
        let segments = candidate.segments.iter().map(|segment| {
            // Of parts of pictures the surest moment is judged, for all.
            let score = match candidate.method {
                Method::Local => found.score,
                method => segment_score(method, segment, quality),
            };
            SegmentRow::of(segment, score)
        });
        let segments = segments.collect();
        Self {
            bank: candidate.bank.into(),
            entry: candidate.entry.into(),
            title: candidate.title,
            method: candidate.method.name().to_owned(),
            score: found.score,
            distance_bits: candidate.distance_bits,
            item_coverage: candidate.item_coverage,
            entry_coverage: candidate.entry_coverage,
            segments,
            borrowed: found.borrowed.into_iter().map(BorrowedRow::from).collect(),
            explained_by: found.explained_by.map(String::from),
        }
    }
}

impl SegmentRow {
    fn of(segment: &Segment, score: f64) -> Self {
        Self {
            item_start_s: seconds(segment.item_start_ms),
            item_end_s: seconds(segment.item_end_ms),
            entry_start_s: seconds(segment.entry_start_ms),
            entry_end_s: seconds(segment.entry_end_ms),
            score,
        }
    }
}

fn seconds(ms: u32) -> f64 {
    f64::from(ms) / 1000.0
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
    /// What the policy says that its entries are: `harmful`, `context` or `logo`.
    pub purpose: String,
}

impl BankRow {
    /// A bank by this policy.
    pub fn of(bank: Bank, policy: &Policy) -> Self {
        let purpose = policy.bank(&bank.name).purpose.name().to_owned();
        Self { name: bank.name.into(), entries: bank.entries, created_at_ms: bank.created_at_ms, purpose }
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
    /// SHA-256 of its bytes; none of an entry of which only a fingerprint is known.
    pub sha256: Option<String>,
    /// Size of its file in bytes; 0 of one of which only hashes are known.
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
            sha256: entry.digest.is_of_bytes().then(|| entry.digest.to_string()),
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
