//! The parent's side of the jail: starting, asking, timing and ending children.

mod opened;
mod pool;
mod process;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::ReadError;
use crate::kind::Kind;
use crate::limits::Limits;
use crate::progress::Progress;
use crate::reading::{Excerpt, Precision, Preview, Purpose, Reading, Wanted};
use crate::sealed::Sealed;
use crate::{picture, video};

pub use opened::Opened;
pub(crate) use pool::Pool;
pub use process::Tool;
pub(crate) use process::{Child, Program, Streams, deadline_after};

/// How the jail is built.
#[derive(Debug, Clone)]
pub struct JailConfig {
    /// The program that becomes the jailed child when its first argument is
    /// [`crate::CHILD_ARGUMENT`]: the running binary itself.
    pub program: PathBuf,
    /// Go on where the kernel has no landlock. Decoders can then read the file system.
    pub allow_without_landlock: bool,
    /// Decode only a part of each video that came in, at a part of the cost. Entries are always decoded in full.
    pub fast_video: bool,
    /// What one item may cost.
    pub limits: Limits,
}

/// What a machine offers for the jail, for `lamassu doctor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JailReport {
    /// Version of landlock; 0 when the kernel has none.
    pub landlock_abi: u8,
    /// Where `ffmpeg` is, if it is.
    pub ffmpeg: Option<PathBuf>,
    /// Where `ffprobe` is, if it is.
    pub ffprobe: Option<PathBuf>,
    /// Whether that `ffmpeg` decodes AVIF pictures.
    pub avif: bool,
    /// Whether that `ffmpeg` decodes HEIC pictures.
    pub heic: bool,
}

/// Reads foreign media; a few children are kept warm for pictures.
#[derive(Debug)]
pub struct Jail {
    config: JailConfig,
    pool: Pool,
}

impl Jail {
    /// A jail without any child yet.
    pub fn new(config: JailConfig) -> Self {
        Self { config, pool: Pool::default() }
    }

    /// What one item may cost.
    pub fn limits(&self) -> &Limits {
        &self.config.limits
    }

    /// Decodes and fingerprints `item`. Blocks until that is done or the item's deadline is over.
    ///
    /// # Errors
    /// [`ReadError`], about this item only: the next one meets a fresh child.
    pub fn read(&self, item: &Sealed, wanted: Wanted) -> Result<Reading, ReadError> {
        self.read_telling(item, wanted, &Progress::default())
    }

    /// As [`Jail::read`], and tells `progress` how far it is.
    ///
    /// # Errors
    /// As [`Jail::read`].
    pub fn read_telling(
        &self,
        item: &Sealed,
        wanted: Wanted,
        progress: &Progress,
    ) -> Result<Reading, ReadError> {
        match item.kind {
            Kind::Image(format) => picture::read(&self.config, &self.pool, item, format, wanted),
            Kind::Container(container) => {
                video::read(&video::Job { config: &self.config, item, wanted, progress }, container)
            }
            Kind::Document => Ok(digest_only(item, "document")),
            Kind::Text => Ok(digest_only(item, "text")),
        }
    }

    /// As [`Jail::read_telling`], and keeps the decoded picture in its child for further questions, as long as
    /// `Opened` is held.
    ///
    /// # Errors
    /// As [`Jail::read`].
    pub fn open(
        self: &Arc<Self>,
        item: &Sealed,
        wanted: Wanted,
        progress: &Progress,
    ) -> Result<(Reading, Opened), ReadError> {
        let Kind::Image(format) = item.kind else {
            return Ok((self.read_telling(item, wanted, progress)?, Opened::nothing()));
        };
        let (reading, child) = picture::open(&self.config, &self.pool, item, format, wanted)?;
        Ok((reading, Opened::new(Arc::clone(self), child)))
    }

    /// Shows what of `item` is seen at `at_ms`, no side longer than `review_side_px_max`, encoded anew; none where
    /// there is nothing to see. A time beyond the end is its end; a picture that does not play has no times.
    ///
    /// # Errors
    /// [`ReadError`], about this item only.
    pub fn show(&self, item: &Sealed, at_ms: u32) -> Result<Option<Preview>, ReadError> {
        match item.kind {
            Kind::Image(format) => picture::show(&self.config, &self.pool, item, format, at_ms),
            Kind::Container(container) => video::still::show(&self.config, item, container, at_ms),
            Kind::Document | Kind::Text => Ok(None),
        }
    }

    /// Plays what of `item` is heard from `at_ms` on, at most `review_sound_ms_max` of it, encoded anew; none where there
    /// is nothing to hear, as beyond its end.
    ///
    /// # Errors
    /// [`ReadError`], about this item only.
    pub fn hear(&self, item: &Sealed, at_ms: u32) -> Result<Option<Excerpt>, ReadError> {
        match item.kind {
            Kind::Container(container) => video::excerpt::hear(&self.config, item, container, at_ms),
            Kind::Image(_) | Kind::Document | Kind::Text => Ok(None),
        }
    }

    /// Starts a child and looks for the programs, to tell what this machine lacks.
    ///
    /// # Errors
    /// [`ReadError::NotStarted`] or [`ReadError::NoLandlock`].
    pub fn examine(&self) -> Result<JailReport, ReadError> {
        let child = Child::start(&self.config)?;
        let find = |tool: Tool| tool.find().ok();
        Ok(JailReport {
            landlock_abi: child.landlock_abi,
            ffmpeg: find(Tool::Ffmpeg),
            ffprobe: find(Tool::Ffprobe),
            avif: self.decodes(include_bytes!("../../../testdata/stills/still.avif")),
            heic: self.decodes(include_bytes!("../../../testdata/stills/still.heic")),
        })
    }

    /// Whether this picture, small enough for memory, is read.
    fn decodes(&self, picture: &[u8]) -> bool {
        let wanted = Wanted::of(Purpose::Item, Precision::Full);
        let item = Sealed::copy(picture, Path::new("/"), self.limits());
        item.is_ok_and(|item| self.read(&item, wanted).is_ok())
    }

    /// The running binary, which is the usual program of a [`JailConfig`].
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn own_program() -> std::io::Result<PathBuf> {
        // Not the path: the binary may be replaced by an upgrade while this process runs.
        let link = Path::new("/proc/self/exe");
        if fs_err::metadata(link).is_ok() { Ok(link.to_owned()) } else { std::env::current_exe() }
    }
}

fn digest_only(item: &Sealed, medium: &'static str) -> Reading {
    Reading {
        medium,
        digest: item.digest,
        size_bytes: item.size_bytes,
        size_px: None,
        duration_ms: 0,
        truncated: false,
        precision: Precision::Full,
        frames: Vec::new(),
        areas: Vec::new(),
        shots: Vec::new(),
        features: Vec::new(),
        sound: Vec::new(),
        preview: None,
    }
}
