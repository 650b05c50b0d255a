//! Keys and people in the form in which they are written as JSON.

use std::collections::BTreeSet;

use lamassu_case::{Role, Scope};
use lamassu_store::{Key, Person};
use serde::{Deserialize, Serialize};

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRow {
    /// Its id.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// When it was made, milliseconds since 1970.
    pub created_at_ms: i64,
    /// From then on it is refused, milliseconds since 1970.
    pub expires_at_ms: Option<i64>,
    /// When it was last used, to the minute, milliseconds since 1970.
    pub last_used_at_ms: Option<i64>,
    /// When it was revoked, milliseconds since 1970.
    pub revoked_at_ms: Option<i64>,
}

impl From<Key> for KeyRow {
    fn from(key: Key) -> Self {
        Self {
            key: key.id.into(),
            name: key.name,
            scopes: key.scopes,
            created_at_ms: key.created_at_ms,
            expires_at_ms: key.expires_at_ms,
            last_used_at_ms: key.last_used_at_ms,
            revoked_at_ms: key.revoked_at_ms,
        }
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow {
    /// Their id.
    pub person: String,
    /// What they sign in with.
    pub name: String,
    /// What others see, if not the name.
    pub display_name: Option<String>,
    /// What they are here for.
    pub role: Role,
    /// When they were added, milliseconds since 1970.
    pub created_at_ms: i64,
    /// When they were disabled, milliseconds since 1970.
    pub disabled_at_ms: Option<i64>,
}

impl From<Person> for PersonRow {
    fn from(person: Person) -> Self {
        Self {
            person: person.id.into(),
            name: person.name.into(),
            display_name: person.display_name,
            role: person.role,
            created_at_ms: person.created_at_ms,
            disabled_at_ms: person.disabled_at_ms,
        }
    }
}
