//! A plain HTTP/1.1 client on one connection, as cheap as can be: the load is made on the machine that is measured.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::{Context as _, ensure};
use serde_json::Value;

/// Between the parts of a body; no file that is sent contains it.
const BOUNDARY: &str = "----------------lamassu-tools";

/// A connection.
pub struct Client {
    reader: BufReader<TcpStream>,
}

/// What was answered.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// A body with its type.
pub struct Body {
    of: String,
    bytes: Vec<u8>,
}

impl Body {
    /// JSON.
    pub fn json(value: &Value) -> Self {
        Self { of: "application/json".to_owned(), bytes: value.to_string().into_bytes() }
    }

    /// `about` as JSON in a part called `name`, then a file.
    pub fn file(name: &str, about: &Value, file: &[u8]) -> Self {
        let mut bytes = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\
             content-type: application/json\r\n\r\n{about}\r\n\
             --{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"file\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        bytes.extend_from_slice(file);
        bytes.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        Self { of: format!("multipart/form-data; boundary={BOUNDARY}"), bytes }
    }
}

impl Client {
    /// Connects to the server on this port of this machine.
    pub fn connect(port: u16) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(stream) })
    }

    /// Gets `path`, with a key if there is one.
    pub fn get(&mut self, path: &str, key: Option<&str>) -> anyhow::Result<Answer> {
        let key = key.map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
        let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{key}\r\n");
        self.reader.get_mut().write_all(head.as_bytes())?;
        self.answer()
    }

    /// Posts `body` to `path`.
    pub fn post(&mut self, path: &str, key: &str, body: &Body) -> anyhow::Result<Answer> {
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\ncontent-type: {}\r\n\
             content-length: {}\r\n\r\n",
            body.of,
            body.bytes.len()
        )
        .into_bytes();
        request.extend_from_slice(&body.bytes);
        self.reader.get_mut().write_all(&request)?;
        self.answer()
    }

    fn answer(&mut self) -> anyhow::Result<Answer> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).context("no status line")?.parse()?;
        let mut length = 0;
        loop {
            line.clear();
            ensure!(self.reader.read_line(&mut line)? > 0, "the answer broke off");
            let (name, value) = line.trim_end().split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        Ok(Answer { status, body })
    }
}

impl Answer {
    /// The JSON of an answer that is no error.
    pub fn json(&self) -> anyhow::Result<Value> {
        let text = || String::from_utf8_lossy(&self.body);
        ensure!(self.status < 300, "the server answered {}: {}", self.status, text());
        serde_json::from_slice(&self.body).with_context(|| format!("no JSON: {}", text()))
    }
}
