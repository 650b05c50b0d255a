//! The policy of one bank.

use serde::Deserialize;

use super::PolicyError;
use crate::decide::Outcome;
use crate::mandate::ActRule;
use crate::score::CALIBRATION;

/// Distances beyond this say nothing: two unrelated hashes lie 128 bits apart on average.
pub(super) const RADIUS_BITS_MAX: u32 = 96;

/// Most local features of an entry.
const FEATURES_MAX: u32 = 2_000;

/// Near misses reach so far beyond the radius at most: farther, most pairs are of unrelated pictures.
const NEAR_MISS_BITS_MAX: u32 = 32;

/// No bank acts on matches of which more than one in ten is wrong.
const ACT_SCORE_MIN: f64 = 0.9;

/// What the entries of a bank are known as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// What people want to see when it comes in again.
    #[default]
    Harmful,
    /// What is known to be legitimate, such as a film's pictures, news or stock music: it opens no case, and explains
    /// what harmful entries share with it.
    Context,
    /// Marks, such as an outlet's: they tag what has other evidence, and open no case by themselves.
    Logo,
}

impl Purpose {
    /// The word used in answers and policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Harmful => "harmful",
            Self::Context => "context",
            Self::Logo => "logo",
        }
    }
}

/// How matches with entries of a bank are judged.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BankPolicy {
    /// Largest PDQ distance of a single picture, in bits.
    pub radius_bits: u32,
    /// Largest PDQ distance of a frame that is one of several in a row, in bits.
    pub frame_radius_bits: u32,
    /// Largest difference of plain pictures, such as flags or dark frames, as a share of what they are known by; 0 for none.
    pub plain_difference: f64,
    /// Smallest PDQ quality, of item and entry, at which a distance counts (0 to 100).
    pub quality_min: u8,
    /// Fewest frames of an item that must agree on one place in an entry.
    pub frames_min: u32,
    /// How sure a match by local features or sound must be, 0 to 1.
    pub score_min: f64,
    /// At most so many local features are kept of a new picture; 0 for none.
    pub features_max: u16,
    /// Beyond the radius by up to so many bits an item is a near miss; 0 for none. Searching farther takes longer.
    pub near_miss_bits: u32,
    /// Below `score_min` by up to so much an item is a near miss; 0 for none.
    pub near_miss_score: f64,
    /// What the entries are known as.
    pub purpose: Purpose,
    /// What a match leads to: to nothing, or to people.
    pub outcome: Outcome,
    /// How probable it must be that a match is right for the platform to be asked for action at once, 0.9 to 1; none for
    /// never. It takes a [`crate::Mandate`] beside it. Only for a bank by its name.
    pub act_score: Option<f64>,
    /// Whether the media of new entries is kept, sealed, so that people can compare it with what comes in.
    pub keep_media: bool,
}

impl Default for BankPolicy {
    /// Meta's recommendation for pictures (31 bits, quality of at least 50); for frames in a row 40 bits and three
    /// of them, with which no false segment was found on two kits. Near misses are of what is searched anyway.
    fn default() -> Self {
        Self {
            radius_bits: 31,
            frame_radius_bits: 40,
            plain_difference: 0.15,
            quality_min: 50,
            frames_min: 3,
            score_min: 0.5,
            features_max: 300,
            near_miss_bits: 0,
            near_miss_score: 0.2,
            purpose: Purpose::Harmful,
            outcome: Outcome::Review,
            act_score: None,
            keep_media: true,
        }
    }
}

impl BankPolicy {
    /// The same with the near misses taken in.
    #[must_use]
    pub fn widened(&self) -> Self {
        Self {
            radius_bits: self.radius_bits.saturating_add(self.near_miss_bits),
            frame_radius_bits: self.frame_radius_bits.saturating_add(self.near_miss_bits),
            score_min: (self.score_min - self.near_miss_score).max(0.0),
            ..self.clone()
        }
    }

