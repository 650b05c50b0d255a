//! `lamassu bank show`: a bank's entries, all or those that are asked for.

use clap::{Args, ValueEnum};
use lamassu_case::{BankName, Released, Standing, searchable};
use lamassu_engine::{Answer, Command, EntryFilter, EntryOrder, EntryQuery, Failure};

use crate::EXIT_NOTHING;
use crate::access::Access;
use crate::output::Output;

#[derive(Debug, Args)]
pub struct BankShow {
    /// The bank
    name: BankName,
    /// Only those that this outlet released
    #[arg(long)]
    outlet: Option<String>,
    /// Only those of this series
    #[arg(long)]
    series: Option<String>,
    /// Only those of this event
    #[arg(long)]
    event: Option<String>,
    /// Only those of this standing: official, supporter, unknown
    #[arg(long, value_parser = parse_standing)]
    standing: Option<Standing>,
    /// Only those released from this day, month or year on: 2026, 2026-11, 2026-11-26
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    published_from: Option<Released>,
    /// Only those released until the end of this day, month or year
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    published_until: Option<Released>,
    /// Only those with words in the title that begin so
    #[arg(long, value_parser = parse_words)]
    words: Option<String>,
    /// In which order
    #[arg(long, value_enum, default_value_t = Sort::Added)]
    sort: Sort,
}

/// In which order entries are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// As they were added
    Added,
    /// The last added first
    LastAdded,
    /// By when they were released, those without a date first
    Published,
    /// The last released first, those without a date last
    LastPublished,
}

/// Prints the entries, page by page.
pub async fn run(access: &Access, request: BankShow, output: &Output) -> Result<u8, Failure> {
    let bank = request.name.clone();
    let mut query = EntryQuery::from(request);
    loop {
        let command = Command::ListEntries { bank: bank.clone(), query: query.clone() };
        let answer = access.execute(command, None).await?;
        output.answer(&answer);
        match answer {
            Answer::Entries(_, Some(next)) => query.after = Some(next),
            _ => return Ok(EXIT_NOTHING),
        }
    }
}

impl From<BankShow> for EntryQuery {
    fn from(request: BankShow) -> Self {
        let order = match request.sort {
            Sort::Added => EntryOrder::OldestAdded,
            Sort::LastAdded => EntryOrder::NewestAdded,
            Sort::Published => EntryOrder::OldestPublished,
            Sort::LastPublished => EntryOrder::NewestPublished,
        };
        let filter = EntryFilter {
            outlet: request.outlet,
            series: request.series,
            event: request.event,
            standing: request.standing,
            published_from_ms: request.published_from.map(|from| from.start_ms),
            published_before_ms: request.published_until.map(|until| until.end_ms),
            words: request.words,
        };
        Self { filter, order, after: None }
    }
}

/// Reads a standing.
pub fn parse_standing(text: &str) -> Result<Standing, String> {
    Standing::from_name(text).ok_or_else(|| {
        let names = Standing::ALL.map(Standing::name).join(", ");
        format!("the standings are {names}")
    })
}

fn parse_date(text: &str) -> Result<Released, String> {
    Released::of(text).ok_or_else(|| "dates are written 2026, 2026-11 or 2026-11-26".to_owned())
}

fn parse_words(text: &str) -> Result<String, String> {
    Some(searchable(text))
        .filter(|words| !words.is_empty())
        .ok_or_else(|| "there is no word in it".to_owned())
}
