//! One line of a hash list: as JSON, as a row of CSV under a header, or a hash alone.
//!
//! The names are those that lists in use have: ours; `signal_type` and `signal_str` of `ThreatExchange`'s own tools;
//! `hash_digest` and `algorithm` of hash APIs whose results are written a line each. What is not known is passed over.

use std::str::FromStr;

use lamassu_case::{EntryMetadata, Medium, Standing};
use lamassu_fingerprint::{Bits256, Digest};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::csv;

/// Which quality counts where a list tells none: lists hold clear pictures only, by agreement of those who exchange.
const QUALITY_UNTOLD: u8 = 100;
const QUALITY_MAX: u8 = 100;

/// What a line is read as where it does not say so itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untold {
    /// Of which kind hashes are.
    pub kind: HashKind,
    /// What kind of content they are of.
    pub medium: Medium,
    /// What people say about them.
    pub metadata: EntryMetadata,
}

/// The kinds of hashes that can be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HashKind {
    /// PDQ of a picture.
    Pdq,
    /// SHA-256 of a file.
    Sha256,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// A PDQ hash and its quality, 0 to 100.
    pub pdq: Option<(Bits256, u8)>,
    /// SHA-256 of a file.
    pub sha256: Option<Digest>,
    /// What kind of content it is.
    pub medium: Medium,
    /// What people say about it.
    pub metadata: EntryMetadata,
}

/// A line was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// Longer than any line of a hash list.
    #[error("the line is too long")]
    TooLong,
    /// Not UTF-8, or quotes that do not close.
    #[error("this is no row of CSV")]
    Csv,
    /// Not an object of JSON.
    #[error("this is no object of JSON")]
    Json,
    /// Nothing in it is a hash.
    #[error("there is no hash")]
    HashMissing,
    /// Not 64 hexadecimal digits.
    #[error("this is no hash of its kind")]
    HashInvalid,
    /// A hash that cannot be searched, such as MD5.
    #[error("hashes of this kind are not searched")]
    KindUnsupported,
    /// A quality that is not 0 to 100.
    #[error("a quality is 0 to 100")]
    QualityInvalid,
    /// Not a kind of content.
    #[error("this is no kind of content")]
    MediumInvalid,
    /// A standing that is none of `official`, `supporter` and `unknown`.
    #[error("this is no standing")]
    StandingInvalid,
    /// Texts too long, or too many labels.
    #[error("a text is too long, or there are too many labels")]
    Metadata,
    /// The list itself says that it is no longer, or not, to be looked for.
    #[error("the list withdraws, disputes or denies it")]
    Withdrawn,
}

impl LineFault {
    /// The stable word for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong => "line-too-long",
            Self::Csv => "csv-invalid",
            Self::Json => "json-invalid",
            Self::HashMissing => "hash-missing",
            Self::HashInvalid => "fingerprint-invalid",
            Self::KindUnsupported => "kind-unsupported",
            Self::QualityInvalid => "quality-invalid",
            Self::MediumInvalid => "medium-invalid",
            Self::StandingInvalid => "standing-invalid",
            Self::Metadata => "metadata-invalid",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A column of CSV, or a field of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Pdq,
    Sha256,
    /// A hash whose kind another column tells.
    Hash,
    Kind,
    Quality,
    Medium,
    Title,
    Source,
    Outlet,
    Series,
    /// Official, of supporters, or unknown.
    Standing,
    Published,
    Event,
    /// Several, apart by spaces or semicolons.
    Labels,
    /// One.
    Label,
    /// What other platforms think of it.
    Opinion,
    Deleted,
    /// A hash of a kind that is not searched.
    Unsupported,
}

impl Column {
    fn of(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "pdq" | "pdq_hash" => Self::Pdq,
            "sha256" => Self::Sha256,
            "md5" | "sha1" | "sha512" | "tmk" | "vpdq" => Self::Unsupported,
            "hash" | "signal" | "signal_str" | "signal_value" | "hash_digest" | "hash_value"
            | "indicator" => Self::Hash,
            "kind" | "signal_type" | "algorithm" | "hash_type" | "type" => Self::Kind,
            "quality" | "pdq_quality" => Self::Quality,
            "medium" | "file_type" | "media_kind" => Self::Medium,
            "title" => Self::Title,
            "source" | "collab" => Self::Source,
            "outlet" => Self::Outlet,
            "series" => Self::Series,
            "standing" => Self::Standing,
            "published" => Self::Published,
            "event" => Self::Event,
            "labels" | "tags" => Self::Labels,
            "category" | "status" => Self::Opinion,
            "deleted" => Self::Deleted,
            _ => return None,
        })
    }

    fn is_hash(self) -> bool {
        matches!(self, Self::Pdq | Self::Sha256 | Self::Hash | Self::Unsupported)
    }
}

