//! The policy: which matches are shown to people, per bank, written as TOML.

mod bank;

use std::collections::BTreeMap;

use lamassu_fingerprint::Digest;
use serde::Deserialize;

use crate::evidence::Rising;
use crate::names::BankName;
use bank::{RADIUS_BITS_MAX, check};

pub use bank::{BankPolicy, Purpose};

/// The policy of all banks.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// SHA-256 of the text: what a decision names.
    pub version: Digest,
    /// The text it was read from, kept so that a decision can be recomputed.
    pub text: String,
    /// How long what came in is looked at again.
    pub look_back: LookBackPolicy,
    /// When items that no bank knows are shown to people.
    pub rising: RisingPolicy,
    /// How many items that nearly match are shown to people.
    pub near_miss: NearMissPolicy,
    default: BankPolicy,
    banks: BTreeMap<BankName, BankPolicy>,
}

/// How long what came in is looked at again when an entry is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LookBackPolicy {
    /// For how many days; 0 switches it off.
    pub days: u16,
}

impl Default for LookBackPolicy {
    fn default() -> Self {
        Self { days: 7 }
    }
}

impl LookBackPolicy {
    /// The same in milliseconds.
    pub fn retention_ms(&self) -> i64 {
        i64::from(self.days) * 24 * 60 * 60 * 1_000
    }
}

/// When near-identical items that no bank knows are shown to people, as one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RisingPolicy {
    /// From how many items on; 0 switches it off.
    pub items_min: u32,
    /// Of how many accounts at least.
    pub accounts_min: u32,
    /// Within how many hours.
    pub hours: u16,
    /// How near their pictures lie, in bits.
    pub radius_bits: u32,
}

impl Default for RisingPolicy {
    fn default() -> Self {
        Self { items_min: 10, accounts_min: 3, hours: 24, radius_bits: 20 }
    }
}

impl RisingPolicy {
    /// Whether a burst is to be shown to people and is not yet.
    pub fn is_case(&self, rising: &Rising) -> bool {
        self.items_min > 0
            && rising.items >= self.items_min
            && rising.accounts >= self.accounts_min
            && rising.case.is_none()
    }

    /// The window in milliseconds.
    pub fn window_ms(&self) -> i64 {
        i64::from(self.hours) * 60 * 60 * 1_000
    }
}

/// How many items that nearly match are shown to people, in a queue of their own. How near is near enough, each bank
/// says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NearMissPolicy {
    /// So many a day at most, so that no flood fills the queue; 0 switches it off.
    pub cases_a_day: u32,
}

impl Default for NearMissPolicy {
    fn default() -> Self {
        Self { cases_a_day: 20 }
    }
}

/// The text is not a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, or a field is unknown or of the wrong kind.
    #[error("the policy cannot be read: {0}")]
    Syntax(String),
    /// A value is out of its range.
    #[error("{field} of {bank} is {value}, the largest allowed is {max}")]
    Range {
        /// Which bank, or "the default".
        bank: String,
        /// The field's name.
        field: &'static str,
        /// What was written.
        value: u32,
        /// The largest value that makes sense.
        max: u32,
    },
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct PolicyText {
    look_back: LookBackPolicy,
    rising: RisingPolicy,
    near_miss: NearMissPolicy,
    default: BankPolicy,
    banks: BTreeMap<BankName, toml::Table>,
}

impl Policy {
    /// Reads a policy: a table `default` and tables `banks.NAME`, which take what they leave out from
    /// `default`, and tables `look_back`, `rising` and `near_miss`. An empty text is the policy of defaults.
    ///
    /// # Errors
    /// [`PolicyError`] naming the line or the field.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let syntax = |error: toml::de::Error| PolicyError::Syntax(error.to_string());
        let written: PolicyText = toml::from_str(text).map_err(syntax)?;
        check("the default", &written.default)?;
        if written.default.purpose != Purpose::Harmful {
            // A slip there would silence every bank at once.
            let message = "the default: purpose can only be set for a bank by its name".to_owned();
            return Err(PolicyError::Syntax(message));
        }
        if written.default.act_score.is_some() {
            let message = "the default: act_score can only be set for a bank by its name".to_owned();
            return Err(PolicyError::Syntax(message));
        }
        let radius_bits = written.rising.radius_bits;
        if radius_bits > RADIUS_BITS_MAX {
            let (bank, field) = ("rising".to_owned(), "radius_bits");
            return Err(PolicyError::Range { bank, field, value: radius_bits, max: RADIUS_BITS_MAX });
        }
        let mut banks = BTreeMap::new();
        for (name, table) in written.banks {
            let policy = written
                .default
                .overridden_by(table)
                .map_err(|error| PolicyError::Syntax(format!("bank {name}: {error}")))?;
            check(name.as_str(), &policy)?;
            banks.insert(name, policy);
        }
        Ok(Self {
            version: Digest::of(text.as_bytes()),
            text: text.to_owned(),
            look_back: written.look_back,
            rising: written.rising,
            near_miss: written.near_miss,
            default: written.default,
            banks,
        })
    }

    /// The policy of a bank.
    pub fn bank(&self, name: &BankName) -> &BankPolicy {
        self.banks.get(name).unwrap_or(&self.default)
    }

    /// The largest radius of any bank for a picture and for a frame, in bits: how far to search, near misses included.
    pub fn radius_bits_max(&self) -> (u32, u32) {
        let is_on = self.near_miss.cases_a_day > 0;
        self.each().fold((0, 0), |(image, frame), policy| {
            let beyond_bits = if is_on { policy.near_miss_bits } else { 0 };
            (
                image.max(policy.radius_bits.saturating_add(beyond_bits)),
                frame.max(policy.frame_radius_bits.saturating_add(beyond_bits)),
            )
        })
    }

    /// The largest difference of plain pictures of any bank, as a share of what they are known by.
    pub fn plain_difference_max(&self) -> f64 {
        self.each().map(|policy| policy.plain_difference).fold(0.0, f64::max)
    }

    /// The banks of a purpose, by name; those that the policy does not name hold harmful entries.
    pub fn banks_of(&self, purpose: Purpose) -> impl Iterator<Item = &BankName> {
        self.banks.iter().filter(move |(_, policy)| policy.purpose == purpose).map(|(name, _)| name)
    }

    /// The lowest quality of any bank: below it nothing needs to be searched.
    pub fn quality_min_lowest(&self) -> u8 {
        self.each().map(|policy| policy.quality_min).fold(u8::MAX, u8::min)
    }

    fn each(&self) -> impl Iterator<Item = &BankPolicy> {
        std::iter::once(&self.default).chain(self.banks.values())
    }
}
