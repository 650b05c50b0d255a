//! When an attempt is made again.

use sha2::{Digest as _, Sha256};

/// How long after each failed attempt the next one follows, in seconds: about four days in all, so that
/// a receiver that is down for a day loses nothing.
pub const DELAYS_S: [i64; 13] =
    [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 86_400, 86_400, 86_400];

/// Longest wait that a receiver may ask for, in seconds.
pub const RETRY_AFTER_S_MAX: i64 = 86_400;

/// How much later than planned at most, as a share: receivers that went down together are not all tried
/// again at the same moment.
const JITTER_SHARE: f64 = 0.2;

/// When to try again after attempt number `attempts` (from 1) failed at `now_ms`, milliseconds since 1970;
/// none when that was the last. `seed` makes the jitter: the same gives the same, so that a run can be
/// repeated.
pub fn next_at_ms(attempts: u32, now_ms: i64, asked_s: Option<i64>, seed: &str) -> Option<i64> {
    let delay_s = *DELAYS_S.get(usize::try_from(attempts).ok()?.checked_sub(1)?)?;
    let planned_ms = (delay_s * 1_000) as f64 * (1.0 + JITTER_SHARE * share(seed, attempts));
    let asked_ms = asked_s.unwrap_or(0).clamp(0, RETRY_AFTER_S_MAX) * 1_000;
    Some(now_ms.saturating_add((planned_ms as i64).max(asked_ms)))
}

/// A number from 0 to 1 that looks random.
fn share(seed: &str, attempts: u32) -> f64 {
    let hash = Sha256::new().chain_update(seed).chain_update(attempts.to_be_bytes()).finalize();
    f64::from(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])) / f64::from(u32::MAX)
}
