//! Answers which known entries lie within a radius, and aligns sequences of them.
//!
//! Pure: it holds hashes in memory and searches them; files belong to `lamassu-store`. One writer
//! applies the store's numbered changes; readers hold a [`Snapshot`] that never changes under them.
//! Search is exact: what a full scan would find, and it is a full scan for now.
//!
//! Useful for: which entries have a hash near this one. Not useful for: what an entry is called.

pub mod align;
mod change;
mod index;
mod segment;
mod snapshot;

pub use change::{Change, ChangeKind, EntryNumber, OutOfOrder};
pub use index::Index;
pub use snapshot::{Filter, Hit, Snapshot};
