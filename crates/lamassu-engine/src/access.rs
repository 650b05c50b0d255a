//! Who may do what: keys of programs, people and their sessions. What is not allowed here is denied.
//!
//! What is recognised by a secret is found in memory, so that no request waits for the database; the store
//! has the same and is loaded when a data folder is opened. What is taken away is taken from memory first:
//! when a caller gives up in the middle, it is gone and not half there.

mod back_off;
mod caller;
mod command;
mod error;
mod keys;
mod live_sessions;
mod passwords;
mod people;
mod report;
mod setup;
mod sign_in;
mod sign_in_links;

pub(crate) use caller::person_actor;
pub use caller::{Caller, CallerKind};
pub use command::{AccessAnswer, AccessCommand, Expiry};
pub use error::AccessError;
pub use live_sessions::{Session, SignedIn};
pub use people::{PersonDraft, PersonWish};
pub use report::{KeyRow, PersonRow};

use lamassu_store::{StorageError, Store};

use back_off::BackOff;
use keys::LiveKeys;
use live_sessions::LiveSessions;
use passwords::Hashing;

/// What an engine knows in memory of keys, sessions and failed sign-ins.
pub(crate) struct Access {
    keys: LiveKeys,
    sessions: LiveSessions,
    back_off: BackOff,
    hashing: Hashing,
    /// Whoever starts or ends sessions: memory and store change in the same order.
    changing: tokio::sync::Mutex<()>,
}

impl Access {
    /// What a store knows.
    pub(crate) async fn load(store: &dyn Store) -> Result<Self, StorageError> {
        Ok(Self {
            keys: LiveKeys::load(store).await?,
            sessions: LiveSessions::load(store).await?,
            back_off: BackOff::default(),
            hashing: Hashing::default(),
            changing: tokio::sync::Mutex::default(),
        })
    }
}
