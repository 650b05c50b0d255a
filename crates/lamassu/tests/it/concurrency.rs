//! Several processes and one data folder: never two writers, and a server that all may use.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::Workplace;
use crate::pictures::png;

/// A running `lamassu serve`.
pub struct Server {
    child: Child,
    /// Where it answers over HTTP.
    pub port: u16,
}

impl Server {
    /// Starts one and waits until it says that it serves.
    pub fn start(place: &Workplace) -> Self {
        Self::of(&mut place.command(["serve", "--listen", "127.0.0.1:0"]))
    }

    /// Starts one by this command and waits as well.
    pub fn of(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("started");
        let mut said = BufReader::new(child.stderr.take().expect("piped")).lines().map_while(Result::ok);
        let serving = said.find(|line| line.starts_with("serving")).expect("it says that it serves");
        let port = serving.split(['/', ':', ';']).find_map(|part| part.parse().ok()).expect("a port");
        // What else it says must find a reader.
        std::thread::spawn(move || said.for_each(drop));
        Self { child, port }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn end(mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).expect("still running");
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Server {
    /// A test that fails leaves no server behind.
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

#[test]
fn an_entry_added_through_the_server_is_live_for_the_next_check() {
    let place = Workplace::with_bank();
    let known = place.write("known.png", &png(1));
    let server = Server::start(&place);
    assert_eq!(place.check(&[&known]).0, 0);
    place.run(["bank", "add", "known", "known.png"]).expect_status(0);
    assert_eq!(place.check(&[&known]).0, 1);
    let healthy = place.run(["doctor"]).expect_status(0);
    assert!(healthy.stdout.contains("is served"), "{healthy:?}");
    assert_eq!(server.end(Signal::TERM), Some(0), "a stop is no failure");
    // Without the server the same folder is opened directly and knows the same.
    assert_eq!(place.check(&[&known]).0, 1);
    place.run(["audit", "verify"]).expect_status(0);
}

#[test]
fn a_killed_server_leaves_a_folder_that_opens() {
    let place = Workplace::with_bank();
    let known = place.write("known.png", &png(1));
    let server = Server::start(&place);
    place.run(["bank", "add", "known", "known.png"]).expect_status(0);
    assert_eq!(server.end(Signal::KILL), None);
    assert!(place.data().join("lamassu.sock").exists(), "it had no time to clean up");
    assert_eq!(place.check(&[&known]).0, 1);
    assert_eq!(Server::start(&place).end(Signal::INT), Some(0));
}

#[test]
fn a_second_server_is_refused_and_names_the_first() {
    let place = Workplace::with_bank();
    let server = Server::start(&place);
    let second = place.run(["serve", "--listen", "127.0.0.1:0"]).expect_status(2);
    assert!(
        second.stderr.contains("(folder-locked)") && second.stderr.contains("lamassu serve"),
        "{second:?}"
    );
    assert_eq!(server.end(Signal::TERM), Some(0));
}

#[test]
fn commands_at_once_wait_for_each_other() {
    for served in [false, true] {
        let place = Workplace::with_bank();
        let server = served.then(|| Server::start(&place));
        let adding: Vec<Child> = (0..6)
            .map(|seed| {
                let name = format!("{seed}.png");
                place.write(&name, &png(seed));
                let mut command = place.command(["bank", "add", "known", &name]);
                command.stdout(Stdio::null()).spawn().expect("started")
            })
            .collect();
        for mut child in adding {
            assert!(child.wait().expect("it ends").success());
        }
        assert_eq!(place.titles().len(), 6);
        place.run(["audit", "verify"]).expect_status(0);
        if let Some(server) = server {
            assert_eq!(server.end(Signal::TERM), Some(0));
        }
    }
}

#[test]
fn nonsense_on_the_socket_harms_nobody() {
    use std::io::Write;
    let place = Workplace::with_bank();
    let known = place.write("known.png", &png(1));
    let server = Server::start(&place);
    let connect =
        || std::os::unix::net::UnixStream::connect(place.data().join("lamassu.sock")).expect("connected");
    for nonsense in [&b"\xff\xff\xff\xff"[..], b"\x02\0\0\0{}", b"\x05\0\0\0ab", b""] {
        let mut socket = connect();
        socket.write_all(nonsense).expect("sent");
        socket.shutdown(std::net::Shutdown::Write).expect("half closed");
    }
    place.run(["bank", "add", "known", "known.png"]).expect_status(0);
    assert_eq!(place.check(&[&known]).0, 1);
    assert_eq!(server.end(Signal::TERM), Some(0));
}
