//! Letting items in: on disk before the sender is told.

use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use lamassu_case::{ItemId, Submission};
use lamassu_fingerprint::Digester;
use lamassu_media::ReadError;
use lamassu_store::{Accepted, Content, NewSubmission, StoredSubmission, SubmissionState};
use tokio::io::AsyncSeekExt;

use crate::engine::{Actor, Engine};
use crate::error::EngineError;
use crate::intake::{Post, Source, new_id};
use crate::views::ItemView;

/// Up to here a file is kept in the database, with its submission; a larger one in a file of its own.
const INLINE_BYTES_MAX: usize = 512 << 10;
/// Longest post with its links, in bytes.
const POST_BYTES_MAX: usize = 256 << 10;
/// Longest wait for an outcome, in milliseconds.
const WAIT_MS_MAX: u32 = 60_000;

/// What is sent in.
#[derive(Debug)]
pub enum Sent {
    /// A file, which was written to a spool.
    File(Spool),
    /// A post.
    Post(Post),
    /// The address of a file that is to be fetched.
    Remote(String),
}

/// A file on its way in. Dropped before it is let in, nothing of it stays.
#[derive(Debug)]
pub struct Spool {
    item: ItemId,
    memory: Vec<u8>,
    large: Option<tempfile::NamedTempFile>,
    folder: std::path::PathBuf,
    digester: Digester,
    size_bytes: u64,
}

/// An item that was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// Its id.
    pub item: ItemId,
    /// Whether the sender had sent it before.
    pub already: bool,
}

