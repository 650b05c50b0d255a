//! The service as a platform meets it: uploads over HTTP, a person's decision, signed messages; and kill -9.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::Workplace;
use crate::concurrency::Server;
use crate::kill::kept;
use crate::pictures::png;

/// Webhooks on this machine are allowed, and decisions take effect at once.
const SETTINGS: &[u8] = b"[outward]\nallow_private_targets = [\"127.0.0.1/32\"]\n[review]\nundo_ms = 0\n";
/// Longer than any message takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request on a connection of its own; gives status and JSON.
fn ask(port: u16, head: &str, body: &[u8]) -> std::io::Result<(u16, Value)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    let head =
        format!("{head}\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), body].concat())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    Ok((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}

/// A platform: its key, and where its messages arrive.
pub struct Platform {
    key: String,
    messages: Mutex<Receiver<(String, Value)>>,
}

impl Platform {
    /// Makes a bank with a picture, a key and a webhook.
    pub fn on(place: &Workplace) -> Self {
        place.run(["bank", "create", "known"]).expect_status(0);
        place.write("known.png", &png(1));
        place.run(["bank", "add", "known", "known.png"]).expect_status(0);
        fs_err::write(place.data().join("lamassu.toml"), SETTINGS).expect("written");
        let scopes =
            ["items", "lookup", "banks:read", "banks:write", "cases:read", "cases:write", "deliveries"]
                .map(|scope| ["--scope", scope]);
        let create = ["key", "create", "platform", "--format", "json"];
        let key = place.run(create.iter().chain(scopes.as_flattened())).expect_status(0).json().remove(0);
        let (port, messages) = receive();
        let url = format!("http://127.0.0.1:{port}/hook");
        place.run(["webhook", "add", &url]).expect_status(0);
        Self { key: key["secret"].as_str().expect("a secret").to_owned(), messages: Mutex::new(messages) }
    }

    pub fn get(&self, port: u16, path: &str) -> Value {
        let head = format!("GET {path} HTTP/1.1\r\nauthorization: Bearer {}", self.key);
        let (status, answer) = ask(port, &head, b"").expect("it answers");
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    pub fn post(&self, port: u16, path: &str, body: &Value) -> std::io::Result<(u16, Value)> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nauthorization: Bearer {}\r\ncontent-type: application/json",
            self.key
        );
        ask(port, &head, body.to_string().as_bytes())
    }

    pub fn upload(
        &self,
        port: u16,
        reference: &str,
        file: &[u8],
        query: &str,
    ) -> std::io::Result<(u16, Value)> {
        self.upload_of("account-1", port, (reference, file), query)
    }

    /// An upload of this account.
    pub fn upload_of(
        &self,
        account: &str,
        port: u16,
        (reference, file): (&str, &[u8]),
        query: &str,
    ) -> std::io::Result<(u16, Value)> {
        let details = json!({ "reference": reference, "account": account, "idempotency_key": reference });
        let mut body = format!(
            "--part\r\ncontent-disposition: form-data; name=\"item\"\r\ncontent-type: application/json\r\n\r\n\
             {details}\r\n--part\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--part--\r\n");
        let head = format!(
            "POST /api/v1/items{query} HTTP/1.1\r\nauthorization: Bearer {}\r\n\
             content-type: multipart/form-data; boundary=part",
            self.key
        );
        ask(port, &head, &body)
    }

    /// Messages until `enough` says so, by event.
    pub fn until(&self, mut enough: impl FnMut(&str, &Value) -> bool) -> Vec<(String, Value)> {
        let mut got = Vec::new();
        let messages = self.messages.lock().expect("no panic");
        loop {
            match messages.recv_timeout(PATIENCE) {
                Ok((id, message)) => {
                    let event = message["type"].as_str().expect("a type").to_owned();
                    let done = enough(&event, &message["data"]);
                    got.push((id, message));
                    if done {
                        return got;
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("the message did not come; what came: {got:?}")
                }
            }
        }
    }
}

/// Receives messages and answers 204: id and body of each.
fn receive() -> (u16, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let (sender, messages) = sync_channel(10_000);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                while let Some((id, body)) = message(&mut reader) {
                    let answered = reader.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
                    if sender.send((id, body)).is_err() || answered.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (port, messages)
}

fn message(reader: &mut BufReader<TcpStream>) -> Option<(String, Value)> {
    let (mut id, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().to_ascii_lowercase().split_once(": ") {
            Some(("webhook-id", value)) => value.clone_into(&mut id),
            Some(("content-length", value)) => length = value.parse().ok()?,
            _ => {}
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((id, serde_json::from_slice(&body).ok()?))
}

#[test]
fn an_upload_becomes_a_case_a_decision_and_an_action() {
    let place = Workplace::new();
    let platform = Platform::on(&place);
    let server = Server::start(&place);
    let (status, other) =
        platform.upload(server.port, "post-1", &png(2), "?wait_ms=30000").expect("it answers");
    assert_eq!((status, &other["item"]["outcome"]), (200, &json!("none")), "{other}");
    let (status, known) =
        platform.upload(server.port, "post-2", &png(1), "?wait_ms=30000").expect("it answers");
    assert_eq!((status, &known["item"]["outcome"]), (200, &json!("review")), "{known}");
    let case = known["item"]["case"].as_str().expect("a case").to_owned();
    platform.until(|event, data| event == "case.opened" && data["case"] == case);
    // The reviewer sees what was found, and the media that was kept for it.
    let shown = platform.get(server.port, &format!("/api/v1/cases/{case}"));
    assert_eq!(shown["matches"][0]["title"], "known.png", "{shown}");
    assert_eq!(kept(&place), 2, "media of the entry and of what matched is kept, and nothing else");
    let review = json!({ "verdict": "violating", "reason": "the same picture" });
    let (status, decided) =
        platform.post(server.port, &format!("/api/v1/cases/{case}/review"), &review).expect("it answers");
    assert_eq!(status, 200, "{decided}");
    let messages = platform.until(|event, _| event == "action.requested");
    let (id, action) = messages.last().expect("the action");
    assert_eq!(action["data"]["kind"], "disable");
    assert_eq!(action["data"]["reference"], "post-2");
    let actions = platform.get(server.port, &format!("/api/v1/actions?case={case}"));
    assert_eq!(actions["items"][0]["id"], json!(id), "{actions}");
    assert_eq!(server.end(Signal::TERM), Some(0));
    place.run(["audit", "verify"]).expect_status(0);
}

#[test]
fn killed_again_and_again_the_server_loses_nothing_it_accepted() {
    let place = Workplace::new();
    let platform = Platform::on(&place);
    let mut accepted: BTreeMap<String, String> = BTreeMap::new();
    for life in 0..5 {
        let server = Server::start(&place);
        let (platform, port) = (&platform, server.port);
        // Some uploads of each life are answered; the others meet the kill somewhere on their way.
        let upload = move |half: u32| {
            let mut answered = Vec::new();
            for k in 0.. {
                let reference = format!("post-{life}-{half}-{k}");
                match platform.upload(port, &reference, &png(1 + k % 2), "") {
                    Ok((200 | 202, answer)) => {
                        let item = answer["item"]["id"].as_str().expect("an id");
                        answered.push((item.to_owned(), reference));
                    }
                    Ok((status, answer)) => panic!("{status} {answer}"),
                    Err(_) => break,
                }
            }
            answered
        };
        std::thread::scope(|scope| {
            let uploading = [0, 1].map(|half| scope.spawn(move || upload(half)));
            let mut decided = 0;
            platform.until(|event, _| {
                decided += u32::from(event == "item.decided");
                decided > life
            });
            server.end(Signal::KILL);
            for thread in uploading {
                accepted.extend(thread.join().expect("no uploader panics"));
            }
        });
    }
    assert!(!accepted.is_empty());
    let server = Server::start(&place);
    for item in accepted.keys() {
        let path = format!("/api/v1/items/{item}?wait_ms=30000");
        let told = platform.get(server.port, &path);
        assert_eq!(told["state"], "decided", "{told}");
    }
    // Sent again under the same key it is the same item, and no second case or action comes of it.
    let (item, reference) = accepted.iter().next().expect("something was accepted");
    let k: u32 = reference.rsplit('-').next().and_then(|k| k.parse().ok()).expect("a number");
    let again =
        platform.upload(server.port, reference, &png(1 + k % 2), "?wait_ms=30000").expect("it answers").1;
    assert_eq!((&again["item"]["id"], &again["already"]), (&json!(item), &json!(true)));
    // Each of them is told of under one id, at least once.
    let (status, _) = platform.upload(server.port, "the last", &png(2), "").expect("it answers");
    assert!(status < 300);
    assert_eq!(server.end(Signal::TERM), Some(0));
    let server = Server::start(&place);
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let deliveries = platform.get(server.port, "/api/v1/deliveries?limit=500");
    for delivery in deliveries["items"].as_array().expect("a page") {
        if delivery["event"] == "item.decided" {
            let subject = delivery["subject"].as_str().unwrap_or_default().to_owned();
            ids.entry(subject).or_default().insert(delivery["message"].as_str().expect("an id").to_owned());
        }
    }
    assert!(ids.len() >= accepted.len().min(100) && ids.values().all(|ids| ids.len() == 1), "{ids:?}");
    assert_eq!(server.end(Signal::TERM), Some(0));
    place.run(["audit", "verify"]).expect_status(0);
}

/// Kills every child of the process; gives how many there were.
fn kill_children(pid: u32) -> usize {
    let threads = fs_err::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    let mut children = BTreeSet::new();
    for thread in threads.map_while(Result::ok) {
        // A thread may end meanwhile.
        let of_thread = fs_err::read_to_string(thread.path().join("children")).unwrap_or_default();
        children.extend(of_thread.split_ascii_whitespace().filter_map(|child| child.parse::<i32>().ok()));
    }
    for child in children.iter().filter_map(|child| rustix::process::Pid::from_raw(*child)) {
        // It may have ended by itself.
        let _gone = rustix::process::kill_process(child, Signal::KILL);
    }
    children.len()
}

#[test]
fn killed_workers_cost_no_item() {
    let place = Workplace::new();
    let platform = Platform::on(&place);
    let server = Server::start(&place);
    let (mut items, mut killed) = (Vec::new(), 0);
    for k in 0..60 {
        let (status, answer) =
            platform.upload(server.port, &format!("post-{k}"), &png(1), "").expect("it answers");
        assert!(status < 300, "{answer}");
        items.push(answer["item"]["id"].as_str().expect("an id").to_owned());
        if k % 3 == 0 {
            killed += kill_children(server.pid());
        }
    }
    assert!(killed > 0, "somebody was at work");
    for item in &items {
        let told = platform.get(server.port, &format!("/api/v1/items/{item}?wait_ms=30000"));
        assert_eq!((&told["state"], &told["outcome"]), (&json!("decided"), &json!("review")), "{told}");
    }
    assert_eq!(server.end(Signal::TERM), Some(0));
}
