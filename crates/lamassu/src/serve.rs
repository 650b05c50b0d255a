//! `lamassu serve`: holds the data folder, answers over HTTP and the socket, decides what comes in and sends
//! what is due, until it is told to stop.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lamassu_engine::{Actor, Engine, Failure, Secret, delivery, kinship, look_back, work};
use lamassu_server::{Listening, Server, ServerSettings};
use tokio::net::UnixListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::arguments::Serve;
use crate::output::Output;
use crate::{EXIT_NOTHING, access, socket};

/// How often the last uses of keys and sessions are written down.
const FLUSH_INTERVAL: Duration = Duration::from_mins(1);
/// Which log lines are written, unless this variable says otherwise.
const LOG_VARIABLE: &str = "LAMASSU_LOG";

/// Serves until SIGINT or SIGTERM.
pub async fn run(data: &Path, request: Serve, output: &Output) -> Result<u8, Failure> {
    log();
    let engine = Arc::new(access::engine(data, "lamassu serve").await?);
    let settings = settings(data, &request)?;
    let path = engine.socket();
    // The folder is locked: a socket that lies there belongs to a server that is gone.
    let _absent = fs_err::remove_file(&path);
    let socket_failed = |error: &dyn std::fmt::Display| Failure {
        code: "socket-failed".to_owned(),
        message: format!("{} cannot be listened on: {error}", path.display()),
    };
    let commands = UnixListener::bind(&path).map_err(|error| socket_failed(&error))?;
    let mut signals = signals().map_err(|error| socket_failed(&error))?;
    let server = Server::new(Arc::clone(&engine), settings.clone());
    let listening = server.listen().await.map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Failure { code: error.code().to_owned(), message: format!("{error}{cause}") }
    })?;
    let address = listening.address().map_err(|error| socket_failed(&error))?;
    engine.set_address(&settings.address(address));
    let link = setup_link(&engine).await;
    output.note(&format!("serving {} at http://{address}; Ctrl-C stops", data.display()));
    if let Some(link) = link {
        output.note(&format!("make the first administrator, once: {}", link.reveal()));
    }
    let stop = CancellationToken::new();
    let mut tasks = start(&engine, listening, commands, &stop);
    let ended = tokio::select! {
        ended = tasks.join_next() => ended,
        _ = signals.0.recv() => None,
        _ = signals.1.recv() => None,
    };
    stop.cancel();
    while tasks.join_next().await.is_some() {}
    let _absent = fs_err::remove_file(&path);
    if let Ok(engine) = Arc::try_unwrap(engine) {
        engine.close().await;
    }
    match ended {
        None => Ok(EXIT_NOTHING),
        Some(Ok(failure)) => Err(failure),
        Some(Err(died)) => Err(Failure { code: "internal".to_owned(), message: died.to_string() }),
    }
}

/// Starts everything that runs beside everything else. None of it ends before `stop`; one that does tells why.
fn start(
    engine: &Arc<Engine>,
    listening: Listening,
    commands: UnixListener,
    stop: &CancellationToken,
) -> JoinSet<Failure> {
    let early = |what: &str, why: String| Failure {
        code: "internal".to_owned(),
        message: format!("{what} ended early: {why}; this is a defect, please report it"),
    };
    let mut tasks = JoinSet::new();
    let stopping = stop.clone();
    tasks.spawn(async move {
        listening.serve(stopping).await;
        early("the HTTP server", "no reason".to_owned())
    });
    let (serving, stopping) = (socket::serve(Arc::clone(engine), commands), stop.clone());
    tasks.spawn(async move {
        let served = stopping.run_until_cancelled(serving).await;
        early("the socket", format!("{served:?}"))
    });
    let (checking, stopping) = (Arc::clone(engine), stop.clone());
    tasks.spawn(async move {
        match checking.index_checked().await {
            Ok(()) => stopping.cancelled().await,
            Err(error) => tracing::error!(%error, "the index could not be built"),
        }
        early("the index", "it cannot be built".to_owned())
    });
    let working = work::run(Arc::clone(engine), stop.clone());
    tasks.spawn(async move { early("the workers", format!("{:?}", working.await)) });
    let (looking_back, stopping) = (Arc::clone(engine), stop.clone());
    tasks.spawn(async move {
        look_back::run(&looking_back, &stopping).await;
        early("the look-backs", "no reason".to_owned())
    });
    let (comparing, stopping) = (Arc::clone(engine), stop.clone());
    tasks.spawn(async move {
        kinship::run(&comparing, &stopping).await;
        early("the comparisons of entries", "no reason".to_owned())
    });
    let delivering = delivery::run(Arc::clone(engine), stop.clone());
    tasks.spawn(async move { early("the deliveries", format!("{:?}", delivering.await)) });
    let (flushing, stopping) = (Arc::clone(engine), stop.clone());
    tasks.spawn(async move {
        stopping.run_until_cancelled(flush(&flushing)).await;
        early("a clock", "no reason".to_owned())
    });
    tasks
}

/// Writes the last uses of keys and sessions down, again and again.
async fn flush(engine: &Engine) {
    loop {
        tokio::time::sleep(FLUSH_INTERVAL).await;
        for flushed in [engine.flush_key_use().await, engine.flush_session_use().await] {
            if let Err(error) = flushed {
                tracing::warn!(%error, "the last uses of keys and sessions were not written; trying again");
            }
        }
    }
}

/// As long as there is no administrator, every start makes a fresh link for the first one.
async fn setup_link(engine: &Engine) -> Option<Secret> {
    // An error says that there is an administrator already.
    let (secret, _) = engine.create_setup_link(&Actor("lamassu".to_owned())).await.ok()?;
    Some(engine.link("setup", &secret))
}

fn settings(data: &Path, request: &Serve) -> Result<ServerSettings, Failure> {
    let invalid = |message: String| Failure { code: "settings-invalid".to_owned(), message };
    let path = request.config.clone().unwrap_or_else(|| data.join("lamassu.toml"));
    let text = match fs_err::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && request.config.is_none() => {
            String::new()
        }
        Err(error) => return Err(invalid(error.to_string())),
    };
    let mut settings = ServerSettings::parse(&text).map_err(|error| invalid(error.to_string()))?;
    settings.listen = request.listen.unwrap_or(settings.listen);
    Ok(settings)
}

fn signals() -> std::io::Result<(Signal, Signal)> {
    Ok((signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
}

/// Writes the log to standard error: for people on a terminal, else one JSON object a line.
fn log() {
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Whoever reads standard error may go away; that is no reason to fail.
    let log = log.log_internal_errors(false);
    // A second attempt to set it up would only repeat the first.
    let _set = if std::io::stderr().is_terminal() { log.try_init() } else { log.json().try_init() };
}
