//! The lock file: who works in the data folder.

use std::fmt;
use std::fs::TryLockError;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use fs_err as fs;
use fs_err::os::unix::fs::OpenOptionsExt;

use super::FolderError;

/// How long to wait before trying again.
const RETRY_MS: u32 = 50;

/// Most that is read of what another process wrote about itself.
const OWNER_BYTES_MAX: u64 = 4_096;

const LOCK_MODE: u32 = 0o600;

/// The process that works in a data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its process id.
    pub pid: u32,
    /// Its command, as a person would type it.
    pub command: String,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} ({})", self.pid, self.command)
    }
}

/// Takes the lock and writes its owner into the file. Dropping the file gives the lock back; the text
/// stays, but nobody reads it while the lock is free.
pub(super) async fn take(path: &Path, owner: &Owner, wait_ms: u32) -> Result<fs::File, FolderError> {
    // Not truncated on opening: until the lock is ours, the text is another's.
    let mut file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(LOCK_MODE)
        .open(path)?;
    let mut waited_ms = 0;
    while !try_lock(&file)? {
        if waited_ms >= wait_ms {
            return Err(FolderError::Locked { owner: read_owner(file)? });
        }
        // The system's lock has no "wait at most so long", and whoever holds it cannot tell us: a short
        // command beside this one, or one that is just ending. So sleep and try again.
        let pause_ms = RETRY_MS.min(wait_ms - waited_ms);
        tokio::time::sleep(Duration::from_millis(u64::from(pause_ms))).await;
        waited_ms += pause_ms;
    }
    file.set_len(0)?;
    writeln!(file, "{owner}")?;
    Ok(file)
}

fn try_lock(file: &fs::File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn read_owner(file: fs::File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.take(OWNER_BYTES_MAX).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
    // The owner has the lock a moment before it has written its name.
    Ok(if text.is_empty() { "another process".to_owned() } else { text })
}
