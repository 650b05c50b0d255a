//! What can be asked of an engine, here or in another process.

use std::fs::File;
use std::sync::Arc;

use lamassu_case::audit::Verifier;
use lamassu_case::{BankName, EntryId, EntryMetadata};
use lamassu_media::Progress;
use lamassu_store::{EntryPlace, EntryQuery, PAGE_ROWS_MAX};
use serde::{Deserialize, Serialize};

use crate::access::{AccessAnswer, AccessCommand};
use crate::acting::{ActingCommand, ActingRow};
use crate::backup::BackupReport;
use crate::delivery::{WebhookAnswer, WebhookCommand};
use crate::engine::{Actor, Engine};
use crate::error::{EngineError, Failure};
use crate::import::{ImportPlace, ImportStep, Untold};
use crate::indexing::IndexReport;
use crate::intake::{Arrival, Source};
use crate::news::BankChange;
use crate::report::{AddedRow, AuditReport, BankRow, CheckReport, EntryRow};
use crate::{banks, flow};

/// Most entries in one answer, so that an answer stays far below a message's limit.
const ENTRIES_PAGE: u32 = 500;

/// Something asked of an engine. Files come beside it, opened by whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Make a bank.
    CreateBank {
        /// Its name.
        name: BankName,
    },
    /// Add the file to a bank.
    AddEntry {
        /// The bank.
        bank: BankName,
        /// What people say about it.
        metadata: EntryMetadata,
    },
    /// Bring a stretch of the hash list that comes as the file into a bank.
    Import {
        /// The bank.
        bank: BankName,
        /// What is assumed where the lines do not say it.
        untold: Untold,
        /// Where the stretch begins.
        place: ImportPlace,
    },
    /// List the banks.
    ListBanks,
    /// List a page of a bank's entries.
    ListEntries {
        /// The bank.
        bank: BankName,
        /// Which of them, in which order, and where the page starts.
        query: EntryQuery,
    },
    /// Take an entry out of a bank.
    RemoveEntry {
        /// The bank.
        bank: BankName,
        /// The entry.
        entry: EntryId,
        /// Why.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Replace what people say about an entry.
    ChangeEntry {
        /// The bank.
        bank: BankName,
        /// The entry.
        entry: EntryId,
        /// What they say from now on.
        metadata: EntryMetadata,
    },
    /// Check the file.
    Check {
        /// What to call it.
        path: String,
        /// Against this bank only.
        bank: Option<BankName>,
    },
    /// Verify the audit log.
    VerifyAudit,
    /// Compare the index with its checksums and with the store.
    VerifyIndex,
    /// Build the index anew from the store.
    RebuildIndex,
    /// Copy everything into the folder that comes as the file.
    Backup,
    /// Something about keys and people.
    Access(AccessCommand),
    /// Something about a bank that acts, or could.
    Acting {
        /// The bank.
        bank: BankName,
        /// What.
        command: ActingCommand,
    },
    /// Look after webhooks.
    Webhook(WebhookCommand),
}

/// What an engine answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// Done, nothing to tell.
    Done,
    /// The entry as the bank holds it.
    Added(Box<AddedRow>),
    /// What became of a stretch of a hash list.
    Imported(ImportStep),
    /// The banks.
    Banks(Vec<BankRow>),
    /// A page of entries, and the start of the next page if there may be one.
    Entries(Vec<EntryRow>, Option<EntryPlace>),
    /// The file was checked, or tells why not.
    Checked(CheckReport),
    /// The audit log holds together.
    Audit(AuditReport),
    /// How the index stands.
    Index(IndexReport),
    /// Everything was copied.
    BackedUp(BackupReport),
    /// What was asked about keys and people.
    Access(AccessAnswer),
    /// How a bank stands that acts, or could.
    Acting(Box<ActingRow>),
    /// About webhooks.
    Webhook(WebhookAnswer),
}

impl Engine {
    /// Does what `command` asks, with the `file` it is about.
    ///
    /// # Errors
    /// [`Failure`]. A check that fails because of its file is an answer, not an error.
    pub async fn execute(
        &self,
        command: Command,
        file: Option<File>,
        actor: &Actor,
    ) -> Result<Answer, Failure> {
        self.execute_telling(command, file, actor, &Arc::default()).await
    }

