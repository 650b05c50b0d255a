//! `lamassu serve`: holds the data folder and answers other commands until it is told to stop.

use std::path::Path;
use std::sync::Arc;

use lamassu_engine::Failure;
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::output::Output;
use crate::{EXIT_NOTHING, access, socket};

/// Serves until SIGINT or SIGTERM.
pub async fn run(data: &Path, output: &Output) -> Result<u8, Failure> {
    let engine = Arc::new(access::engine(data, "lamassu serve").await?);
    let path = engine.socket();
    // The folder is locked: a socket that lies there belongs to a server that is gone.
    let _absent = fs_err::remove_file(&path);
    let listening = || -> std::io::Result<_> {
        Ok((UnixListener::bind(&path)?, signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    };
    let (listener, mut interrupt, mut terminate) = listening().map_err(|error| Failure {
        code: "socket-failed".to_owned(),
        message: format!("{} cannot be listened on: {error}", path.display()),
    })?;
    output.note(&format!("serving {}; Ctrl-C stops", data.display()));
    let served = tokio::select! {
        served = socket::serve(Arc::clone(&engine), listener) => served,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    };
    let _absent = fs_err::remove_file(&path);
    served
        .map(|()| EXIT_NOTHING)
        .map_err(|error| Failure { code: "socket-failed".to_owned(), message: error.to_string() })
}
