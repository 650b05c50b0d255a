//! The working copy of an item: nobody can change it between hashing, decoding and decoding again.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::AsRawFd;
use std::path::Path;

use lamassu_fingerprint::{Digest, Digester};
use rustix::fs::{MemfdFlags, SealFlags};

use crate::error::{LimitName, ReadError, Refusal};
use crate::kind::{self, HEAD_BYTES, Kind};
use crate::limits::Limits;

/// Up to here the copy is kept in memory and sealed by the kernel; beyond, in a nameless file.
const MEMORY_BYTES_MAX: u64 = 64 << 20;
const PIECE_BYTES: usize = 128 << 10;

/// An item's bytes, unchangeable, with their digest and kind.
///
/// Small ones lie in a memory file sealed against writing and resizing; large ones in a file without
/// a name whose only writable descriptor is closed. Neither is left behind when the process dies.
#[derive(Debug)]
pub struct Sealed {
    file: File,
    /// SHA-256 of the bytes.
    pub digest: Digest,
    /// How many there are.
    pub size_bytes: u64,
    /// What they are, from the first of them.
    pub kind: Kind,
}

impl Sealed {
    /// Copies everything `source` gives. Large copies lie in the folder `large_in`.
    ///
    /// # Errors
    /// [`Refusal::Empty`], [`Refusal::Unsupported`], a limit on bytes, [`ReadError::DiskFull`], or what
    /// reading `source` failed with.
    pub fn copy(mut source: impl Read, large_in: &Path, limits: &Limits) -> Result<Self, ReadError> {
        let mut head = Vec::with_capacity(HEAD_BYTES);
        (&mut source).take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        if head.is_empty() {
            return Err(Refusal::Empty.into());
        }
        let kind = kind::sniff(&head).ok_or(Refusal::Unsupported)?;
        let max = match kind {
            Kind::Image(_) => limits.image_bytes_max,
            _ => limits.media_bytes_max,
        };
        let mut digester = Digester::default();
        let mut copy = Copy { file: memory_file()?, size_bytes: 0, large_in, in_memory: true };
        let mut piece = vec![0; PIECE_BYTES];
        let mut length = head.len();
        piece[..length].copy_from_slice(&head);
        while length > 0 {
            digester.update(&piece[..length]);
            copy.append(&piece[..length])?;
            if copy.size_bytes > max {
                return Err(Refusal::Limit { limit: LimitName::Bytes, found: copy.size_bytes, max }.into());
            }
            length = read_some(&mut source, &mut piece)?;
        }
        let (file, size_bytes) = copy.seal()?;
        Ok(Self { file, digest: digester.finish(), size_bytes, kind })
    }

    /// A descriptor of its own, read-only, at the start.
    ///
    /// # Errors
    /// When the process is out of descriptors.
    pub fn open(&self) -> io::Result<File> {
        #[expect(
            clippy::disallowed_methods,
            reason = "a descriptor's path says nothing that fs_err could add"
        )]
        File::open(format!("/proc/self/fd/{}", self.file.as_raw_fd()))
    }
}

struct Copy<'a> {
    file: File,
    size_bytes: u64,
    large_in: &'a Path,
    in_memory: bool,
}

impl Copy<'_> {
    fn append(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        self.size_bytes += bytes.len() as u64;
        if self.in_memory && self.size_bytes > MEMORY_BYTES_MAX {
            let mut large = tempfile::tempfile_in(self.large_in).map_err(full)?;
            self.file.rewind()?;
            io::copy(&mut self.file, &mut large).map_err(full)?;
            (self.file, self.in_memory) = (large, false);
        }
        self.file.write_all(bytes).map_err(full)
    }

    fn seal(self) -> Result<(File, u64), ReadError> {
        let file = if self.in_memory {
            let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
            rustix::fs::fcntl_add_seals(&self.file, seals).map_err(io::Error::from)?;
            self.file
        } else {
            // Read-only from here on: the writable descriptor is dropped with `self`.
            #[expect(clippy::disallowed_methods, reason = "the file has no name that fs_err could add")]
            File::open(format!("/proc/self/fd/{}", self.file.as_raw_fd()))?
        };
        Ok((file, self.size_bytes))
    }
}

fn memory_file() -> io::Result<File> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    Ok(File::from(rustix::fs::memfd_create("item", flags)?))
}

fn full(error: io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ReadError::DiskFull,
        _ => ReadError::Io(error),
    }
}

fn read_some(source: &mut impl Read, piece: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
