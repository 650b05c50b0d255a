//! Requests that no honest client sends. Each is refused for what it is, and the next one is answered.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::wire::{self, exchange};
use crate::{Ask, Served};

fn banks(body: &str) -> Ask {
    Ask::post("/api/v1/banks").json(body)
}

async fn lives(served: &Served) {
    assert_eq!(served.ask(Ask::get("/healthz")).await.status, 200, "the server goes on");
}

#[tokio::test]
async fn json_that_is_none() {
    let served = Served::start().await;
    let deep = format!("{{\"name\":{}", "[".repeat(100_000));
    let bodies = [
        "",
        "null",
        "[]",
        "NaN",
        "{\"name\":NaN}",
        "{\"name\":\"\\ud800\"}",
        "{\"name\":\"a\"}{}",
        "{\"name\":\"a\",}",
        "{'name':'a'}",
        "\u{feff}{\"name\":\"a\"}",
        &deep,
    ];
    for body in bodies {
        let answer = served.ask(banks(body)).await;
        let start: String = body.chars().take(40).collect();
        assert_eq!((answer.status, answer.code().as_str()), (400, "body-invalid"), "{start}");
    }
    let answer = served.ask(banks("").body(b"{\"name\":\"\xff\xfe\"}")).await;
    assert_eq!(answer.code(), "body-invalid", "bytes that are no text");
    lives(&served).await;
}

#[tokio::test]
async fn bodies_that_are_too_large() {
    let served = Served::start().await;
    let claimed = banks("").header("Content-Length", "10737418240");
    let answer = served.ask(claimed).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "body-too-large"), "claimed, and never read");
    let upload =
        Ask::post("/api/v1/banks/known/entries").header("Content-Type", "multipart/form-data; boundary=x");
    let answer = served.ask(upload.header("Content-Length", "10737418240")).await;
    assert_eq!(answer.code(), "body-too-large");
    let long = "x".repeat(300 << 10);
    let mut chunked = format!("{:x}\r\n", long.len()).into_bytes();
    chunked.extend_from_slice(long.as_bytes());
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    let answer = served.ask(banks("").header("Transfer-Encoding", "chunked").body(&chunked)).await;
    assert_eq!(answer.code(), "body-too-large", "counted where nothing is claimed");
    let answer = served.ask(Ask::get("/api/v1/banks").json("{}")).await;
    assert_eq!(answer.code(), "body-too-large", "reading takes no body");
    lives(&served).await;
}

#[tokio::test]
async fn framing_that_is_broken() {
    let served = Served::start().await;
    let (_, key) = &served.stands[0];
    let key = format!("Authorization: Bearer {key}\r\n");
    let post = format!("POST /api/v1/banks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{key}");
    let requests = [
        format!("{post}Content-Length: 3\r\nContent-Length: 4\r\n\r\n{{}}  "),
        format!("{post}Content-Length: -1\r\n\r\n"),
        format!("{post}Content-Length: 99999999999999999999999\r\n\r\n"),
        format!("{post}Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        format!("{post}Transfer-Encoding: gzip, chunked, x\r\n\r\n"),
        "GET\r\n\r\n".to_owned(),
        "GET /healthz HTTP/9.9\r\n\r\n".to_owned(),
        format!("GET /healthz HTTP/1.1\r\nHost: x\r\nA: {}\r\n\r\n", "x".repeat(60_000)),
        format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: b\r\n".repeat(100)),
        "\u{0}\u{1}\u{2}\u{3}\r\n\r\n".to_owned(),
    ];
    for request in requests {
        let answer = exchange(served.address, request.as_bytes()).await;
        let start: String = request.chars().take(120).collect();
        assert!(
            answer.as_ref().is_none_or(|answer| (400..500).contains(&answer.status)),
            "{start}: {answer:?}"
        );
        lives(&served).await;
    }
}

#[tokio::test]
async fn paths_that_look_elsewhere() {
    let served = Served::with_bank().await;
    let paths = [
        "/api/v1/banks/../../etc/passwd",
        "/api/v1/banks/..%2f..%2fetc/entries",
        "/api/v1/banks/%00/entries",
        "/api/v1/banks/%ff%fe/entries",
        "/api/v1/banks/known%0d%0aX: y/entries",
        "/api/v1/banks//entries",
        "/API/V1/BANKS",
        "//api/v1/banks",
        "/docs/../../Cargo.toml",
        "/docs/page.html",
    ];
    for path in paths {
        let answer = exchange(served.address, &served.ready(Ask::get(path)).bytes()).await;
        let status = answer.map(|answer| answer.status);
        assert!(matches!(status, None | Some(400 | 404)), "{path}: {status:?}");
    }
    lives(&served).await;
}

#[tokio::test]
async fn cursors_and_names_that_are_none() {
    let served = Served::with_bank().await;
    for query in [
        "after=-1",
        "after=x",
        "after=18446744073709551615",
        "limit=501",
        "limit=-1",
        "limit=1&limit=2",
        "x=y",
    ] {
        let answer = served.ask(Ask::get(format!("/api/v1/banks/known/entries?{query}"))).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "query-invalid"), "{query}");
    }
    let removal = Ask::new("DELETE", "/api/v1/banks/known/entries/1-or-1=1");
    assert_eq!(served.ask(removal).await.code(), "entry-not-found");
}

