//! Secrets at rest: sealed under a key that lies beside the database, not in it.

use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use fs_err as fs;
use fs_err::os::unix::fs::OpenOptionsExt;

/// The first byte of everything sealed.
const FORMAT: u8 = 1;
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

const KEY: &str = "secrets.key";
const FOLDER_MODE: u32 = 0o700;
const KEY_MODE: u32 = 0o600;

/// Something could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Something was sealed, but its key is gone.
    #[error("the key keys/{KEY} is missing")]
    KeyMissing,
    /// The key file cannot be read or made, or holds something else.
    #[error("the key keys/{KEY} cannot be used")]
    KeyUnusable(#[source] io::Error),
    /// It was sealed under another key or for something else, or it was changed.
    #[error("a stored secret cannot be opened with keys/{KEY}")]
    Refused,
}

impl VaultError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyMissing => "secrets-key-missing",
            Self::KeyUnusable(_) => "secrets-key-unusable",
            Self::Refused => "secrets-refused",
        }
    }
}

/// Seals and opens with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) under the data folder's key.
pub struct Vault {
    folder: PathBuf,
    cipher: Mutex<Option<XChaCha20Poly1305>>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Vault {
    /// The vault whose key lies in `folder`; nothing is read or made before it is needed.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), cipher: Mutex::default() }
    }

    /// Seals `plain`: a format byte, 24 bytes of nonce, the ciphertext and 16 bytes of tag. It opens only
    /// under the same `context`. Makes the key when there is none.
    ///
    /// # Errors
    /// [`VaultError::KeyUnusable`].
    pub fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let cipher = self.cipher(true)?;
        let mut nonce = [0; NONCE_BYTES];
        fill(&mut nonce)?;
        let payload = Payload { msg: plain, aad: context.as_bytes() };
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| VaultError::Refused)?;
        Ok([&[FORMAT][..], &nonce, &sealed].concat())
    }

    /// Opens what [`Vault::seal`] gave for the same `context`.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let cipher = self.cipher(false)?;
        let (format, rest) = sealed.split_first().ok_or(VaultError::Refused)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(VaultError::Refused)?;
        if *format != FORMAT {
            return Err(VaultError::Refused);
        }
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| VaultError::Refused)
    }

    fn cipher(&self, make: bool) -> Result<XChaCha20Poly1305, VaultError> {
        let mut known = self.cipher.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cipher) = &*known {
            return Ok(cipher.clone());
        }
        let key = match read(&self.folder.join(KEY))? {
            Some(key) => key,
            None if make => create(&self.folder)?,
            None => return Err(VaultError::KeyMissing),
        };
        Ok(known.insert(XChaCha20Poly1305::new(&Key::from(key))).clone())
    }
}

fn read(path: &Path) -> Result<Option<[u8; KEY_BYTES]>, VaultError> {
    let file = match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(VaultError::KeyUnusable)?,
    };
    let mut bytes = Vec::new();
    // One byte more than it may have shows that it is something else.
    file.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(VaultError::KeyUnusable)?;
    let wrong = |_| VaultError::KeyUnusable(io::Error::new(io::ErrorKind::InvalidData, "it is not 32 bytes"));
    bytes.try_into().map(Some).map_err(wrong)
}

/// Makes the key. It is on disk under its name before anything is sealed with it.
fn create(folder: &Path) -> Result<[u8; KEY_BYTES], VaultError> {
    let mut key = [0; KEY_BYTES];
    fill(&mut key)?;
    let write = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::set_permissions(folder, PermissionsExt::from_mode(FOLDER_MODE))?;
        let fresh = folder.join("secrets.key.new");
        let _absent = fs::remove_file(&fresh);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(KEY_MODE).open(&fresh)?;
        file.write_all(&key)?;
        file.sync_all()?;
        fs::rename(&fresh, folder.join(KEY))?;
        fs::File::open(folder)?.sync_all()?;
        fs::File::open(folder.parent().unwrap_or(folder))?.sync_all()
    };
    write().map_err(VaultError::KeyUnusable)?;
    Ok(key)
}

fn fill(bytes: &mut [u8]) -> Result<(), VaultError> {
    getrandom::fill(bytes).map_err(|error| VaultError::KeyUnusable(io::Error::other(error.to_string())))
}
