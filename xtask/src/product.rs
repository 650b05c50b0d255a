//! The product as its users have it: the release binary, started as a process.
#![expect(clippy::disallowed_methods, reason = "this is a tool, not the product: it starts the product")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, ensure};
use cargo_metadata::MetadataCommand;
use serde_json::Value;

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
    /// Builds the binary. These tools are named with it: built apart from it, what both need would be compiled
    /// twice, since each would ask it for other features.
    pub fn build(root: &Path, data: PathBuf) -> anyhow::Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.current_dir(root).args(["build", "--release", "--package", "lamassu", "--package", "xtask"]);
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

    /// The answer to a command that must succeed.
    pub fn answer(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let Output { stdout, stderr, status } =
            self.command(&arguments.iter().map(OsStr::new).collect::<Vec<_>>()).output()?;
        let told = || String::from_utf8_lossy(&stderr).trim().to_owned();
        ensure!(status.success(), "lamassu {arguments:?}: {status}: {}", told());
        serde_json::from_slice(&stdout).with_context(|| format!("lamassu {arguments:?}: no JSON"))
    }

    /// A new key for these scopes.
    pub fn key(&self, name: &str, scopes: &[&str]) -> anyhow::Result<String> {
        let scopes = scopes.iter().flat_map(|scope| ["--scope", scope]);
        let told = self.answer(&["key", "create", name].into_iter().chain(scopes).collect::<Vec<_>>())?;
        Ok(told["secret"].as_str().context("the answer holds no secret")?.to_owned())
    }
}

/// Removes a folder, if it is there.
pub fn remove(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs_err::remove_dir_all(folder)?;
    }
    Ok(())
}
