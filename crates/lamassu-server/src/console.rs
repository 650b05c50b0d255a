//! The console: the pages that people work in, embedded in the program and answered to browsers.
//!
//! One page answers every address that is not the API's; it finds its way by the address. Its files are named
//! after their content, so browsers keep them for good, while the page itself is asked for anew each time.

mod accept;

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use lamassu_fingerprint::Digest;

use crate::codes::Code;
use crate::fault::Fault;
use crate::server::App;

/// The files of `web/dist`, as far as they were built.
const EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/console.rs"));

/// The page for all addresses.
const PAGE: &str = "index.html";
/// Files below this are named after their content.
const ASSETS: &str = "assets/";
/// What is not the console's. Nothing below these is ever answered with a page.
const OTHERS: [&str; 5] = ["api", "docs", "healthz", "readyz", "metrics"];
/// Encodings that files may lie in beside themselves, the better one first, and how those are named.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// What the pages may load: what comes from this server, nothing that is written into the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
     media-src 'self' blob:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
     form-action 'self'";
/// What the pages never use.
const PERMISSIONS: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), \
     publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";
/// Instead of the pages where they were not built.
const NOT_BUILT: &str = "The console was not built into this program. `make web` builds it into web/dist; \
     build the program again after that. The API and its page /docs work without it.\n";

/// The console's files.
#[derive(Debug, Default)]
pub struct Console {
    files: BTreeMap<String, File>,
}

#[derive(Debug)]
struct File {
    /// Its content type.
    kind: &'static str,
    /// As it is, and in the encodings that it lies in.
    plain: Stored,
    encoded: Vec<(&'static str, Stored)>,
}

/// Bytes, and what tells them from others.
#[derive(Debug, Clone)]
struct Stored {
    bytes: Bytes,
    etag: HeaderValue,
}

impl Console {
    /// The console that was built with this program; one without files if none was.
    pub fn embedded() -> Self {
        Self::of(EMBEDDED.iter().map(|(name, bytes)| (*name, Bytes::from_static(bytes))))
    }

    /// A console of these files: their path in `web/dist`, and their bytes. `x.br` and `x.gz` are what `x` is
    /// sent as to whom takes it so.
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, Bytes)>) -> Self {
        let stored: BTreeMap<&str, Stored> =
            files.into_iter().map(|(name, bytes)| (name, Stored::new(bytes))).collect();
        let is_twin = |name: &&str| {
            let of = ENCODINGS.iter().find_map(|(_, ending)| name.strip_suffix(ending));
            of.is_some_and(|name| stored.contains_key(name))
        };
        let file = |name: &&str| {
            let twin =
                |(encoding, ending)| Some((encoding, stored.get(&*format!("{name}{ending}"))?.clone()));
            let encoded = ENCODINGS.into_iter().filter_map(twin).collect();
            ((*name).to_owned(), File { kind: kind(name), plain: stored[*name].clone(), encoded })
        };
        Self { files: stored.keys().filter(|name| !is_twin(name)).map(file).collect() }
    }

    /// The file at a path, or the page for a browser that goes to an address of the console's.
    fn find(&self, path: &str, headers: &HeaderMap) -> Option<(&str, &File)> {
        let first = path.split('/').next().unwrap_or_default();
        if OTHERS.contains(&first) {
            return None;
        }
        let file = self.files.get_key_value(if path.is_empty() { PAGE } else { path });
        let is_page = !path.starts_with(ASSETS) && accept::takes(headers, &header::ACCEPT, "text/html");
        let found = file.or_else(|| self.files.get_key_value(PAGE).filter(|_| is_page));
        found.map(|(name, file)| (name.as_str(), file))
    }
}

impl Stored {
    fn new(bytes: Bytes) -> Self {
        let etag = format!("\"{}\"", Digest::of(&bytes));
        Self { bytes, etag: HeaderValue::from_str(&etag).expect("a digest is hexadecimal") }
    }
}

impl File {
    /// What this browser takes, and its encoding.
    fn choose(&self, headers: &HeaderMap) -> (&Stored, Option<&'static str>) {
        let taken = |encoding: &str| accept::takes(headers, &header::ACCEPT_ENCODING, encoding);
        let best = self.encoded.iter().find(|(encoding, _)| taken(encoding));
        best.map_or((&self.plain, None), |(encoding, stored)| (stored, Some(*encoding)))
    }
}

/// Answers what is no route of the API.
pub async fn answer(State(app): State<App>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return Fault::new(Code::NotFound).into_response();
    }
    let path = uri.path().trim_start_matches('/');
    let response = match app.console.find(path, &headers) {
        Some((name, file)) => send(name, file, &headers),
        None if path.is_empty() && app.console.files.is_empty() => NOT_BUILT.into_response(),
        None => return Fault::new(Code::NotFound).into_response(),
    };
    if method == Method::HEAD { response.map(|_| Body::empty()) } else { response }
}

fn send(name: &str, file: &File, headers: &HeaderMap) -> Response {
    let (stored, encoding) = file.choose(headers);
    let caching = if name.starts_with(ASSETS) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let same = |value: &HeaderValue| {
        value.as_bytes().split(|b| *b == b',').any(|tag| {
            tag.trim_ascii().strip_prefix(b"W/").unwrap_or(tag.trim_ascii()) == stored.etag.as_bytes()
        })
    };
    let unchanged = headers.get_all(header::IF_NONE_MATCH).into_iter().any(same);
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let length = HeaderValue::from(stored.bytes.len());
        let head =
            [(header::CONTENT_TYPE, HeaderValue::from_static(file.kind)), (header::CONTENT_LENGTH, length)];
        (head, stored.bytes.clone()).into_response()
    };
    let to = response.headers_mut();
    to.insert(header::ETAG, stored.etag.clone());
    let told: [(HeaderName, &'static str); 4] = [
        (header::CACHE_CONTROL, caching),
        (header::VARY, "accept, accept-encoding"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    ];
    to.extend(told.map(|(name, value)| (name, HeaderValue::from_static(value))));
    if let Some(encoding) = encoding.filter(|_| !unchanged) {
        to.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// The content type of a file of this name.
fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
