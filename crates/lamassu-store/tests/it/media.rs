//! Kept media: sealed, whole or an error, and only with its key.

use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use lamassu_store::{MediaError, MediaVault};

use crate::samples::{entry_id, item_id};

fn vault(folder: &Path) -> Result<MediaVault, MediaError> {
    MediaVault::open(&folder.join("media"), &folder.join("keys/media.key"))
}

fn kept(folder: &Path, k: u64) -> PathBuf {
    folder.join("media").join(item_id(k).as_str())
}

fn read(vault: &MediaVault, k: u64) -> Result<Vec<u8>, MediaError> {
    let mut media = Vec::new();
    vault.read(&item_id(k), &mut media).map(|()| media)
}

/// Bytes that are sealed at once.
const CHUNK: usize = 64 << 10;

/// Bytes that do not repeat within a chunk.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|k| (k * k / 7 + k) as u8).collect()
}

#[test]
fn what_is_kept_comes_back_whatever_its_length() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vault = vault(folder.path()).expect("a new folder opens");
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17] {
        let media = bytes(length);
        assert_eq!(vault.keep(&item_id(1), &media[..]).expect("is kept"), length as u64);
        assert_eq!(read(&vault, 1).expect("opens"), media, "{length} bytes");
    }
    assert!(matches!(read(&vault, 2), Err(MediaError::NotKept)));
}

#[test]
fn nothing_of_it_lies_in_the_clear() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let words = b"a photograph of a lake ".repeat(10_000);
    vault(folder.path()).expect("opens").keep(&item_id(1), &words[..]).expect("is kept");
    let sealed = fs_err::read(kept(folder.path(), 1)).expect("is there");
    assert!(!sealed.windows(8).any(|window| window == b"photogra"));
    for path in [kept(folder.path(), 1), folder.path().join("keys/media.key")] {
        let mode = fs_err::metadata(path).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // Another start, the same key.
    assert_eq!(read(&vault(folder.path()).expect("opens again"), 1).expect("opens"), words);
}

#[test]
fn what_was_cut_changed_or_mixed_up_does_not_open() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vault = vault(folder.path()).expect("opens");
    vault.keep(&item_id(1), &bytes(200_000)[..]).expect("is kept");
    let whole = fs_err::read(kept(folder.path(), 1)).expect("is there");
    let damaged = |sealed: &[u8]| {
        fs_err::write(kept(folder.path(), 1), sealed).expect("is written");
        matches!(read(&vault, 1), Err(MediaError::Damaged))
    };
    for length in [0, 5, 27, 28, 1_000, 27 + (64 << 10) + 16, whole.len() - 1] {
        assert!(damaged(&whole[..length]), "cut to {length} bytes");
    }
    for at in (0..whole.len()).step_by(9_973) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        assert!(damaged(&flipped), "byte {at} changed");
    }
    assert!(damaged(&[&whole[..], b"more"].concat()));
    // The file of one item under the name of another.
    fs_err::write(kept(folder.path(), 2), &whole).expect("is written");
    assert!(matches!(read(&vault, 2), Err(MediaError::Damaged)));
}

#[test]
fn another_key_opens_nothing_and_half_a_key_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    vault(folder.path()).expect("opens").keep(&item_id(1), &bytes(10)[..]).expect("is kept");
    let key = folder.path().join("keys/media.key");
    fs_err::write(&key, [7; 32]).expect("is written");
    assert!(matches!(read(&vault(folder.path()).expect("opens"), 1), Err(MediaError::Damaged)));
    fs_err::write(&key, [7; 31]).expect("is written");
    assert_eq!(vault(folder.path()).err().map(|error| error.code()), Some("key-file-invalid"));
}

/// Gives some bytes and then fails.
struct Breaks(usize);

impl Read for Breaks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::Error::other("gone"));
        }
        let length = buffer.len().min(self.0);
        self.0 -= length;
        Ok(length)
    }
}

#[test]
fn a_keeping_that_breaks_off_leaves_what_was_there() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let vault = vault(folder.path()).expect("opens");
    vault.keep(&item_id(1), &bytes(10)[..]).expect("is kept");
    vault.keep(&item_id(1), Breaks(100_000)).expect_err("the source fails");
    assert_eq!(read(&vault, 1).expect("opens"), bytes(10));
    let files = fs_err::read_dir(folder.path().join("media")).expect("is there").flatten();
    assert_eq!(files.filter(|file| file.path().is_file()).count(), 1, "no part of it stays");
}

#[test]
fn what_was_added_by_halves_is_told_and_goes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let opened = vault(folder.path()).expect("opens");
    for k in 1..=2 {
        opened.mark(&entry_id(k)).expect("is marked");
        opened.keep(&entry_id(k), &bytes(100)[..]).expect("is kept");
    }
    // Another start finds both marks.
    let opened = vault(folder.path()).expect("opens again");
    let mut marked = opened.marked().expect("reads");
    marked.sort();
    assert_eq!(marked, [entry_id(1), entry_id(2)]);
    opened.settle(&entry_id(1), true).expect("is settled");
    opened.settle(&entry_id(2), false).expect("is settled");
    opened.settle(&entry_id(3), false).expect("nothing is there, nothing is done");
    assert_eq!(opened.marked().expect("reads"), []);
    let mut media = Vec::new();
    opened.read(&entry_id(1), &mut media).expect("was kept");
    assert_eq!(media, bytes(100));
    assert!(matches!(opened.read(&entry_id(2), Vec::new()), Err(MediaError::NotKept)));
}
