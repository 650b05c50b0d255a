//! `lamassu fingerprint`: what the jail makes of files, without any data folder.

use std::path::Path;

use lamassu_engine::{Failure, Settings};
use lamassu_media::{Jail, JailConfig, Precision, Purpose, ReadError, Reading, Sealed, Wanted};

use crate::arguments::Fingerprint;
use crate::check::unreadable;
use crate::output::Output;
use crate::progress::FilesLine;
use crate::{EXIT_FAILED, EXIT_NOTHING, files};

/// Prints the fingerprints of each file.
pub fn run(data: &Path, request: &Fingerprint, output: &Output) -> Result<u8, Failure> {
    let jail = jail(data)?;
    let wanted = Wanted { preview: request.preview.is_some(), ..Wanted::of(Purpose::Entry, Precision::Full) };
    let line = FilesLine::begin("reading");
    let mut status = EXIT_NOTHING;
    for found in files::walk(&request.paths) {
        let (path, read) = match found {
            Ok(path) => {
                let read = read(&jail, &path, wanted, &line);
                (path, read)
            }
            Err((path, error)) => (path, Err(unreadable(&error))),
        };
        let read = read.and_then(|reading| {
            write_preview(&reading, request.preview.as_deref())?;
            Ok(reading)
        });
        if read.is_err() {
            status = EXIT_FAILED;
        }
        line.done(|| output.fingerprinted(&files::text(&path), &read));
    }
    Ok(status)
}

/// The jail as the data folder's settings want it; without a folder, as by default.
pub fn jail(data: &Path) -> Result<Jail, Failure> {
    let failed = |code: &str, message: String| Failure { code: code.to_owned(), message };
    let settings =
        Settings::of_folder(data).map_err(|error| failed("settings-invalid", error.to_string()))?;
    let program = Jail::own_program().map_err(|error| failed("internal", error.to_string()))?;
    let allow_without_landlock = settings.jail.allow_without_landlock;
    let fast_video = settings.media.fast_video;
    Ok(Jail::new(JailConfig { program, allow_without_landlock, fast_video, limits: settings.limits }))
}

fn read(jail: &Jail, path: &Path, wanted: Wanted, line: &FilesLine) -> Result<Reading, Failure> {
    let file = files::open(path).map_err(|error| unreadable(&error))?;
    let reading = Sealed::copy(file, &std::env::temp_dir(), jail.limits())
        .and_then(|item| jail.read_telling(&item, wanted, &line.file(path)));
    reading.map_err(|error: ReadError| Failure { code: error.code().to_owned(), message: error.to_string() })
}

fn write_preview(reading: &Reading, target: Option<&Path>) -> Result<(), Failure> {
    let (Some(target), Some(preview)) = (target, &reading.preview) else { return Ok(()) };
    fs_err::write(target, &preview.jpeg)
        .map_err(|error| Failure { code: "unwritable".to_owned(), message: error.to_string() })
}
