//! Media kept for reviewers: sealed files in the data folder, one an item or entry.
//!
//! A file is a magic word, a random nonce and chunks of 64 KiB, each sealed with XChaCha20-Poly1305 in the STREAM
//! construction (Hoang, Reyhanitabar, Rogaway, Vizar 2015), the owner's id as associated data: a file that was cut,
//! changed, or belongs to another owner does not open. The key lies in a file beside it, readable by the user only.
//!
//! A file is written before the transaction that says that it is kept. An item's id is known before, so whoever
//! decides it anew replaces the file; an entry's is not, so a mark stands beside its file until the transaction
//! is over, and what stays of either after a crash is settled when the data folder is opened.

use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aead_stream::{DecryptorBE32, EncryptorBE32, Nonce, StreamBE32};
use chacha20poly1305::aead::Payload;
use chacha20poly1305::{Key, XChaCha20Poly1305};
use fs_err as fs;
use lamassu_case::{EntryId, ItemId};

/// The folder of marks, in that of the media.
const MARKS: &str = "marks";
const MAGIC: &[u8; 8] = b"lamassu1";
const KEY_BYTES: usize = 32;
/// The cipher's nonce without the counter and the flag of the last chunk.
const NONCE_BYTES: usize = 19;
const CHUNK_BYTES: usize = 64 << 10;
const TAG_BYTES: usize = 16;
/// Only the owner may read.
const FILE_MODE: u32 = 0o600;

/// What media is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaOf<'a> {
    /// An item.
    Item(&'a ItemId),
    /// An entry.
    Entry(&'a EntryId),
}

impl<'a> MediaOf<'a> {
    /// The id, which no two of them share.
    pub fn as_str(self) -> &'a str {
        match self {
            Self::Item(id) => id.as_str(),
            Self::Entry(id) => id.as_str(),
        }
    }
}

impl<'a> From<&'a ItemId> for MediaOf<'a> {
    fn from(id: &'a ItemId) -> Self {
        Self::Item(id)
    }
}

impl<'a> From<&'a EntryId> for MediaOf<'a> {
    fn from(id: &'a EntryId) -> Self {
        Self::Entry(id)
    }
}

/// What of kept media a person is about to see or hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// One picture.
    Seen {
        /// When in it, in milliseconds.
        at_ms: u32,
    },
    /// A stretch of its sound.
    Heard {
        /// When in it the stretch begins, in milliseconds.
        at_ms: u32,
        /// How long it is, in milliseconds.
        heard_ms: u32,
    },
}

/// Kept media could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// No media is kept.
    #[error("no media is kept of this")]
    NotKept,
    /// The file is cut, changed, of another owner, or sealed with another key.
    #[error("the kept media does not open: it was changed, or the key is another one")]
    Damaged,
    /// The key file is not a key.
    #[error("the key file {0} is not a key; restore it from a backup")]
    Key(PathBuf),
    /// No room left.
    #[error("the disk is full")]
    DiskFull(#[source] io::Error),
    /// Anything else, which a caller can only report.
    #[error("the folder of kept media cannot be used")]
    Unusable(#[source] io::Error),
}

impl MediaError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotKept => "media-not-kept",
            Self::Damaged => "media-damaged",
            Self::Key(_) => "key-file-invalid",
            Self::DiskFull(_) => "disk-full",
            Self::Unusable(_) => "folder-unusable",
        }
    }
}

impl From<io::Error> for MediaError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull(error),
            io::ErrorKind::NotFound => Self::NotKept,
            _ => Self::Unusable(error),
        }
    }
}

/// The folder of kept media, with its key.
pub struct MediaVault {
    folder: PathBuf,
    /// Marks of entries that are being added.
    marks: PathBuf,
    key: Key,
}

impl MediaVault {
    /// Opens the folder, made when there is none; the key file is made when there is none.
    ///
    /// # Errors
    /// [`MediaError::Key`]; [`MediaError::DiskFull`]; [`MediaError::Unusable`].
    pub fn open(folder: &Path, key_file: &Path) -> Result<Self, MediaError> {
        let marks = folder.join(MARKS);
        fs::create_dir_all(&marks)?;
        if let Some(keys) = key_file.parent() {
            fs::create_dir_all(keys)?;
        }
        Ok(Self { folder: folder.to_owned(), marks, key: key(key_file)? })
    }

