//! Commands from other processes: a Unix socket in the data folder, files passed as descriptors.
//!
//! The server never opens a path that a client names: the client opens it, with the client's rights.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use lamassu_engine::{Answer, Command, Engine, Failure};
use lamassu_media::wire;
use tokio::net::UnixListener;

use crate::access::actor_of;

/// Longest command in bytes: paths and metadata only.
const COMMAND_BYTES_MAX: usize = 1 << 20;
/// Longest answer in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// Where the socket lies in a data folder.
const SOCKET: &str = "lamassu.sock";

/// A connection to the server that holds a data folder.
#[derive(Clone)]
pub struct Client {
    data: Arc<Path>,
    /// Connections without a command under way.
    idle: Arc<Mutex<Vec<UnixStream>>>,
}

impl Client {
    /// Connects to the server of `data`; `None` when there is none.
    pub fn connect(data: &Path) -> Option<Self> {
        let first = UnixStream::connect(data.join(SOCKET)).ok()?;
        Some(Self { data: data.into(), idle: Arc::new(Mutex::new(vec![first])) })
    }

    /// Has the server carry out a command.
    pub async fn execute(&self, command: Command, file: Option<File>) -> Result<Answer, Failure> {
        let client = self.clone();
        let asked = tokio::task::spawn_blocking(move || client.ask(&command, file.as_ref()));
        let answer = asked.await.map_err(io::Error::other).flatten();
        answer.unwrap_or_else(|error| {
            let message =
                format!("the server of this data folder went away ({error}); run the command again");
            Err(Failure { code: "server-gone".to_owned(), message })
        })
    }

    fn ask(&self, command: &Command, file: Option<&File>) -> io::Result<Result<Answer, Failure>> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let socket = idle.map_or_else(|| UnixStream::connect(self.data.join(SOCKET)), Ok)?;
        wire::send(&socket, &serde_json::to_vec(command)?, file.map(AsFd::as_fd))?;
        let (answer, _) =
            wire::receive(&socket, ANSWER_BYTES_MAX, None)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(socket);
        Ok(serde_json::from_slice(&answer)?)
    }
}

/// Answers commands on `listener` for as long as it is polled.
pub async fn serve(engine: Arc<Engine>, listener: UnixListener) -> io::Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        let uid = socket.peer_cred()?.uid();
        let socket = socket.into_std()?;
        socket.set_nonblocking(false)?;
        let (engine, runtime) = (Arc::clone(&engine), tokio::runtime::Handle::current());
        // A client that breaks off or talks nonsense loses its connection, nothing more.
        tokio::task::spawn_blocking(
            move || {
                while let Ok(true) = answer_one(&engine, &runtime, &socket, uid) {}
            },
        );
    }
}

/// Answers the next command; false when the client is done.
fn answer_one(
    engine: &Engine,
    runtime: &tokio::runtime::Handle,
    socket: &UnixStream,
    uid: u32,
) -> io::Result<bool> {
    let Some((command, descriptor)) = wire::receive(socket, COMMAND_BYTES_MAX, None)? else {
        return Ok(false);
    };
    let command: Command = serde_json::from_slice(&command)?;
    let answer = runtime.block_on(engine.execute(command, descriptor.map(File::from), &actor_of(uid)));
    wire::send(socket, &serde_json::to_vec(&answer)?, None)?;
    Ok(true)
}
