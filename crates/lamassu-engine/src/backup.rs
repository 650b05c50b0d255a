//! A backup: a data folder of its own, as of one moment, while this one goes on.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::error::EngineError;

/// What a data folder holds beside its database: folders, then files that need not be there.
const FOLDERS: [&str; 3] = ["incoming", "media", "keys"];
const FILES: [&str; 2] = ["lamassu.toml", "policy.toml"];

/// What was copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupReport {
    /// How many files.
    pub files: u64,
    /// How many bytes.
    pub size_bytes: u64,
}

/// Holds back the removal of files that were decided, so that a copy of the database and the files that it
/// speaks of fit together.
pub struct Holding<'a>(&'a AtomicUsize);

impl<'a> Holding<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Engine {
    /// Copies everything into `target`, an empty folder opened by whoever asks. What is accepted or decided
    /// meanwhile may be in the copy or not; what is in it fits together.
    ///
    /// # Errors
    /// [`EngineError::BackupTarget`] when it is no empty folder; a full or failing disk, which leaves the
    /// copy incomplete: begin anew in another folder.
    pub async fn backup(&self, target: &File) -> Result<BackupReport, EngineError> {
        // The descriptor's path: the folder is the one that the client opened, with the client's rights.
        let target = PathBuf::from(format!("/proc/self/fd/{}", target.as_raw_fd()));
        let is_empty = fs_err::read_dir(&target).map(|mut files| files.next().is_none());
        if !is_empty.unwrap_or(false) {
            return Err(EngineError::BackupTarget);
        }
        let _holding = Holding::begin(&self.holding);
        let database = target.join("lamassu.db");
        self.store.copy_to(&database).await?;
        let from = self.folder.path().to_owned();
        let copying = move || copy_rest(&from, &target);
        let mut report = tokio::task::spawn_blocking(copying)
            .await
            .map_err(EngineError::TaskDied)?
            .map_err(EngineError::Upload)?;
        report.files += 1;
        report.size_bytes += fs_err::metadata(&database).map_err(EngineError::Upload)?.len();
        Ok(report)
    }

    /// Whether files may be removed now.
    pub(crate) fn may_remove_files(&self) -> bool {
        self.holding.load(Ordering::SeqCst) == 0
    }
}

fn copy_rest(from: &Path, target: &Path) -> io::Result<BackupReport> {
    let mut report = BackupReport::default();
    for folder in FOLDERS {
        let (from, target) = (from.join(folder), target.join(folder));
        fs_err::create_dir(&target)?;
        for file in fs_err::read_dir(&from)? {
            let file = file?;
            // Marks of entries that are being added are not for the copy.
            if file.file_type()?.is_dir() {
                continue;
            }
            copy(&file.path(), &target.join(file.file_name()), &mut report)?;
        }
        fs_err::File::open(&target)?.sync_all()?;
    }
    for file in FILES {
        copy(&from.join(file), &target.join(file), &mut report)?;
    }
    fs_err::File::open(target)?.sync_all()?;
    Ok(report)
}

/// Copies a file that may be gone meanwhile: an upload that was let in after the database was copied.
fn copy(from: &Path, target: &Path, report: &mut BackupReport) -> io::Result<()> {
    match fs_err::copy(from, target) {
        Ok(size_bytes) => {
            fs_err::File::open(target)?.sync_all()?;
            report.files += 1;
            report.size_bytes += size_bytes;
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
