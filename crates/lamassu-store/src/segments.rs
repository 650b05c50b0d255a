//! The index's sealed segments: files that never change, and a manifest that says which of them count.
//!
//! A segment is written under a name of its own, made durable, and only then named by a new manifest, which
//! replaces the old one in one step. Whatever the manifest does not name is left over from a program that ended
//! in between, and goes at the next start. The store stays the one truth: whatever cannot be used here is
//! built anew from it.

mod checked;
mod manifest;
mod mapped;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fs_err as fs;
use lamassu_index::local::Part;
use lamassu_index::{Damaged, Memory, SealedDraft, SealedFile, Segment, SegmentId};

use checked::Identity;
pub use manifest::{Manifest, SealedFeatures, SealedSegment};
use mapped::Mapped;

const MANIFEST: &str = "manifest";
const MANIFEST_DRAFT: &str = "manifest.draft";

/// What was sealed cannot be used. The message says what is damaged; the store can replace it.
#[derive(Debug, thiserror::Error)]
pub enum SegmentsError {
    /// The manifest is not what was written.
    #[error("the index's manifest is damaged")]
    Manifest,
    /// A segment that the manifest names is not there.
    #[error("{file} is missing from the index")]
    Missing {
        /// Its file.
        file: String,
    },
    /// A segment is not what was written.
    #[error("{file} of the index cannot be used: {damage}")]
    Segment {
        /// Its file.
        file: String,
        /// What of it is damaged.
        damage: Damaged,
    },
    /// No room left.
    #[error("the disk is full")]
    DiskFull(#[source] io::Error),
    /// Anything else, which a caller can only report.
    #[error("the folder of the index cannot be used")]
    Unusable(#[source] io::Error),
}

impl SegmentsError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Manifest | Self::Missing { .. } | Self::Segment { .. } => "index-damaged",
            Self::DiskFull(_) => "disk-full",
            Self::Unusable(_) => "folder-unusable",
        }
    }
}

impl From<io::Error> for SegmentsError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull(error),
            _ => Self::Unusable(error),
        }
    }
}

/// The folder of sealed segments. One process at a time works in it: it lies in a locked data folder.
#[derive(Debug, Clone)]
pub struct SegmentFolder {
    path: PathBuf,
}

impl SegmentFolder {
    /// Opens the folder at `path`, and makes it when there is none.
    ///
    /// # Errors
    /// [`SegmentsError::DiskFull`]; [`SegmentsError::Unusable`].
    pub fn open(path: &Path) -> Result<Self, SegmentsError> {
        fs::create_dir_all(path)?;
        Ok(Self { path: path.to_owned() })
    }

    /// What counts; none before anything was sealed.
    ///
    /// # Errors
    /// [`SegmentsError::Manifest`]; [`SegmentsError::Unusable`].
    pub fn manifest(&self) -> Result<Option<Manifest>, SegmentsError> {
        match fs::read(self.path.join(MANIFEST)) {
            Ok(bytes) => manifest::decode(&bytes).map(Some).ok_or(SegmentsError::Manifest),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A segment as it lies on disk, which can be searched at once. Only its header was looked at.
    ///
    /// # Errors
    /// [`SegmentsError::Missing`]; [`SegmentsError::Segment`]; [`SegmentsError::Unusable`].
    pub fn map<F: SealedFile>(&self, id: SegmentId) -> Result<F, SegmentsError> {
        let file = name::<F>(id);
        let mapped = match Mapped::open(&self.path.join(&file)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SegmentsError::Missing { file });
            }
            mapped => mapped?,
        };
        F::open(id, Arc::new(mapped)).map_err(|damage| SegmentsError::Segment { file, damage })
    }

    /// Reads all of a segment and compares its checksums. What is damaged is not trusted any more: the next start reads it,
    /// too, and has it built anew.
    ///
    /// # Errors
    /// [`SegmentsError::Segment`], naming the first section that is damaged.
    pub fn check<F: SealedFile>(&self, segment: &F) -> Result<(), SegmentsError> {
        segment.check().map_err(|damage| {
            let file = name::<F>(segment.id());
            checked::forget(&self.path.join(&file));
            SegmentsError::Segment { file, damage }
        })
    }

