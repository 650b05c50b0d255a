//! A jail of its own for a test, with a folder of its own.

use std::io::Read;
use std::path::{Path, PathBuf};

use lamassu_fingerprint::{Bits256, ReadFrame, View};
use lamassu_media::{Jail, JailConfig, Limits, Precision, Purpose, ReadError, Reading, Sealed, Wanted};
use tempfile::TempDir;

/// All pixels, as an item, without a preview.
pub const ITEM: Wanted = Wanted::of(Purpose::Item, Precision::Full);

/// A jail whose children are known by the path of their program.
pub struct Room {
    folder: TempDir,
    program: PathBuf,
    pub jail: Jail,
}

impl Room {
    pub fn new() -> Self {
        Self::with(Limits::default())
    }

    pub fn with(limits: Limits) -> Self {
        Self::of(limits, false)
    }

    /// One that reads videos in fast mode.
    pub fn fast() -> Self {
        Self::of(Limits::default(), true)
    }

    fn of(limits: Limits, fast_video: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("child");
        fs_err::os::unix::fs::symlink(env!("CARGO_BIN_EXE_jailed-child"), &program).unwrap();
        let config =
            JailConfig { program: program.clone(), allow_without_landlock: false, fast_video, limits };
        Self { folder, program, jail: Jail::new(config) }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn read_from(&self, source: impl Read, wanted: Wanted) -> Result<Reading, ReadError> {
        let item = Sealed::copy(source, self.folder(), self.jail.limits())?;
        self.jail.read(&item, wanted)
    }

    pub fn read(&self, bytes: &[u8]) -> Result<Reading, ReadError> {
        self.read_from(bytes, ITEM)
    }

    /// The medium of what was read, or the code of the error.
    pub fn outcome(&self, bytes: &[u8]) -> &'static str {
        match self.read(bytes) {
            Ok(reading) => reading.medium,
            Err(error) => error.code(),
        }
    }

    /// The numbers of the living children.
    pub fn children(&self) -> Vec<i32> {
        let mut found = Vec::new();
        for entry in fs_err::read_dir("/proc").unwrap().flatten() {
            let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            let Ok(line) = fs_err::read(entry.path().join("cmdline")) else { continue };
            if line.starts_with(self.program.as_os_str().as_encoded_bytes()) {
                found.push(number);
            }
        }
        found
    }
}

/// The upright hash of the whole first picture.
pub fn first_hash(reading: &Reading) -> Bits256 {
    whole(reading).next().expect("there is a picture").bits[0]
}

/// The frames of the view that is the whole picture.
pub fn whole(reading: &Reading) -> impl Iterator<Item = &ReadFrame> {
    reading.frames.iter().filter(|frame| frame.view == View::Full)
}
