//! Reading banks and entries one by one and page by page.

use std::fs::File;
use std::io;

use lamassu_case::BankName;
use lamassu_store::{EntryFilter, EntryPlace, EntryQuery, Facets, Period};

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

    /// At most `rows` entries of a bank, and the place after which the next page starts if there may be one.
    ///
    /// # Errors
    /// [`EngineError::Entry`] when there is no such bank.
    pub async fn entries(
        &self,
        bank: &BankName,
        query: &EntryQuery,
        rows: u32,
    ) -> Result<(Vec<EntryRow>, Option<EntryPlace>), EngineError> {
        let page = self.store.entries(bank, query, rows).await?;
        let next = page.last().map(EntryPlace::of).filter(|_| page.len() >= rows as usize);
        Ok((page.into_iter().map(EntryRow::from).collect(), next))
    }

    /// How many entries of a bank have what; by month or year as asked, or as fits.
    ///
    /// # Errors
    /// [`EngineError::Entry`] when there is no such bank.
    pub async fn facets(
        &self,
        bank: &BankName,
        filter: &EntryFilter,
        period: Option<Period>,
    ) -> Result<Facets, EngineError> {
        Ok(self.store.facets(bank, filter, period).await?)
    }

    /// An empty file in the data folder that has no name: it is gone once it is closed.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn scratch(&self) -> io::Result<File> {
        tempfile::tempfile_in(self.folder.tmp())
    }
}
