//! `lamassu person …`

use std::io::{IsTerminal, Read};
use std::path::Path;

use lamassu_engine::{AccessAnswer, AccessCommand, Answer, Command, Failure, PersonRow, Secret};

use crate::EXIT_NOTHING;
use crate::access::Access;
use crate::arguments::PersonVerb;
use crate::key::{minute, one};
use crate::output::Output;

/// Most of standard input that is read for a password, in bytes: more than any password may have.
const INPUT_BYTES_MAX: u64 = 4096;

/// Carries out a `person` command.
pub async fn run(data: &Path, verb: PersonVerb, output: &Output) -> Result<u8, Failure> {
    let command = match verb {
        PersonVerb::SetupLink => Some(AccessCommand::CreateSetupLink),
        PersonVerb::Link { name } => Some(AccessCommand::CreateSignInLink { name }),
        PersonVerb::List => None,
        PersonVerb::Disable { name } => Some(AccessCommand::DisablePerson { name }),
        PersonVerb::Enable { name } => Some(AccessCommand::EnablePerson { name }),
        // Read before the folder is opened, which others may be waiting for.
        PersonVerb::Password { name } => {
            Some(AccessCommand::SetPassword { name, password: read_password("the new password", output)? })
        }
    };
    let access = Access::open(data, "lamassu person").await?;
    access.set_address(data);
    let done = match command {
        Some(command) => one(&access, command, output).await,
        None => list(&access, output).await,
    };
    access.close().await;
    done
}

async fn list(access: &Access, output: &Output) -> Result<u8, Failure> {
    let mut after = 0;
    loop {
        let answer = access.execute(Command::Access(AccessCommand::ListPeople { after }), None).await?;
        output.answer(&answer);
        match answer {
            Answer::Access(AccessAnswer::People(_, Some(next))) => after = next,
            _ => return Ok(EXIT_NOTHING),
        }
    }
}

/// Standard input without the end of its last line. Never an argument: other users of the machine see those.
pub fn read_password(what: &str, output: &Output) -> Result<Secret, Failure> {
    let input = std::io::stdin();
    if input.is_terminal() {
        output.note(&format!("{what}, then Enter and Ctrl-D (it shows while you type):"));
    }
    let mut text = String::new();
    input.take(INPUT_BYTES_MAX).read_to_string(&mut text).map_err(|_| Failure {
        code: "password-invalid".to_owned(),
        message: "the password on standard input is not text in UTF-8".to_owned(),
    })?;
    let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    Ok(Secret::new(line.to_owned()))
}

/// A person on one line, for reading.
pub fn describe(row: &PersonRow, plain: impl Fn(&str) -> String) -> String {
    let shown = row.display_name.as_ref().map(|shown| format!("  ({})", plain(shown))).unwrap_or_default();
    let disabled =
        row.disabled_at_ms.map(|at_ms| format!("  disabled {}", minute(at_ms))).unwrap_or_default();
    format!("{}  {:<13}  {}{shown}{disabled}", row.person, row.role.name(), plain(&row.name))
}
