//! Segments in files, read where they lie.

use std::io;
use std::path::Path;

use memmap2::Mmap;

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