    /// As [`Engine::execute`], and tells `progress` how far the reading of the file is.
    ///
    /// # Errors
    /// As [`Engine::execute`].
    pub async fn execute_telling(
        &self,
        command: Command,
        file: Option<File>,
        actor: &Actor,
        progress: &Arc<Progress>,
    ) -> Result<Answer, Failure> {
        match command {
            Command::Check { path, bank } => {
                let checked = self.check((path.clone(), bank), file, actor, progress).await;
                let report = checked.unwrap_or_else(|error| CheckReport::failed(path, Failure::from(&error)));
                Ok(Answer::Checked(report))
            }
            Command::AddEntry { bank, metadata } => {
                let added = self.add((&bank, metadata), file, actor, progress).await;
                added.map(|added| Answer::Added(Box::new(added))).map_err(|error| Failure::from(&error))
            }
            other => self.change_or_list(other, file, actor).await.map_err(|error| Failure::from(&error)),
        }
    }

    async fn add(
        &self,
        entry: (&BankName, EntryMetadata),
        file: Option<File>,
        actor: &Actor,
        progress: &Arc<Progress>,
    ) -> Result<AddedRow, EngineError> {
        let file = file.ok_or(EngineError::FileMissing)?;
        let added = banks::add(self, entry, file, actor, progress).await?;
        Ok(AddedRow { entry: added.entry.into(), already: added.already })
    }

    async fn check(
        &self,
        (path, bank): (String, Option<BankName>),
        file: Option<File>,
        actor: &Actor,
        progress: &Arc<Progress>,
    ) -> Result<CheckReport, EngineError> {
        let file = file.ok_or(EngineError::FileMissing)?;
        let filter = self.filter(bank.as_ref()).await?;
        let source = Source::File(file);
        let (reference, progress) = (path.clone(), Arc::clone(progress));
        let arrival = Arrival { reference, source, actor: actor.clone(), submission: None, progress };
        let done = flow::run(self, arrival, &filter).await?;
        Ok(CheckReport::decided(path, done))
    }

    async fn change_or_list(
        &self,
        command: Command,
        file: Option<File>,
        actor: &Actor,
    ) -> Result<Answer, EngineError> {
        Ok(match command {
            Command::CreateBank { name } => {
                self.store.create_bank(&name, &self.stamp(actor)).await?;
                self.tell_bank(&name, BankChange::Created);
                Answer::Done
            }
            Command::Import { bank, untold, place } => {
                let file = file.ok_or(EngineError::FileMissing)?;
                Answer::Imported(self.import_step((bank, untold), file, place, actor).await?)
            }
            Command::RemoveEntry { bank, entry, reason } => {
                banks::remove(self, &bank, &entry, reason.as_deref(), actor).await?;
                Answer::Done
            }
            Command::ChangeEntry { bank, entry, metadata } => {
                let entry = banks::change(self, &bank, &entry, &metadata, actor).await?;
                Answer::Entries(vec![entry.into()], None)
            }
            Command::ListBanks => {
                let banks = self.store.banks().await?.into_iter();
                Answer::Banks(banks.map(|bank| BankRow::of(bank, &self.policy)).collect())
            }
            Command::ListEntries { bank, query } => {
                let (page, next) = self.entries(&bank, &query, ENTRIES_PAGE).await?;
                Answer::Entries(page, next)
            }
            Command::Access(command) => Answer::Access(self.execute_access(command, actor).await?),
            Command::Acting { bank, command } => {
                Answer::Acting(Box::new(self.execute_acting(&bank, command, actor).await?))
            }
            Command::VerifyAudit => Answer::Audit(self.verify_audit().await?),
            Command::VerifyIndex => Answer::Index(self.indexing.verify().await?),
            Command::RebuildIndex => {
                self.indexing.rebuild().await?;
                self.indexing.settle().await;
                Answer::Index(self.indexing.verify().await?)
            }
            Command::Backup => {
                let target = file.ok_or(EngineError::FileMissing)?;
                Answer::BackedUp(self.backup(&target).await?)
            }
            Command::Webhook(command) => Answer::Webhook(self.execute_webhook(command, actor).await?),
            Command::Check { .. } | Command::AddEntry { .. } => {
                unreachable!("checks and additions are answered by `execute_telling`")
            }
        })
    }

    async fn verify_audit(&self) -> Result<AuditReport, EngineError> {
        let mut verifier = Verifier::default();
        loop {
            let page = self.store.audit(verifier.records, PAGE_ROWS_MAX).await?;
            if page.is_empty() {
                break;
            }
            for record in &page {
                verifier.check(record)?;
            }
        }
        Ok(AuditReport { records: verifier.records, head: verifier.head.to_string() })
    }
}
