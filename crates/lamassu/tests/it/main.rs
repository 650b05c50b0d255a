//! The command line as people and scripts meet it: the real binary, real files, a real data folder.

mod backup;
mod catalogue;
mod commands;
mod concurrency;
mod context;
mod decisions;
mod disk_full;
mod disk_full_serving;
mod entry_media;
mod genealogy;
mod hash_lists;
mod hostile;
mod index;
mod kill;
mod look_back;
mod marks;
mod near_miss;
mod negative;
mod panels;
mod parts;
mod pasted;
mod people_and_keys;
mod pictures;
mod plain;
mod progress;
mod serving;
mod tls;
mod video;
mod webhooks;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A data folder and a folder for files, both gone at the end of the test.
struct Workplace {
    folder: TempDir,
}

/// What a command answered.
#[derive(Debug)]
struct Answered {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Workplace {
    fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    /// With a bank called `known`.
    fn with_bank() -> Self {
        let place = Self::new();
        place.run(["bank", "create", "known"]).expect_status(0);
        place
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: impl AsRef<Path>, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs_err::write(&path, bytes).expect("the file is written");
        path
    }

    /// A command on the data folder, not yet started.
    fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = program(env!("CARGO_BIN_EXE_lamassu"));
        command.args(arguments).arg("--data").arg(self.data()).current_dir(self.folder.path());
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Answered {
        Answered::of(&mut self.command(arguments))
    }

    /// `check --format json` of these paths: the status and a report for each file.
    fn check(&self, paths: &[&Path]) -> (i32, Vec<Value>) {
        let mut command = self.command(["check", "--format", "json"]);
        let answered = Answered::of(command.args(paths));
        (answered.status, answered.json())
    }

    /// The error code of checking one file, which must fail.
    fn refusal(&self, path: &Path) -> String {
        let (status, reports) = self.check(&[path]);
        assert_eq!((status, reports.len()), (2, 1), "{reports:?}");
        assert_eq!(reports[0]["outcome"], "none");
        assert!(!reports[0]["error"]["message"].as_str().expect("a message").is_empty());
        reports[0]["error"]["code"].as_str().expect("a code").to_owned()
    }

    /// The titles in the bank `known`.
    fn titles(&self) -> Vec<String> {
        let answered = self.run(["bank", "show", "known", "--format", "json"]).expect_status(0);
        answered
            .json()
            .iter()
            .map(|row| row["metadata"]["title"].as_str().expect("a title").to_owned())
            .collect()
    }
}

impl Answered {
    fn of(command: &mut Command) -> Self {
        let output = command.output().expect("the program starts");
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("answers are UTF-8"),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    fn expect_status(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    fn json(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }
}

/// A program to start: tests start the binary under test and the tools that stress it.
fn program(name: &str) -> Command {
    #[expect(clippy::disallowed_methods, reason = "tests start the program under test")]
    Command::new(name)
}
