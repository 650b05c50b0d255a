//! The name a person signs in with.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 64;

/// The text is not a name to sign in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name to sign in with is 1 to {NAME_CHARS_MAX} visible characters without spaces")]
pub struct InvalidPersonName;

/// The name a person signs in with: 1 to 64 visible characters. Written as the person likes; two names that
/// differ in upper and lower case only are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonName(String);

impl PersonName {
    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is the same for all spellings of this name. Through upper case first, where `ß` becomes `SS`,
    /// and character by character, because a sigma's lower case depends on where it stands.
    pub fn folded(&self) -> String {
        self.0.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
    }
}

impl FromStr for PersonName {
    type Err = InvalidPersonName;

    fn from_str(text: &str) -> Result<Self, InvalidPersonName> {
        // Cut short before counting: the text may be of any length.
        let short = (1..=NAME_CHARS_MAX).contains(&text.chars().take(NAME_CHARS_MAX + 1).count());
        if short && text.chars().all(visible) { Ok(Self(text.to_owned())) } else { Err(InvalidPersonName) }
    }
}

impl TryFrom<String> for PersonName {
    type Error = InvalidPersonName;

    fn try_from(text: String) -> Result<Self, InvalidPersonName> {
        text.parse()
    }
}

impl From<PersonName> for String {
    fn from(name: PersonName) -> Self {
        name.0
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Neither space nor control, nor one of Unicode's characters that show nothing
/// (`Default_Ignorable_Code_Point`): two names that look the same because of those would be two accounts.
fn visible(c: char) -> bool {
    let ignorable = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}');
    !(c.is_whitespace() || c.is_control() || ignorable)
}
