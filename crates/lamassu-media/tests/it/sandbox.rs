//! The jail tried from the inside: `ffmpeg` in it is asked to do what it must not be able to.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use lamassu_media::Tool;

use crate::room::Room;
use crate::samples::{jpeg, run_ffmpeg};

const SECRET: &[u8] = b"nobody in the jail may read this";

/// Runs `ffmpeg` in the jail, where it can do nothing but compute.
#[expect(clippy::disallowed_methods, reason = "the jail is entered as its own crate enters it")]
fn run_jailed(arguments: &[&str]) -> Output {
    let program = Tool::Ffmpeg.find().expect("`make setup` installs ffmpeg");
    Command::new(env!("CARGO_BIN_EXE_jailed-child"))
        .args(["jailed", "exec", "0", "4294967296"])
        .arg(program)
        .args(["-nostdin", "-v", "error"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Copies what is read from `url` to the output.
fn copy_from(url: &str) -> [&str; 9] {
    ["-f", "data", "-i", url, "-map", "0", "-f", "data", "pipe:1"]
}

/// Fails inside, and without the jail it would have worked.
fn assert_refused(jailed: &Output, free: &Output, expected: &[u8]) {
    assert!(free.status.success() && free.stdout == expected, "{free:?}");
    assert!(!jailed.status.success() && jailed.stdout.is_empty(), "{jailed:?}");
}

#[test]
fn it_computes() {
    let draw = ["-f", "lavfi", "-i", "color=size=16x16:rate=1:duration=1", "-pix_fmt", "gray"];
    let output = run_jailed(&[&draw[..], &["-f", "rawvideo", "pipe:1"]].concat());
    assert_eq!((output.status.success(), output.stdout.len()), (true, 256), "{output:?}");
}

#[test]
fn it_reads_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    fs_err::write(&path, SECRET).unwrap();
    let arguments = copy_from(path.to_str().unwrap());
    assert_refused(&run_jailed(&arguments), &run_ffmpeg(&arguments), SECRET);
    let manifest = concat!("file:", env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let content = fs_err::read(&manifest["file:".len()..]).unwrap();
    let arguments = copy_from(manifest);
    assert_refused(&run_jailed(&arguments), &run_ffmpeg(&arguments), &content);
}

#[test]
fn it_writes_no_file_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let draw = ["-f", "lavfi", "-i", "color=size=16x16:rate=1:duration=1", "-f", "rawvideo"];
    let path = folder.path().join("made");
    let arguments = [&draw[..], &[path.to_str().unwrap()]].concat();
    let jailed = run_jailed(&arguments);
    assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 0);
    assert_refused(&jailed, &run_ffmpeg(&arguments), b"");
    assert!(path.is_file());
    // Not over one that is there, either.
    fs_err::write(&path, SECRET).unwrap();
    assert!(!run_jailed(&[&["-y"], &arguments[..]].concat()).status.success());
    assert_eq!(fs_err::read(&path).unwrap(), SECRET);
}

#[test]
fn it_opens_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("tcp://{}", listener.local_addr().unwrap());
    let arguments = copy_from(&url);
    let jailed = run_jailed(&arguments);
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "nobody came");
    listener.set_nonblocking(false).unwrap();
    let free = std::thread::scope(|scope| {
        let free = scope.spawn(|| run_ffmpeg(&arguments));
        listener.accept().unwrap().0.write_all(SECRET).unwrap();
        free.join().unwrap()
    });
    assert_refused(&jailed, &free, SECRET);
}

#[test]
fn it_becomes_no_other_program_and_needs_all_its_arguments() {
    #[expect(clippy::disallowed_methods, reason = "the jail is entered as its own crate enters it")]
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jailed-child"));
        command.arg("jailed").args(arguments).stdin(Stdio::null()).output().unwrap().status.code()
    };
    for arguments in [&[][..], &["decode"], &["decode", "0"], &["decode", "0", "much"], &["other", "0", "1"]]
    {
        assert_eq!(run(arguments), Some(64), "{arguments:?}");
    }
    assert_eq!(run(&["exec", "0", "4294967296", "no-such-program"]), Some(78));
}

#[test]
fn a_decoder_is_confined_for_good() {
    let room = Room::new();
    assert_eq!(room.outcome(&jpeg(1)), "image");
    let number = room.children()[0];
    let status = fs_err::read_to_string(format!("/proc/{number}/status")).unwrap();
    let field = |name: &str| {
        status.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
    };
    assert_eq!(field("NoNewPrivs:").as_deref(), Some("1"));
    assert_eq!(field("Seccomp:").as_deref(), Some("2"));
    let limits = fs_err::read_to_string(format!("/proc/{number}/limits")).unwrap();
    for limit in ["Max core file size", "Max file size"] {
        let line = limits.lines().find(|line| line.starts_with(limit)).unwrap();
        assert_eq!(line[limit.len()..].split_whitespace().next(), Some("0"), "{line}");
    }
}
