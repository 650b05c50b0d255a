//! What an administrator sets for the server, and every limit it holds to, each with its unit.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::Deserialize;

/// The table `[server]` of `lamassu.toml`. Everything has a default.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerSettings {
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Where only `/metrics` is answered, without a key; nowhere if not set.
    pub metrics_listen: Option<SocketAddr>,
    /// How people and platforms reach the server: with `https://`, cookies are for TLS only.
    pub public_url: Option<String>,
    /// Proxies whose word is taken for where a request comes from (`X-Forwarded-For`).
    pub proxies: Vec<IpAddr>,
    /// What one request or connection may take.
    pub limits: Limits,
    /// How often one sender may ask.
    pub rates: Rates,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8700)),
            metrics_listen: None,
            public_url: None,
            proxies: Vec::new(),
            limits: Limits::default(),
            rates: Rates::default(),
        }
    }
}

/// The settings cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("the settings of the server cannot be understood: {0}")]
pub struct SettingsError(String);

/// The part of `lamassu.toml` that is read here; the engine checks the rest.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    server: ServerSettings,
}

impl ServerSettings {
    /// The table `[server]` of the text of a `lamassu.toml`.
    ///
    /// # Errors
    /// [`SettingsError`] naming the line that is wrong.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let file: File = toml::from_str(text).map_err(|error| SettingsError(error.to_string()))?;
        Ok(file.server)
    }

    /// Where people reach the server that listens at `listening`, without a slash at the end.
    pub fn address(&self, listening: SocketAddr) -> String {
        let public = self.public_url.as_ref().map(|url| url.trim_end_matches('/').to_owned());
        public.unwrap_or_else(|| format!("http://{listening}"))
    }

    /// Whether the server is reached over TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// What one request or connection may take.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// A JSON body, in bytes.
    pub json_bytes_max: usize,
    /// The body of a batch, in bytes.
    pub batch_bytes_max: usize,
    /// A body with a file, in bytes.
    pub upload_bytes_max: usize,
    /// A request's line and headers, in bytes.
    pub head_bytes_max: usize,
    /// A request's headers, counted.
    pub headers_max: usize,
    /// Fingerprints in one batch of lookups.
    pub batch_lookups_max: u32,
    /// Rows of a page when the request does not say.
    pub page_rows: u32,
    /// Rows of a page at most.
    pub page_rows_max: u32,
    /// How long `wait_ms` may wait, in milliseconds.
    pub wait_ms_max: u32,
    /// How long a head may take to arrive, and how long an idle connection is kept, in milliseconds.
    pub head_ms_max: u64,
    /// How long a body may stand still, in milliseconds.
    pub body_idle_ms_max: u64,
    /// How long a JSON body may take, in milliseconds.
    pub json_ms_max: u64,
    /// How long a body with a file may take, in milliseconds.
    pub upload_ms_max: u64,
    /// How long an answer may take, in milliseconds.
    pub answer_ms_max: u64,
    /// How long reading a file may take before it is answered, in milliseconds.
    pub file_answer_ms_max: u64,
    /// How long a receiver may take none of its answer, in milliseconds.
    pub write_idle_ms_max: u64,
    /// Connections at a time.
    pub connections_max: usize,
    /// Connections at a time from one address; a proxy is one address.
    pub address_connections_max: usize,
    /// Requests at a time on one HTTP/2 connection.
    pub streams_max: u32,
    /// Connections to the events at a time, of one key or person.
    pub caller_watchers_max: usize,
    /// How long requests under way may take once the server is told to stop, in milliseconds.
    pub stop_ms_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            json_bytes_max: 256 << 10,
            batch_bytes_max: 1 << 20,
            upload_bytes_max: 8 << 30,
            head_bytes_max: 32 << 10,
            headers_max: 64,
            batch_lookups_max: 1000,
            page_rows: 50,
            page_rows_max: 500,
            wait_ms_max: 30_000,
            head_ms_max: 10_000,
            body_idle_ms_max: 20_000,
            json_ms_max: 30_000,
            upload_ms_max: 1_800_000,
            answer_ms_max: 60_000,
            file_answer_ms_max: 3_700_000,
            write_idle_ms_max: 30_000,
            connections_max: 1024,
            address_connections_max: 512,
            streams_max: 64,
            caller_watchers_max: 32,
            stop_ms_max: 30_000,
        }
    }
}

/// How often one sender may ask: a steady rate, and how much may come at once after a rest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rates {
    /// Requests of one key or person, lookups left out.
    pub requests: Rate,
    /// Fingerprints that one key or person looks up; they are sensitive, so they are counted apart.
    pub lookups: Rate,
    /// Items of one uploader's account.
    pub account_items: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            requests: Rate { per_minute: 6_000, at_once: 500 },
            lookups: Rate { per_minute: 60_000, at_once: 5_000 },
            account_items: Rate { per_minute: 60, at_once: 120 },
        }
    }
}

/// A steady rate, and how much may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// How many in a minute, steadily.
    pub per_minute: u32,
    /// How many at once after a rest.
    pub at_once: u32,
}
