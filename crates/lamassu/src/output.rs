//! Answers on standard output, notes and progress on standard error.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use lamassu_case::Standing;
use lamassu_engine::import::{ImportCounts, RejectedLine};
use lamassu_engine::{AccessAnswer, Answer, CheckReport, EntryRow, Failure, MatchRow};
use lamassu_fingerprint::{FINGERPRINT_VERSION, View};
use lamassu_media::Reading;
use serde_json::{Value, json};

use crate::arguments::Format;
use crate::bar::Marks;
use crate::{bar, key, person};

/// PDQ quality under which a picture finds little but its exact copies.
const QUALITY_CLEAR: u8 = 50;

/// Where and how answers are written.
pub struct Output {
    format: Format,
    marks: Marks,
}

/// One thing that `doctor` looked at.
pub struct Finding {
    /// What was looked at.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub good: bool,
    /// What was found, and what to do.
    pub message: String,
}

impl Finding {
    /// As it should be.
    pub fn good(name: &'static str, message: String) -> Self {
        Self { name, good: true, message }
    }

    /// To be mended.
    pub fn bad(name: &'static str, message: String) -> Self {
        Self { name, good: false, message }
    }
}

impl Output {
    /// Output in this format.
    pub fn new(format: Format) -> Self {
        Self { format, marks: Marks::of_locale() }
    }

