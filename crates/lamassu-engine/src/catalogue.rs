//! Reading banks and entries one by one and page by page.

use std::fs::File;
use std::io;

use lamassu_case::BankName;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::report::{BankRow, EntryRow};

impl Engine {
    /// A bank.
    ///
    /// # Errors
    /// [`EngineError::Bank`] when there is none of this name.
    pub async fn bank(&self, name: &BankName) -> Result<BankRow, EngineError> {
        Ok(BankRow::of(self.store.bank(name).await?, &self.policy))
    }

    /// At most `rows` entries of a bank, each after its number, from the one after number `after` on.
    ///
    /// # Errors
    /// [`EngineError::Bank`] when there is no such bank.
    pub async fn entries(
        &self,
        bank: &BankName,
        after: Option<u64>,
        rows: u32,
    ) -> Result<Vec<(u64, EntryRow)>, EngineError> {
        let page = self.store.entries(bank, after, rows).await?;
        Ok(page.into_iter().map(|entry| (entry.number, entry.into())).collect())
    }

    /// An empty file in the data folder that has no name: it is gone once it is closed.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn scratch(&self) -> io::Result<File> {
        tempfile::tempfile_in(self.folder.tmp())
    }
}