impl Write for Spool {
    /// Takes all of the next piece. It may wait for the disk.
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.size_bytes += piece.len() as u64;
        self.digester.update(piece);
        if let Some(large) = &mut self.large {
            large.write_all(piece)?;
        } else if self.memory.len() + piece.len() > INLINE_BYTES_MAX {
            let mut large = tempfile::Builder::new().prefix("part-").tempfile_in(&self.folder)?;
            large.write_all(&std::mem::take(&mut self.memory))?;
            large.write_all(piece)?;
            self.large = Some(large);
        } else {
            self.memory.extend_from_slice(piece);
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Spool {
    /// How many bytes were written.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Puts a large file where it waits; a small one stays in memory.
    fn settle(self) -> io::Result<(ItemId, Content, Option<Vec<u8>>)> {
        let sha256 = self.digester.finish().to_string();
        let content = Content::File { size_bytes: self.size_bytes, sha256 };
        let Some(large) = self.large else { return Ok((self.item, content, Some(self.memory))) };
        large.as_file().sync_all()?;
        large.persist(self.folder.join(self.item.as_str())).map_err(|error| error.error)?;
        fs_err::File::open(&self.folder)?.sync_all()?;
        Ok((self.item, content, None))
    }
}

impl Engine {
    /// A place to write an upload to, before it is let in.
    pub fn spool(&self) -> Spool {
        Spool {
            item: new_id(),
            memory: Vec::new(),
            large: None,
            folder: self.folder.incoming(),
            digester: Digester::default(),
            size_bytes: 0,
        }
    }

    /// Lets an item in. It is on disk when this returns, and will be decided whatever happens.
    ///
    /// # Errors
    /// [`EngineError::Submission`], [`EngineError::PostEmpty`], [`EngineError::PostTooLong`];
    /// [`EngineError::QueueFull`]; [`EngineError::Accept`]; a full or failing disk.
    pub async fn accept(
        &self,
        details: Submission,
        sent: Sent,
        sender: &Actor,
    ) -> Result<Entered, EngineError> {
        details.validate()?;
        let waiting = self.queue.counts().queued;
        if waiting >= self.queue.settings.queued_max {
            return Err(EngineError::QueueFull { waiting });
        }
        let (item, content, bytes) = settle(sent).await?;
        let lies_in_file = bytes.is_none() && matches!(content, Content::File { .. });
        let new = NewSubmission { item: item.clone(), sender: sender.0.clone(), details, content, bytes };
        let accepted = self.store.accept(&new, &self.stamp(sender)).await;
        if lies_in_file && !matches!(accepted, Ok(Accepted::New { .. })) {
            self.forget_file(&item);
        }
        Ok(match accepted? {
            Accepted::New { .. } => {
                self.queue.add(1);
                Entered { item, already: false }
            }
            Accepted::Already { item } => Entered { item, already: true },
        })
    }

    /// What is known of an item, once it is decided or could not be read, or after `wait_ms`.
    ///
    /// # Errors
    /// [`EngineError::ItemNotFound`]; [`EngineError::Storage`].
    pub async fn await_outcome(&self, item: &ItemId, wait_ms: u32) -> Result<ItemView, EngineError> {
        let waiter = self.queue.waiter(item);
        let view = async {
            let settled = waiter.notified();
            tokio::pin!(settled);
            // From here on nothing is missed: it is settled now, or the waiter is told.
            settled.as_mut().enable();
            let view = self.item(item).await?;
            if view.state != SubmissionState::Queued.name() {
                return Ok(view);
            }
            let wait = Duration::from_millis(u64::from(wait_ms.min(WAIT_MS_MAX)));
            match tokio::time::timeout(wait, settled).await {
                Ok(()) => self.item(item).await,
                Err(_) => Ok(view),
            }
        }
        .await;
        self.queue.leave(item, waiter);
        view
    }

    /// What a submission that waits is to be checked as.
    pub(crate) async fn source(
        &self,
        submission: &StoredSubmission,
        bytes: Option<Vec<u8>>,
    ) -> Result<Source, EngineError> {
        Ok(match (&submission.content, bytes) {
            (Content::Post { text, links }, _) => {
                Source::Post(Post { text: text.clone(), links: links.clone() })
            }
            (Content::Remote { url }, _) => Source::File(self.fetch(url).await?),
            (_, Some(bytes)) => Source::Bytes(bytes),
            (_, None) => {
                let path = self.folder.incoming().join(submission.item.as_str());
                Source::File(File::from(fs_err::File::open(path).map_err(ReadError::from)?))
            }
        })
    }

    /// What `url` leads to, in a file without a name.
    async fn fetch(&self, url: &str) -> Result<File, EngineError> {
        let file = tempfile::tempfile_in(self.folder.tmp()).map_err(EngineError::Upload)?;
        let mut file = tokio::fs::File::from_std(file);
        self.outward()?.download(url, &mut file, self.jail.limits().media_bytes_max).await?;
        file.rewind().await.map_err(EngineError::Upload)?;
        Ok(file.into_std().await)
    }

    /// Removes the file of an item that waits no more. What stays after a crash is swept at the next start.
    pub(crate) fn forget_file(&self, item: &ItemId) {
        if self.may_remove_files() {
            let _absent = fs_err::remove_file(self.folder.incoming().join(item.as_str()));
        }
    }
}

async fn settle(sent: Sent) -> Result<(ItemId, Content, Option<Vec<u8>>), EngineError> {
    match sent {
        Sent::File(spool) => {
            let settled = tokio::task::spawn_blocking(move || spool.settle()).await;
            Ok(settled.map_err(EngineError::TaskDied)?.map_err(EngineError::Upload)?)
        }
        Sent::Post(Post { text, links }) => {
            let size = text.as_deref().map_or(0, str::len) + links.iter().map(String::len).sum::<usize>();
            if size == 0 {
                return Err(EngineError::PostEmpty);
            }
            if size > POST_BYTES_MAX {
                return Err(EngineError::PostTooLong { bytes_max: POST_BYTES_MAX });
            }
            Ok((new_id(), Content::Post { text, links }, None))
        }
        Sent::Remote(url) => Ok((new_id(), Content::Remote { url }, None)),
    }
}