/// Reads lines, each by itself but for the header of CSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    untold: Untold,
    /// The header and the columns that it named, if there was one.
    header: Option<(String, Vec<Option<Column>>)>,
    /// Whether a header may still come.
    at_start: bool,
}

impl Lines {
    /// Reads lines from the first one on.
    pub fn new(untold: Untold) -> Self {
        Self { untold, header: None, at_start: true }
    }

    /// Reads on after a header that came before, or after lines without one.
    pub fn after(untold: Untold, header: Option<&str>) -> Self {
        let mut lines = Self::new(untold);
        if let Some(header) = header {
            // It is one, or it would not have been told as such.
            let _says_nothing = lines.read(header.as_bytes());
        }
        Self { at_start: false, ..lines }
    }

    /// The header, once it was read.
    pub fn header(&self) -> Option<&str> {
        self.header.as_ref().map(|(text, _)| text.as_str())
    }

    /// Reads the next line; none when it says nothing: empty, a comment, or the header.
    ///
    /// # Errors
    /// [`LineFault`].
    pub fn read(&mut self, line: &[u8]) -> Result<Option<Line>, LineFault> {
        let text = str::from_utf8(line).map_err(|_| LineFault::Csv)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_end_matches('\r');
        if text.trim().is_empty() || text.starts_with('#') {
            return Ok(None);
        }
        let at_start = std::mem::take(&mut self.at_start);
        if text.trim_start().starts_with('{') {
            return self.json(text).map(Some);
        }
        let fields = csv::fields(text).ok_or(LineFault::Csv)?;
        if at_start {
            let columns: Vec<Option<Column>> = fields.iter().map(|name| Column::of(name)).collect();
            if columns.iter().flatten().any(|column| column.is_hash()) {
                self.header = Some((text.to_owned(), columns));
                return Ok(None);
            }
        }
        match &self.header {
            Some((_, columns)) => {
                let told = columns.iter().zip(&fields).filter_map(|(column, text)| Some(((*column)?, text)));
                self.line(told.map(|(column, text)| (column, text.as_str()))).map(Some)
            }
            None => self.alone(&fields).map(Some),
        }
    }

    fn json(&self, text: &str) -> Result<Line, LineFault> {
        let object: serde_json::Map<String, Value> =
            serde_json::from_str(text).map_err(|_| LineFault::Json)?;
        let mut told: Vec<(Column, String)> = Vec::new();
        for (name, value) in &object {
            let Some(column) = Column::of(name) else { continue };
            match value {
                Value::Null => {}
                Value::String(text) => told.push((column, text.clone())),
                Value::Array(texts) if column == Column::Labels => {
                    for text in texts {
                        told.push((Column::Label, text.as_str().ok_or(LineFault::Metadata)?.to_owned()));
                    }
                }
                other => told.push((column, other.to_string())),
            }
        }
        self.line(told.iter().map(|(column, text)| (*column, text.as_str())))
    }

    /// A hash without a header, such as `HASH`, `pdq HASH`, or the rows of old caches: the hash, numbers, and labels.
    fn alone(&self, fields: &[String]) -> Result<Line, LineFault> {
        let first = fields.first().map_or("", |text| text.trim());
        let labels = fields.get(3..).and_then(<[String]>::last).map_or("", String::as_str);
        let told = match first.split_once(char::is_whitespace) {
            Some((kind, hash)) => vec![(Column::Kind, kind), (Column::Hash, hash)],
            None => vec![(Column::Hash, first)],
        };
        self.line(told.into_iter().chain([(Column::Labels, labels)]))
    }

