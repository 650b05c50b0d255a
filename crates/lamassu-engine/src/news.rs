//! What changed just now, for those who watch: nothing here is kept, and what was missed is read anew.

use lamassu_case::{BankName, CaseId, CaseKind};
use tokio::sync::broadcast;

use crate::engine::Engine;

/// How many changes a watcher may lie behind; one that is slower misses some and is told so.
const BEHIND_MAX: usize = 1024;

/// A change that is in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A case changed.
    Case {
        /// The case.
        case: CaseId,
        /// The queue that it is in.
        kind: CaseKind,
        /// Its version from now on.
        version: u64,
        /// What happened.
        change: CaseChange,
    },
    /// A bank changed.
    Bank {
        /// The bank.
        bank: BankName,
        /// What happened.
        change: BankChange,
    },
}

/// What happened to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseChange {
    /// It was opened.
    Opened,
    /// A person decided it.
    Decided,
    /// A person took the decision back.
    Reopened,
    /// Something more was found in its item.
    Changed,
}

/// What happened to a bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BankChange {
    /// It was made.
    Created,
    /// An entry was added.
    EntryAdded,
    /// What people say about an entry changed.
    EntryChanged,
    /// An entry was taken out.
    EntryRemoved,
    /// New entries are being looked for in what came in before.
    LookingBack,
    /// A new entry was looked for in all that came in before.
    LookedBack,
    /// A new entry was compared with those before it.
    Compared,
    /// Whether it acts, or who approved that, changed.
    Acting,
}

/// Where changes are told.
#[derive(Debug)]
pub struct Newsroom(broadcast::Sender<News>);

impl Default for Newsroom {
    fn default() -> Self {
        Self(broadcast::Sender::new(BEHIND_MAX))
    }
}

impl Engine {
    /// Everything that changes from now on.
    pub fn watch(&self) -> broadcast::Receiver<News> {
        self.newsroom.0.subscribe()
    }

    /// Tells a change, once it is in the store.
    pub(crate) fn tell(&self, news: News) {
        // An error says that nobody watches.
        let _watched = self.newsroom.0.send(news);
    }

    /// Tells a change of a case.
    pub(crate) fn tell_case(&self, (case, kind): (&CaseId, CaseKind), version: u64, change: CaseChange) {
        self.tell(News::Case { case: case.clone(), kind, version, change });
    }

    /// Tells a change of a bank.
    pub(crate) fn tell_bank(&self, bank: &BankName, change: BankChange) {
        self.tell(News::Bank { bank: bank.clone(), change });
    }
}
