//! Answers which known entries lie within a radius, and aligns sequences of them.
//!
//! Pure: it searches bytes and makes bytes; files and their mapping belong to `lamassu-store`. One writer
//! applies the store's numbered changes; readers hold a [`Snapshot`] that never changes under them. Search is
//! exact: it finds what a full scan would find, at any radius.
//!
//! Useful for: which entries have a hash near this one. Not useful for: what an entry is called.

pub mod align;
mod bands;
mod batch;
mod build;
mod change;
mod cost;
mod index;
mod kernel;
mod layout;
pub mod local;
mod merge;
mod order;
mod run;
mod sealed;
mod search;
mod segment;
mod skew;
mod snapshot;
mod table;
mod tombstones;
mod tuning;
pub mod words;
pub mod workload;

pub use change::{Change, ChangeKind, EntryNumber, OutOfOrder};
pub use index::Index;
pub use kernel::Kernel;
pub use merge::{Merge, MergeDraft, Superseded};
pub use sealed::{Bytes, Damaged, Memory, SealedDraft, SealedFile, SegmentId};
pub use segment::Segment;
pub use snapshot::{Filter, Hit, Snapshot};
pub use tuning::{Method, Tuning};
