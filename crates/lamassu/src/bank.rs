//! `lamassu bank …`

pub mod acting;
mod import;
pub mod show;

use std::path::{Path, PathBuf};

use futures_util::{StreamExt, stream};
use lamassu_case::{EntryMetadata, TEXT_CHARS_MAX};
use lamassu_engine::{Answer, Command, EntryQuery, Failure, Secret};

use crate::access::Access;
use crate::arguments::{BankAdd, BankVerb};
use crate::check::unreadable;
use crate::output::Output;
use crate::progress::FilesLine;
use crate::{EXIT_FAILED, EXIT_NOTHING, files};

/// Carries out a `bank` command.
pub async fn run(data: &Path, verb: BankVerb, output: &Output) -> Result<u8, Failure> {
    // A password is read before the folder is opened, which others may be waiting for.
    let password = match &verb {
        BankVerb::Acting(verb) => acting::password(verb, output)?,
        _ => Secret::new(String::new()),
    };
    let access = Access::open(data, "lamassu bank").await?;
    let done = match verb {
        BankVerb::Add(request) => add(&access, request, output).await,
        BankVerb::Import(request) => import::run(&access, &request, output).await,
        BankVerb::Show(request) => show::run(&access, request, output).await,
        BankVerb::Create { name } => one(&access, Command::CreateBank { name }, output).await,
        BankVerb::List => one(&access, Command::ListBanks, output).await,
        BankVerb::Acting(verb) => one(&access, acting::command(verb, password), output).await,
        BankVerb::Remove { name, entry, reason } => {
            one(&access, Command::RemoveEntry { bank: name, entry, reason }, output).await
        }
    };
    access.close().await;
    done
}

async fn one(access: &Access, command: Command, output: &Output) -> Result<u8, Failure> {
    output.answer(&access.execute(command, None).await?);
    Ok(EXIT_NOTHING)
}

/// Adds every file; one that fails is told and does not stop the others.
async fn add(access: &Access, request: BankAdd, output: &Output) -> Result<u8, Failure> {
    // A wrong bank is told once, not for each file.
    let query = EntryQuery::after(Some(u64::MAX >> 1));
    access.execute(Command::ListEntries { bank: request.name.clone(), query }, None).await?;
    let several = request.paths.len() > 1 || request.paths[0].is_dir();
    if several && request.title.is_some() {
        let message =
            "a title is for one file; leave --title out and each file's name is its title".to_owned();
        return Err(Failure { code: "metadata-invalid".to_owned(), message });
    }
    let line = FilesLine::begin("adding");
    let additions = stream::iter(files::walk(&request.paths))
        .map(|found| add_one(access, &request, found, &line))
        .buffered(files::at_once());
    let mut additions = std::pin::pin!(additions);
    let mut status = EXIT_NOTHING;
    while let Some((path, added)) = additions.next().await {
        if added.is_err() {
            status = EXIT_FAILED;
        }
        line.done(|| output.added(&files::text(&path), &added));
    }
    Ok(status)
}

async fn add_one(
    access: &Access,
    request: &BankAdd,
    found: Result<PathBuf, (PathBuf, std::io::Error)>,
    line: &FilesLine,
) -> (PathBuf, Result<Answer, Failure>) {
    let path = match found {
        Ok(path) => path,
        Err((path, error)) => return (path, Err(unreadable(&error))),
    };
    let file = match files::open(&path) {
        Ok(file) => file,
        Err(error) => return (path, Err(unreadable(&error))),
    };
    let metadata = EntryMetadata {
        title: request.title.clone().unwrap_or_else(|| title(&path)),
        source: request.source.clone(),
        outlet: request.outlet.clone(),
        series: request.series.clone(),
        standing: request.standing,
        published: request.published.clone(),
        event: request.event.clone(),
        labels: request.labels.clone(),
    };
    let command = Command::AddEntry { bank: request.name.clone(), metadata };
    let added = access.execute_telling(command, file, &line.file(&path)).await;
    (path, added)
}

/// The file's name, no longer than a title may be.
fn title(path: &Path) -> String {
    let name = path.file_name().map_or_else(|| files::text(path), |name| files::text(Path::new(name)));
    name.chars().take(TEXT_CHARS_MAX).collect()
}
