//! The Python environment in which competitors and references run.
#![expect(
    clippy::disallowed_methods,
    reason = "competitors and references are Python programs; this is a tool, not the product"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

/// The interpreter of `.venv`, which is made when it is not there, with `packages` installed unless the code
/// `probe` says that they are.
pub fn environment(root: &Path, probe: &str, packages: &[&str]) -> anyhow::Result<PathBuf> {
    let folder = root.join(".venv");
    let python = folder.join("bin/python");
    if !python.exists() {
        succeed(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    }
    if !Command::new(&python).args(["-c", probe]).stderr(Stdio::null()).status()?.success() {
        succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(packages))?;
    }
    Ok(python)
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    ensure!(status.success(), "{command:?}: {status}");
    Ok(())
}
