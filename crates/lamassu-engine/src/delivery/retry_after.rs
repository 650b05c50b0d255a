//! How long a host asks to be left alone (RFC 9110, 10.2.3).

use reqwest::header::HeaderValue;

/// The seconds in a `Retry-After`; none for a date, which would need a clock that both agree on, and for
/// anything else.
pub fn seconds(value: &HeaderValue) -> Option<i64> {
    let text = value.to_str().ok()?.trim();
    // Digits only: `parse` would take a sign.
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().unwrap_or(i64::MAX))
        .filter(|_| !text.is_empty())
}
