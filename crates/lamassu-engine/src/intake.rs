//! Admitting an item: a sealed copy, a kind, an id.

use std::fs::File;
use std::io;
use std::sync::Arc;

use lamassu_case::ItemId;
use lamassu_media::Sealed;
use uuid::Uuid;

use crate::engine::{Actor, Engine};
use crate::error::EngineError;

/// Something that arrives to be checked.
#[derive(Debug)]
pub struct Arrival {
    /// What its sender calls it.
    pub reference: String,
    /// Its bytes.
    pub file: File,
    /// Who brings it.
    pub actor: Actor,
}

/// An item that was let in.
#[derive(Debug)]
pub struct Admitted {
    /// Its id.
    pub id: ItemId,
    /// What its sender calls it.
    pub reference: String,
    /// Its bytes, which nobody can change any more.
    pub media: Arc<Sealed>,
    /// When it came in, milliseconds since 1970.
    pub received_at_ms: i64,
    /// Who brought it.
    pub actor: Actor,
}

/// Lets an item in.
pub async fn admit(engine: &Engine, arrival: Arrival) -> Result<Admitted, EngineError> {
    let Arrival { reference, file, actor } = arrival;
    let received_at_ms = engine.clock.now_ms();
    let media = seal(engine, file).await?;
    Ok(Admitted { id: new_id(), reference, media: Arc::new(media), received_at_ms, actor })
}

/// A sealed copy of a file.
pub async fn seal(engine: &Engine, file: File) -> Result<Sealed, EngineError> {
    let (jail, temporary) = (Arc::clone(&engine.jail), engine.temporary.clone());
    let copying = move || {
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is not a regular file").into());
        }
        Sealed::copy(file, &temporary, jail.limits())
    };
    Ok(tokio::task::spawn_blocking(copying).await.map_err(EngineError::TaskDied)??)
}

/// A fresh id. Ids grow with time, which keeps the store's pages together.
pub fn new_id<T: std::str::FromStr<Err: std::fmt::Debug>>() -> T {
    Uuid::now_v7().to_string().parse().expect("a UUID in text is an id")
}