    /// A progress bar on standard error, when that is a terminal, by bytes, of which there are so many.
    #[expect(clippy::unused_self, reason = "progress is output like the rest")]
    pub fn progress_bytes(&self, what: &'static str, size_bytes: u64) -> ProgressBar {
        if !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let template = "{spinner} {msg} {wide_bar} {bytes} of {total_bytes}, {elapsed}, {eta} left";
        let style = ProgressStyle::with_template(template).expect("the template is valid");
        let bar = ProgressBar::new(size_bytes).with_style(style).with_message(what);
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    /// A line of a list that was not taken.
    pub fn rejected(&self, rejected: &RejectedLine) {
        match self.format {
            Format::Json => line(&to_json(rejected)),
            Format::Human => line(&format!("error  line {}  {}", rejected.line, rejected.code)),
        }
    }

    /// What became of a list.
    pub fn imported(&self, counts: &ImportCounts) {
        let ImportCounts { lines, added, already, rejected } = counts;
        match self.format {
            Format::Json => line(&to_json(counts)),
            Format::Human => {
                line(&format!(
                    "{added} added, {already} held already, {rejected} rejected, of {lines} lines"
                ));
            }
        }
    }

    /// The report of one checked file.
    pub fn checked(&self, report: &CheckReport) {
        match self.format {
            Format::Json => line(&to_json(report)),
            Format::Human => line(&describe_check(report, self.marks)),
        }
    }

    /// The outcome of one addition.
    pub fn added(&self, path: &str, added: &Result<Answer, Failure>) {
        match (self.format, added) {
            (Format::Json, Ok(Answer::Added(row))) => {
                line(
                    &json!({ "path": path, "entry": row.entry, "already": row.already, "error": null })
                        .to_string(),
                );
            }
            (Format::Json, Err(failure)) => {
                line(&json!({ "path": path, "entry": null, "already": false, "error": failure }).to_string());
            }
            (Format::Human, Ok(Answer::Added(row))) => {
                let word = if row.already { "held" } else { "added" };
                line(&format!("{word:<6} {}  {}", row.entry.entry, plain(&row.entry.metadata.title)));
            }
            (Format::Human, Err(failure)) => line(&format!("error  {}  {}", plain(path), described(failure))),
            (_, Ok(other)) => self.answer(other),
        }
    }

    /// The answer to a command that is about no single file.
    pub fn answer(&self, answer: &Answer) {
        match (self.format, answer) {
            (Format::Json, Answer::Banks(banks)) => banks.iter().for_each(|bank| line(&to_json(bank))),
            (Format::Json, Answer::Entries(entries, _)) => {
                for entry in entries {
                    line(&to_json(entry));
                }
            }
            (Format::Json, Answer::Audit(audit)) => line(&to_json(audit)),
            (Format::Json, Answer::BackedUp(backup)) => line(&to_json(backup)),
            (Format::Json, Answer::Acting(row)) => line(&to_json(row)),
            (Format::Human, Answer::Acting(row)) => line(&crate::bank::acting::describe(row)),
            (Format::Json, Answer::Index(report)) => line(&to_json(report)),
            (Format::Human, Answer::Index(report)) => crate::index::describe(report),
            (Format::Human, Answer::Banks(banks)) => {
                for bank in banks {
                    line(&format!("{:>8} entries  {}", bank.entries, bank.name));
                }
            }
            (Format::Human, Answer::Entries(entries, _)) => {
                for entry in entries {
                    line(&describe(entry));
                }
            }
            (Format::Human, Answer::Audit(audit)) => {
                line(&format!("{} records hold together; the last hash is {}", audit.records, audit.head));
            }
            (Format::Human, Answer::BackedUp(backup)) => {
                let megabytes = backup.size_bytes as f64 / 1e6;
                line(&format!(
                    "{} files copied, {megabytes:.1} MB; the copy is a data folder itself",
                    backup.files
                ));
            }
            (format, Answer::Access(answer)) => access(format, answer),
            (Format::Json, Answer::Webhook(told)) => {
                for told in crate::webhook::json_lines(told) {
                    line(&told);
                }
            }
            (Format::Human, Answer::Webhook(told)) => {
                for told in crate::webhook::human_lines(told) {
                    line(&told);
                }
            }
            (_, Answer::Done) => {}
            (_, Answer::Imported(step)) => self.imported(&step.counts),
            (_, Answer::Checked(report)) => self.checked(report),
            (_, Answer::Added(row)) => line(&to_json(row)),
        }
    }

    /// The fingerprints of one file.
    pub fn fingerprinted(&self, path: &str, read: &Result<Reading, Failure>) {
        match (self.format, read) {
            (Format::Json, Ok(reading)) => line(&fingerprint_json(path, reading).to_string()),
            (Format::Json, Err(failure)) => {
                line(&json!({ "path": path, "medium": null, "error": failure }).to_string());
            }
            (Format::Human, Ok(reading)) => describe_reading(path, reading),
            (Format::Human, Err(failure)) => line(&format!("{}: {}", plain(path), described(failure))),
        }
    }

    /// One finding of `doctor`.
    pub fn finding(&self, finding: &Finding) {
        match self.format {
            Format::Json => {
                line(
                    &json!({ "name": finding.name, "good": finding.good, "message": finding.message })
                        .to_string(),
                );
            }
            Format::Human => {
                let word = if finding.good { "ok" } else { "mend" };
                line(&format!("{word:<5} {:<9} {}", finding.name, plain(&finding.message)));
            }
        }
    }

    /// Something to know that is no answer.
    #[expect(clippy::unused_self, reason = "notes are output like the rest")]
    pub fn note(&self, text: &str) {
        // A closed standard error is no reason to stop.
        let _written = writeln!(std::io::stderr(), "{text}");
    }

    /// Why the whole command failed.
    pub fn failure(&self, failure: &Failure) {
        match self.format {
            Format::Json => self.note(&json!({ "error": failure }).to_string()),
            Format::Human => self.note(&format!("error: {}", described(failure))),
        }
    }
}

/// The answer about keys and people.
fn access(format: Format, answer: &AccessAnswer) {
    match (format, answer) {
        (_, AccessAnswer::Done) => {}
        (Format::Json, AccessAnswer::KeyCreated(key, secret)) => {
            line(&json!({ "key": key, "secret": secret }).to_string());
        }
        (Format::Json, AccessAnswer::SetupLink(secret, expires_at_ms)) => {
            line(&json!({ "secret": secret, "expires_at_ms": expires_at_ms }).to_string());
        }
        (Format::Json, AccessAnswer::SignInLink(link, expires_at_ms)) => {
            line(&json!({ "link": link, "expires_at_ms": expires_at_ms }).to_string());
        }
        (Format::Json, AccessAnswer::Keys(keys, _)) => keys.iter().for_each(|key| line(&to_json(key))),
        (Format::Json, AccessAnswer::People(people, _)) => {
            for person in people {
                line(&to_json(person));
            }
        }
        (Format::Human, AccessAnswer::KeyCreated(_, secret)) => line(secret.reveal()),
        (Format::Human, AccessAnswer::SetupLink(secret, expires_at_ms)) => {
            line(&format!("{}  good once, until {}", secret.reveal(), key::minute(*expires_at_ms)));
        }
        (Format::Human, AccessAnswer::SignInLink(link, expires_at_ms)) => {
            line(&format!("{}  good once, until {}", link.reveal(), key::minute(*expires_at_ms)));
        }
        (Format::Human, AccessAnswer::Keys(keys, _)) => {
            for row in keys {
                line(&key::describe(row, plain));
            }
        }
        (Format::Human, AccessAnswer::People(people, _)) => {
            for row in people {
                line(&person::describe(row, plain));
            }
        }
    }
}

/// Writes a line; a reader that has gone away ends the program as it ends others, quietly.
pub fn line(text: &str) {
    if writeln!(std::io::stdout(), "{text}").is_err() {
        std::process::exit(i32::from(crate::EXIT_FAILED));
    }
}

fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("rows have text keys and finite numbers")
}

fn described(failure: &Failure) -> String {
    format!("{} ({})", plain(&failure.message), failure.code)
}

