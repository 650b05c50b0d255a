//! Admitting an item: a sealed copy, a kind, an id.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use lamassu_case::ItemId;
use lamassu_fingerprint::Digest;
use lamassu_media::{Progress, ReadError, Sealed};
use lamassu_store::StoredSubmission;
use uuid::Uuid;

use crate::engine::{Actor, Engine};
use crate::error::EngineError;

/// What is to be checked.
#[derive(Debug)]
pub enum Source {
    /// A file, from where it is read to its end.
    File(File),
    /// Bytes in memory.
    Bytes(Vec<u8>),
    /// A post: its text and the links in it.
    Post(Post),
}

/// A text that was posted, and the links in it. Nothing of it is media, so nothing needs to be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The text, if there is any.
    pub text: Option<String>,
    /// The links, as they were posted.
    pub links: Vec<String>,
}

/// Something that arrives to be checked.
#[derive(Debug)]
pub struct Arrival {
    /// What its sender calls it.
    pub reference: String,
    /// What it is.
    pub source: Source,
    /// Who brings it.
    pub actor: Actor,
    /// What was let in, if it came over the network. Only then does a case follow from it.
    pub submission: Option<StoredSubmission>,
    /// Is told how far its reading is.
    pub progress: Arc<Progress>,
}

/// The content of an admitted item.
#[derive(Debug, Clone)]
pub enum Admission {
    /// Media that nobody can change any more.
    Media(Arc<Sealed>),
    /// A post.
    Post(Post),
}

/// An item that was let in.
#[derive(Debug)]
pub struct Admitted {
    /// Its id.
    pub id: ItemId,
    /// What its sender calls it.
    pub reference: String,
    /// Its content.
    pub content: Admission,
    /// When it came in, milliseconds since 1970.
    pub received_at_ms: i64,
    /// Who brought it.
    pub actor: Actor,
    /// What was let in, if it came over the network.
    pub submission: Option<StoredSubmission>,
    /// Is told how far its reading is.
    pub progress: Arc<Progress>,
}

/// Lets an item in.
pub async fn admit(engine: &Engine, arrival: Arrival) -> Result<Admitted, EngineError> {
    let Arrival { reference, source, actor, submission, progress } = arrival;
    let (id, received_at_ms) = match &submission {
        Some(submission) => (submission.item.clone(), submission.received_at_ms),
        None => (new_id(), engine.clock.now_ms()),
    };
    let content = match source {
        Source::Post(post) => Admission::Post(post),
        Source::File(file) => Admission::Media(Arc::new(seal_file(engine, file).await?)),
        Source::Bytes(bytes) => Admission::Media(Arc::new(seal(engine, Cursor::new(bytes)).await?)),
    };
    Ok(Admitted { id, reference, content, received_at_ms, actor, submission, progress })
}

/// A sealed copy of a file.
pub async fn seal_file(engine: &Engine, file: File) -> Result<Sealed, EngineError> {
    if !file.metadata().map_err(ReadError::from)?.is_file() {
        let error = io::Error::new(io::ErrorKind::InvalidInput, "this is not a regular file");
        return Err(ReadError::from(error).into());
    }
    seal(engine, file).await
}

async fn seal(engine: &Engine, source: impl Read + Send + 'static) -> Result<Sealed, EngineError> {
    let (jail, temporary) = (Arc::clone(&engine.jail), engine.folder.tmp());
    let copying = move || Sealed::copy(source, &temporary, jail.limits());
    Ok(tokio::task::spawn_blocking(copying).await.map_err(EngineError::TaskDied)??)
}

impl Post {
    /// The bytes that stand for it: its text, or else its links, a line each.
    pub fn bytes(&self) -> Vec<u8> {
        self.text.clone().unwrap_or_else(|| self.links.join("\n")).into_bytes()
    }

    /// What it is looked for by: the digests of its text and of each link.
    pub fn digests(&self) -> Vec<Digest> {
        let links = self.links.iter().map(|link| Digest::of(link.as_bytes()));
        std::iter::once(Digest::of(&self.bytes())).chain(links).collect()
    }
}

/// A fresh id. Ids grow with time, which keeps the store's pages together.
pub fn new_id<T: std::str::FromStr<Err: std::fmt::Debug>>() -> T {
    Uuid::now_v7().to_string().parse().expect("a UUID in text is an id")
}
