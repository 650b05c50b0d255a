//! The engine: one open data folder and everything that works on it.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};

use lamassu_case::{BankName, ItemId, Policy};
use lamassu_index::{Filter, Snapshot};
use lamassu_media::{Jail, JailConfig};
use lamassu_store::{DataFolder, MediaVault, Owner, SqliteStore, Stamp, Store, SubmissionState, Vault};

use crate::access::Access;
use crate::additions::Additions;
use crate::banks;
use crate::clock::{Clock, SystemClock};
use crate::delivery::Delivering;
use crate::error::EngineError;
use crate::indexing::Indexing;
use crate::lookup::EntryIds;
use crate::news::Newsroom;
use crate::queue::{Queue, QueueCounts};
use crate::recent::Recent;
use crate::secret::Secret;
use crate::settings::{self, IndexSettings, OutwardSettings, ReviewSettings, Settings};
use tokio::sync::Notify;

/// How long a command waits for another one to let go of the data folder, in milliseconds.
const LOCK_WAIT_MS: u32 = 10_000;

/// Who asks, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor(pub String);

/// One open data folder. Nobody else writes to it while this exists.
pub struct Engine {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) indexing: Arc<Indexing>,
    pub(crate) jail: Arc<Jail>,
    pub(crate) policy: Policy,
    pub(crate) media: Arc<MediaVault>,
    pub(crate) queue: Queue,
    pub(crate) additions: Additions,
    /// How many backups hold files back.
    pub(crate) holding: AtomicUsize,
    pub(crate) access: Access,
    pub(crate) entry_ids: EntryIds,
    /// Seals webhooks' secrets.
    pub(crate) vault: Arc<Vault>,
    pub(crate) delivering: Delivering,
    pub(crate) newsroom: Newsroom,
    /// What came in lately.
    pub(crate) recent: Recent,
    /// Entries came that are to be looked for in it.
    pub(crate) entries_came: Notify,
    /// Entries came that are to be compared with those before them.
    pub(crate) releases_came: Notify,
    /// One item at a time opens a case of a burst.
    pub(crate) opening_burst: tokio::sync::Mutex<()>,
    /// One item at a time opens a case of a near miss.
    pub(crate) opening_near_miss: tokio::sync::Mutex<()>,
    pub(crate) index_settings: IndexSettings,
    pub(crate) outward_settings: OutwardSettings,
    pub(crate) review_settings: ReviewSettings,
    pub(crate) folder: DataFolder,
    /// Where people reach the console, once a server tells.
    address: OnceLock<String>,
}

impl Engine {
    /// Opens the data folder at `path`, which is made when it is not there. `command` is what other
    /// processes are told when they find it taken; `program` becomes the jailed child.
    ///
    /// # Errors
    /// When the folder is taken, or its settings, policy or database cannot be used.
    pub async fn open(path: &Path, command: &str, program: PathBuf) -> Result<Self, EngineError> {
        let owner = Owner { pid: std::process::id(), command: command.to_owned() };
        let folder = DataFolder::open(path, &owner, LOCK_WAIT_MS).await?;
        let settings = Settings::of_folder(path)?;
        let policy_text = settings::read_if_there(&path.join("policy.toml"))
            .map_err(|error| EngineError::Settings(error.into()))?;
        let policy = Policy::parse(&policy_text)?;
        let store = SqliteStore::open(&folder.database()).await?;
        let jail = Jail::new(JailConfig {
            program,
            allow_without_landlock: settings.jail.allow_without_landlock,
            fast_video: settings.media.fast_video,
            limits: settings.limits,
        });
        let access = Access::load(&store).await?;
        let store: Arc<dyn Store> = Arc::new(store);
        let indexing = Indexing::open(Arc::clone(&store), folder.segments()?, settings.index).await?;
        let engine = Self {
            access,
            store,
            clock: Arc::new(SystemClock),
            indexing,
            jail: Arc::new(jail),
            policy,
            media: Arc::new(folder.media()?),
            queue: Queue::new(settings.intake),
            additions: Additions::default(),
            holding: AtomicUsize::new(0),
            entry_ids: EntryIds::default(),
            vault: Arc::new(Vault::new(&folder.keys())),
            delivering: Delivering::default(),
            newsroom: Newsroom::default(),
            recent: Recent::default(),
            entries_came: Notify::default(),
            releases_came: Notify::default(),
            opening_burst: tokio::sync::Mutex::default(),
            opening_near_miss: tokio::sync::Mutex::default(),
            index_settings: settings.index,
            outward_settings: settings.outward,
            review_settings: settings.review,
            folder,
            address: OnceLock::new(),
        };
        engine.store.put_policy(&engine.policy, &engine.stamp(&Actor("lamassu".to_owned()))).await?;
        engine.end_approvals_of_other_rules().await?;
        banks::settle_marked(&engine).await?;
        Ok(engine)
    }

