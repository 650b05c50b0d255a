//! Which entries share seconds: each is compared once with those that were banked before it.

use async_trait::async_trait;
use lamassu_case::{BankName, EntryId, Method, Segment};
use lamassu_fingerprint::ReadFrame;

use crate::storage::StorageError;
use crate::store::Stamp;

/// An entry that is yet to be compared with those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingKinSearch {
    /// The entry's number.
    pub entry: u64,
    /// Its fingerprints in all orientations.
    pub frames: Vec<ReadFrame>,
}

/// What an entry shares with one that was banked before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKin {
    /// The number of the other one.
    pub other: u64,
    /// How that was found.
    pub method: Method,
    /// Which seconds: the item's side is the entry's, the entry's side the other one's.
    pub segments: Vec<Segment>,
}

/// Two entries that share seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kin {
    /// The one that was banked later.
    pub entry: EntryId,
    /// The other one.
    pub other: EntryId,
    /// How that was found.
    pub method: Method,
    /// Which seconds, as in [`NewKin`].
    pub segments: Vec<Segment>,
}

/// Which entries share seconds.
#[async_trait]
pub trait Kinships {
    /// A page of the entries that wait to be compared, by number.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn waiting_kin_searches(&self, limit: u32) -> Result<Vec<WaitingKinSearch>, StorageError>;

    /// Notes what an entry shares, in the place of what was noted before, and that its search is done.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn finish_kin_search(&self, entry: u64, kin: &[NewKin], stamp: &Stamp) -> Result<(), StorageError>;

    /// At most `limit` pairs of which one is in the bank, those that were banked last first; entries that were taken
    /// out are in none.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn kin_of_bank(&self, bank: &BankName, limit: u32) -> Result<Vec<Kin>, StorageError>;

    /// How many entries of a bank wait to be compared.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn kin_waiting(&self, bank: &BankName) -> Result<u64, StorageError>;
}
