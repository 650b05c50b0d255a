//! Invariants that show in the text: who may start a process, write SQL, read the clock.

use super::workspace::{File, Finding, Workspace};

/// Words that only some places may use.
struct Rule {
    words: &'static [&'static str],
    /// Beginnings of the paths it holds for.
    within: &'static [&'static str],
    /// Beginnings of the paths that are free of it, each with its reason.
    allowed: &'static [(&'static str, &'static str)],
    advice: &'static str,
}

const PURE: &[&str] = &["crates/lamassu-case/", "crates/lamassu-fingerprint/", "crates/lamassu-index/"];

const RULES: &[Rule] = &[
    Rule {
        words: &["Command::new", "process::Command", "std::process::{", "tokio::process", "libc::fork"],
        within: &["crates/"],
        allowed: &[("crates/lamassu-media/", "the jail is made of processes")],
        advice: "only lamassu-media starts processes; ask it to",
    },
    Rule {
        words: &["sqlx", "SELECT ", "INSERT INTO ", "INSERT OR ", "DELETE FROM ", "CREATE TABLE ", "PRAGMA "],
        within: &["crates/"],
        allowed: &[("crates/lamassu-store/", "the database is its own")],
        advice: "only lamassu-store writes SQL; add a function there",
    },
    Rule {
        words: &["SystemTime::now", "Instant::now"],
        within: &["crates/"],
        allowed: &[("crates/lamassu-engine/src/clock.rs", "the one place that reads the time")],
        advice: "only lamassu-engine's clock.rs reads the time; take it as an argument",
    },
    Rule {
        words: &[
            "std::fs",
            "std::net",
            "SystemTime",
            "std::env::",
            "fs_err",
            "tokio::",
            "tracing::",
            "rand::",
        ],
        within: PURE,
        allowed: &[],
        advice: "this crate is pure: no I/O, no clock, no async, no logging; pass the value in",
    },
];

/// Places that a word's rule lets pass: the word, where, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("Instant::now", "crates/lamassu-media/", "a child that does not answer is killed after its time"),
    ("Instant::now", "crates/lamassu-store/", "waiting for the data folder's lock ends after its time"),
];

/// Packages that a pure crate must not depend on, whatever its text says.
const IMPURE_PACKAGES: [&str; 6] = ["fs-err", "rand", "reqwest", "sqlx", "tokio", "tracing"];

/// No word where its rule forbids it, outside of tests, benches and comments.
pub fn invariants(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in workspace.files.iter().filter(|file| file.is_rust() && !is_test(&file.path)) {
        for rule in RULES.iter().filter(|rule| rule.holds_for(&file.path)) {
            findings.extend(rule.check(file));
        }
    }
    for (package, folder) in workspace.members() {
        let path = format!("{folder}/Cargo.toml");
        if PURE.iter().any(|pure| path.starts_with(pure)) {
            for used in package.dependencies.iter().filter(|used| IMPURE_PACKAGES.contains(&used.as_str())) {
                let line = workspace.file(&path).map_or(1, |manifest| manifest.line_of(used));
                findings.push(Finding::new(
                    &path,
                    line,
                    format!("this crate is pure: it must not use {used}"),
                ));
            }
        }
    }
    findings
}

impl Rule {
    fn holds_for(&self, path: &str) -> bool {
        let starts = |beginning: &&str| path.starts_with(*beginning);
        self.within.iter().any(starts) && !self.allowed.iter().any(|(place, _)| starts(place))
    }

    fn check(&self, file: &File) -> Vec<Finding> {
        let excepted = |word: &str| {
            EXCEPTIONS.iter().any(|(excepted, place, _)| *excepted == word && file.path.starts_with(place))
        };
        let mut findings = Vec::new();
        for (number, line) in code(&file.text) {
            if let Some(word) = self.words.iter().find(|word| line.contains(**word) && !excepted(word)) {
                let advice = format!("`{}`: {}", word.trim_end(), self.advice);
                findings.push(Finding::new(&file.path, number, advice));
            }
        }
        findings
    }
}

fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "benches") || path.ends_with("/tests.rs")
}

/// The numbered lines of a file without comments and without its module of tests.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let opens = |at: usize| {
        lines[at].starts_with("#[cfg(test)]")
            && lines.get(at + 1).is_some_and(|next| next.contains("mod ") && next.ends_with('{'))
    };
    let end = (0..lines.len()).find(|&at| opens(at)).unwrap_or(lines.len());
    let numbered = lines.into_iter().enumerate().take(end).map(|(at, line)| (at + 1, line));
    numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::invariants;
    use crate::tidy::workspace::example::{member, places, workspace};

    fn check(path: &str, text: &str) -> usize {
        invariants(&workspace(&[(path, text)])).len()
    }

    #[test]
    fn processes_are_started_in_media_only() {
        let text = "fn f() { std::process::Command::new(\"x\"); }";
        assert_eq!(check("crates/lamassu-engine/src/x.rs", text), 1);
        assert_eq!(check("crates/lamassu/src/main.rs", "use std::process::ExitCode;"), 0);
        for free in ["crates/lamassu-media/src/x.rs", "xtask/src/x.rs", "crates/lamassu/tests/it/x.rs"] {
            assert_eq!(check(free, text), 0, "{free}");
        }
    }

    #[test]
    fn sql_is_written_in_store_only() {
        for text in ["const Q: &str = \"SELECT id FROM item\";", "use sqlx::Row;"] {
            assert_eq!(check("crates/lamassu-engine/src/x.rs", text), 1);
            assert_eq!(check("crates/lamassu-store/src/x.rs", text), 0);
        }
    }

    #[test]
    fn the_clock_is_read_in_one_place() {
        for text in ["let t = SystemTime::now();", "let t = Instant::now();"] {
            assert_eq!(check("crates/lamassu-engine/src/flow.rs", text), 1);
            assert_eq!(check("crates/lamassu-engine/src/clock.rs", text), 0);
            assert_eq!(check("crates/lamassu-engine/benches/x.rs", text), 0);
        }
        assert_eq!(check("crates/lamassu-media/src/x.rs", "let t = SystemTime::now();"), 1);
        assert_eq!(check("crates/lamassu-media/src/x.rs", "let t = Instant::now();"), 0, "excepted");
    }

    #[test]
    fn pure_crates_stay_pure() {
        let impure = ["use std::fs;", "use std::net::TcpStream;", "tokio::spawn(x);", "tracing::info!();"];
        for text in impure {
            assert_eq!(check("crates/lamassu-case/src/x.rs", text), 1, "{text}");
            assert_eq!(check("crates/lamassu-engine/src/x.rs", text), 0, "{text}");
        }
        let mut workspace = workspace(&[("crates/lamassu-case/Cargo.toml", "[dependencies]\ntokio = 1\n")]);
        workspace.packages =
            vec![member("lamassu-case", &["serde", "tokio"]), member("lamassu-engine", &["tokio"])];
        assert_eq!(places(&invariants(&workspace)), ["crates/lamassu-case/Cargo.toml:2"]);
    }

    #[test]
    fn comments_and_modules_of_tests_are_free() {
        let text = "/// Calls std::fs.\nfn f() {}\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        assert_eq!(check("crates/lamassu-case/src/x.rs", text), 0);
        let text = "#[cfg(test)]\nmod tests;\nuse std::fs;\n";
        assert_eq!(
            check("crates/lamassu-case/src/x.rs", text),
            1,
            "only a module written here ends the code"
        );
    }
}
