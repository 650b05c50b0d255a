//! A hash list in a file, a stretch at a time, so that every answer is short and tells how far it is.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use lamassu_case::BankName;
use serde::{Deserialize, Serialize};

use super::{Import, ImportCounts, Lines, RejectedLine, Untold};
use crate::engine::{Actor, Engine};
use crate::error::EngineError;

/// Bytes that are read in one step.
const STEP_BYTES: usize = 4 << 20;
/// Rejected lines after which a step ends, so that its answer stays short.
const STEP_REJECTED_MAX: usize = 10_000;

/// Where the next step begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPlace {
    /// Bytes before it.
    pub offset_bytes: u64,
    /// Lines before it.
    pub line: u64,
    /// The header among those, if there is one.
    pub header: Option<String>,
}

/// What became of a stretch of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportStep {
    /// Where to go on; none at the end.
    pub next: Option<ImportPlace>,
    /// What became of its lines.
    pub counts: ImportCounts,
    /// Those that were not taken.
    pub rejected: Vec<RejectedLine>,
}

impl Engine {
    /// Brings a stretch of a list in, from `place` on.
    ///
    /// # Errors
    /// As [`Engine::import_rest`]; [`EngineError::Import`] when the file cannot be read, or is no list.
    pub(crate) async fn import_step(
        &self,
        (bank, untold): (BankName, Untold),
        file: File,
        place: ImportPlace,
        actor: &Actor,
    ) -> Result<ImportStep, EngineError> {
        self.store.bank(&bank).await?;
        let ImportPlace { offset_bytes, line: lines_before, header } = place;
        let read = move || Stretch::read(&file, offset_bytes);
        let stretch = tokio::task::spawn_blocking(read).await.map_err(EngineError::TaskDied)?;
        let stretch = stretch.map_err(EngineError::Import)?;
        let mut import = Import::new(bank, untold.clone());
        if offset_bytes > 0 {
            import.lines = Lines::after(untold, header.as_deref());
        }
        import.counts.lines = lines_before;
        let (mut rejected, mut taken_bytes) = (Vec::new(), 0);
        for line in stretch.lines() {
            taken_bytes += line.len() as u64 + 1;
            rejected.extend(self.import_line(&mut import, line, actor).await?);
            if rejected.len() >= STEP_REJECTED_MAX {
                break;
            }
        }
        self.import_rest(&mut import, actor).await?;
        let next = ImportPlace {
            offset_bytes: offset_bytes + taken_bytes,
            line: import.counts.lines,
            header: import.lines.header().map(str::to_owned),
        };
        import.counts.lines -= lines_before;
        let next = (next.offset_bytes < stretch.size_bytes).then_some(next);
        Ok(ImportStep { next, counts: import.counts, rejected })
    }
}

/// Whole lines of a file.
struct Stretch {
    bytes: Vec<u8>,
    /// Of the whole file.
    size_bytes: u64,
}

impl Stretch {
    fn read(file: &File, offset_bytes: u64) -> io::Result<Self> {
        let size_bytes = file.metadata()?.len();
        let mut bytes = vec![0; STEP_BYTES];
        let mut filled = 0;
        while filled < bytes.len() {
            match file.read_at(&mut bytes[filled..], offset_bytes + filled as u64)? {
                0 => break,
                read => filled += read,
            }
        }
        bytes.truncate(filled);
        if offset_bytes + (filled as u64) < size_bytes {
            let end = bytes.iter().rposition(|byte| *byte == b'\n').ok_or(io::ErrorKind::InvalidData)?;
            bytes.truncate(end + 1);
        }
        Ok(Self { bytes, size_bytes })
    }

    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let whole = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        let mut lines = whole.split(|byte| *byte == b'\n');
        // Nothing has one empty line, which is none.
        if self.bytes.is_empty() {
            lines.next();
        }
        lines
    }
}
