//! `lamassu key …`

use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use lamassu_engine::{AccessAnswer, AccessCommand, Answer, Command, Expiry, Failure, KeyRow};

use crate::EXIT_NOTHING;
use crate::access::Access;
use crate::arguments::KeyVerb;
use crate::output::Output;

/// Carries out a `key` command.
pub async fn run(data: &Path, verb: KeyVerb, output: &Output) -> Result<u8, Failure> {
    let access = Access::open(data, "lamassu key").await?;
    let done = match verb {
        KeyVerb::Create { name, scopes, expires } => {
            let scopes = scopes.into_iter().collect();
            let created = one(&access, AccessCommand::CreateKey { name, scopes, expires }, output).await;
            if created.is_ok() {
                output.note("keep it now: it is not shown again");
            }
            created
        }
        KeyVerb::List => list(&access, output).await,
        KeyVerb::Revoke { key } => one(&access, AccessCommand::RevokeKey { key }, output).await,
    };
    access.close().await;
    done
}

/// Has one command carried out, and prints its answer.
pub async fn one(access: &Access, command: AccessCommand, output: &Output) -> Result<u8, Failure> {
    output.answer(&access.execute(Command::Access(command), None).await?);
    Ok(EXIT_NOTHING)
}

async fn list(access: &Access, output: &Output) -> Result<u8, Failure> {
    let mut after = 0;
    loop {
        let answer = access.execute(Command::Access(AccessCommand::ListKeys { after }), None).await?;
        output.answer(&answer);
        match answer {
            Answer::Access(AccessAnswer::Keys(_, Some(next))) => after = next,
            _ => return Ok(EXIT_NOTHING),
        }
    }
}

/// `90d`, or a date, which is the last day in UTC.
pub fn parse_expiry(text: &str) -> Result<Expiry, String> {
    if let Some(days) = text.strip_suffix('d') {
        return days.parse().map(Expiry::AfterDays).map_err(|error| format!("not a number of days: {error}"));
    }
    let end = text.parse::<Date>().and_then(|last| last.checked_add(1.day())?.to_zoned(TimeZone::UTC));
    end.map(|end| Expiry::AtMs(end.timestamp().as_millisecond()))
        .map_err(|_| "give a number of days like 90d, or a date like 2031-12-31".to_owned())
}

/// A key on one line, for reading.
pub fn describe(row: &KeyRow, plain: impl Fn(&str) -> String) -> String {
    let scopes: Vec<&str> = row.scopes.iter().map(|scope| scope.name()).collect();
    let times =
        [("expires", row.expires_at_ms), ("used", row.last_used_at_ms), ("revoked", row.revoked_at_ms)];
    let times = times.into_iter().filter_map(|(word, at_ms)| Some(format!("  {word} {}", minute(at_ms?))));
    format!("{}  {}  {}{}", row.key, plain(&row.name), scopes.join(" "), times.collect::<String>())
}

/// A time to the minute, in UTC.
pub fn minute(at_ms: i64) -> String {
    let time = Timestamp::from_millisecond(at_ms);
    time.map_or_else(|_| at_ms.to_string(), |time| time.strftime("%Y-%m-%d %H:%MZ").to_string())
}
