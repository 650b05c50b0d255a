//! Quotas: how often one sender may ask.
//!
//! A bucket is one number, the time at which it is full again (the generic cell rate algorithm of
//! ITU-T I.371), so there is nothing to refill and a forgotten bucket is a full one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::settings::Rate;

/// Most senders that are told apart; those beyond share one bucket until others rest.
const SENDERS_MAX: usize = 100_000;
/// A minute in nanoseconds.
const MINUTE_NS: u64 = 60_000_000_000;
/// Under this name they do. No sender has an empty name.
const OTHERS: &str = "";

/// What is left after something was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// How much may come at once after a rest.
    pub limit: u32,
    /// How much may come now.
    pub remaining: u32,
    /// Until the bucket is full again, in seconds, rounded up.
    pub reset_s: u64,
}

/// Nothing is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// The bucket's state; nothing was taken.
    pub left: Left,
    /// Until the same may be asked again, in seconds, rounded up.
    pub retry_after_s: u64,
}

/// The buckets of all senders for one kind of request.
#[derive(Debug)]
pub struct Quota {
    nanos_each: u64,
    at_once: u32,
    full_at_ns: Mutex<HashMap<String, u64>>,
}

impl Quota {
    /// Full buckets of this rate.
    pub fn new(rate: Rate) -> Self {
        let nanos_each = MINUTE_NS / u64::from(rate.per_minute.max(1));
        Self { nanos_each, at_once: rate.at_once.max(1), full_at_ns: Mutex::default() }
    }

    /// Takes `count` for `sender` at `now`, the time since any fixed moment. More than a full bucket
    /// empties it.
    ///
    /// # Errors
    /// [`Spent`] when the bucket holds less.
    pub fn take(&self, sender: &str, count: u32, now: Duration) -> Result<Left, Spent> {
        let now = now.as_nanos() as u64;
        let room = self.nanos_each * u64::from(self.at_once);
        let cost = self.nanos_each * u64::from(count.min(self.at_once));
        let mut buckets = self.full_at_ns.lock().unwrap_or_else(PoisonError::into_inner);
        let sender =
            if buckets.contains_key(sender) || make_room(&mut buckets, now) { sender } else { OTHERS };
        let full_at = buckets.get(sender).copied().unwrap_or(0).max(now);
        let after = full_at + cost;
        if after - now > room {
            let retry_after_s = (after - now - room).div_ceil(1_000_000_000);
            return Err(Spent { left: self.left(full_at - now), retry_after_s });
        }
        match buckets.get_mut(sender) {
            Some(bucket) => *bucket = after,
            None => _ = buckets.insert(sender.to_owned(), after),
        }
        Ok(self.left(after - now))
    }

    fn left(&self, missing_ns: u64) -> Left {
        let missing = missing_ns.div_ceil(self.nanos_each) as u32;
        Left {
            limit: self.at_once,
            remaining: self.at_once.saturating_sub(missing),
            reset_s: missing_ns.div_ceil(1_000_000_000),
        }
    }
}

/// Forgets full buckets when there are too many; false when none is full.
fn make_room(buckets: &mut HashMap<String, u64>, now: u64) -> bool {
    if buckets.len() >= SENDERS_MAX {
        buckets.retain(|_, full_at| *full_at > now);
    }
    buckets.len() < SENDERS_MAX
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Left, Quota, SENDERS_MAX, Spent};
    use crate::settings::Rate;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_bucket_empties_and_fills() {
        let quota = Quota::new(Rate { per_minute: 60, at_once: 2 });
        assert_eq!(quota.take("a", 1, SECOND), Ok(Left { limit: 2, remaining: 1, reset_s: 1 }));
        assert_eq!(quota.take("a", 1, SECOND), Ok(Left { limit: 2, remaining: 0, reset_s: 2 }));
        let left = Left { limit: 2, remaining: 0, reset_s: 2 };
        assert_eq!(quota.take("a", 1, SECOND), Err(Spent { left, retry_after_s: 1 }));
        assert!(quota.take("b", 2, SECOND).is_ok(), "others are not touched");
        assert!(quota.take("a", 1, 2 * SECOND).is_ok());
        assert_eq!(quota.take("a", 0, 9 * SECOND).map(|left| left.remaining), Ok(2));
    }

    #[test]
    fn more_than_a_full_bucket_empties_it() {
        let quota = Quota::new(Rate { per_minute: 60, at_once: 5 });
        assert_eq!(quota.take("a", 9, SECOND).map(|left| left.remaining), Ok(0));
        assert_eq!(quota.take("a", 9, SECOND).unwrap_err().retry_after_s, 5);
    }

    #[test]
    fn a_flood_of_senders_is_held() {
        let quota = Quota::new(Rate { per_minute: 60, at_once: 1 });
        for sender in 0..SENDERS_MAX {
            assert!(quota.take(&sender.to_string(), 1, SECOND).is_ok());
        }
        assert!(quota.take("one more", 1, SECOND).is_ok(), "takes of the shared bucket");
        assert!(quota.take("another", 1, SECOND).is_err(), "which is empty now");
        assert!(quota.take("another", 1, 3 * SECOND).is_ok(), "rested senders are forgotten");
        assert!(quota.full_at_ns.lock().unwrap().len() < 10);
    }
}
