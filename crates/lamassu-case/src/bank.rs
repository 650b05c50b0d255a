//! Banks and their entries: the known things.

use lamassu_fingerprint::Digest;
use serde::{Deserialize, Serialize};

use crate::medium::Medium;
use crate::names::{BankName, EntryId};

/// Longest title, source, outlet, series, date, event or label, in characters.
pub const TEXT_CHARS_MAX: usize = 500;

/// Most labels on one entry.
const LABELS_MAX: usize = 32;

/// A set of known things that share a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bank {
    /// Its name, which is also its key.
    pub name: BankName,
    /// When it was made, milliseconds since 1970.
    pub created_at_ms: i64,
    /// How many entries it holds now.
    pub entries: u64,
}

/// Who released something: the outlet that speaks for those it is about, or those who support them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// An outlet that they own to.
    Official,
    /// Somebody who supports them.
    Supporter,
    /// Nobody has said.
    #[default]
    Unknown,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Official, Self::Supporter, Self::Unknown];

    /// The word used in files, answers and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Supporter => "supporter",
            Self::Unknown => "unknown",
        }
    }

    /// The standing of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.name() == name)
    }
}

/// What people say about an entry. Nothing here is used for matching.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryMetadata {
    /// What a reviewer sees first.
    pub title: String,
    /// Where this copy was obtained.
    pub source: Option<String>,
    /// The outlet that released it.
    pub outlet: Option<String>,
    /// The series that it is a part of.
    #[serde(default)]
    pub series: Option<String>,
    /// Who released it.
    #[serde(default)]
    pub standing: Standing,
    /// When it was released, as its source writes it.
    pub published: Option<String>,
    /// The event it belongs to.
    pub event: Option<String>,
    /// Free labels.
    #[serde(default)]
    pub labels: Vec<String>,
}

/// A metadata field is not acceptable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// The title is empty.
    #[error("an entry needs a title")]
    NoTitle,
    /// A field is too long.
    #[error("{field} is longer than {TEXT_CHARS_MAX} characters")]
    TooLong {
        /// The field's name.
        field: &'static str,
    },
    /// Too many labels.
    #[error("an entry takes at most {LABELS_MAX} labels")]
    TooManyLabels,
}

impl EntryMetadata {
    /// Checks lengths and counts.
    ///
    /// # Errors
    /// [`MetadataError`] naming the first field that is not acceptable.
    pub fn validate(&self) -> Result<(), MetadataError> {
        if self.title.trim().is_empty() {
            return Err(MetadataError::NoTitle);
        }
        if self.labels.len() > LABELS_MAX {
            return Err(MetadataError::TooManyLabels);
        }
        let optional = [
            ("source", &self.source),
            ("outlet", &self.outlet),
            ("series", &self.series),
            ("published", &self.published),
            ("event", &self.event),
        ];
        let fields = std::iter::once(("title", self.title.as_str()))
            .chain(optional.into_iter().filter_map(|(field, text)| Some((field, text.as_deref()?))))
            .chain(self.labels.iter().map(|label| ("label", label.as_str())));
        for (field, text) in fields {
            if text.chars().count() > TEXT_CHARS_MAX {
                return Err(MetadataError::TooLong { field });
            }
        }
        Ok(())
    }
}

/// One known thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id for people and other systems.
    pub id: EntryId,
    /// Its number in this store, by which the index knows it.
    pub number: u64,
    /// The bank that holds it.
    pub bank: BankName,
    /// What kind of content it is.
    pub medium: Medium,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Size of the file it was made from.
    pub size_bytes: u64,
    /// Length in milliseconds; 0 for what does not play.
    pub duration_ms: u32,
    /// Which algorithms made its fingerprints ([`lamassu_fingerprint::FINGERPRINT_VERSION`]).
    pub fingerprint_version: String,
    /// What people say about it.
    pub metadata: EntryMetadata,
    /// When it was added, milliseconds since 1970.
    pub added_at_ms: i64,
}