    /// From which matches on the bank acts, once it has a mandate; none where it never does.
    pub fn act_rule(&self) -> Option<ActRule> {
        let act_score = self.act_score?;
        let Self { radius_bits, frame_radius_bits, quality_min, frames_min, score_min, .. } = self;
        let purpose = self.purpose.name();
        let text = format!(
            "act_score = {act_score}\npurpose = \"{purpose}\"\nradius_bits = {radius_bits}\n\
             frame_radius_bits = {frame_radius_bits}\nquality_min = {quality_min}\nframes_min = {frames_min}\n\
             score_min = {score_min}\ncalibration = {CALIBRATION}\n"
        );
        Some(ActRule::new(text, act_score))
    }

    pub(super) fn overridden_by(&self, table: toml::Table) -> Result<Self, toml::de::Error> {
        let mut merged = toml::Table::from_iter([
            ("radius_bits".to_owned(), toml::Value::from(self.radius_bits)),
            ("frame_radius_bits".to_owned(), toml::Value::from(self.frame_radius_bits)),
            ("plain_difference".to_owned(), toml::Value::from(self.plain_difference)),
            ("quality_min".to_owned(), toml::Value::from(i64::from(self.quality_min))),
            ("frames_min".to_owned(), toml::Value::from(self.frames_min)),
            ("score_min".to_owned(), toml::Value::from(self.score_min)),
            ("features_max".to_owned(), toml::Value::from(i64::from(self.features_max))),
            ("near_miss_bits".to_owned(), toml::Value::from(self.near_miss_bits)),
            ("near_miss_score".to_owned(), toml::Value::from(self.near_miss_score)),
            ("purpose".to_owned(), toml::Value::from(self.purpose.name())),
            ("outcome".to_owned(), toml::Value::from(self.outcome.name())),
            ("keep_media".to_owned(), toml::Value::from(self.keep_media)),
        ]);
        merged.extend(table);
        merged.try_into()
    }
}

/// # Errors
/// [`PolicyError`] naming the first field that is out of its range.
pub(super) fn check(bank: &str, policy: &BankPolicy) -> Result<(), PolicyError> {
    let fields = [
        ("radius_bits", policy.radius_bits, RADIUS_BITS_MAX),
        ("frame_radius_bits", policy.frame_radius_bits, RADIUS_BITS_MAX),
        ("quality_min", policy.quality_min as u32, 100),
        ("features_max", u32::from(policy.features_max), FEATURES_MAX),
        ("near_miss_bits", policy.near_miss_bits, NEAR_MISS_BITS_MAX),
    ];
    let shares = [
        ("plain_difference", policy.plain_difference),
        ("score_min", policy.score_min),
        ("near_miss_score", policy.near_miss_score),
    ];
    if let Some((field, value)) = shares.into_iter().find(|(_, value)| !(0.0..=1.0).contains(value)) {
        return Err(PolicyError::Syntax(format!("{bank}: {field} is {value}, it goes from 0 to 1")));
    }
    if policy.outcome == Outcome::Act {
        let message = "outcome is \"none\" or \"review\"; act_score says from where on the bank may act";
        return Err(PolicyError::Syntax(format!("{bank}: {message}")));
    }
    if let Some(value) = policy.act_score.filter(|value| !(ACT_SCORE_MIN..=1.0).contains(value)) {
        let message = format!("{bank}: act_score is {value}, it goes from {ACT_SCORE_MIN} to 1");
        return Err(PolicyError::Syntax(message));
    }
    if policy.act_score.is_some() && (policy.purpose, policy.outcome) != (Purpose::Harmful, Outcome::Review) {
        let message = "act_score is for banks of harmful entries whose outcome is \"review\"";
        return Err(PolicyError::Syntax(format!("{bank}: {message}")));
    }
    match fields.into_iter().find(|(_, value, max)| value > max) {
        Some((field, value, max)) => Err(PolicyError::Range { bank: bank.to_owned(), field, value, max }),
        None => Ok(()),
    }
}
