//! Which sealed files were found sound, so that a program that starts for one answer need not read all of them again.
//!
//! A note lies beside each file: which file that was, in the words of the kernel, and when it was read. It holds for
//! a day, as disks decay slowly, and only while the kernel says the same of the file. Without a note, or with one that
//! cannot be read, the file is read again.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::{Deserialize, Serialize};

/// What the names of notes begin with; the file's own follows.
pub const PREFIX: &str = "checked-";
/// Smaller files are read faster than notes are written.
const SIZE_MIN_BYTES: u64 = 4 << 20;
const HOLDS_MS: i64 = 24 * 60 * 60 * 1_000;
/// A change in the moment of the check could leave the time of the last change as it is: files' times have steps. What
/// changed so lately is not noted.
const SETTLED_MS: i64 = 2_000;

/// What tells a file, and each state of it, from others.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    device: u64,
    inode: u64,
    size_bytes: u64,
    /// The last change of its bytes, name or owner, which nobody can choose: seconds since 1970, nanoseconds.
    changed: (i64, i64),
}

#[derive(Serialize, Deserialize)]
struct Note {
    identity: Identity,
    checked_ms: i64,
}

impl Identity {
    /// Of the file at `path`.
    pub fn of(path: &Path) -> io::Result<Self> {
        let told = fs::metadata(path)?;
        Ok(Self {
            device: told.dev(),
            inode: told.ino(),
            size_bytes: told.size(),
            changed: (told.ctime(), told.ctime_nsec()),
        })
    }

    fn changed_ms(&self) -> i64 {
        self.changed.0.saturating_mul(1_000).saturating_add(self.changed.1 / 1_000_000)
    }
}

/// Whether the file at `path` was found sound within a day and is still what it was.
pub fn is_noted(path: &Path, now_ms: i64) -> bool {
    let noted = || {
        let bytes = fs::read(beside(path)?).ok()?;
        let note: Note = serde_json::from_slice(&bytes).ok()?;
        let since_ms = now_ms.checked_sub(note.checked_ms)?;
        // A clock that went back says nothing.
        Some((0..HOLDS_MS).contains(&since_ms) && note.identity == Identity::of(path).ok()?)
    };
    noted().unwrap_or(false)
}

/// Writes down that the file at `path` is sound, `before` being what it was before it was read. A note that cannot be
/// written costs a reading.
pub fn note(path: &Path, before: Identity, now_ms: i64) {
    let is_settled = now_ms.saturating_sub(before.changed_ms()) >= SETTLED_MS;
    if before.size_bytes < SIZE_MIN_BYTES || !is_settled {
        return;
    }
    if let Some(place) = beside(path) {
        let note = serde_json::to_vec(&Note { identity: before, checked_ms: now_ms });
        let _costs_a_reading = fs::write(place, note.expect("numbers can be JSON"));
    }
}

/// Takes back what was written down of the file at `path`.
pub fn forget(path: &Path) {
    if let Some(place) = beside(path) {
        let _was_never_noted = fs::remove_file(place);
    }
}

fn beside(path: &Path) -> Option<PathBuf> {
    Some(path.with_file_name(format!("{PREFIX}{}", path.file_name()?.to_str()?)))
}
