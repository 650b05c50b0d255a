//! The product at work, over HTTP, on pictures and clips made on the spot; then it stays for people to look at.

mod clips;
mod media;
mod platform;
mod table;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::client::{Body, Client};
use crate::product::{self, Product};
use crate::server::Server;
pub use media::{jpeg, make};
use table::Row;

const BANK: &str = "demo";
/// Where the product listens unless it is told otherwise.
const PORT: u16 = 8700;
/// Who looks at the demo.
const PERSON: &str = "demo";
/// How long an upload waits for its outcome, in milliseconds.
const WAIT_MS: u32 = 30_000;
/// Messages may go to the demo's own platform on this machine.
const SETTINGS: &str = "[outward]\nallow_private_targets = [\"127.0.0.1/32\"]\n";

/// A file to check and what should come of it.
pub struct Sample {
    /// The file.
    pub path: PathBuf,
    /// What was done to the original.
    pub done: String,
    /// What should come of it.
    pub expected: Expected,
}

/// What should come of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// These titles are found, and no other.
    Found(Vec<String>),
    /// Nothing is found.
    Nothing,
}

/// An original that is banked.
pub struct Original {
    /// Its file.
    pub path: PathBuf,
    /// What it is banked as.
    pub title: String,
}

/// Banks what it makes, uploads copies and look-alikes, prints a table; true when all came as expected. Unless it
/// is to `leave`, it then serves until Ctrl-C.
#[expect(clippy::print_stdout, reason = "the demo is what it prints")]
pub fn run(root: &Path, leave: bool) -> anyhow::Result<bool> {
    let folder = product::target(root)?.join("demo");
    let product = Product::build(root, folder.join("data"))?;
    println!("making pictures and clips in {} …", shown(root, &folder));
    let start = Instant::now();
    let (pictures, clips) = (media::pictures(&folder)?, clips::originals(&folder)?);
    let mut samples = media::samples(&folder, &pictures)?;
    samples.extend(clips::samples(&folder, &clips)?);
    println!("made in {:.1} s; a second run finds them made", start.elapsed().as_secs_f64());
    product::remove(&product.data)?;
    fs_err::create_dir_all(&product.data)?;
    fs_err::write(product.data.join("lamassu.toml"), SETTINGS)?;
    let mut server = listen(&product)?;
    let key = product.key("demo", &["items", "banks:write", "cases:read"])?;
    let mut client = Client::connect(server.port)?;
    client.post("/api/v1/banks", &key, &Body::json(&json!({ "name": BANK })))?.json()?;
    let originals: Vec<Original> = pictures.into_iter().chain(clips).collect();
    for original in &originals {
        let about = json!({ "title": original.title, "outlet": "Example Agency", "source": "make demo" });
        let body = Body::file("metadata", &about, &fs_err::read(&original.path)?);
        client.post(&format!("/api/v1/banks/{BANK}/entries"), &key, &body)?.json()?;
    }
    println!(
        "banked {} originals in the bank {BANK}; uploading {} files …\n",
        originals.len(),
        samples.len()
    );
    let rows: Vec<Row> =
        samples.iter().map(|sample| upload(&mut client, &key, sample)).collect::<anyhow::Result<_>>()?;
    print!("{}", table::table(&rows));
    println!("\n{}", table::summary(&rows));
    if !leave {
        platform::listen(&product)?;
        println!("\nLook at the cases, once, within 15 minutes:\n\n  {}\n", sign_in(&product, server.port)?);
        println!("What you decide there is sent, signed, a minute later to a platform that prints it here.");
        println!("Another link: {}", command(root, &product, &format!("person link {PERSON}")));
        println!("Ctrl-C ends it; `make demo` starts it afresh in seconds.");
        stay(&mut server)?;
    }
    Ok(rows.iter().all(|row| row.passed))
}

/// A server where people expect it, or on any other port when that is taken.
#[expect(clippy::print_stdout, reason = "the demo is what it prints")]
fn listen(product: &Product) -> anyhow::Result<Server> {
    if std::net::TcpListener::bind(("127.0.0.1", PORT)).is_ok() {
        return Server::start(product, PORT);
    }
    println!("port {PORT} is taken by another program; taking a free one");
    Server::start(product, 0)
}

/// Sends one file in, waits for its outcome, and reads the case that came of it.
fn upload(client: &mut Client, key: &str, sample: &Sample) -> anyhow::Result<Row> {
    let name = sample.path.file_name().unwrap_or_default().to_string_lossy();
    let about = json!({ "reference": name, "account": "example-account", "hashtags": ["example"] });
    let body = Body::file("item", &about, &fs_err::read(&sample.path)?);
    let start = Instant::now();
    let told = client.post(&format!("/api/v1/items?wait_ms={WAIT_MS}"), key, &body)?.json()?;
    let wall_ms = start.elapsed().as_secs_f64() * 1000.0;
    let item = &told["item"];
    let matches = match item["case"].as_str() {
        Some(case) => client.get(&format!("/api/v1/cases/{case}"), Some(key))?.json()?["matches"].take(),
        None => Value::Array(Vec::new()),
    };
    Ok(Row::new(sample, &json!({ "error": item["failure"], "matches": matches }), wall_ms))
}

/// A link that signs in once, as an administrator whose password nobody knows.
fn sign_in(product: &Product, port: u16) -> anyhow::Result<String> {
    let link = product.answer(&["person", "setup-link"])?;
    let mut password = [0; 24];
    getrandom::fill(&mut password)?;
    let person = json!({
        "token": link["secret"],
        "name": PERSON,
        "password": password.map(|byte| format!("{byte:02x}")).concat(),
    });
    Client::connect(port)?.post("/api/v1/setup", "", &Body::json(&person))?.json()?;
    let link = product.answer(&["person", "link", PERSON])?;
    Ok(link["link"].as_str().context("the answer holds no link")?.to_owned())
}

/// Waits for Ctrl-C, or for the server to end, which it should not.
fn stay(server: &mut Server) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut ended = signal(SignalKind::terminate())?;
        let looks = std::time::Duration::from_millis(200);
        loop {
            tokio::select! {
                interrupted = tokio::signal::ctrl_c() => return Ok(interrupted?),
                _ = ended.recv() => return Ok(()),
                () = tokio::time::sleep(looks) => {}
            }
            if let Some(status) = server.ended()? {
                anyhow::bail!("lamassu serve ended: {status}; its log says why when it is run by itself");
            }
        }
    })
}

/// A command as one would type it in the workspace.
fn command(root: &Path, product: &Product, rest: &str) -> String {
    format!("{} --data {} {rest}", shown(root, &product.binary), shown(root, &product.data))
}

/// The path as one would type it in the workspace.
fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
