//! What you type.

mod access;
mod arguments;
mod backup;
mod bank;
mod bar;
mod bench;
mod check;
mod doctor;
mod files;
mod fingerprint;
mod index;
mod key;
mod output;
mod person;
mod progress;
mod serve;
mod socket;
mod webhook;

use std::process::ExitCode;

use clap::Parser;
use lamassu_engine::{Command, Failure};

use access::Access;
use arguments::{Arguments, AuditVerb, BenchVerb, Doctor, Verb};
use output::Output;

/// Nothing matched, nothing failed.
const EXIT_NOTHING: u8 = 0;
/// Something matched.
const EXIT_MATCHED: u8 = 1;
/// Something failed; wins over a match.
const EXIT_FAILED: u8 = 2;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    // The jailed child must not do anything before it has locked itself in, reading options included.
    if arguments.nth(1).is_some_and(|first| first == lamassu_media::CHILD_ARGUMENT) {
        return lamassu_media::run_child(arguments);
    }
    let arguments = Arguments::parse();
    let output = Output::new(arguments.format);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.failure(&Failure { code: "internal".to_owned(), message: error.to_string() });
            return ExitCode::from(EXIT_FAILED);
        }
    };
    let status = runtime.block_on(run(arguments, &output)).unwrap_or_else(|failure| {
        output.failure(&failure);
        EXIT_FAILED
    });
    ExitCode::from(status)
}

async fn run(arguments: Arguments, output: &Output) -> Result<u8, Failure> {
    let data = arguments.data.clone();
    match arguments.verb {
        Verb::Bank(verb) => bank::run(&data, verb, output).await,
        Verb::Check(request) => check::run(&data, request, output).await,
        Verb::Fingerprint(request) => fingerprint::run(&data, &request, output),
        Verb::Doctor(Doctor { url: Some(url) }) => Ok(doctor::of_server(&url, output).await),
        Verb::Doctor(_) => Ok(doctor::run(&data, output)),
        Verb::Index(verb) => index::run(&data, verb, output).await,
        Verb::Bench(BenchVerb::Index(wanted)) => Ok(bench::index(&wanted, arguments.format)),
        Verb::Backup { folder } => backup::run(&data, &folder, output).await,
        Verb::Key(verb) => key::run(&data, verb, output).await,
        Verb::Person(verb) => person::run(&data, verb, output).await,
        Verb::Webhook(verb) => webhook::run(&data, verb, output).await,
        Verb::Serve(request) => serve::run(&data, request, output).await,
        Verb::Audit(AuditVerb::Verify) => {
            let access = Access::open(&data, "lamassu audit verify").await?;
            output.answer(&access.execute(Command::VerifyAudit, None).await?);
            access.close().await;
            Ok(EXIT_NOTHING)
        }
    }
}
