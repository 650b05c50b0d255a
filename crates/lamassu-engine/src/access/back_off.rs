//! Who failed to sign in too often waits: doubling from the fifth failure, by name and by address.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::AccessError;

/// Failures before anybody waits.
const FREE_FAILURES: u32 = 5;

/// The first wait; each further failure doubles it.
const FIRST_WAIT_MS: i64 = 1_000;

/// The longest wait.
const WAIT_MS_MAX: i64 = 15 * 60 * 1000;

/// Failures are forgotten when there was none for this long.
const FORGET_MS: i64 = 24 * 60 * 60 * 1000;

/// From how many networks a name may have signed in last for its owner not to wait there for others'
/// failures.
const KNOWN_NETWORKS_MAX: usize = 4;

/// Most names, and most addresses, that are remembered; then the older half is forgotten.
const REMEMBERED_MAX: usize = 50_000;

/// Failures in a row.
#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last_at_ms: i64,
}

impl Failures {
    fn wait_ms(self, now_ms: i64) -> i64 {
        let doublings = self.count.checked_sub(FREE_FAILURES);
        let wait_ms = doublings.map_or(0, |n| (FIRST_WAIT_MS << n.min(20)).min(WAIT_MS_MAX));
        // Of a clock that was set back nobody waits longer than the wait itself.
        (wait_ms - now_ms.saturating_sub(self.last_at_ms).max(0)).max(0)
    }
}

/// An attempt under way. Until it is told to have succeeded it counts as failed, so that whoever breaks off
/// in the middle has failed.
#[derive(Debug)]
pub(super) struct Attempt {
    name: Option<String>,
    network: String,
    /// Whether the name signed in from there before, so that only the address counts.
    known: bool,
    address_before: Option<Failures>,
}

#[derive(Default)]
struct Remembered {
    names: HashMap<String, Failures>,
    addresses: HashMap<String, Failures>,
    /// From where each name signed in last. Without it whoever knows a name could keep its owner out for
    /// good.
    known: HashMap<String, VecDeque<String>>,
}

impl Remembered {
    fn is_known(&self, name: &str, network: &str) -> bool {
        self.known.get(name).is_some_and(|networks| networks.iter().any(|known| known == network))
    }

    fn wait_ms(&self, name: Option<&str>, network: &str, now_ms: i64) -> i64 {
        let by_name = name.filter(|name| !self.is_known(name, network)).and_then(|name| self.names.get(name));
        let both = by_name.into_iter().chain(self.addresses.get(network));
        both.map(|failures| failures.wait_ms(now_ms)).max().unwrap_or(0)
    }

    fn note_known(&mut self, name: &str, network: &str) {
        if !self.known.contains_key(name) && self.known.len() >= REMEMBERED_MAX {
            // There are fewer people than this; to wait for others' failures is all that it costs them.
            self.known.clear();
        }
        let networks = self.known.entry(name.to_owned()).or_default();
        networks.retain(|known| known != network);
        networks.push_back(network.to_owned());
        if networks.len() > KNOWN_NETWORKS_MAX {
            networks.pop_front();
        }
    }
}

/// What is remembered of failures, in memory only: a restart forgives.
#[derive(Default)]
pub(super) struct BackOff(Mutex<Remembered>);

impl BackOff {
    /// Refuses who has to wait.
    pub(super) fn check(&self, name: Option<&str>, from: &str, now_ms: i64) -> Result<(), AccessError> {
        waited(self.remembered().wait_ms(name, &network(from), now_ms))
    }

    /// Refuses who has to wait, and counts the attempt of who has not.
    pub(super) fn begin(
        &self,
        name: Option<String>,
        from: &str,
        now_ms: i64,
    ) -> Result<Attempt, AccessError> {
        let (mut remembered, network) = (self.remembered(), network(from));
        waited(remembered.wait_ms(name.as_deref(), &network, now_ms))?;
        let known = name.as_ref().is_some_and(|name| remembered.is_known(name, &network));
        if let Some(name) = name.as_ref().filter(|_| !known) {
            count(&mut remembered.names, name, now_ms);
        }
        let address_before = count(&mut remembered.addresses, &network, now_ms);
        Ok(Attempt { name, network, known, address_before })
    }

    /// The attempt succeeded: the name starts anew, the address is as before. Else whoever has one account
    /// could try out others without end.
    pub(super) fn succeeded(&self, attempt: &Attempt) {
        let mut remembered = self.remembered();
        if let Some(name) = &attempt.name {
            if !attempt.known {
                remembered.names.remove(name);
            }
            remembered.note_known(name, &attempt.network);
        }
        let Some(now) = remembered.addresses.get_mut(&attempt.network) else { return };
        let before = attempt.address_before.map_or(0, |before| before.count);
        now.count = now.count.saturating_sub(1);
        // Nobody else failed meanwhile: the wait runs from the failure before, too.
        if let Some(failures) = attempt.address_before.filter(|_| now.count == before) {
            *now = failures;
        }
        if now.count == 0 {
            remembered.addresses.remove(&attempt.network);
        }
    }

    /// Forgets the failures of a name.
    pub(super) fn forgive(&self, name: &str) {
        self.remembered().names.remove(name);
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn waited(wait_ms: i64) -> Result<(), AccessError> {
    if wait_ms > 0 {
        return Err(AccessError::SignInWait { retry_after_ms: wait_ms.unsigned_abs() });
    }
    Ok(())
}

/// Counts a failure and gives what was there before.
fn count(all: &mut HashMap<String, Failures>, key: &str, now_ms: i64) -> Option<Failures> {
    let before = all.get(key).copied().filter(|failures| now_ms - failures.last_at_ms < FORGET_MS);
    if !all.contains_key(key) && all.len() >= REMEMBERED_MAX {
        forget_older_half(all);
    }
    let count = before.map_or(0, |failures| failures.count).saturating_add(1);
    all.insert(key.to_owned(), Failures { count, last_at_ms: now_ms });
    before
}

fn forget_older_half(all: &mut HashMap<String, Failures>) {
    let mut times: Vec<i64> = all.values().map(|failures| failures.last_at_ms).collect();
    let middle = times.len() / 2;
    let (_, &mut median_ms, _) = times.select_nth_unstable(middle);
    let mut to_go = middle;
    all.retain(|_, failures| {
        let older = failures.last_at_ms < median_ms || (failures.last_at_ms == median_ms && to_go > 0);
        to_go -= usize::from(older && to_go > 0);
        !older
    });
}

/// Where an address belongs: of IPv6 the first 64 bits, because whoever has one has all of the rest. What is
/// no address is taken as it is.
fn network(from: &str) -> String {
    match from.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).to_string(),
        Ok(address) => address.to_string(),
        Err(_) => from.to_owned(),
    }
}
