//! Writes the documents that come from the server's code: its API, its errors, its metrics.
#![expect(clippy::disallowed_methods, reason = "this is a tool, not the product: it starts cargo")]

use std::path::Path;
use std::process::Command;

/// Has the server's tests write what they would compare. Linked here, the server would make every tool as slow to
/// build as itself.
pub fn run(root: &Path) -> anyhow::Result<bool> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut tests = Command::new(cargo);
    tests.current_dir(root).args(["test", "--quiet", "--workspace", "--test", "it", "up_to_date"]);
    Ok(tests.env("LAMASSU_WRITE_DOCUMENTS", "1").status()?.success())
}