    /// The same with another clock: tests bring their own.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Now, by this engine's clock, and who does it.
    pub(crate) fn stamp(&self, actor: &Actor) -> Stamp {
        Stamp { at_ms: self.clock.now_ms(), actor: actor.0.clone() }
    }

    /// The file of planned jobs.
    pub(crate) fn jobs_file(&self) -> PathBuf {
        self.folder.jobs()
    }

    /// Has due messages sent without waiting for the next look into the outbox.
    pub fn wake_delivery(&self) {
        self.delivering.wake();
    }

    /// Takes note of where people reach the console, such as `https://review.example`; the first word counts.
    pub fn set_address(&self, address: &str) {
        let _first = self.address.set(address.trim_end_matches('/').to_owned());
    }

    /// The link to a page of the console that takes `secret`, or without a server to name its path from the root.
    /// After the #, no proxy sees it and no log keeps it.
    pub fn link(&self, page: &str, secret: &Secret) -> Secret {
        let address = self.address.get().map_or("", String::as_str);
        Secret::new(format!("{address}/{page}#{}", secret.reveal()))
    }

    /// Where the server listens for commands.
    pub fn socket(&self) -> PathBuf {
        self.folder.socket()
    }

    /// What is known as of now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.indexing.snapshot()
    }

    /// Waits until what was sealed is checked, and builds it anew when it is damaged. Decisions wait for it.
    ///
    /// # Errors
    /// When it cannot be built anew.
    pub async fn index_checked(&self) -> Result<(), EngineError> {
        self.indexing.checked().await
    }

    /// How much waits to be decided.
    pub fn queue_counts(&self) -> QueueCounts {
        self.queue.counts()
    }

    /// Removes files that were let in by nobody: of uploads that broke off when the process ended, and of
    /// items decided just before it did.
    pub(crate) async fn sweep_incoming(&self) -> Result<(), EngineError> {
        for file in fs_err::read_dir(self.folder.incoming()).map_err(EngineError::Upload)? {
            let file = file.map_err(EngineError::Upload)?;
            let item: Option<ItemId> = file.file_name().to_str().and_then(|name| name.parse().ok());
            let waits = match &item {
                None => false,
                Some(item) => {
                    let submission = self.store.submission(item).await?;
                    submission.is_some_and(|it| it.state == SubmissionState::Queued)
                }
            };
            if !waits {
                fs_err::remove_file(file.path()).map_err(EngineError::Upload)?;
            }
        }
        Ok(())
    }

    /// Ends the work on the data folder.
    pub async fn close(self) {
        // What fails here is the time of the last minute's uses, which nothing rests on.
        let _noted = (self.flush_key_use().await, self.flush_session_use().await);
        self.indexing.settle().await;
        self.store.close().await;
    }

    /// The filter for one bank, which must exist, or for all.
    pub(crate) async fn filter(&self, bank: Option<&BankName>) -> Result<Filter, EngineError> {
        let Some(name) = bank else { return Ok(Filter::AllBanks) };
        self.store.bank(name).await?;
        Ok(Filter::Bank(self.indexing.bank_number(name)))
    }
}
