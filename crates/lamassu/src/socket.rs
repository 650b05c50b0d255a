//! Commands from other processes: a Unix socket in the data folder, files passed as descriptors.
//!
//! The server never opens a path that a client names: the client opens it, with the client's rights.

use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lamassu_engine::{Answer, Command, Engine, Failure};
use lamassu_media::{Progress, SoFar, wire};
use serde::{Deserialize, Serialize};
use tokio::net::UnixListener;
use tokio::time::MissedTickBehavior;

use crate::access::actor_of;

/// Longest command in bytes: paths and metadata only.
const COMMAND_BYTES_MAX: usize = 1 << 20;
/// Longest answer in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// How often the server looks whether there is something new to tell of a reading.
const TOLD_INTERVAL: Duration = Duration::from_millis(100);

/// Where the socket lies in a data folder.
const SOCKET: &str = "lamassu.sock";

/// What a server says to a command: how far its reading is, any number of times, and then the answer.
#[derive(Debug, Serialize, Deserialize)]
enum Said {
    SoFar(SoFar),
    Answer(Box<Result<Answer, Failure>>),
}

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

    /// Has the server carry out a command, and tells `progress` what it says of its reading.
    pub async fn execute(
        &self,
        command: Command,
        file: Option<File>,
        progress: &Arc<Progress>,
    ) -> Result<Answer, Failure> {
        let (client, progress) = (self.clone(), Arc::clone(progress));
        let asked = tokio::task::spawn_blocking(move || client.ask(&command, file.as_ref(), &progress));
        let answer = asked.await.map_err(io::Error::other).flatten();
        answer.unwrap_or_else(|error| {
            let message =
                format!("the server of this data folder went away ({error}); run the command again");
            Err(Failure { code: "server-gone".to_owned(), message })
        })
    }

    fn ask(
        &self,
        command: &Command,
        file: Option<&File>,
        progress: &Progress,
    ) -> io::Result<Result<Answer, Failure>> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let socket = idle.map_or_else(|| UnixStream::connect(self.data.join(SOCKET)), Ok)?;
        wire::send(&socket, &serde_json::to_vec(command)?, file.map(AsFd::as_fd))?;
        loop {
            let (said, _) =
                wire::receive(&socket, ANSWER_BYTES_MAX, None)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            match serde_json::from_slice(&said)? {
                Said::SoFar(so_far) => progress.relay(so_far),
                Said::Answer(answer) => {
                    self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(socket);
                    return Ok(*answer);
                }
            }
        }
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
    let (actor, progress) = (actor_of(uid), Arc::default());
    let answer = runtime.block_on(async {
        let work = engine.execute_telling(command, descriptor.map(File::from), &actor, &progress);
        tokio::select! {
            answer = work => answer,
            never = tell(socket, &progress) => match never {},
        }
    });
    say(socket, &Said::Answer(Box::new(answer)))?;
    Ok(true)
}

/// Tells how far a reading is each time that it is farther. A client that does not read is told less: work never waits
/// for it.
async fn tell(socket: &UnixStream, progress: &Progress) -> Infallible {
    let mut looks = tokio::time::interval(TOLD_INTERVAL);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = None;
    loop {
        looks.tick().await;
        let so_far = progress.so_far();
        if so_far != told && wire::takes_at_once(socket).unwrap_or(false) {
            // A client that is gone is found out with the answer.
            let _sent = so_far.map(|so_far| say(socket, &Said::SoFar(so_far)));
            told = so_far;
        }
    }
}

fn say(socket: &UnixStream, said: &Said) -> io::Result<()> {
    wire::send(socket, &serde_json::to_vec(said)?, None)
}
