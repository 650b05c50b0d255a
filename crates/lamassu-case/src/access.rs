//! Who may do what. Everything that is not allowed here is denied.

use serde::{Deserialize, Serialize};

/// What a key or a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Send items in and see what became of them.
    #[serde(rename = "items")]
    Items,
    /// Ask whether fingerprints are known: they are sensitive, so this is apart from items.
    #[serde(rename = "lookup")]
    Lookup,
    /// See banks and entries.
    #[serde(rename = "banks:read")]
    BanksRead,
    /// Change banks and entries.
    #[serde(rename = "banks:write")]
    BanksWrite,
    /// See cases, their evidence and their media.
    #[serde(rename = "cases:read")]
    CasesRead,
    /// Decide cases.
    #[serde(rename = "cases:write")]
    CasesWrite,
    /// See actions, webhooks and deliveries, and send deliveries again.
    #[serde(rename = "deliveries")]
    Deliveries,
    /// Read metrics.
    #[serde(rename = "metrics")]
    Metrics,
    /// Look after keys, people and webhooks.
    #[serde(rename = "administer")]
    Administer,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 9] = [
        Self::Items,
        Self::Lookup,
        Self::BanksRead,
        Self::BanksWrite,
        Self::CasesRead,
        Self::CasesWrite,
        Self::Deliveries,
        Self::Metrics,
        Self::Administer,
    ];

    /// The word used in files, answers and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::Lookup => "lookup",
            Self::BanksRead => "banks:read",
            Self::BanksWrite => "banks:write",
            Self::CasesRead => "cases:read",
            Self::CasesWrite => "cases:write",
            Self::Deliveries => "deliveries",
            Self::Metrics => "metrics",
            Self::Administer => "administer",
        }
    }

    /// The scope of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// What a person is here for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Decides cases and looks after banks.
    Reviewer,
    /// Looks after everything.
    Administrator,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 2] = [Self::Reviewer, Self::Administrator];

    /// The word used in files, answers and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reviewer => "reviewer",
            Self::Administrator => "administrator",
        }
    }

    /// The role of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What this role may do.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Reviewer => &[
                Scope::Items,
                Scope::Lookup,
                Scope::BanksRead,
                Scope::BanksWrite,
                Scope::CasesRead,
                Scope::CasesWrite,
            ],
            Self::Administrator => &Scope::ALL,
        }
    }
}
