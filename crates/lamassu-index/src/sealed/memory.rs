//! Memory in large pages: a search reads here and there, and most reads in pages of the usual size first ask where
//! the page lies.

use std::io;
use std::ops::{Deref, DerefMut};

use bytemuck::Pod;
use memmap2::{Advice, MmapMut};

/// From this size on, pages of the usual size are too many for a processor to remember where they lie.
const LARGE_BYTES: usize = 4 << 20;

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

/// So many values, zero at first: in large pages where they are many.
#[derive(Debug)]
pub enum Rows<T> {
    /// In [`Memory`], of which this many values are used.
    Many(Memory, usize),
    /// Elsewhere.
    Few(Vec<T>),
}

impl<T: Pod> Rows<T> {
    /// So many.
    pub fn zeroed(count: usize) -> Self {
        let size_bytes = count * size_of::<T>();
        let memory = (size_bytes >= LARGE_BYTES).then(|| Memory::of(size_bytes)).and_then(Result::ok);
        memory.map_or_else(|| Self::Few(vec![T::zeroed(); count]), |memory| Self::Many(memory, count))
    }

    /// Keeps the first so many.
    pub fn truncate(&mut self, count: usize) {
        match self {
            Self::Many(_, used) => *used = count.min(*used),
            Self::Few(values) => values.truncate(count),
        }
    }
}

impl<T: Pod> Deref for Rows<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Many(memory, used) => bytemuck::cast_slice(&memory.0[..used * size_of::<T>()]),
            Self::Few(values) => values,
        }
    }
}

impl<T: Pod> DerefMut for Rows<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            Self::Many(memory, used) => bytemuck::cast_slice_mut(&mut memory.0[..*used * size_of::<T>()]),
            Self::Few(values) => values,
        }
    }
}

impl<T: Pod> AsRef<[u8]> for Rows<T> {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(self)
    }
}
