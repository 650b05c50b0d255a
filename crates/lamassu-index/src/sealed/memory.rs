//! Memory in large pages: a search reads here and there, and most reads in pages of the usual size first ask where
//! the page lies.

use std::io;

use memmap2::{Advice, MmapMut};

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
