//! `lamassu bank import`: a hash list, a stretch at a time.

use std::io;

use lamassu_case::EntryMetadata;
use lamassu_engine::import::{HashKind, ImportCounts, ImportPlace, Untold};
use lamassu_engine::{Answer, Command, Failure};

use super::title;
use crate::access::Access;
use crate::arguments::{BankImport, Kind};
use crate::check::unreadable;
use crate::output::Output;
use crate::{EXIT_FAILED, EXIT_NOTHING, files};

/// Brings the list in. Each stretch is in the bank before the next one begins; whoever was cut off begins anew, and what
/// is in the bank is passed over.
pub async fn run(access: &Access, request: &BankImport, output: &Output) -> Result<u8, Failure> {
    let file = files::open(&request.file).map_err(|error| unreadable(&error))?;
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        return Err(unreadable(&io::Error::new(io::ErrorKind::InvalidInput, "this is not a regular file")));
    }
    let untold = Untold {
        kind: match request.kind {
            Kind::Pdq => HashKind::Pdq,
            Kind::Sha256 => HashKind::Sha256,
        },
        medium: request.medium,
        metadata: EntryMetadata {
            title: request.title.clone().unwrap_or_else(|| title(&request.file)),
            source: request.source.clone(),
            labels: request.labels.clone(),
            ..EntryMetadata::default()
        },
    };
    let progress = output.progress_bytes("importing", metadata.len());
    let (mut all, mut place) = (ImportCounts::default(), ImportPlace::default());
    loop {
        let stretch = file.try_clone().map_err(|error| unreadable(&error))?;
        let (bank, untold) = (request.name.clone(), untold.clone());
        let command = Command::Import { bank, untold, place };
        let Answer::Imported(step) = access.execute(command, Some(stretch)).await? else {
            let message = "an import was answered by something else".to_owned();
            return Err(Failure { code: "internal".to_owned(), message });
        };
        progress.suspend(|| step.rejected.iter().for_each(|rejected| output.rejected(rejected)));
        all += step.counts;
        match step.next {
            Some(next) => {
                progress.set_position(next.offset_bytes);
                place = next;
            }
            None => break,
        }
    }
    progress.finish_and_clear();
    output.imported(&all);
    Ok(if all.rejected > 0 { EXIT_FAILED } else { EXIT_NOTHING })
}
