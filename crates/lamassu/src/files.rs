//! The files that paths on the command line stand for.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use walkdir::WalkDir;

/// A path as text, for titles and answers: characters that are no text are replaced.
pub fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Every file at or below `paths`, in order of name within each folder. Links are followed when named,
/// not when found. What cannot be listed comes as an error with its path.
pub fn walk(paths: &[PathBuf]) -> impl Iterator<Item = Result<PathBuf, (PathBuf, io::Error)>> {
    paths.iter().flat_map(|path| {
        let walk = WalkDir::new(path).follow_root_links(true).sort_by_file_name();
        walk.into_iter().filter_map(move |found| match found {
            // What is named is tried, whatever it is; what is found in a folder counts if it is a file.
            Ok(found) if found.depth() == 0 && !found.path().is_dir() => Some(Ok(found.into_path())),
            Ok(found) => found.file_type().is_file().then(|| Ok(found.into_path())),
            Err(error) => {
                let at = error.path().unwrap_or(path).to_owned();
                Some(Err((at, error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into()))))
            }
        })
    })
}

/// Opens a file for reading, without waiting at a pipe.
pub fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

/// How many files can be worked on at once: one for each processor.
pub fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
