//! The data folder: everything that one running Lamassu owns on disk.

mod lock;

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fs_err as fs;

pub use lock::Owner;

use crate::media::{MediaError, MediaVault};
use crate::segments::{SegmentFolder, SegmentsError};

const DATABASE: &str = "lamassu.db";
const LOCK: &str = "lock";
const JOBS: &str = "jobs.db";
const KEYS: &str = "keys";
const SOCKET: &str = "lamassu.sock";
const TMP: &str = "tmp";
const INCOMING: &str = "incoming";
const INDEX: &str = "index";
const MEDIA: &str = "media";
const MEDIA_KEY: &str = "keys/media.key";

/// What may lie in a folder that is yet to become a data folder: what a file system puts into its root by
/// itself, and what an administrator prepares.
const NOT_FOREIGN: [&str; 3] = ["lost+found", "lamassu.toml", "policy.toml"];

/// Only the owner may list, read or write: what lies inside tells what is being looked for.
const FOLDER_MODE: u32 = 0o700;

/// A data folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another process works in it.
    #[error("the data folder is in use by {owner}")]
    Locked {
        /// What that process wrote about itself.
        owner: String,
    },
    /// It holds other things and was never a data folder. Opening it would close it to others and empty
    /// its `tmp`.
    #[error("the folder holds other things and is not a data folder")]
    Foreign,
    /// No room left.
    #[error("the disk is full")]
    DiskFull(#[source] io::Error),
    /// Anything else, which a caller can only report.
    #[error("the data folder cannot be used")]
    Unusable(#[source] io::Error),
}

impl FolderError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Locked { .. } => "folder-locked",
            Self::Foreign => "folder-foreign",
            Self::DiskFull(_) => "disk-full",
            Self::Unusable(_) => "folder-unusable",
        }
    }
}

impl From<io::Error> for FolderError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull(error),
            _ => Self::Unusable(error),
        }
    }
}

/// A folder that this process alone works in, until this value is dropped or the process ends.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    /// Holds the lock by being open.
    _lock: fs::File,
}

impl DataFolder {
    /// Opens the folder, makes it when there is none, and empties `tmp/`.
    ///
    /// While another process works in it, tries again for `wait_ms`. A lock of a process that is gone
    /// does not count: the system drops it with the process.
    ///
    /// # Errors
    /// [`FolderError::Locked`] when it is still in use after `wait_ms`; [`FolderError::Foreign`];
    /// [`FolderError::DiskFull`]; [`FolderError::Unusable`].
    pub async fn open(path: &Path, owner: &Owner, wait_ms: u32) -> Result<Self, FolderError> {
        fs::create_dir_all(path)?;
        if is_foreign(path)? {
            return Err(FolderError::Foreign);
        }
        fs::set_permissions(path, PermissionsExt::from_mode(FOLDER_MODE))?;
        let lock = lock::take(&path.join(LOCK), owner, wait_ms).await?;
        let folder = Self { path: path.to_owned(), _lock: lock };
        fs::create_dir_all(folder.incoming())?;
        fs::create_dir_all(folder.tmp())?;
        empty(&folder.tmp())?;
        Ok(folder)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// The file of planned jobs, which is made anew at every start.
    pub fn jobs(&self) -> PathBuf {
        self.path.join(JOBS)
    }

    /// The folder of the keys under which secrets and kept media are sealed.
    pub fn keys(&self) -> PathBuf {
        self.path.join(KEYS)
    }

    /// The socket on which the running process listens.
    pub fn socket(&self) -> PathBuf {
        self.path.join(SOCKET)
    }

    /// The folder of large files that were let in and wait to be decided.
    pub fn incoming(&self) -> PathBuf {
        self.path.join(INCOMING)
    }

    /// The index's sealed segments.
    ///
    /// # Errors
    /// [`SegmentsError`] when its folder cannot be used.
    pub fn segments(&self) -> Result<SegmentFolder, SegmentsError> {
        SegmentFolder::open(&self.path.join(INDEX))
    }

    /// The media kept for reviewers.
    ///
    /// # Errors
    /// [`MediaError`] when its folder or key cannot be used.
    pub fn media(&self) -> Result<MediaVault, MediaError> {
        MediaVault::open(&self.path.join(MEDIA), &self.path.join(MEDIA_KEY))
    }

    /// The folder for what need not outlive the process; empty after opening.
    pub fn tmp(&self) -> PathBuf {
        self.path.join(TMP)
    }
}

/// Looks for ours last: whoever makes a data folder at this moment writes the lock file first.
fn is_foreign(path: &Path) -> io::Result<bool> {
    let mut others = false;
    for item in fs::read_dir(path)? {
        let name = item?.file_name();
        others |= !NOT_FOREIGN.iter().any(|known| name == *known);
    }
    Ok(others && !path.join(LOCK).exists() && !path.join(DATABASE).exists())
}

/// Removes all that lies in a folder. A link is removed, not followed.
fn empty(path: &Path) -> io::Result<()> {
    for item in fs::read_dir(path)? {
        let item = item?;
        if item.file_type()?.is_dir() {
            fs::remove_dir_all(item.path())?;
        } else {
            fs::remove_file(item.path())?;
        }
    }
    Ok(())
}
