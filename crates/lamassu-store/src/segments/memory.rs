//! Bytes of segments: a file that is mapped, or memory in large pages.

use std::io;
use std::path::Path;

use memmap2::{Advice, Mmap, MmapMut};

/// A file, read through the page cache as it is searched.
#[derive(Debug)]
pub struct Mapped(Mmap);

impl Mapped {
    /// Maps the file at `path`.
    ///
    /// # Errors
    /// When it is not there or cannot be mapped.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = fs_err::File::open(path)?;
        // SAFETY: the mapped bytes must not change. Segments are written once, under a name that nobody has yet, and
        // are only unlinked afterwards, which a mapping outlives; the folder belongs to one process, whose lock
        // is held, and is closed to other users.
        #[expect(unsafe_code, reason = "mapping a file is the one thing that needs it here")]
        let map = unsafe { Mmap::map(file.file()) }?;
        Ok(Self(map))
    }
}

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Zeroed memory that begins at a page, in large pages where the system has them.
#[derive(Debug)]
pub struct Memory(MmapMut);

impl Memory {
    /// So many bytes, at least one.
    ///
    /// # Errors
    /// When there is no room.
    pub fn of(size_bytes: usize) -> io::Result<Self> {
        let map = MmapMut::map_anon(size_bytes.max(1))?;
        // Only faster: without large pages the answer is the same.
        let _advised = map.advise(Advice::HugePage);
        Ok(Self(map))
    }

    /// The bytes, to be written.
    pub fn bytes(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl AsRef<[u8]> for Memory {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