#[tokio::test]
async fn ids_of_requests_are_kept_only_if_harmless() {
    let served = Served::start().await;
    let id = |given: &str| Ask::get("/healthz").header("X-Request-Id", given);
    assert_eq!(served.ask(id("proxy-1.A_b")).await.header("x-request-id"), Some("proxy-1.A_b"));
    for harmful in ["a b", "<script>", "a\u{e9}", &"x".repeat(65)] {
        let answer = served.ask(id(harmful)).await;
        let given = answer.header("x-request-id").expect("every answer has one");
        assert!(given != harmful && given.len() == 36, "{harmful}");
    }
}

#[tokio::test]
async fn clients_that_stand_still() {
    let served = Served::with(|settings| {
        settings.limits.head_ms_max = 200;
        settings.limits.body_idle_ms_max = 200;
    })
    .await;
    // Each stops at another place; the server ends all of them by itself.
    let silent = b"".to_vec();
    let preface = b"PRI * HTT".to_vec();
    let line = b"GET /healthz HT".to_vec();
    let head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".to_vec();
    for start in [silent, preface, line, head] {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(&start).await.unwrap();
        let answer = wire::read(&mut stream).await;
        assert!(answer.is_none_or(|answer| answer.status == 408), "{start:?}");
    }
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let half = banks("").header("Content-Length", "100").body(b"{\"name\":");
    stream.write_all(&served.ready(half).bytes()).await.unwrap();
    let answer = wire::read(&mut stream).await.expect("a half body is answered");
    assert_eq!((answer.status, answer.code().as_str()), (408, "request-timeout"));
    lives(&served).await;
}

#[tokio::test]
async fn clients_that_send_drop_by_drop() {
    let served = Served::with(|settings| settings.limits.json_ms_max = 300).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(&served.ready(banks("").header("Content-Length", "100000")).bytes()).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let mut drops = tokio::task::JoinSet::new();
    drops.spawn(async move {
        while writing.write_all(b" ").await.is_ok() {
            tokio::task::yield_now().await;
        }
    });
    let mut received = Vec::new();
    let _reset = tokio::io::AsyncReadExt::read_to_end(&mut reading, &mut received).await;
    let text = String::from_utf8_lossy(&received);
    assert!(text.starts_with("HTTP/1.1 4"), "too slow as a whole, or too long: {text}");
    drops.abort_all();
    lives(&served).await;
}

#[tokio::test]
async fn clients_that_leave() {
    let served = Served::start().await;
    for start in ["GET /hea", "POST /api/v1/banks HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"] {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = wire::read(&mut stream).await;
        assert!(answer.is_none_or(|answer| answer.status >= 400), "{start}");
    }
    lives(&served).await;
}
