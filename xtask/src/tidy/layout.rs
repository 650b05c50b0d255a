//! Sizes, places and names of files.

use super::workspace::{File, Finding, Workspace};

/// Most lines of a source file.
const LINES_MAX: usize = 600;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 11] =
    ["base", "common", "data", "handler", "helper", "helpers", "manager", "misc", "service", "util", "utils"];

/// No long files, no `mod.rs`, no crates or modules with empty names.
pub fn layout(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (package, folder) in workspace.members() {
        if let Some(word) = package.name.split('-').find(|word| EMPTY_NAMES.contains(word)) {
            findings.push(Finding::new(&format!("{folder}/Cargo.toml"), 1, empty_name(word)));
        }
    }
    for file in workspace.files.iter().filter(|file| file.is_rust()) {
        let lines = file.text.lines().count();
        if lines > LINES_MAX {
            let advice = format!("{lines} lines are more than {LINES_MAX}; split the file by verb or noun");
            findings.push(Finding::new(&file.path, LINES_MAX + 1, advice));
        }
        if file.path.ends_with("/mod.rs") {
            findings.push(Finding::new(&file.path, 1, "is a `mod.rs`; name it after its folder, beside it"));
        }
        for word in module_names(&file.path).filter(|word| EMPTY_NAMES.contains(word)) {
            findings.push(Finding::new(&file.path, 1, empty_name(word)));
        }
        findings.extend(inline_modules(file));
    }
    findings
}

/// Every source file of a crate says in its first line what it is.
pub fn module_docs(workspace: &Workspace) -> Vec<Finding> {
    let of_crate = |path: &str| {
        path.starts_with("xtask/src/") || (path.starts_with("crates/") && path.contains("/src/"))
    };
    workspace
        .files
        .iter()
        .filter(|file| file.is_rust() && of_crate(&file.path) && !file.text.starts_with("//!"))
        .map(|file| Finding::new(&file.path, 1, "does not open with `//!`; say in a sentence what it holds"))
        .collect()
}

/// The names of the folders and the file after `src`, `tests` or `benches`.
fn module_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .skip_while(|part| !["src", "tests", "benches"].contains(part))
        .map(|part| part.strip_suffix(".rs").unwrap_or(part))
}

fn inline_modules(file: &File) -> impl Iterator<Item = Finding> {
    file.text.lines().enumerate().filter_map(|(at, line)| {
        let name = line.trim().trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix('{')?.trim();
        EMPTY_NAMES.contains(&name).then(|| Finding::new(&file.path, at + 1, empty_name(name)))
    })
}

fn empty_name(word: &str) -> String {
    format!("`{word}` says nothing of what is inside; name it after the verb or the noun")
}

#[cfg(test)]
mod tests {
    use super::{layout, module_docs};
    use crate::tidy::workspace::example::{member, places, workspace};

    fn check(path: &str, text: &str) -> Vec<String> {
        places(&layout(&workspace(&[(path, text)])))
    }

    #[test]
    fn long_files_are_found() {
        assert_eq!(check("crates/a/src/b.rs", &"\n".repeat(600)), [""; 0]);
        assert_eq!(check("crates/a/src/b.rs", &"\n".repeat(601)), ["crates/a/src/b.rs:601"]);
        assert_eq!(check("docs/long.md", &"\n".repeat(601)), [""; 0]);
    }

    #[test]
    fn mod_rs_is_found() {
        assert_eq!(check("crates/a/src/b/mod.rs", ""), ["crates/a/src/b/mod.rs:1"]);
        assert_eq!(check("crates/a/src/model.rs", ""), [""; 0]);
    }

    #[test]
    fn empty_names_are_found() {
        assert_eq!(check("crates/a/src/utils.rs", ""), ["crates/a/src/utils.rs:1"]);
        assert_eq!(check("crates/a/src/common/x.rs", ""), ["crates/a/src/common/x.rs:1"]);
        assert_eq!(check("crates/a/tests/it/helpers.rs", ""), ["crates/a/tests/it/helpers.rs:1"]);
        assert_eq!(check("crates/a/src/x.rs", "fn f() {}\npub mod misc {\n}"), ["crates/a/src/x.rs:2"]);
        assert_eq!(check("crates/a/src/database.rs", "mod x;"), [""; 0], "only whole names count");
        let mut workspace = workspace(&[]);
        workspace.packages = vec![member("lamassu-common", &[]), member("lamassu-case", &[])];
        assert_eq!(places(&layout(&workspace)), ["crates/lamassu-common/Cargo.toml:1"]);
    }

    #[test]
    fn a_file_without_a_document_is_found() {
        let files = [
            ("crates/a/src/good.rs", "//! Good.\n"),
            ("crates/a/src/bad.rs", "use std::fmt;\n"),
            ("crates/a/tests/it/free.rs", "use std::fmt;\n"),
            ("xtask/src/bad.rs", "// Not a document.\n"),
        ];
        assert_eq!(places(&module_docs(&workspace(&files))), ["crates/a/src/bad.rs:1", "xtask/src/bad.rs:1"]);
    }
}
