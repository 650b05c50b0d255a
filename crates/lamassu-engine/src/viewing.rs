//! Looking at kept media: one picture of it, made anew in the jail, after that somebody looks is in the audit log.

use std::sync::Arc;

use lamassu_case::{BankName, EntryId, ItemId};
use lamassu_media::Sealed;
use lamassu_store::{EntryError, MediaError, MediaOf};

use crate::engine::{Actor, Engine};
use crate::error::EngineError;

/// Up to here decrypted media stays in memory, in bytes.
const MEMORY_BYTES_MAX: usize = 64 << 20;

impl Engine {
    /// What of an item is seen at `at_ms`, as a JPEG; none where there is no picture. A time beyond the end is
    /// the end.
    ///
    /// # Errors
    /// [`EngineError::Media`] when nothing is kept or it does not open; [`EngineError::Read`].
    pub async fn show_item(
        &self,
        id: &ItemId,
        at_ms: u32,
        actor: &Actor,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        let item = self.store.item(id).await?.ok_or(EngineError::ItemNotFound)?;
        self.show(id.into(), at_ms.min(item.duration_ms.saturating_sub(1)), actor).await
    }

    /// What of an entry is seen at `at_ms`, as [`Engine::show_item`]; also of one that was taken out of its bank,
    /// because cases still speak of it.
    ///
    /// # Errors
    /// [`EngineError::Entry`]; else as [`Engine::show_item`].
    pub async fn show_entry(
        &self,
        bank: &BankName,
        id: &EntryId,
        at_ms: u32,
        actor: &Actor,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        self.store.bank(bank).await?;
        let stored = self.store.entry_of_id(id).await?;
        if stored.entry.bank != *bank {
            return Err(EntryError::EntryNotFound.into());
        }
        if !stored.media_kept {
            return Err(MediaError::NotKept.into());
        }
        self.show(id.into(), at_ms.min(stored.entry.duration_ms.saturating_sub(1)), actor).await
    }

    async fn show(&self, of: MediaOf<'_>, at_ms: u32, actor: &Actor) -> Result<Option<Vec<u8>>, EngineError> {
        let sealed = self.decrypted(of).await?;
        let jail = Arc::clone(&self.jail);
        let making = move || jail.show(&sealed, at_ms);
        let shown = tokio::task::spawn_blocking(making).await.map_err(EngineError::TaskDied)??;
        self.store.note_media_viewed(of, at_ms, &self.stamp(actor)).await?;
        Ok(shown.map(|shown| shown.jpeg))
    }

    /// Kept media as it came in, for the jail.
    ///
    /// # Errors
    /// [`EngineError::Media`] when nothing is kept or it does not open.
    pub(crate) async fn decrypted(&self, of: MediaOf<'_>) -> Result<Sealed, EngineError> {
        let (vault, jail) = (Arc::clone(&self.media), Arc::clone(&self.jail));
        // Decrypted media lies in memory or in a file without a name, never where it could be found later.
        let temporary = self.folder.tmp();
        let mut plain = tempfile::SpooledTempFile::new_in(MEMORY_BYTES_MAX, temporary.clone());
        let of_owned = Owned::of(of);
        let opening = move || {
            vault.read(of_owned.borrowed(), &mut plain)?;
            std::io::Seek::rewind(&mut plain).map_err(EngineError::Upload)?;
            Ok(Sealed::copy(plain, &temporary, jail.limits())?)
        };
        tokio::task::spawn_blocking(opening).await.map_err(EngineError::TaskDied)?
    }
}

/// [`MediaOf`] for another thread.
enum Owned {
    Item(ItemId),
    Entry(EntryId),
}

impl Owned {
    fn of(of: MediaOf<'_>) -> Self {
        match of {
            MediaOf::Item(id) => Self::Item(id.clone()),
            MediaOf::Entry(id) => Self::Entry(id.clone()),
        }
    }

    fn borrowed(&self) -> MediaOf<'_> {
        match self {
            Self::Item(id) => id.into(),
            Self::Entry(id) => id.into(),
        }
    }
}
