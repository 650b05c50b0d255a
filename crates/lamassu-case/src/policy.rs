//! The policy: which matches are shown to people, per bank, written as TOML.

use std::collections::BTreeMap;

use lamassu_fingerprint::Digest;
use serde::Deserialize;

use crate::decide::Outcome;
use crate::evidence::Rising;
use crate::names::BankName;

/// Distances beyond this say nothing: two unrelated hashes lie 128 bits apart on average.
const RADIUS_BITS_MAX: u32 = 96;

/// Most local features of an entry.
const FEATURES_MAX: u32 = 2_000;

/// How matches with entries of a bank are judged.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BankPolicy {
    /// Largest PDQ distance of a single picture, in bits.
    pub radius_bits: u32,
    /// Largest PDQ distance of a frame that is one of several in a row, in bits.
    pub frame_radius_bits: u32,
    /// Smallest PDQ quality, of item and entry, at which a distance counts (0 to 100).
    pub quality_min: u8,
    /// Fewest frames of an item that must agree on one place in an entry.
    pub frames_min: u32,
    /// How sure a match by local features or sound must be, 0 to 1.
    pub score_min: f64,
    /// At most so many local features are kept of a new picture; 0 for none.
    pub features_max: u16,
    /// What a match leads to.
    pub outcome: Outcome,
    /// Whether the media of new entries is kept, sealed, so that people can compare it with what comes in.
    pub keep_media: bool,
}

impl Default for BankPolicy {
    /// Meta's recommendation for pictures (31 bits, quality of at least 50); for frames in a row 40 bits and three
    /// of them, with which no false segment was found on two kits.
    fn default() -> Self {
        Self {
            radius_bits: 31,
            frame_radius_bits: 40,
            quality_min: 50,
            frames_min: 3,
            score_min: 0.5,
            features_max: 300,
            outcome: Outcome::Review,
            keep_media: true,
        }
    }
}

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
    default: BankPolicy,
    banks: BTreeMap<BankName, toml::Table>,
}

impl Policy {
    /// Reads a policy: a table `default` and tables `banks.NAME`, which take what they leave out from
    /// `default`, and tables `look_back` and `rising`. An empty text is the policy of defaults.
    ///
    /// # Errors
    /// [`PolicyError`] naming the line or the field.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let syntax = |error: toml::de::Error| PolicyError::Syntax(error.to_string());
        let written: PolicyText = toml::from_str(text).map_err(syntax)?;
        check("the default", &written.default)?;
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
            default: written.default,
            banks,
        })
    }

    /// The policy of a bank.
    pub fn bank(&self, name: &BankName) -> &BankPolicy {
        self.banks.get(name).unwrap_or(&self.default)
    }

    /// The largest radius of any bank for a picture and for a frame, in bits: how far to search.
    pub fn radius_bits_max(&self) -> (u32, u32) {
        self.banks
            .values()
            .fold((self.default.radius_bits, self.default.frame_radius_bits), |(image, frame), p| {
                (image.max(p.radius_bits), frame.max(p.frame_radius_bits))
            })
    }
}

impl Policy {
    /// The lowest quality of any bank: below it nothing needs to be searched.
    pub fn quality_min_lowest(&self) -> u8 {
        self.banks.values().map(|policy| policy.quality_min).fold(self.default.quality_min, u8::min)
    }
}

impl BankPolicy {
    fn overridden_by(&self, table: toml::Table) -> Result<Self, toml::de::Error> {
        let mut merged = toml::Table::from_iter([
            ("radius_bits".to_owned(), toml::Value::from(self.radius_bits)),
            ("frame_radius_bits".to_owned(), toml::Value::from(self.frame_radius_bits)),
            ("quality_min".to_owned(), toml::Value::from(i64::from(self.quality_min))),
            ("frames_min".to_owned(), toml::Value::from(self.frames_min)),
            ("score_min".to_owned(), toml::Value::from(self.score_min)),
            ("features_max".to_owned(), toml::Value::from(i64::from(self.features_max))),
            ("outcome".to_owned(), toml::Value::from(self.outcome.name())),
            ("keep_media".to_owned(), toml::Value::from(self.keep_media)),
        ]);
        merged.extend(table);
        merged.try_into()
    }
}

fn check(bank: &str, policy: &BankPolicy) -> Result<(), PolicyError> {
    let fields = [
        ("radius_bits", policy.radius_bits, RADIUS_BITS_MAX),
        ("frame_radius_bits", policy.frame_radius_bits, RADIUS_BITS_MAX),
        ("quality_min", policy.quality_min as u32, 100),
        ("features_max", u32::from(policy.features_max), FEATURES_MAX),
    ];
    if !(0.0..=1.0).contains(&policy.score_min) {
        let message = format!("{bank}: score_min is {}, it goes from 0 to 1", policy.score_min);
        return Err(PolicyError::Syntax(message));
    }
    match fields.into_iter().find(|(_, value, max)| value > max) {
        Some((field, value, max)) => Err(PolicyError::Range { bank: bank.to_owned(), field, value, max }),
        None => Ok(()),
    }
}
