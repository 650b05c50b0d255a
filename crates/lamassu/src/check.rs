//! `lamassu check`: what known things are in these files?

use std::path::{Path, PathBuf};

use futures_util::{StreamExt, stream};
use lamassu_case::BankName;
use lamassu_engine::{Answer, CheckReport, Command, Failure};

use crate::access::Access;
use crate::arguments::Check;
use crate::output::Output;
use crate::progress::FilesLine;
use crate::{EXIT_FAILED, EXIT_MATCHED, EXIT_NOTHING, files};

/// Checks every file and prints one report each, in the order of the walk.
pub async fn run(data: &Path, request: Check, output: &Output) -> Result<u8, Failure> {
    let access = Access::open(data, "lamassu check").await?;
    let checked = check_all(&access, &request, output).await;
    access.close().await;
    checked
}

async fn check_all(access: &Access, request: &Check, output: &Output) -> Result<u8, Failure> {
    let line = FilesLine::begin("checking");
    let reports = stream::iter(files::walk(&request.paths))
        .map(|found| check(access, found, request.bank.clone(), &line))
        .buffered(files::at_once());
    let mut reports = std::pin::pin!(reports);
    let mut status = EXIT_NOTHING;
    while let Some(report) = reports.next().await {
        let report = report?;
        status = status.max(match &report {
            CheckReport { error: Some(_), .. } => EXIT_FAILED,
            CheckReport { matches, .. } if !matches.is_empty() => EXIT_MATCHED,
            _ => EXIT_NOTHING,
        });
        line.done(|| output.checked(&report));
    }
    Ok(status)
}

async fn check(
    access: &Access,
    found: Result<PathBuf, (PathBuf, std::io::Error)>,
    bank: Option<BankName>,
    line: &FilesLine,
) -> Result<CheckReport, Failure> {
    let opened = found.and_then(|path| match files::open(&path) {
        Ok(file) => Ok((path, file)),
        Err(error) => Err((path, error)),
    });
    let (path, file) = match opened {
        Ok(opened) => opened,
        Err((path, error)) => return Ok(CheckReport::failed(files::text(&path), unreadable(&error))),
    };
    let command = Command::Check { path: files::text(&path), bank };
    match access.execute_telling(command, file, &line.file(&path)).await? {
        Answer::Checked(report) => Ok(report),
        other => unreachable!("a check is answered by a report, not {other:?}"),
    }
}

/// A file that cannot even be opened.
pub fn unreadable(error: &std::io::Error) -> Failure {
    Failure {
        code: "unreadable".to_owned(),
        message: format!("{error}; check that it exists, is a file, and may be read"),
    }
}
