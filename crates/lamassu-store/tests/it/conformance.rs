//! What every store does, whatever database is behind it.

pub mod audit;
pub mod banks;
pub mod cases;
pub mod catalogue;
pub mod changes;
pub mod entries;
pub mod hashes;
pub mod items;
pub mod keys;
pub mod kinship;
pub mod mandates;
pub mod outbox;
pub mod people;
pub mod policies;
pub mod recent;
pub mod sessions;
pub mod submissions;
