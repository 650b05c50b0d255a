//! The console's files: who gets which, in which form, and for how long.

use lamassu_server::Console;

use crate::wire::Answer;
use crate::{Ask, Served};

const PAGE: &[u8] = b"<!doctype html><title>Lamassu</title>";
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// A console as it is built, in small.
pub fn console() -> Console {
    let files: [(&str, &[u8]); 7] = [
        ("index.html", PAGE),
        ("index.html.br", b"page in brotli"),
        ("favicon.svg", b"<svg/>"),
        ("assets/app-1a2b.js", b"console.log(1)"),
        ("assets/app-1a2b.js.br", b"script in brotli"),
        ("assets/app-1a2b.js.gz", b"script in gzip"),
        ("assets/arabic-3c4d.woff2", b"wOF2"),
    ];
    Console::of(files.map(|(name, bytes)| (name, bytes.into())))
}

fn visit(path: &str) -> Ask {
    Ask::get(path).nobody().header("Accept", BROWSER)
}

fn is_page(answer: &Answer) -> bool {
    answer.status == 200
        && answer.body == PAGE
        && answer.header("content-type") == Some("text/html; charset=utf-8")
}

#[tokio::test]
async fn every_address_of_the_console_is_the_page() {
    let served = Served::start().await;
    for path in
        ["/", "/index.html", "/setup", "/sign-in", "/queue", "/cases/01890000", "/banks/known?x=1", "/x.y"]
    {
        let answer = served.ask(visit(path)).await;
        assert!(is_page(&answer), "{path}: {answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{path}");
    }
    for path in ["/queue", "/api", "/api/v1/nothing", "/docs/nothing", "/metrics/x", "/assets/gone-5e6f.js"] {
        let ask = if path == "/queue" { Ask::get(path) } else { visit(path) };
        let answer = served.ask(ask).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "not-found"), "{path}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        let answer = served.ask(Ask::new(method, "/queue").header("Accept", BROWSER)).await;
        assert_eq!(answer.code(), "not-found", "{method}");
    }
}

#[tokio::test]
async fn nothing_but_its_own_files_is_given() {
    let served = Served::start().await;
    let paths = [
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/index.html",
        "/assets/..%2findex.html",
        "/assets//app-1a2b.js",
        "/assets/app-1a2b.js.br",
        "/assets/app-1a2b.js%00",
        "/assets/",
        "/assets\\app-1a2b.js",
    ];
    for path in paths {
        let answer = served.ask(visit(path)).await;
        let script = answer.body.starts_with(b"console.log") || answer.body.starts_with(b"script");
        assert!(!script && (answer.status >= 400 || is_page(&answer)), "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn pages_may_load_only_from_here() {
    let served = Served::start().await;
    for path in ["/", "/assets/app-1a2b.js"] {
        let answer = served.ask(visit(path)).await;
        let policy = answer.header("content-security-policy").expect("a policy");
        assert_eq!(
            policy,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
             media-src 'self' blob:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; \
             base-uri 'none'; form-action 'self'"
        );
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"));
        assert!(answer.header("permissions-policy").is_some_and(|told| told.contains("camera=()")));
    }
}

#[tokio::test]
async fn files_are_sent_small_and_once() {
    let served = Served::start().await;
    let script = || visit("/assets/app-1a2b.js");
    let plain = served.ask(script()).await;
    assert_eq!((plain.header("content-encoding"), plain.body.as_slice()), (None, &b"console.log(1)"[..]));
    assert_eq!(plain.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(plain.header("cache-control"), Some("public, max-age=31536000, immutable"));
    for (accepted, encoding, body) in [
        ("gzip, deflate, br, zstd", "br", &b"script in brotli"[..]),
        ("gzip", "gzip", b"script in gzip"),
        ("br;q=0, gzip;q=0.5", "gzip", b"script in gzip"),
    ] {
        let answer = served.ask(script().header("Accept-Encoding", accepted)).await;
        assert_eq!((answer.header("content-encoding"), answer.body.as_slice()), (Some(encoding), body));
        assert_ne!(answer.header("etag"), plain.header("etag"), "each form has a tag of its own");
        assert!(answer.header("vary").is_some_and(|vary| vary.contains("accept-encoding")));
    }
    let font = served.ask(visit("/assets/arabic-3c4d.woff2").header("Accept-Encoding", "br")).await;
    assert_eq!((font.header("content-encoding"), font.header("content-type")), (None, Some("font/woff2")));
}

#[tokio::test]
async fn what_did_not_change_is_not_sent_again() {
    let served = Served::start().await;
    let tag = served.ask(visit("/")).await.header("etag").expect("a tag").to_owned();
    for given in [tag.clone(), format!("\"other\", W/{tag}")] {
        let again = served.ask(visit("/queue").header("If-None-Match", &given)).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{given}");
        assert_eq!(again.header("etag"), Some(tag.as_str()));
    }
    assert!(is_page(&served.ask(visit("/").header("If-None-Match", "\"other\"")).await));
}

#[tokio::test]
async fn heads_come_without_bodies() {
    let served = Served::start().await;
    let whole = served.ask(visit("/assets/app-1a2b.js")).await;
    let head = served.ask(Ask::new("HEAD", "/assets/app-1a2b.js").nobody()).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    for name in ["content-length", "content-type", "etag"] {
        assert_eq!(head.header(name), whole.header(name), "{name}");
    }
}

#[tokio::test]
async fn without_a_console_the_server_says_how_to_build_one() {
    let served = Served::with_console(|_| {}, Console::default()).await;
    let answer = served.ask(visit("/")).await;
    assert_eq!(answer.status, 200);
    assert!(String::from_utf8_lossy(&answer.body).contains("make web"), "{answer:?}");
    assert_eq!(served.ask(visit("/queue")).await.code(), "not-found");
}