    fn line<'a>(&self, told: impl Iterator<Item = (Column, &'a str)>) -> Result<Line, LineFault> {
        let Untold { kind, medium, metadata } = &self.untold;
        let mut line = Line { pdq: None, sha256: None, medium: *medium, metadata: metadata.clone() };
        let (mut kind, mut hash, mut quality) = (Some(*kind), None, QUALITY_UNTOLD);
        let (mut pdq, mut unsupported) = (None, false);
        for (column, text) in told {
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            match column {
                Column::Pdq => pdq = Some(parse::<Bits256>(text)?),
                Column::Sha256 => line.sha256 = Some(digest(text)?),
                Column::Hash => hash = Some(text),
                Column::Kind => kind = self::kind(text, &mut line.medium),
                Column::Quality => quality = self::quality(text)?,
                Column::Medium => line.medium = self::medium(text)?,
                Column::Opinion if is_against(text) => return Err(LineFault::Withdrawn),
                Column::Deleted if !matches!(text, "false" | "0") => return Err(LineFault::Withdrawn),
                Column::Standing => {
                    let standing = Standing::from_name(&text.to_ascii_lowercase());
                    line.metadata.standing = standing.ok_or(LineFault::StandingInvalid)?;
                }
                Column::Unsupported => unsupported = true,
                _ => describe(&mut line.metadata, column, text),
            }
        }
        match (hash, kind) {
            (Some(hash), Some(HashKind::Pdq)) => pdq = Some(parse::<Bits256>(hash)?),
            (Some(hash), Some(HashKind::Sha256)) => line.sha256 = Some(digest(hash)?),
            (Some(_), None) => unsupported = true,
            (None, _) => {}
        }
        line.pdq = pdq.map(|bits| (bits, quality));
        if line.pdq.is_none() && line.sha256.is_none() {
            return Err(if unsupported { LineFault::KindUnsupported } else { LineFault::HashMissing });
        }
        line.metadata.validate().map_err(|_| LineFault::Metadata)?;
        Ok(line)
    }
}

fn parse<T: FromStr>(text: &str) -> Result<T, LineFault> {
    text.parse().map_err(|_| LineFault::HashInvalid)
}

fn digest(text: &str) -> Result<Digest, LineFault> {
    parse::<Digest>(text).and_then(|it| if it.is_of_bytes() { Ok(it) } else { Err(LineFault::HashInvalid) })
}

/// The kind of this name, in the words of those who exchange; some tell the kind of content as well.
fn kind(text: &str, medium: &mut Medium) -> Option<HashKind> {
    let name = text.to_ascii_lowercase();
    if name.contains("video") {
        *medium = Medium::Video;
    }
    match name.as_str() {
        "pdq" | "hash_pdq" | "imagepdq" => Some(HashKind::Pdq),
        "sha256" | "sha-256" | "hash_sha256" | "video_sha256" | "hash_video_sha256" => Some(HashKind::Sha256),
        _ => None,
    }
}

fn quality(text: &str) -> Result<u8, LineFault> {
    text.parse().ok().filter(|quality| *quality <= QUALITY_MAX).ok_or(LineFault::QualityInvalid)
}

fn medium(text: &str) -> Result<Medium, LineFault> {
    let name = text.to_ascii_lowercase();
    let ending = match name.rsplit(['/', '.']).next().unwrap_or_default() {
        "photo" | "jpg" | "jpeg" | "png" | "gif" | "webp" | "bmp" => "image",
        "mov" | "m4v" | "mp4" | "webm" | "mkv" | "avi" => "video",
        "mp3" | "m4a" | "ogg" | "wav" | "flac" => "audio",
        "pdf" | "doc" | "docx" => "document",
        "txt" | "plain" => "text",
        other => other,
    };
    let main = name.split('/').next().unwrap_or_default();
    Medium::from_name(ending).or_else(|| Medium::from_name(main)).ok_or(LineFault::MediumInvalid)
}

/// Whether a word of other platforms says that it is not, or no longer, to be looked for.
fn is_against(text: &str) -> bool {
    let word = text.to_ascii_lowercase();
    ["negative_class", "disputed", "withdrawn", "deleted", "non_malicious"].contains(&word.as_str())
}

fn describe(metadata: &mut EntryMetadata, column: Column, text: &str) {
    let field = match column {
        Column::Source => &mut metadata.source,
        Column::Outlet => &mut metadata.outlet,
        Column::Series => &mut metadata.series,
        Column::Published => &mut metadata.published,
        Column::Event => &mut metadata.event,
        Column::Title => {
            text.clone_into(&mut metadata.title);
            return;
        }
        Column::Label => {
            metadata.labels.push(text.to_owned());
            return;
        }
        Column::Labels => {
            let labels = text.split([' ', ';']).filter(|label| !label.is_empty()).map(str::to_owned);
            metadata.labels.extend(labels);
            return;
        }
        _ => return,
    };
    *field = Some(text.to_owned());
}
