//! The names of things: each its own type, so that one cannot be taken for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest bank name, in bytes.
const BANK_NAME_BYTES_MAX: usize = 64;

/// The text is not a valid name or id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Not a bank name.
    #[error(
        "a bank name is 1 to {BANK_NAME_BYTES_MAX} of a-z, 0-9, '.', '_', '-', and starts with a letter or digit"
    )]
    Bank,
    /// Not an id.
    #[error("an id is written as 32 hexadecimal digits in groups of 8-4-4-4-12")]
    Id,
}

/// The name of a bank: lower-case ASCII, so that it reads the same in a path, a label and a URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BankName(String);

impl BankName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BankName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let valid = text.len() <= BANK_NAME_BYTES_MAX
            && text.bytes().next().is_some_and(letter)
            && text.bytes().all(|b| letter(b) || b"._-".contains(&b));
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidName::Bank) }
    }
}

impl TryFrom<String> for BankName {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

impl From<BankName> for String {
    fn from(name: BankName) -> Self {
        name.0
    }
}

impl fmt::Display for BankName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Defines an id that is a UUID in lower-case text.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                if is_uuid(text) { Ok(Self(text.to_ascii_lowercase())) } else { Err(InvalidName::Id) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// The id of an entry of a bank.
    EntryId
}

id! {
    /// The id of an item that came in.
    ItemId
}

id! {
    /// The id of a case.
    CaseId
}

id! {
    /// The id of an action.
    ActionId
}

id! {
    /// The id of a message to webhooks; `webhook-id` on the wire.
    MessageId
}

id! {
    /// The id of a webhook.
    WebhookId
}

id! {
    /// The id of an API key.
    KeyId
}

id! {
    /// The id of a person who signs in.
    PersonId
}

id! {
    /// What a person's program calls one attempt, so that it can be repeated or asked about.
    RequestId
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(k, b)| match k {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}
