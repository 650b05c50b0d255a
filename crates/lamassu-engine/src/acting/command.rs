//! What the command line asks about banks that act. Whoever reaches the socket has the operator's rights, but is no
//! person who signs in: approvals are theirs alone, so each shows their password.

use lamassu_case::{BankName, PersonId, PersonName, Scope};
use serde::{Deserialize, Serialize};

use super::ActingRow;
use crate::access::{AccessError, person_actor};
use crate::engine::{Actor, Engine};
use crate::error::EngineError;
use crate::secret::Secret;

/// Where the command line comes from, for telling who fails too often.
const FROM: &str = "cli";

/// Something asked about a bank that acts, or could.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActingCommand {
    /// Tell how it stands.
    Show,
    /// Approve its rule of this version.
    Approve {
        /// Who approves.
        name: PersonName,
        /// Their password.
        password: Secret,
        /// The version that they saw.
        rule: String,
    },
    /// Take an approval back.
    Withdraw {
        /// Whose.
        name: PersonName,
        /// Their password.
        password: Secret,
    },
    /// Let it act by its rule of this version.
    On {
        /// The administrator who says so.
        name: PersonName,
        /// Their password.
        password: Secret,
        /// The version that they saw.
        rule: String,
    },
    /// Let it act no more.
    Off,
}

impl Engine {
    /// Does what `command` asks.
    pub(crate) async fn execute_acting(
        &self,
        bank: &BankName,
        command: ActingCommand,
        actor: &Actor,
    ) -> Result<ActingRow, EngineError> {
        match command {
            ActingCommand::Show => self.acting(bank).await,
            ActingCommand::Off => self.switch_acting_off(bank, actor).await,
            ActingCommand::Approve { name, password, rule } => {
                let person = self.known_person((&name, &password), Scope::BanksWrite).await?;
                self.approve_rule(bank, &person, &rule, &person_actor(&person)).await
            }
            ActingCommand::Withdraw { name, password } => {
                let person = self.known_person((&name, &password), Scope::BanksWrite).await?;
                self.withdraw_approval(bank, &person, &person_actor(&person)).await
            }
            ActingCommand::On { name, password, rule } => {
                let person = self.known_person((&name, &password), Scope::Administer).await?;
                self.switch_acting_on(bank, &person, &rule, &person_actor(&person)).await
            }
        }
    }

    /// The person of this name and password, if they may do this.
    async fn known_person(
        &self,
        (name, password): (&PersonName, &Secret),
        scope: Scope,
    ) -> Result<PersonId, AccessError> {
        let (person, _) = self.verify_password(name.as_str(), password, FROM).await?;
        if person.role.scopes().contains(&scope) { Ok(person.id) } else { Err(AccessError::Forbidden(scope)) }
    }
}
