//! Which stretch of an item shows which stretch of an entry, from single moments that are near.
//!
//! [`trace`] takes pictures and sound alike: [`weigh`]ed votes, a [path](Lane) through them that goes forward in both
//! timelines, the line through it at whatever rate it plays, and a walk along that line with the hashes
//! themselves, which finds the ends and closes the gaps.

mod line;
mod path;
mod rules;
mod stretch;
mod trace;
mod vote;
mod walk;

pub use rules::Rules;
pub use stretch::{Lane, RATES, Stretch};
pub use trace::trace;
pub use vote::{COMMON_ENTRIES_MIN, Span, Vote, by_entry, weigh};
pub use walk::Moment;
