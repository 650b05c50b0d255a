//! The product as its users have it: the release binary, started as a process.
#![expect(clippy::disallowed_methods, reason = "this is a tool, not the product: it starts the product")]

use std::ffi::OsStr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use cargo_metadata::MetadataCommand;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Time a server has to open its data folder.
const START_S_MAX: u64 = 30;
/// Between two looks whether it has.
const LOOK_MS: u64 = 10;

/// The release binary and a data folder for it.
pub struct Product {
    /// The binary.
    pub binary: PathBuf,
    /// The data folder.
    pub data: PathBuf,
}

/// The folder that cargo builds into; ours are made in it.
pub fn target(root: &Path) -> anyhow::Result<PathBuf> {
    let metadata = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec()?;
    Ok(metadata.target_directory.into_std_path_buf())
}

impl Product {
    /// Builds the binary.
    pub fn build(root: &Path, data: PathBuf) -> anyhow::Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.current_dir(root).args(["build", "--quiet", "--release", "--package", "lamassu"]);
        ensure!(command.status()?.success(), "the product does not build");
        Ok(Self { binary: target(root)?.join("release/lamassu"), data })
    }

    /// A command of it, answering in JSON.
    pub fn command(&self, arguments: &[&OsStr]) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg("--data").arg(&self.data).args(["--format", "json"]).args(arguments);
        command
    }

    /// Runs a command that must succeed.
    pub fn run(&self, arguments: &[&OsStr]) -> anyhow::Result<()> {
        let output = self.command(arguments).output()?;
        let told = || String::from_utf8_lossy(&output.stderr).trim().to_owned();
        ensure!(output.status.success(), "lamassu {arguments:?}: {}: {}", output.status, told());
        Ok(())
    }

    /// What `lamassu check` answers about one file.
    pub fn check(&self, file: &Path) -> anyhow::Result<Value> {
        let Output { stdout, stderr, .. } = self.command(&["check".as_ref(), file.as_ref()]).output()?;
        serde_json::from_slice(&stdout)
            .with_context(|| format!("{}: {}", file.display(), String::from_utf8_lossy(&stderr)))
    }

    /// Starts `lamassu serve` and waits until it answers.
    pub fn serve(&self) -> anyhow::Result<Server> {
        // Any free port: only the socket is asked.
        let mut command = self.command(&["serve".as_ref(), "--listen".as_ref(), "127.0.0.1:0".as_ref()]);
        let mut child = command.stderr(Stdio::null()).spawn()?;
        let start = Instant::now();
        while UnixStream::connect(self.data.join("lamassu.sock")).is_err() {
            if let Some(status) = child.try_wait()? {
                bail!("lamassu serve ended at once: {status}; run it by itself to see why");
            }
            if start.elapsed().as_secs() > START_S_MAX {
                drop(Server { child });
                bail!("lamassu serve did not answer within {START_S_MAX} s");
            }
            std::thread::sleep(Duration::from_millis(LOOK_MS));
        }
        Ok(Server { child })
    }
}

/// A running server; told to stop when dropped.
pub struct Server {
    child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both may fail only because it has ended already.
        let _told = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ended = self.child.wait();
    }
}

/// Removes a folder, if it is there.
pub fn remove(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs_err::remove_dir_all(folder)?;
    }
    Ok(())
}
