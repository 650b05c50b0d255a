//! The only way out: HTTP to addresses that were checked, and no further.
//!
//! Whoever names a URL could have us ask machines that only we can reach. So names are resolved here,
//! every address is checked, the checked address is the one connected to, and redirects are not followed.

use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Response, header, redirect};
use tokio::io::AsyncWriteExt;
use url::{Host, Url};

use super::address::{Network, is_allowed};
use super::retry_after;

/// Longest URL, in bytes.
const URL_BYTES_MAX: usize = 2_048;
/// Most that is read of an answer nobody wants.
const REPLY_BYTES_MAX: usize = 64 << 10;
/// How long such an answer may take once its status is known, milliseconds.
const REPLY_MS_MAX: u64 = 2_000;
/// How long a connection may take, milliseconds.
const CONNECT_MS_MAX: u64 = 10_000;
/// How long a download may stand still, milliseconds.
const STANDSTILL_MS_MAX: u64 = 15_000;
/// How long a download may take in all, milliseconds.
const DOWNLOAD_MS_MAX: u64 = 600_000;
/// Most connections kept for the next request to the same host.
const IDLE_CONNECTIONS_MAX: usize = 2;
/// Most addresses of a name that are looked at.
const ADDRESSES_MAX: usize = 64;

/// Turns names into addresses; tests bring their own.
#[async_trait]
pub trait Names: Send + Sync {
    /// The addresses of `host`.
    ///
    /// # Errors
    /// When it has none or nobody answers.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The machine's own way to resolve names.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// A request could not be made or was not answered.
#[derive(Debug, thiserror::Error)]
pub enum OutwardError {
    /// Not a URL that anything is sent to.
    #[error(
        "this is not an http or https URL without user name and password, of at most {URL_BYTES_MAX} bytes"
    )]
    Invalid,
    /// It leads to a machine that is not public.
    #[error("the URL leads to an address that is not public")]
    Refused,
    /// The name has no address.
    #[error("the name of the host cannot be resolved")]
    Unresolved,
    /// No connection, or none that can be trusted.
    #[error("the host cannot be connected to")]
    Unreachable(#[source] reqwest::Error),
    /// It took too long.
    #[error("the host did not answer in time")]
    TimedOut,
    /// The connection broke, or what came was no HTTP.
    #[error("the connection broke before the answer was complete")]
    Broken(#[source] reqwest::Error),
    /// The answer was not what was asked for.
    #[error("the host answered with status {0}")]
    Status(u16),
    /// There is more than may be had.
    #[error("what the URL leads to is larger than {0} bytes")]
    TooLarge(u64),
    /// What came cannot be written.
    #[error("the download cannot be written")]
    Unwritable(#[source] io::Error),
    /// This machine cannot make such requests, say because it trusts no certificate authority.
    #[error("requests to the outside cannot be made on this machine")]
    Unavailable(#[source] reqwest::Error),
}

impl OutwardError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid => "url-invalid",
            Self::Refused => "url-refused",
            Self::Unresolved => "host-unresolved",
            Self::Unreachable(_) => "host-unreachable",
            Self::TimedOut => "host-timeout",
            Self::Broken(_) => "host-broke-off",
            Self::Status(_) => "host-status",
            Self::TooLarge(_) => "download-too-large",
            Self::Unwritable(_) => "download-unwritable",
            Self::Unavailable(_) => "outward-unavailable",
        }
    }
}

/// Something to post.
#[derive(Clone)]
pub struct PostRequest {
    /// Where.
    pub url: String,
    /// Headers: name and value.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// How long it may take in all, milliseconds.
    pub timeout_ms: u64,
}

/// What was answered to a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// How long the host asks to be left alone, in seconds.
    pub retry_after_s: Option<i64>,
}

/// The way out.
#[derive(Debug, Clone)]
pub struct Outward {
    client: Client,
    opened: Arc<[Network]>,
}

impl Outward {
    /// The way out, to public addresses and the networks in `opened`.
    ///
    /// # Errors
    /// [`OutwardError::Unavailable`].
    pub fn new(opened: &[Network]) -> Result<Self, OutwardError> {
        Self::with_names(opened, Arc::new(SystemNames))
    }

