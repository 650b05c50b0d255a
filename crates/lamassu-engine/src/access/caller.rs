//! Who asks, once that is known.

use std::collections::BTreeSet;

use lamassu_case::{KeyId, PersonId, Scope};

use super::AccessError;
use crate::engine::Actor;

/// Somebody who was recognised, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who, for the audit log: `key:ID` or `person:ID`.
    pub actor: Actor,
    /// What they may do; all else is denied.
    pub scopes: BTreeSet<Scope>,
    /// What they were recognised by.
    pub kind: CallerKind,
}

/// What a caller was recognised by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerKind {
    /// An API key.
    Key(KeyId),
    /// A person's session.
    Person(PersonId),
}

impl Caller {
    pub(super) fn key(id: KeyId, scopes: BTreeSet<Scope>) -> Self {
        Self { actor: Actor(format!("key:{id}")), scopes, kind: CallerKind::Key(id) }
    }

    pub(super) fn person(id: PersonId, scopes: &[Scope]) -> Self {
        let scopes = scopes.iter().copied().collect();
        Self { actor: person_actor(&id), scopes, kind: CallerKind::Person(id) }
    }

    /// Lets through whoever may do this.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`].
    pub fn allow(&self, scope: Scope) -> Result<(), AccessError> {
        if self.scopes.contains(&scope) { Ok(()) } else { Err(AccessError::Forbidden(scope)) }
    }
}

/// The actor of a person.
pub(crate) fn person_actor(id: &PersonId) -> Actor {
    Actor(format!("person:{id}"))
}