    /// The same for a mapped segment, but a large one that was found sound within a day, and did not change since, is
    /// not read again. `now_ms` is the machine's time, which is that of its files.
    ///
    /// # Errors
    /// As of [`SegmentFolder::check`].
    pub fn check_if_due<F: SealedFile>(&self, segment: &F, now_ms: i64) -> Result<(), SegmentsError> {
        let path = self.path.join(name::<F>(segment.id()));
        if checked::is_noted(&path, now_ms) {
            return Ok(());
        }
        let before = Identity::of(&path);
        self.check(segment)?;
        if let Ok(before) = before {
            checked::note(&path, before, now_ms);
        }
        Ok(())
    }

    /// The same segment in memory of large pages, where a search costs about half of what it does in a file.
    ///
    /// # Errors
    /// [`SegmentsError::Unusable`] when there is no room.
    pub fn in_memory<F: SealedFile>(&self, segment: &F) -> Result<F, SegmentsError> {
        let mut memory = Memory::of(segment.bytes().len())?;
        memory.bytes().copy_from_slice(segment.bytes());
        let opened = F::open(segment.id(), Arc::new(memory));
        opened.map_err(|damage| SegmentsError::Segment { file: name::<F>(segment.id()), damage })
    }

    /// Writes a segment and gives it, in memory. It is on disk when this returns, but counts only once a
    /// manifest names it.
    ///
    /// # Errors
    /// [`SegmentsError::DiskFull`]; [`SegmentsError::Unusable`]. What was written by then is removed.
    pub fn write<D: SealedDraft>(&self, id: SegmentId, draft: D) -> Result<D::File, SegmentsError> {
        let mut memory = Memory::of(draft.size_bytes())?;
        draft.write(memory.bytes());
        let path = self.path.join(name::<D::File>(id));
        if let Err(error) = durable(&path, memory.as_ref()) {
            let _absent = fs::remove_file(&path);
            return Err(error.into());
        }
        Ok(D::File::open(id, Arc::new(memory)).expect("it was just written"))
    }

    /// Makes `manifest` the one that counts, and removes what it does not name.
    ///
    /// # Errors
    /// [`SegmentsError::DiskFull`]; [`SegmentsError::Unusable`]. The one before then counts, and all that it
    /// names is there.
    pub fn swap(&self, manifest: &Manifest) -> Result<(), SegmentsError> {
        let draft = self.path.join(MANIFEST_DRAFT);
        durable(&draft, &manifest::encode(manifest))?;
        fs::rename(&draft, self.path.join(MANIFEST))?;
        self.make_names_durable()?;
        self.sweep(manifest)
    }

    /// Forgets everything that is sealed.
    ///
    /// # Errors
    /// [`SegmentsError::Unusable`].
    pub fn clear(&self) -> Result<(), SegmentsError> {
        match fs::remove_file(self.path.join(MANIFEST)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => self.make_names_durable()?,
        }
        self.sweep(&Manifest::default())
    }

    /// Removes the files that `manifest` does not name.
    ///
    /// # Errors
    /// [`SegmentsError::Unusable`].
    pub fn sweep(&self, manifest: &Manifest) -> Result<(), SegmentsError> {
        let segments = manifest.segments.iter().map(|segment| name::<Segment>(segment.id));
        let features = manifest.features.parts.iter().map(|part| name::<Part>(part.id));
        let named: Vec<String> = segments.chain(features).collect();
        for file in fs::read_dir(&self.path)? {
            let file = file?;
            let name = file.file_name();
            let is_left_over = name == MANIFEST_DRAFT
                || name.to_str().is_some_and(|name| {
                    let sealed = name.strip_prefix(checked::PREFIX).unwrap_or(name);
                    let is_ours = [Segment::PREFIX, Part::PREFIX].iter().any(|it| sealed.starts_with(it));
                    is_ours && !named.iter().any(|kept| kept == sealed)
                });
            if is_left_over {
                fs::remove_file(file.path())?;
            }
        }
        Ok(())
    }

    /// A rename or a removal is only certain once the folder itself is on disk.
    fn make_names_durable(&self) -> io::Result<()> {
        fs::File::open(&self.path)?.sync_all()
    }
}

fn name<F: SealedFile>(id: SegmentId) -> String {
    format!("{}{id:032x}", F::PREFIX)
}

fn durable(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
