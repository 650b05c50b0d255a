//! A receiver of webhooks on a port of its own, good or bad as it is told, written by hand so that it can
//! break off in the middle.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How a request is answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// This status, these further header lines, an empty body.
    Status(u16, &'static str),
    /// A body of so many bytes.
    Body(u16, usize),
    /// Never.
    Hang,
    /// Headers a byte at a time, without an end.
    Drip,
    /// The status and a body of endless drops.
    DripBody,
    /// The beginning of an answer, then the end of the connection.
    BreakOff,
    /// No HTTP.
    Nonsense,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Captured {
    pub head: String,
    pub body: String,
}

impl Captured {
    pub fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        });
        line.unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }
}

pub struct Receiver {
    pub port: u16,
    captured: Arc<Mutex<Vec<Captured>>>,
    count: watch::Receiver<usize>,
    _tasks: JoinSet<()>,
}

impl Receiver {
    /// Answers the first request with the first answer and so on, and all later ones with the last.
    pub async fn new(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let captured = Arc::<Mutex<Vec<Captured>>>::default();
        let (counter, count) = watch::channel(0);
        let mut tasks = JoinSet::new();
        let kept = Arc::clone(&captured);
        tasks.spawn(async move {
            let counter = Arc::new(counter);
            let mut connections = JoinSet::new();
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (kept, counter, answers) = (Arc::clone(&kept), Arc::clone(&counter), answers.clone());
                connections.spawn(async move {
                    let mut stream = stream;
                    while let Some(request) = read(&mut stream).await {
                        let at = {
                            let mut kept = kept.lock().expect("nobody panicked");
                            kept.push(request);
                            kept.len() - 1
                        };
                        let answer = answers[at.min(answers.len() - 1)].clone();
                        counter.send_modify(|count| *count += 1);
                        if write(&mut stream, answer).await.is_none() {
                            return;
                        }
                    }
                });
            }
        });
        Self { port, captured, count, _tasks: tasks }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook?token=abc", self.port)
    }

    pub fn captured(&self) -> Vec<Captured> {
        self.captured.lock().expect("nobody panicked").clone()
    }

    /// Waits until so many requests have come.
    pub async fn wait_for(&mut self, requests: usize) {
        self.count.wait_for(|count| *count >= requests).await.expect("the receiver lives");
    }
}

/// The next request; none when the connection ends.
async fn read(stream: &mut TcpStream) -> Option<Captured> {
    let mut bytes = Vec::new();
    let head_bytes = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_bytes]).into_owned();
    let mut captured = Captured { head, body: String::new() };
    let has_body = captured.head.to_ascii_lowercase().contains("content-length:");
    let length = if has_body { captured.header("content-length").parse().expect("a number") } else { 0 };
    while bytes.len() < head_bytes + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    captured.body = String::from_utf8(bytes.split_off(head_bytes)).expect("JSON is text");
    Some(captured)
}

/// Answers; none when the connection is over.
async fn write(stream: &mut TcpStream, answer: Answer) -> Option<()> {
    match answer {
        Answer::Status(status, headers) => {
            let text = format!("HTTP/1.1 {status} Example\r\n{headers}content-length: 0\r\n\r\n");
            stream.write_all(text.as_bytes()).await.ok()
        }
        Answer::Body(status, size) => {
            let head = format!("HTTP/1.1 {status} Example\r\ncontent-length: {size}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok()?;
            let piece = vec![b'x'; 16 << 10];
            let mut left = size;
            while left > 0 {
                let now = left.min(piece.len());
                stream.write_all(&piece[..now]).await.ok()?;
                left -= now;
            }
            Some(())
        }
        Answer::Hang => std::future::pending().await,
        Answer::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nx-drip: ").await.ok()?;
            drip(stream).await
        }
        Answer::DripBody => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n").await.ok()?;
            drip(stream).await
        }
        Answer::BreakOff => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-le").await.ok()?;
            None
        }
        Answer::Nonsense => {
            stream.write_all(b"\x15\x03\x01 no HTTP at all\r\n\r\n").await.ok()?;
            None
        }
    }
}

/// A byte now and then, for ever.
async fn drip(stream: &mut TcpStream) -> Option<()> {
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(20));
    loop {
        ticks.tick().await;
        stream.write_all(b"x").await.ok()?;
    }
}
