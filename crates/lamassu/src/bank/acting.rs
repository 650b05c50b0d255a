//! `lamassu bank acting …`: banks that act by a rule which people approved.

use std::fmt::Write;

use lamassu_engine::{ActingCommand, ActingRow, Command, Failure, Secret};

use crate::arguments::ActingVerb;
use crate::key::minute;
use crate::output::{Output, plain};
use crate::person::read_password;

/// The password of whoever says so, which approving and switching on take.
pub fn password(verb: &ActingVerb, output: &Output) -> Result<Secret, Failure> {
    match verb {
        ActingVerb::Show { .. } | ActingVerb::Off { .. } => Ok(Secret::new(String::new())),
        ActingVerb::Approve { person, .. }
        | ActingVerb::Withdraw { person, .. }
        | ActingVerb::On { person, .. } => read_password(&format!("the password of {person}"), output),
    }
}

/// What is asked.
pub fn command(verb: ActingVerb, password: Secret) -> Command {
    let (bank, command) = match verb {
        ActingVerb::Show { name } => (name, ActingCommand::Show),
        ActingVerb::Off { name } => (name, ActingCommand::Off),
        ActingVerb::Approve { name, person, rule } => {
            (name, ActingCommand::Approve { name: person, password, rule })
        }
        ActingVerb::Withdraw { name, person } => (name, ActingCommand::Withdraw { name: person, password }),
        ActingVerb::On { name, person, rule } => (name, ActingCommand::On { name: person, password, rule }),
    };
    Command::Acting { bank, command }
}

/// How a bank stands, for reading.
pub fn describe(row: &ActingRow) -> String {
    let Some(rule) = &row.rule else {
        return format!("{} never acts: the policy has no act_score for it", row.bank);
    };
    let mut text = match (&row.on_by, row.on_since_ms) {
        (Some(by), Some(at_ms)) => format!("{} acts, since {} by {}", row.bank, minute(at_ms), plain(by)),
        _ => format!("{} does not act", row.bank),
    };
    write!(text, "\nrule {}\n  {}", rule.version, rule.text.trim_end().replace('\n', "\n  "))
        .expect("writing to a text does not fail");
    write!(text, "\n{} of {} approvals", row.approvals.len(), row.approvals_needed)
        .expect("writing to a text does not fail");
    for approval in &row.approvals {
        write!(text, "\n  {}  {}", minute(approval.approved_at_ms), plain(&approval.name))
            .expect("writing to a text does not fail");
    }
    if row.entries_waiting > 0 {
        write!(text, "\n{} entries wait for two new approvals", row.entries_waiting)
            .expect("writing to a text does not fail");
    }
    text
}