    /// As [`Outward::new`], with another way to resolve names.
    ///
    /// # Errors
    /// As [`Outward::new`].
    pub fn with_names(opened: &[Network], names: Arc<dyn Names>) -> Result<Self, OutwardError> {
        // Whoever was first has installed one, which is as good.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let opened: Arc<[Network]> = opened.into();
        let client = Client::builder()
            .user_agent(concat!("Lamassu/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Guard { names, opened: Arc::clone(&opened) }))
            .redirect(redirect::Policy::none())
            // A proxy would resolve the name again, and see what we say.
            .no_proxy()
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(Duration::from_millis(CONNECT_MS_MAX))
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .build()
            .map_err(OutwardError::Unavailable)?;
        Ok(Self { client, opened })
    }

    /// As [`check_url`], for the networks opened here.
    ///
    /// # Errors
    /// As [`check_url`].
    pub fn check(&self, url: &str) -> Result<Url, OutwardError> {
        check_url(url, &self.opened)
    }

    /// Posts, and gives the status of the answer. The answer itself is dropped.
    ///
    /// # Errors
    /// [`OutwardError`].
    pub async fn post(&self, post: PostRequest) -> Result<Reply, OutwardError> {
        let url = self.check(&post.url)?;
        let mut request = self.client.post(url).timeout(Duration::from_millis(post.timeout_ms));
        for (name, value) in &post.headers {
            request = request.header(*name, value);
        }
        let response = request.body(post.body).send().await.map_err(told)?;
        let status = response.status().as_u16();
        let retry_after_s = response.headers().get(header::RETRY_AFTER).and_then(retry_after::seconds);
        drain(response).await;
        Ok(Reply { status, retry_after_s })
    }

    /// Writes what `url` leads to into `file`, and gives its size in bytes.
    ///
    /// # Errors
    /// [`OutwardError`]; the file may then hold a part.
    pub async fn download(
        &self,
        url: &str,
        file: &mut tokio::fs::File,
        size_bytes_max: u64,
    ) -> Result<u64, OutwardError> {
        let url = self.check(url)?;
        let fetching = async {
            let response = within_standstill(self.client.get(url).send()).await?.map_err(told)?;
            if !response.status().is_success() {
                return Err(OutwardError::Status(response.status().as_u16()));
            }
            if response.content_length().is_some_and(|length| length > size_bytes_max) {
                return Err(OutwardError::TooLarge(size_bytes_max));
            }
            write(response, file, size_bytes_max).await
        };
        tokio::time::timeout(Duration::from_millis(DOWNLOAD_MS_MAX), fetching)
            .await
            .map_err(|_| OutwardError::TimedOut)?
    }
}

/// Whether anything would be sent to `url`, as far as can be told without resolving its name: to a public
/// address or one in the networks `opened`.
///
/// # Errors
/// [`OutwardError::Invalid`]; [`OutwardError::Refused`].
pub fn check_url(url: &str, opened: &[Network]) -> Result<Url, OutwardError> {
    if url.len() > URL_BYTES_MAX {
        return Err(OutwardError::Invalid);
    }
    let mut url = Url::parse(url).map_err(|_| OutwardError::Invalid)?;
    let plain =
        ["http", "https"].contains(&url.scheme()) && url.username().is_empty() && url.password().is_none();
    url.set_fragment(None);
    // The crate has turned every spelling of an IPv4 address into this one.
    let address = match url.host() {
        Some(Host::Domain(name)) if !name.is_empty() => None,
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        _ => return Err(OutwardError::Invalid),
    };
    match address {
        _ if !plain => Err(OutwardError::Invalid),
        Some(address) if !is_allowed(address, opened) => Err(OutwardError::Refused),
        _ => Ok(url),
    }
}

async fn write(
    response: Response,
    file: &mut tokio::fs::File,
    size_bytes_max: u64,
) -> Result<u64, OutwardError> {
    let mut pieces = response.bytes_stream();
    let mut size_bytes = 0_u64;
    while let Some(piece) = within_standstill(pieces.next()).await? {
        let piece = piece.map_err(told)?;
        size_bytes += piece.len() as u64;
        if size_bytes > size_bytes_max {
            return Err(OutwardError::TooLarge(size_bytes_max));
        }
        file.write_all(&piece).await.map_err(OutwardError::Unwritable)?;
    }
    file.flush().await.map_err(OutwardError::Unwritable)?;
    Ok(size_bytes)
}

async fn within_standstill<T>(waiting: impl Future<Output = T>) -> Result<T, OutwardError> {
    tokio::time::timeout(Duration::from_millis(STANDSTILL_MS_MAX), waiting)
        .await
        .map_err(|_| OutwardError::TimedOut)
}

/// Reads a short answer to its end, so that the connection serves again, and leaves a long or slow one.
async fn drain(mut response: Response) {
    let reading = async {
        let mut read_bytes = 0;
        while let Ok(Some(piece)) = response.chunk().await {
            read_bytes += piece.len();
            if read_bytes > REPLY_BYTES_MAX {
                break;
            }
        }
    };
    // The status is known: whatever becomes of the rest changes nothing.
    let _over = tokio::time::timeout(Duration::from_millis(REPLY_MS_MAX), reading).await;
}

/// Why our own resolver gave no address.
#[derive(Debug, thiserror::Error)]
enum NoAddress {
    #[error("an address of the name is not public")]
    Refused,
    #[error("the name has no address")]
    Unresolved,
}

/// What an error of the client means.
fn told(error: reqwest::Error) -> OutwardError {
    // Errors name the URL, which may hold a secret.
    let error = error.without_url();
    let mut source = Some(&error as &(dyn Error + 'static));
    while let Some(cause) = source {
        match cause.downcast_ref() {
            Some(NoAddress::Refused) => return OutwardError::Refused,
            Some(NoAddress::Unresolved) => return OutwardError::Unresolved,
            None => source = cause.source(),
        }
    }
    if error.is_timeout() {
        OutwardError::TimedOut
    } else if error.is_connect() {
        OutwardError::Unreachable(error)
    } else if error.is_builder() {
        OutwardError::Invalid
    } else {
        OutwardError::Broken(error)
    }
}

/// Resolves names and lets through what may be connected to.
struct Guard {
    names: Arc<dyn Names>,
    opened: Arc<[Network]>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, opened) = (Arc::clone(&self.names), Arc::clone(&self.opened));
        Box::pin(async move {
            let found = names.resolve(name.as_str()).await.unwrap_or_default();
            let found: Vec<IpAddr> = found.into_iter().take(ADDRESSES_MAX).collect();
            if found.is_empty() {
                return Err(NoAddress::Unresolved.into());
            }
            // One address that is not public among public ones is a trap or a mistake: none is used.
            if !found.iter().all(|address| is_allowed(*address, &opened)) {
                return Err(NoAddress::Refused.into());
            }
            let addresses: Addrs = Box::new(found.into_iter().map(|address| (address, 0).into()));
            Ok(addresses)
        })
    }
}
