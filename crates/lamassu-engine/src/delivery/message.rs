//! What goes over the wire: body, headers, signature (<https://www.standardwebhooks.com>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::courier::Request;
use crate::secret::Secret;

/// What a secret begins with.
const SECRET_PREFIX: &str = "whsec_";
const SECRET_BYTES: usize = 32;

/// A fresh secret: 32 random bytes.
///
/// # Errors
/// When the system has no randomness to give.
pub fn new_secret() -> std::io::Result<Secret> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(Secret::new(format!("{SECRET_PREFIX}{}", STANDARD.encode(bytes))))
}

/// What is said, before it is signed.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// The message's id, the same in every attempt.
    pub id: &'a str,
    /// What it tells.
    pub event: &'a str,
    /// When the message was made, milliseconds since 1970.
    pub created_at_ms: i64,
    /// Its data, JSON.
    pub data: &'a str,
}

/// The request that carries a letter at `now_ms`, milliseconds since 1970. Its body is the same in every
/// attempt; the time that is signed is that of the attempt. None if the secret is none.
pub fn request(letter: Letter<'_>, url: &str, secret: &Secret, now_ms: i64) -> Option<Request> {
    let made = Timestamp::from_millisecond(letter.created_at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let _is_json: serde::de::IgnoredAny = serde_json::from_str(letter.data).ok()?;
    let event = serde_json::to_string(letter.event).ok()?;
    // The data goes out as it was stored, to the last digit; a time has nothing that JSON would escape.
    let body = format!("{{\"type\":{event},\"timestamp\":\"{made:.3}\",\"data\":{}}}", letter.data);
    let timestamp_s = now_ms.div_euclid(1_000);
    let webhook = standardwebhooks::Webhook::new(secret.reveal()).ok()?;
    let signature = webhook.sign(letter.id, timestamp_s, body.as_bytes()).ok()?;
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        (standardwebhooks::HEADER_WEBHOOK_ID, letter.id.to_owned()),
        (standardwebhooks::HEADER_WEBHOOK_TIMESTAMP, timestamp_s.to_string()),
        (standardwebhooks::HEADER_WEBHOOK_SIGNATURE, signature),
    ];
    Some(Request { url: url.to_owned(), headers, body })
}
