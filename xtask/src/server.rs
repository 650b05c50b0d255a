//! A running `lamassu serve`, reached over HTTP.

use std::net::TcpListener;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::client::Client;
use crate::product::Product;

/// Time a server has to open its data folder.
const START_S_MAX: u64 = 30;
/// Between two looks whether it has.
const LOOK_MS: u64 = 1;

/// A running server; told to stop when dropped.
pub struct Server {
    child: Child,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
}

impl Server {
    /// Starts one on `port`, or on any free one for 0, and waits until it answers.
    pub fn start(product: &Product, port: u16) -> anyhow::Result<Self> {
        // Free a moment ago; nobody else starts servers here.
        let port = TcpListener::bind(("127.0.0.1", port))?.local_addr()?.port();
        let listen = format!("127.0.0.1:{port}");
        let mut command = product.command(&["serve".as_ref(), "--listen".as_ref(), listen.as_ref()]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let mut server = Self { child, port };
        let start = Instant::now();
        loop {
            if Client::connect(port).and_then(|mut client| client.get("/healthz", None)).is_ok() {
                return Ok(server);
            }
            if let Some(status) = server.ended()? {
                bail!("lamassu serve ended at once: {status}; run it by itself to see why");
            }
            ensure!(start.elapsed().as_secs() < START_S_MAX, "no answer within {START_S_MAX} s");
            std::thread::sleep(Duration::from_millis(LOOK_MS));
        }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> std::io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both may fail only because it has ended already.
        let _told = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ended = self.child.wait();
    }
}
