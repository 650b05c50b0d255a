//! The catalogue of a bank: its releases by outlet, series, event, standing and date.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use lamassu_case::{BankName, Entry, Standing, released_ms};
use serde::{Deserialize, Serialize};

use crate::entries::EntryError;

/// Most values that are counted of an outlet, series or event.
pub const FACET_VALUES_MAX: u32 = 50;
/// Most bars of a timeline: twenty years by month.
pub const BARS_MAX: u32 = 240;

/// When something was released of which no date is told: before all dates, and far from what a date may be.
pub const UNDATED_MS: i64 = i64::MIN / 2;

/// Which entries of a bank; all of them by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryFilter {
    /// Released by this outlet.
    pub outlet: Option<String>,
    /// Of this series.
    pub series: Option<String>,
    /// Of this event.
    pub event: Option<String>,
    /// Of this standing.
    pub standing: Option<Standing>,
    /// Released from here on, milliseconds since 1970.
    pub published_from_ms: Option<i64>,
    /// Released before this, likewise.
    pub published_before_ms: Option<i64>,
    /// With words in the title that begin with each of these, as [`lamassu_case::searchable`] writes them.
    pub words: Option<String>,
}

/// In which order entries are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryOrder {
    /// As they were added.
    #[default]
    #[serde(rename = "added")]
    OldestAdded,
    /// The last added first.
    #[serde(rename = "-added")]
    NewestAdded,
    /// By when they were released; those without a date come first.
    #[serde(rename = "published")]
    OldestPublished,
    /// The last released first; those without a date come last.
    #[serde(rename = "-published")]
    NewestPublished,
}

/// Where an entry stands in any of the orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPlace {
    /// Its number.
    pub number: u64,
    /// When it was released, milliseconds since 1970, or [`UNDATED_MS`].
    pub published_ms: i64,
}

/// Which entries, and where a page of them starts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryQuery {
    /// Which ones.
    pub filter: EntryFilter,
    /// In which order.
    pub order: EntryOrder,
    /// The last one of the page before; the first page if there is none.
    pub after: Option<EntryPlace>,
}

/// By what a timeline counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// Months.
    Month,
    /// Years.
    Year,
}

/// How many entries have what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facets {
    /// How many the filter lets through.
    pub entries: u64,
    /// By outlet.
    pub outlets: Facet,
    /// By series.
    pub series: Facet,
    /// By event.
    pub events: Facet,
    /// By standing.
    pub standings: Standings,
    /// By when they were released.
    pub timeline: Timeline,
}

/// How many entries have which value of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facet {
    /// The values with most entries, at most [`FACET_VALUES_MAX`], those first that have more.
    pub values: Vec<(String, u64)>,
    /// Whether there are more values.
    pub more: bool,
}

/// How many entries are of which standing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standings {
    /// Official ones.
    pub official: u64,
    /// Those of supporters.
    pub supporter: u64,
    /// Those of which nobody has said.
    pub unknown: u64,
}

/// How many entries were released when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// By what it counts.
    pub period: Period,
    /// The newest months or years in which something was released, at most [`BARS_MAX`], the oldest first.
    pub bars: Vec<Bar>,
    /// Entries of which no date is told.
    pub undated: u64,
    /// Entries of which only the year is told, and which are in no month therefore; 0 by year.
    pub year_only: u64,
    /// Whether something was released before the first bar.
    pub more: bool,
}

/// What was released in a month or a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// The year.
    pub year: i64,
    /// The month, 1 to 12; none by year.
    pub month: Option<i64>,
    /// How many entries.
    pub entries: Standings,
}

/// Text that is the place of no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is the place of no entry")]
pub struct InvalidPlace;

/// The catalogues of banks.
#[async_trait]
pub trait Catalogue {
    /// A page of a bank's entries.
    ///
    /// # Errors
    /// [`EntryError::BankNotFound`]; [`EntryError::Storage`].
    async fn entries(
        &self,
        bank: &BankName,
        query: &EntryQuery,
        limit: u32,
    ) -> Result<Vec<Entry>, EntryError>;

    /// How many entries of a bank have what. Each field is counted as if the filter left it open, so that whoever has
    /// chosen one value sees what the others would give. Without a `period` the timeline counts by month, and by year
    /// when there are more months than it has bars.
    ///
    /// # Errors
    /// [`EntryError::BankNotFound`]; [`EntryError::Storage`].
    async fn facets(
        &self,
        bank: &BankName,
        filter: &EntryFilter,
        period: Option<Period>,
    ) -> Result<Facets, EntryError>;
}

impl EntryPlace {
    /// The place of an entry.
    pub fn of(entry: &Entry) -> Self {
        let published_ms = entry.metadata.published.as_deref().and_then(released_ms).unwrap_or(UNDATED_MS);
        Self { number: entry.number, published_ms }
    }
}

impl fmt::Display for EntryPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.number, self.published_ms)
    }
}

impl FromStr for EntryPlace {
    type Err = InvalidPlace;

    /// Reads what is written; a number alone, which programs from before there were orders kept, is a place in the order
    /// of addition.
    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let (number, published_ms) = text.split_once('.').unwrap_or((text, "0"));
        let number: u64 = number.parse().map_err(|_| InvalidPlace)?;
        // Numbers of rows fit a signed word; what does not is no place of ours.
        i64::try_from(number).map_err(|_| InvalidPlace)?;
        Ok(Self { number, published_ms: published_ms.parse().map_err(|_| InvalidPlace)? })
    }
}

impl EntryQuery {
    /// All entries in the order of addition, after the one of this number.
    pub fn after(number: Option<u64>) -> Self {
        let after = number.map(|number| EntryPlace { number, published_ms: UNDATED_MS });
        Self { after, ..Self::default() }
    }
}

impl Standings {
    /// The count of one standing.
    pub fn of(self, standing: Standing) -> u64 {
        match standing {
            Standing::Official => self.official,
            Standing::Supporter => self.supporter,
            Standing::Unknown => self.unknown,
        }
    }
}
