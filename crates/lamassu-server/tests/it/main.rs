//! The server as its clients meet it: a real listener, a real data folder, bytes on a socket.

mod access;
mod acting;
mod additions;
mod answers;
mod catalogue;
mod clips;
mod concurrency;
mod connections;
mod console;
mod documents;
mod entries;
mod events;
mod hostile;
mod imports;
mod items;
mod limits;
mod looking_after;
mod multipart;
mod provenance;
mod sessions;
mod sounds;
mod stop;
mod wire;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use lamassu_case::Scope;
use lamassu_engine::{Actor, Engine, Secret, work};
use lamassu_server::{Console, Server, ServerSettings};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use wire::{Answer, Ask};

/// Stands in requests for a key with all scopes.
const KEY: &str = "{all}";
/// Stands for a key that may only read metrics.
const POWERLESS: &str = "{metrics}";
/// Stand for a person's session and what changes bring beside it.
const SESSION: &str = "lamassu_session={session}";
const CSRF: &str = "{csrf}";
/// The administrator's password.
const PASSWORD: &str = "correct horse battery staple";

/// A server that listens, and its data folder; both are gone at the end of the test.
struct Served {
    address: SocketAddr,
    engine: Arc<Engine>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    /// What stands in requests, and what it stands for.
    stands: Vec<(String, String)>,
    _folder: TempDir,
}

impl Served {
    /// With settings of the product.
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings.
    async fn with(change: impl FnOnce(&mut ServerSettings)) -> Self {
        Self::with_console(change, console::console()).await
    }

    /// With other settings and another console: what was built beside this test makes no difference.
    async fn with_console(change: impl FnOnce(&mut ServerSettings), console: Console) -> Self {
        Self::in_folder(TempDir::new().expect("a temporary folder"), change, console).await
    }

    /// With this policy.
    async fn with_policy(policy: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let data = folder.path().join("data");
        fs_err::create_dir(&data).expect("is made");
        fs_err::write(data.join("policy.toml"), policy).expect("is written");
        Self::in_folder(folder, |_| {}, console::console()).await
    }

    async fn in_folder(folder: TempDir, change: impl FnOnce(&mut ServerSettings), console: Console) -> Self {
        let engine =
            Engine::open(&folder.path().join("data"), "test", child()).await.expect("the engine opens");
        let engine = Arc::new(engine);
        let mut settings = ServerSettings::default();
        change(&mut settings);
        let server = Server::with_console(Arc::clone(&engine), settings, console);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let (serving, working) = (server.serve(listener, stop.clone()), stop.clone());
        tasks.spawn(serving);
        let worker = Arc::clone(&engine);
        tasks.spawn(async { work::run(worker, working).await.expect("the workers end well") });
        let mut served = Self { address, engine, stop, tasks, stands: Vec::new(), _folder: folder };
        served.key(KEY, &Scope::ALL).await;
        served.key(POWERLESS, &[Scope::Metrics]).await;
        served
    }

    /// With a bank called `known`.
    async fn with_bank() -> Self {
        let served = Self::start().await;
        let made = served.ask(Ask::post("/api/v1/banks").json(r#"{"name":"known"}"#)).await;
        assert_eq!(made.status, 201, "{made:?}");
        served
    }

    /// Makes a key that `stand` stands for.
    async fn key(&mut self, stand: &str, scopes: &[Scope]) {
        let scopes: BTreeSet<Scope> = scopes.iter().copied().collect();
        let made = self.engine.create_key("test", &scopes, None, &Actor("test".to_owned())).await;
        let (_, secret) = made.expect("the key is made");
        self.stands.push((stand.to_owned(), secret.reveal().to_owned()));
    }

    /// Makes the administrator `admin` and signs them in.
    async fn sign_in(&mut self) {
        let (link, _) = self.engine.create_setup_link(&Actor("test".to_owned())).await.expect("a link");
        let password = Secret::new(PASSWORD.to_owned());
        let redeemed = self.engine.redeem_setup_link(&link, "admin", &password, "test").await;
        let (_, session) = redeemed.expect("the link is good");
        self.stands.push(("{session}".to_owned(), session.token.reveal().to_owned()));
        self.stands.push((CSRF.to_owned(), session.csrf.reveal().to_owned()));
    }

    /// Signs in another person who has the same password; `{NAME}` and `{NAME csrf}` stand for their session.
    async fn sign_in_as(&mut self, name: &str) {
        let password = Secret::new(PASSWORD.to_owned());
        let (session, _) = self.engine.sign_in(name, &password, "test").await.expect("signs in");
        self.stands.push((format!("{{{name}}}"), session.token.reveal().to_owned()));
        self.stands.push((format!("{{{name} csrf}}"), session.csrf.reveal().to_owned()));
    }

    /// The request with everything in the place of what stands for it.
    fn ready(&self, ask: Ask) -> Ask {
        self.stands.iter().fold(ask, |ask, (stand, text)| ask.replace(stand, text))
    }

    /// Sends a request and reads the answer.
    async fn ask(&self, ask: Ask) -> Answer {
        self.ready(ask).send(self.address).await
    }
}

/// The program that becomes the jailed child; cargo builds examples with the tests.
fn child() -> PathBuf {
    let tests = std::env::current_exe().expect("this program has a path");
    let folder = tests.parent().and_then(|deps| deps.parent()).expect("tests lie in target/PROFILE/deps");
    folder.join("examples").join("jailed-child")
}
