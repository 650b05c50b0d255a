//! A platform for the demo: it gets what people decide, checks the signature, and says what it would do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};

use crate::product::Product;

/// Longest body that is read, in bytes.
const BODY_BYTES_MAX: usize = 64 << 10;

/// Listens, for as long as this process runs, to what `product` sends of what people decide.
pub fn listen(product: &Product) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://127.0.0.1:{}/hook", listener.local_addr()?.port());
    let added = product.answer(&["webhook", "add", &url, "--event", "action.requested"])?;
    let webhook = Webhook::new(added["secret"].as_str().context("the answer holds no secret")?)?;
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // Whoever sends nonsense here gets no answer, and the next one is heard.
            let _nonsense = receive(&webhook, &mut BufReader::new(stream));
        }
    });
    Ok(())
}

/// Reads one message, says what is asked, and answers.
#[expect(clippy::print_stdout, reason = "the demo is what it prints")]
fn receive(webhook: &Webhook, stream: &mut BufReader<TcpStream>) -> anyhow::Result<()> {
    let mut headers = http::HeaderMap::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        ensure!(stream.read_line(&mut line)? > 0, "the message broke off");
        if line == "\r\n" {
            break;
        }
        let Some((name, value)) = line.trim_end().split_once(": ") else { continue };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse()?,
            HEADER_WEBHOOK_ID => _ = headers.insert(HEADER_WEBHOOK_ID, value.parse()?),
            HEADER_WEBHOOK_TIMESTAMP => _ = headers.insert(HEADER_WEBHOOK_TIMESTAMP, value.parse()?),
            HEADER_WEBHOOK_SIGNATURE => _ = headers.insert(HEADER_WEBHOOK_SIGNATURE, value.parse()?),
            _ => {}
        }
    }
    ensure!(length <= BODY_BYTES_MAX, "the message is too long");
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let signed = webhook.verify(&body, &headers).is_ok();
    let message: Value = serde_json::from_slice(&body)?;
    let of = |field: &str| message["data"][field].as_str().unwrap_or("?").escape_debug().to_string();
    let signature = if signed { "signature good" } else { "SIGNATURE BAD" };
    println!("platform: asked to {} {} ({signature})", of("kind"), of("reference"));
    let status = if signed { "204 No Content" } else { "400 Bad Request" };
    stream.get_mut().write_all(format!("HTTP/1.1 {status}\r\nconnection: close\r\n\r\n").as_bytes())?;
    Ok(())
}
