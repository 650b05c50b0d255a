//! What a platform says about an item it sends in.

use serde::{Deserialize, Serialize};

/// Longest reference, account or idempotency key, in characters.
const TEXT_CHARS_MAX: usize = 500;
/// Longest hashtag, in characters.
const HASHTAG_CHARS_MAX: usize = 140;
/// Most hashtags on one item.
const HASHTAGS_MAX: usize = 100;

/// What kind of actor an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActorKind {
    /// A person's account.
    Account,
    /// A page that several people may run.
    Page,
    /// A channel that people follow.
    Channel,
    /// A group that people join.
    Group,
}

/// What a platform says about an item. Nothing here is used for matching.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// The platform's own name of the item: actions are asked for under it.
    pub reference: String,
    /// The platform's own name of the account that uploaded it.
    pub account: Option<String>,
    /// What kind of actor that account is.
    pub actor_kind: Option<ActorKind>,
    /// When it was uploaded, milliseconds since 1970.
    pub occurred_at_ms: Option<i64>,
    /// Hashtags that it was posted under.
    #[serde(default)]
    pub hashtags: Vec<String>,
    /// Sent again with the same key by the same sender, it is the same item.
    pub idempotency_key: Option<String>,
}

/// A field of a submission is not acceptable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// A field is empty.
    #[error("{field} must not be empty")]
    Empty {
        /// The field's name.
        field: &'static str,
    },
    /// A field is too long.
    #[error("{field} is longer than {chars_max} characters")]
    TooLong {
        /// The field's name.
        field: &'static str,
        /// The most it may have.
        chars_max: usize,
    },
    /// Too many hashtags.
    #[error("an item takes at most {HASHTAGS_MAX} hashtags")]
    TooManyHashtags,
}

impl Submission {
    /// Checks lengths and counts.
    ///
    /// # Errors
    /// [`SubmissionError`] naming the first field that is not acceptable.
    pub fn validate(&self) -> Result<(), SubmissionError> {
        if self.hashtags.len() > HASHTAGS_MAX {
            return Err(SubmissionError::TooManyHashtags);
        }
        let optional = [("account", &self.account), ("idempotency_key", &self.idempotency_key)];
        let optional = optional.into_iter().filter_map(|(field, text)| Some((field, text.as_deref()?)));
        let named = std::iter::once(("reference", self.reference.as_str())).chain(optional);
        let named = named.map(|(field, text)| (field, text, TEXT_CHARS_MAX));
        let hashtags = self.hashtags.iter().map(|tag| ("hashtags", tag.as_str(), HASHTAG_CHARS_MAX));
        for (field, text, chars_max) in named.chain(hashtags) {
            if text.trim().is_empty() {
                return Err(SubmissionError::Empty { field });
            }
            if text.chars().count() > chars_max {
                return Err(SubmissionError::TooLong { field, chars_max });
            }
        }
        Ok(())
    }
}
