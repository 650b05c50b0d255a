//! What an administrator sets for one data folder: `lamassu.toml`.

use std::path::Path;

use lamassu_case::UNDO_MS;
use lamassu_media::Limits;
use serde::Deserialize;

use crate::delivery::Network;

/// The contents of `lamassu.toml`. Everything has a default; an absent file is all defaults.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How decoders are shut in.
    pub jail: JailSettings,
    /// How video is decoded.
    pub media: MediaSettings,
    /// What one item may cost.
    pub limits: Limits,
    /// How items are let in.
    pub intake: IntakeSettings,
    /// How the index is kept.
    pub index: IndexSettings,
    /// How people's decisions take effect.
    pub review: ReviewSettings,
    /// Where requests may go.
    pub outward: OutwardSettings,
    /// For whom the HTTP server answers and how much; lamassu-server reads it.
    pub server: serde::de::IgnoredAny,
}

/// How items are let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IntakeSettings {
    /// How many items may wait to be decided; more are sent away.
    pub queued_max: u64,
    /// How many items are worked on at the same time; 0 is as many as there are processors.
    pub workers: u16,
    /// The first wait before an item is tried again after the machine failed, in milliseconds; each further one
    /// is twice as long, up to a minute.
    pub retry_ms: u32,
}

impl Default for IntakeSettings {
    fn default() -> Self {
        Self { queued_max: 20_000, workers: 0, retry_ms: 500 }
    }
}

impl IntakeSettings {
    /// How many items are worked on at the same time.
    pub fn workers(&self) -> u16 {
        let processors = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        if self.workers == 0 { u16::try_from(processors()).unwrap_or(u16::MAX) } else { self.workers }
    }
}

/// How the index is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IndexSettings {
    /// How many entries and hashes may be in memory only before they are sealed into a file. Everything is in the
    /// store at once; this is how much of it a start reads again.
    pub sealed_at: u32,
    /// How many fingerprints of what came in lately are kept in memory at most, about 210 bytes each; the oldest go
    /// first, before the time that the policy gives.
    pub recent_hashes_max: u32,
    /// How many blocks of entries' sound, eight a second, are compared one by one, which costs a second of CPU time for
    /// forty hours of theirs and a minute of an item. Beyond, sounds are found by their words first, which is some twenty
    /// times faster and misses some of what was much disguised.
    pub sound_blocks_max: u32,
}

impl Default for IndexSettings {
    fn default() -> Self {
        Self { sealed_at: 16_384, recent_hashes_max: 2_000_000, sound_blocks_max: 65_536 }
    }
}

/// How people's decisions take effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReviewSettings {
    /// How long a decision can be taken back before it takes effect, in milliseconds.
    pub undo_ms: u32,
}

impl Default for ReviewSettings {
    fn default() -> Self {
        Self { undo_ms: u32::try_from(UNDO_MS).unwrap_or(u32::MAX) }
    }
}

/// Where requests to webhooks and for media may go, besides to public addresses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutwardSettings {
    /// Networks that are not public and may be reached all the same.
    pub allow_private_targets: Vec<Network>,
    /// How long a delivery that arrived is listed and can be sent again, in days.
    pub keep_delivered_days: u16,
}

impl Default for OutwardSettings {
    fn default() -> Self {
        Self { allow_private_targets: Vec::new(), keep_delivered_days: 30 }
    }
}

impl OutwardSettings {
    /// The same in milliseconds.
    pub fn keep_delivered_ms(&self) -> i64 {
        i64::from(self.keep_delivered_days) * 24 * 60 * 60 * 1_000
    }
}

/// How video is decoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MediaSettings {
    /// Decode only a part of the frames of what comes in, and without smoothing: cheaper, and a little less exact.
    /// Entries are always decoded in full.
    pub fast_video: bool,
}

/// How decoders are shut in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JailSettings {
    /// Go on where the kernel has no landlock: decoders could then read files.
    pub allow_without_landlock: bool,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file exists but cannot be read.
    #[error("the settings cannot be read")]
    Unreadable(#[from] std::io::Error),
    /// The file is not valid.
    #[error("the settings cannot be understood: {0}")]
    Syntax(String),
}

impl Settings {
    /// The settings of a data folder.
    ///
    /// # Errors
    /// [`SettingsError`] naming the line that is wrong.
    pub fn of_folder(folder: &Path) -> Result<Self, SettingsError> {
        let text = read_if_there(&folder.join("lamassu.toml"))?;
        toml::from_str(&text).map_err(|error| SettingsError::Syntax(error.to_string()))
    }
}

/// The text of a file, empty when there is none.
pub fn read_if_there(path: &Path) -> Result<String, std::io::Error> {
    match fs_err::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        result => result,
    }
}
