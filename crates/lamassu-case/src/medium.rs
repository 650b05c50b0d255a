//! The kinds of content.

use serde::{Deserialize, Serialize};

/// What kind of content an item or an entry is, told from its bytes and never from its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Medium {
    /// One picture, or several that play as one (animated GIF, WebP, PNG).
    Image,
    /// Moving pictures with or without sound.
    Video,
    /// Sound alone.
    Audio,
    /// Pages.
    Document,
    /// Plain text.
    Text,
}

impl Medium {
    /// All media.
    pub const ALL: [Self; 5] = [Self::Image, Self::Video, Self::Audio, Self::Document, Self::Text];

    /// The word used in files, answers and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Text => "text",
        }
    }

    /// The medium of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|medium| medium.name() == name)
    }
}
