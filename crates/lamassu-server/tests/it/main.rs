//! The server as its clients meet it: a real listener, a real data folder, bytes on a socket.

mod access;
mod answers;
mod concurrency;
mod documents;
mod entries;
mod hostile;
mod limits;
mod multipart;
mod stop;
mod wire;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use lamassu_case::Scope;
use lamassu_engine::{Actor, Engine};
use lamassu_server::access::{Caller, StandIn};
use lamassu_server::{ServeError, Server, ServerSettings};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use wire::{Answer, Ask};

/// A key with all scopes.
const KEY: &str = "lmk_all";
/// A key with none.
const POWERLESS: &str = "lmk_none";

/// A server that listens, and its data folder; both are gone at the end of the test.
struct Served {
    address: SocketAddr,
    stop: CancellationToken,
    tasks: JoinSet<Result<(), ServeError>>,
    _folder: TempDir,
}

impl Served {
    /// With settings of the product.
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings.
    async fn with(change: impl FnOnce(&mut ServerSettings)) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let engine =
            Engine::open(&folder.path().join("data"), "test", child()).await.expect("the engine opens");
        let mut settings = ServerSettings::default();
        change(&mut settings);
        let server = Server::with_stand_in(Arc::new(engine), settings, stand_in());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(server.serve(listener, stop.clone()));
        Self { address, stop, tasks, _folder: folder }
    }

    /// With a bank called `known`.
    async fn with_bank() -> Self {
        let served = Self::start().await;
        let made = served.ask(Ask::post("/api/v1/banks").json(r#"{"name":"known"}"#)).await;
        assert_eq!(made.status, 201, "{made:?}");
        served
    }

    /// Sends a request and reads the answer.
    async fn ask(&self, ask: Ask) -> Answer {
        ask.send(self.address).await
    }
}

/// The program that becomes the jailed child; cargo builds examples with the tests.
fn child() -> PathBuf {
    let tests = std::env::current_exe().expect("this program has a path");
    let folder = tests.parent().and_then(|deps| deps.parent()).expect("tests lie in target/PROFILE/deps");
    folder.join("examples").join("jailed-child")
}

fn stand_in() -> StandIn {
    let caller =
        |name: &str, scopes: &[Scope]| Caller { actor: Actor(name.to_owned()), scopes: scopes.to_vec() };
    let callers = vec![
        (KEY.to_owned(), caller("key:all", &Scope::ALL), String::new()),
        (POWERLESS.to_owned(), caller("key:none", &[]), String::new()),
        ("session-token".to_owned(), caller("person:1", &Scope::ALL), "csrf-token".to_owned()),
    ];
    StandIn { callers }
}
