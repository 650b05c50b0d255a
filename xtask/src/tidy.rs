//! The rules of the house that no compiler checks; CONTRIBUTING.md gives their reasons.
//!
//! Every check is a function from the [`Workspace`] as text to [`Finding`]s, so that its tests can
//! show it a bad one.

mod crates;
mod documents;
mod invariants;
mod layout;
mod licences;
mod table;
mod workspace;

use std::path::Path;

use workspace::{Finding, Workspace};

/// A check: what it is called and what it does.
type Check = (&'static str, fn(&Workspace) -> Vec<Finding>);

/// All checks, in the order of their findings.
const CHECKS: [Check; 10] = [
    ("crate table", crates::table),
    ("crate lints", crates::lints),
    ("file layout", layout::layout),
    ("module documents", layout::module_docs),
    ("invariants", invariants::invariants),
    ("links", documents::links),
    ("functions in documents", documents::functions),
    ("length of ARCHITECTURE.md", documents::architecture_words),
    ("sources of test data", documents::testdata_sources),
    ("licences", licences::licences),
];

/// Runs all checks over the workspace at `root` and prints what they find; true when nothing.
#[expect(clippy::print_stdout, reason = "its findings are what the tool is for")]
pub fn run(root: &Path) -> anyhow::Result<bool> {
    let workspace = Workspace::load(root)?;
    let findings: Vec<Finding> = CHECKS.iter().flat_map(|(_, check)| check(&workspace)).collect();
    for finding in &findings {
        println!("{finding}");
    }
    let names: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
    match findings.len() {
        0 => println!("tidy: nothing found in {} files ({})", workspace.files.len(), names.join(", ")),
        count => println!("tidy: {count} found"),
    }
    Ok(findings.is_empty())
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_workspace_is_tidy() {
        assert!(super::run(crate::workspace_root()).expect("it can be read"), "what is above, is to be done");
    }
}