    /// Keeps what `media` gives as the media of an item or entry and gives its size in bytes. It is on disk when
    /// this returns; keeping it again replaces it.
    ///
    /// # Errors
    /// [`MediaError::DiskFull`]; [`MediaError::Unusable`].
    pub fn keep<'a>(&self, of: impl Into<MediaOf<'a>>, media: impl Read) -> Result<u64, MediaError> {
        let of = of.into();
        let part = self.path(of).with_extension("part");
        let kept = self.write(of, media, &part);
        if kept.is_err() {
            let _absent = fs::remove_file(&part);
        }
        let size_bytes = kept?;
        fs::rename(&part, self.path(of))?;
        fs::File::open(&self.folder)?.sync_all()?;
        Ok(size_bytes)
    }

    /// Marks an entry that is about to be added, before its media is kept.
    ///
    /// # Errors
    /// [`MediaError::DiskFull`]; [`MediaError::Unusable`].
    pub fn mark(&self, entry: &EntryId) -> Result<(), MediaError> {
        private().write(true).create(true).truncate(true).open(self.marks.join(entry.as_str()))?;
        Ok(())
    }

    /// The entries that are marked.
    ///
    /// # Errors
    /// [`MediaError::Unusable`].
    pub fn marked(&self) -> Result<Vec<EntryId>, MediaError> {
        let names = fs::read_dir(&self.marks)?.map(|file| Ok(file?.file_name()));
        let names: Vec<std::ffi::OsString> = names.collect::<io::Result<_>>()?;
        Ok(names.iter().filter_map(|name| name.to_str()?.parse().ok()).collect())
    }

    /// Takes the mark off an entry; its media goes with it unless it is `kept`.
    ///
    /// # Errors
    /// [`MediaError::Unusable`].
    pub fn settle(&self, entry: &EntryId, kept: bool) -> Result<(), MediaError> {
        if !kept {
            let path = self.path(entry.into());
            for path in [path.with_extension("part"), path] {
                absent(fs::remove_file(path))?;
            }
        }
        absent(fs::remove_file(self.marks.join(entry.as_str())))
    }

    fn write(&self, of: MediaOf<'_>, mut media: impl Read, path: &Path) -> Result<u64, MediaError> {
        let mut file = private().write(true).create(true).truncate(true).open(path)?;
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(io::Error::other)?;
        file.write_all(MAGIC)?;
        file.write_all(&nonce)?;
        let mut sealer = EncryptorBE32::<XChaCha20Poly1305>::new(&self.key, &stream_nonce(nonce));
        let refused = |_| MediaError::Unusable(io::Error::other("more chunks than one nonce is good for"));
        let (mut chunk, mut next) = (vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]);
        let (mut length, mut size_bytes) = (fill(&mut media, &mut chunk)?, 0);
        loop {
            size_bytes += length as u64;
            let next_length = fill(&mut media, &mut next)?;
            if next_length == 0 {
                let sealed = sealer.encrypt_last(payload(of, &chunk[..length])).map_err(refused)?;
                file.write_all(&sealed)?;
                break;
            }
            file.write_all(&sealer.encrypt_next(payload(of, &chunk[..length])).map_err(refused)?)?;
            std::mem::swap(&mut chunk, &mut next);
            length = next_length;
        }
        file.sync_all()?;
        Ok(size_bytes)
    }

    /// Writes the media of an item or entry to `target`. What it has written before an error is not to be used.
    ///
    /// # Errors
    /// [`MediaError::NotKept`]; [`MediaError::Damaged`]; [`MediaError::Unusable`].
    pub fn read<'a>(&self, of: impl Into<MediaOf<'a>>, mut target: impl Write) -> Result<(), MediaError> {
        let of = of.into();
        let mut file = fs::File::open(self.path(of))?;
        let mut head = [0; MAGIC.len() + NONCE_BYTES];
        if fill(&mut file, &mut head)? < head.len() || head[..MAGIC.len()] != *MAGIC {
            return Err(MediaError::Damaged);
        }
        let nonce = head[MAGIC.len()..].try_into().expect("the rest of the head is the nonce");
        let mut opener = DecryptorBE32::<XChaCha20Poly1305>::new(&self.key, &stream_nonce(nonce));
        let sealed_bytes = CHUNK_BYTES + TAG_BYTES;
        let (mut chunk, mut next) = (vec![0; sealed_bytes], vec![0; sealed_bytes]);
        let mut length = fill(&mut file, &mut chunk)?;
        loop {
            let next_length = fill(&mut file, &mut next)?;
            if next_length == 0 {
                let last =
                    opener.decrypt_last(payload(of, &chunk[..length])).map_err(|_| MediaError::Damaged)?;
                return Ok(target.write_all(&last)?);
            }
            let plain =
                opener.decrypt_next(payload(of, &chunk[..length])).map_err(|_| MediaError::Damaged)?;
            target.write_all(&plain)?;
            std::mem::swap(&mut chunk, &mut next);
            length = next_length;
        }
    }

    fn path(&self, of: MediaOf<'_>) -> PathBuf {
        self.folder.join(of.as_str())
    }
}

fn stream_nonce(bytes: [u8; NONCE_BYTES]) -> Nonce<XChaCha20Poly1305, StreamBE32<XChaCha20Poly1305>> {
    bytes.into()
}

fn payload<'a>(of: MediaOf<'a>, msg: &'a [u8]) -> Payload<'a, 'a> {
    Payload { msg, aad: of.as_str().as_bytes() }
}

/// What is not there needs no removal.
fn absent(removed: io::Result<()>) -> Result<(), MediaError> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn private() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.options_mut().mode(FILE_MODE);
    options
}

/// The key in this file, which is made when it is not there.
fn key(path: &Path) -> Result<Key, MediaError> {
    match fs::read(path) {
        Ok(bytes) => {
            let key: Result<[u8; KEY_BYTES], _> = bytes.try_into();
            key.map(Key::from).map_err(|_| MediaError::Key(path.to_owned()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut key = [0; KEY_BYTES];
            getrandom::fill(&mut key).map_err(io::Error::other)?;
            // Whole or not at all: half a key would lock out what is kept under it.
            let part = path.with_extension("part");
            let mut file = private().write(true).create(true).truncate(true).open(&part)?;
            file.write_all(&key)?;
            file.sync_all()?;
            fs::rename(&part, path)?;
            Ok(key.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Reads until `buffer` is full or there is no more; gives how much it read.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match source.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}