/// Text from outside with control and direction characters made visible: a name cannot move the
/// cursor, colour the screen or turn the line around.
pub fn plain(text: &str) -> String {
    let hostile = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if hostile(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

fn describe(entry: &EntryRow) -> String {
    let title = plain(&entry.metadata.title);
    let length = if entry.duration_ms > 0 {
        format!("  {}", seconds(f64::from(entry.duration_ms) / 1000.0))
    } else {
        String::new()
    };
    let metadata = &entry.metadata;
    let released = [&metadata.outlet, &metadata.series, &metadata.event, &metadata.published];
    let mut told: Vec<String> = released.into_iter().flatten().map(|text| plain(text)).collect();
    if metadata.standing != Standing::Unknown {
        told.push(metadata.standing.name().to_owned());
    }
    let told = if told.is_empty() { String::new() } else { format!("  ({})", told.join(" · ")) };
    format!("{}  {:<8} {title}{length}{told}", entry.entry, entry.medium)
}

fn describe_check(report: &CheckReport, marks: Marks) -> String {
    let path = plain(&report.path);
    let mut text = match (&report.error, report.matches.as_slice()) {
        (Some(failure), _) => format!("error   {path}  {}", described(failure)),
        (None, []) => format!("none    {path}"),
        (None, _) => format!("{:<7} {path}", report.outcome),
    };
    let groups = [
        ("", &report.matches),
        ("near ", &report.near),
        ("context ", &report.context),
        ("logo ", &report.logos),
    ];
    for (word, matches) in groups {
        for found in matches {
            text.push_str("\n        ");
            text.push_str(word);
            text.push_str(&describe_match(found, report.duration_ms, marks));
        }
    }
    text
}

fn describe_match(found: &MatchRow, item_ms: u32, marks: Marks) -> String {
    let how = match found.distance_bits {
        Some(bits) => format!("{} {bits} bits", found.method),
        None => found.method.clone(),
    };
    let mut text =
        format!("{:.2}  {} / {}  {how}  {}", found.score, found.bank, plain(&found.title), found.entry);
    if let Some(bar) = bar::of(found, item_ms, marks) {
        text.push_str("\n              ");
        text.push_str(&bar);
    }
    let span = |start: f64, end: f64| format!("{}–{}", seconds(start), seconds(end));
    for segment in &found.segments {
        text.push_str("\n              ");
        text.push_str(&span(segment.item_start_s, segment.item_end_s));
        text.push_str(" shows ");
        text.push_str(&span(segment.entry_start_s, segment.entry_end_s));
    }
    for borrowed in &found.borrowed {
        let item = span(borrowed.item_start_s, borrowed.item_end_s);
        text.push_str("\n              ");
        text.push_str(&item);
        text.push_str(" borrowed from context ");
        text.push_str(&borrowed.from);
    }
    if let Some(context) = &found.explained_by {
        text.push_str("\n              explained by context ");
        text.push_str(context);
    }
    text
}

/// `1:02:03.4`
pub fn seconds(value: f64) -> String {
    let tenths = (value * 10.0).round() as u64;
    let (hours, minutes, rest) = (tenths / 36_000, tenths / 600 % 60, tenths % 600);
    match hours {
        0 => format!("{minutes}:{:02}.{}", rest / 10, rest % 10),
        _ => format!("{hours}:{minutes:02}:{:02}.{}", rest / 10, rest % 10),
    }
}

fn fingerprint_json(path: &str, reading: &Reading) -> Value {
    let frames: Vec<Value> = reading
        .frames
        .iter()
        .map(|frame| {
            json!({
                "start_s": f64::from(frame.start_ms) / 1000.0,
                "end_s": f64::from(frame.end_ms) / 1000.0,
                "view": frame.view.name(),
                "quality": frame.quality,
                (hash_name(frame.view)): frame.bits[0].to_string(),
            })
        })
        .collect();
    json!({
        "path": path,
        "medium": reading.medium,
        "sha256": reading.digest.to_string(),
        "size_bytes": reading.size_bytes,
        "width_px": reading.size_px.map(|size| size.0),
        "height_px": reading.size_px.map(|size| size.1),
        "duration_s": f64::from(reading.duration_ms) / 1000.0,
        "fingerprint_version": FINGERPRINT_VERSION,
        "frames": frames,
        "error": null,
    })
}

/// What the hash of a view is called.
fn hash_name(view: View) -> &'static str {
    if view == View::Plain { "plain" } else { "pdq" }
}

fn describe_reading(path: &str, reading: &Reading) {
    line(&format!("{}  {}  sha256 {}", plain(path), reading.medium, reading.digest));
    for frame in &reading.frames {
        let when =
            if reading.duration_ms > 0 { seconds(f64::from(frame.start_ms) / 1000.0) } else { String::new() };
        let faint = if frame.view != View::Plain && frame.quality < QUALITY_CLEAR {
            "  too plain to be known by"
        } else {
            ""
        };
        line(&format!(
            "  {when:>10} {:<8} {} {}  quality {}{faint}",
            frame.view.name(),
            hash_name(frame.view),
            frame.bits[0],
            frame.quality
        ));
    }
}
