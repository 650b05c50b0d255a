//! Looking at kept media and listening to it: one picture or a short stretch of sound, made anew in the jail, given out
//! once it is in the audit log.

use std::sync::Arc;

use lamassu_case::{BankName, EntryId, ItemId};
use lamassu_media::{Jail, ReadError, Sealed};
use lamassu_store::{EntryError, Exposure, MediaError, MediaOf};

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
        let duration_ms = self.kept_entry_ms(bank, id).await?;
        self.show(id.into(), at_ms.min(duration_ms.saturating_sub(1)), actor).await
    }

    /// What of an item is heard from `at_ms` on, as a WAVE file of at most `review_sound_ms_max`; none where there is
    /// nothing to be heard, as beyond its end.
    ///
    /// # Errors
    /// As [`Engine::show_item`].
    pub async fn hear_item(
        &self,
        id: &ItemId,
        at_ms: u32,
        actor: &Actor,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        self.store.item(id).await?.ok_or(EngineError::ItemNotFound)?;
        self.hear(id.into(), at_ms, actor).await
    }

    /// What of an entry is heard from `at_ms` on, as [`Engine::hear_item`]; also of one that was taken out of its bank.
    ///
    /// # Errors
    /// As [`Engine::show_entry`].
    pub async fn hear_entry(
        &self,
        bank: &BankName,
        id: &EntryId,
        at_ms: u32,
        actor: &Actor,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        self.kept_entry_ms(bank, id).await?;
        self.hear(id.into(), at_ms, actor).await
    }

    /// The length of an entry of this bank whose media is kept, in milliseconds.
    async fn kept_entry_ms(&self, bank: &BankName, id: &EntryId) -> Result<u32, EngineError> {
        self.store.bank(bank).await?;
        let stored = self.store.entry_of_id(id).await?;
        if stored.entry.bank != *bank {
            return Err(EntryError::EntryNotFound.into());
        }
        if !stored.media_kept {
            return Err(MediaError::NotKept.into());
        }
        Ok(stored.entry.duration_ms)
    }

    async fn show(&self, of: MediaOf<'_>, at_ms: u32, actor: &Actor) -> Result<Option<Vec<u8>>, EngineError> {
        let shown = self.made(of, move |jail, media| jail.show(media, at_ms)).await?;
        self.store.note_media_viewed(of, Exposure::Seen { at_ms }, &self.stamp(actor)).await?;
        Ok(shown.map(|shown| shown.jpeg))
    }

    async fn hear(&self, of: MediaOf<'_>, at_ms: u32, actor: &Actor) -> Result<Option<Vec<u8>>, EngineError> {
        let Some(excerpt) = self.made(of, move |jail, media| jail.hear(media, at_ms)).await? else {
            return Ok(None);
        };
        let exposure = Exposure::Heard { at_ms, heard_ms: excerpt.duration_ms };
        self.store.note_media_viewed(of, exposure, &self.stamp(actor)).await?;
        Ok(Some(excerpt.wav))
    }

    /// What `make` makes of kept media, on a thread that may wait.
    async fn made<T: Send + 'static>(
        &self,
        of: MediaOf<'_>,
        make: impl FnOnce(&Jail, &Sealed) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let media = self.decrypted(of).await?;
        let jail = Arc::clone(&self.jail);
        let making = tokio::task::spawn_blocking(move || make(&jail, &media));
        Ok(making.await.map_err(EngineError::TaskDied)??)
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
