//! One jailed process: a child of ours, or a program inside the jail.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Resource, Rlimit, Signal};

use super::JailConfig;
use crate::child::message::{ANSWER_BYTES_MAX, Answer, Hello, Request, Said};
use crate::child::{CHILD_ARGUMENT, EXIT_NO_JAIL, EXIT_NO_PROGRAM};
use crate::error::{LimitName, ReadError, Refusal};
use crate::progress::Progress;
use crate::wire::{self, wait_until};

/// Longest first word of a child, in bytes.
const HELLO_BYTES_MAX: usize = 64;
/// Time a child has to build its jail.
const START_MS_MAX: u64 = 10_000;

/// A program for video and sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Decodes.
    Ffmpeg,
    /// Tells what is in a container.
    Ffprobe,
}

impl Tool {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ffmpeg => "ffmpeg",
            Self::Ffprobe => "ffprobe",
        }
    }

    /// Where it is on the search path, as a path without links: that is the one file the jail opens up.
    ///
    /// # Errors
    /// [`ReadError::ToolMissing`].
    pub fn find(self) -> Result<PathBuf, ReadError> {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&folders)
            .filter_map(|folder| fs_err::canonicalize(folder.join(self.name())).ok())
            .find(|path| path.is_file())
            .ok_or(ReadError::ToolMissing { tool: self.name() })
    }
}

/// A started process and all it starts: ended as a group when this is dropped.
#[derive(Debug)]
struct Group {
    child: std::process::Child,
    /// Becomes readable when the process ends; immune to a reused number.
    ended: OwnedFd,
}

impl Group {
    /// Starts `command`; what it holds for the process is closed here before this returns.
    fn start(mut command: Command, program: &Path) -> Result<Self, ReadError> {
        let failed = |source| ReadError::NotStarted { program: program.to_owned(), source };
        command.env_clear().process_group(0);
        let child = start_from_lasting_thread(command).map_err(failed)?;
        let ended = rustix::process::pidfd_open(pid(&child), PidfdFlags::empty());
        Ok(Self { ended: ended.map_err(|errno| failed(errno.into()))?, child })
    }

    /// Waits for the end until `deadline`; `None` when it has not come.
    fn wait(&mut self, deadline: Instant) -> io::Result<Option<ExitStatus>> {
        if wait_until(self.ended.as_fd(), deadline)? { self.child.wait().map(Some) } else { Ok(None) }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Both may fail only because everything has ended already.
        let _ended = rustix::process::kill_process_group(pid(&self.child), Signal::KILL);
        let _reaped = self.child.wait();
    }
}

/// A command to start, and where to tell how that went.
type Start = (Command, SyncSender<io::Result<std::process::Child>>);

/// Starts `command` from a thread that lives as long as this process.
///
/// A jailed process is killed when its parent dies, and to the kernel the parent is the thread that
/// started it. Threads of a pool come and go; idle children must not go with them.
fn start_from_lasting_thread(command: Command) -> io::Result<std::process::Child> {
    static STARTER: LazyLock<Option<SyncSender<Start>>> = LazyLock::new(|| {
        let (starter, commands) = sync_channel::<Start>(0);
        let start_all = move || {
            for (mut command, told) in commands {
                let started = command.spawn();
                // While the child's end of a socket is open here, its death goes unnoticed.
                drop(command);
                // Whoever asked waits for the answer, so there is somebody to receive it.
                let _told = told.send(started);
            }
        };
        std::thread::Builder::new().name("jail-starter".to_owned()).spawn(start_all).ok()?;
        Some(starter)
    });
    let gone = || io::Error::other("the thread that starts children did not start");
    let starter = STARTER.as_ref().ok_or_else(gone)?;
    let (told, started) = sync_channel(1);
    starter.send((command, told)).map_err(|_| gone())?;
    started.recv().map_err(|_| gone())?
}

fn pid(child: &std::process::Child) -> Pid {
    Pid::from_child(child)
}

/// A child of ours that decodes pictures or fingerprints frames.
#[derive(Debug)]
pub struct Child {
    group: Group,
    socket: UnixStream,
    /// Version of landlock it is under; 0 for none.
    pub landlock_abi: u8,
    /// How many requests it has been sent.
    pub items: u32,
    /// CPU time that the last of them may take, in seconds.
    cpu_s_max: u32,
}

impl Child {
    /// Starts a child and waits until it has locked itself in.
    pub fn start(config: &JailConfig) -> Result<Self, ReadError> {
        let (ours, theirs) = UnixStream::pair()?;
        let mut command = jailed(config, "decode", config.limits.child_memory_bytes_max);
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::null());
        let group = Group::start(command, &config.program)?;
        let mut child = Self { group, socket: ours, landlock_abi: 0, items: 0, cpu_s_max: 0 };
        let failed =
            |kind| ReadError::NotStarted { program: config.program.clone(), source: io::Error::from(kind) };
        let deadline = deadline_after(START_MS_MAX);
        if !wait_until(child.socket.as_fd(), deadline)? {
            return Err(failed(io::ErrorKind::TimedOut));
        }
        let hello = wire::receive(&child.socket, HELLO_BYTES_MAX, Some(deadline))?
            .ok_or(failed(io::ErrorKind::UnexpectedEof))?;
        let hello: Hello = postcard::from_bytes(&hello.0).map_err(|_| failed(io::ErrorKind::InvalidData))?;
        if !hello.jailed {
            return Err(ReadError::NoLandlock);
        }
        child.landlock_abi = hello.landlock_abi;
        Ok(child)
    }

    /// Sends a request and waits for the answer until `deadline`, within `cpu_s_max` seconds of CPU time.
    ///
    /// After an error this child is of no more use.
    pub fn ask(
        &mut self,
        request: &Request,
        media: Option<BorrowedFd<'_>>,
        cpu_s_max: u32,
        deadline: Instant,
    ) -> Result<Answer, ReadError> {
        self.send(request, media, cpu_s_max)?;
        // Nothing was begun that it could be on its way with.
        self.answer(deadline, &Progress::default())
    }

    /// Sends a request, to be answered within `cpu_s_max` seconds of CPU time.
    pub fn send(
        &mut self,
        request: &Request,
        media: Option<BorrowedFd<'_>>,
        cpu_s_max: u32,
    ) -> Result<(), ReadError> {
        self.items += 1;
        self.cpu_s_max = cpu_s_max;
        let budget = self.cpu_seconds().unwrap_or(0) + u64::from(cpu_s_max);
        let limit = Rlimit { current: Some(budget), maximum: None };
        rustix::process::prlimit(Some(pid(&self.group.child)), Resource::Cpu, limit)
            .map_err(io::Error::from)?;
        let request = postcard::to_stdvec(request).map_err(io::Error::other)?;
        // A child that died just now is reported by what it died of, when its answer does not come.
        let _sent = wire::send(&self.socket, &request, media);
        Ok(())
    }

    /// Waits until `deadline` for the answer to what was sent, and tells `progress` what comes before it.
    pub fn answer(&mut self, deadline: Instant, progress: &Progress) -> Result<Answer, ReadError> {
        loop {
            let said = match wire::receive(&self.socket, ANSWER_BYTES_MAX, Some(deadline)) {
                Ok(Some((said, _))) => postcard::from_bytes::<Said>(&said),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return Err(ReadError::Refused(overdue(deadline)));
                }
                _ => return Err(self.cause_of_death()),
            };
            match said {
                Ok(Said::SoFar { read_ms }) if progress.advance(read_ms) => {}
                Ok(Said::Answer(answer)) => return answer.map_err(ReadError::Refused),
                Ok(Said::SoFar { .. }) | Err(_) => return Err(ReadError::Crashed { signal: 0 }),
            }
        }
    }

    /// Whether it waits for a request: it has neither ended nor said anything unasked.
    pub fn is_silent(&self) -> bool {
        wait_until(self.socket.as_fd(), deadline_after(0)).is_ok_and(|readable| !readable)
    }

    fn cause_of_death(&mut self) -> ReadError {
        match self.group.wait(deadline_after(START_MS_MAX)) {
            Ok(Some(status)) => death(status, self.cpu_s_max),
            Ok(None) => ReadError::Crashed { signal: 0 },
            Err(error) => ReadError::Io(error),
        }
    }

    /// CPU time used so far, in whole seconds rounded up.
    fn cpu_seconds(&self) -> Option<u64> {
        let stat = fs_err::read_to_string(format!("/proc/{}/stat", self.group.child.id())).ok()?;
        // Fields 14 and 15, counted from after the name, which may hold anything but the last ')'.
        let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
        let mut ticks = || fields.next()?.parse::<u64>().ok();
        Some((ticks()? + ticks()?).div_ceil(rustix::param::clock_ticks_per_second()))
    }

    /// Memory it holds now, in bytes; `None` when it is gone.
    pub fn resident_bytes(&self) -> Option<u64> {
        let statm = fs_err::read_to_string(format!("/proc/{}/statm", self.group.child.id())).ok()?;
        let pages: u64 = statm.split_ascii_whitespace().nth(1)?.parse().ok()?;
        Some(pages * rustix::param::page_size() as u64)
    }
}

/// What a program reads and where it writes.
#[derive(Debug)]
pub struct Streams {
    /// The item.
    pub input: File,
    /// Its standard output.
    pub output: OwnedFd,
    /// What takes the place of the argument [`SECOND_OUTPUT`](crate::child::SECOND_OUTPUT), where there is one.
    pub second: Option<OwnedFd>,
}

/// `ffmpeg` or `ffprobe` inside the jail.
#[derive(Debug)]
pub struct Program {
    group: Group,
    cpu_s_max: u32,
}

impl Program {
    /// Starts `tool` with these `arguments` on `streams`.
    pub fn start(
        config: &JailConfig,
        tool: Tool,
        arguments: &[String],
        streams: Streams,
    ) -> Result<Self, ReadError> {
        let path = tool.find()?;
        let mut command = jailed(config, "exec", config.limits.ffmpeg_memory_bytes_max);
        command.arg(&path).args(arguments);
        // The second output travels in the place of the complaints, which nobody reads.
        let second = streams.second.map_or_else(Stdio::null, Stdio::from);
        command.stdin(streams.input).stdout(streams.output).stderr(second);
        let group = Group::start(command, &path)?;
        let cpu_s_max = config.limits.media_cpu_s_max;
        let limit = Rlimit { current: Some(cpu_s_max.into()), maximum: Some(u64::from(cpu_s_max) + 1) };
        rustix::process::prlimit(Some(pid(&group.child)), Resource::Cpu, limit).map_err(io::Error::from)?;
        Ok(Self { group, cpu_s_max })
    }

    /// Waits for the end; gives whether the program was content.
    pub fn finish(mut self, deadline: Instant) -> Result<bool, ReadError> {
        let Some(status) = self.group.wait(deadline)? else {
            return Err(ReadError::Refused(overdue(deadline)));
        };
        match status.code() {
            Some(0) => Ok(true),
            Some(code) if code == i32::from(EXIT_NO_JAIL) => Err(ReadError::NoLandlock),
            Some(code) if code == i32::from(EXIT_NO_PROGRAM) => Err(ReadError::Crashed { signal: 0 }),
            Some(_) => Ok(false),
            None => Err(death(status, self.cpu_s_max)),
        }
    }
}

/// The binary, started again as a jailed child in this role.
fn jailed(config: &JailConfig, role: &str, memory_bytes_max: u64) -> Command {
    #[expect(clippy::disallowed_methods, reason = "this crate is where processes are started")]
    let mut command = Command::new(&config.program);
    let allow = if config.allow_without_landlock { "1" } else { "0" };
    command.args([CHILD_ARGUMENT, role, allow, &memory_bytes_max.to_string()]);
    command
}

fn death(status: ExitStatus, cpu_s_max: u32) -> ReadError {
    match status.signal() {
        Some(signal) if signal == Signal::XCPU.as_raw() => {
            let max = u64::from(cpu_s_max);
            ReadError::Refused(Refusal::Limit { limit: LimitName::Cpu, found: max, max })
        }
        signal => ReadError::Crashed { signal: signal.unwrap_or(0) },
    }
}

/// The moment `ms` milliseconds from now. Children need deadlines; no decision reads this clock.
pub fn deadline_after(ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(ms)
}

fn overdue(deadline: Instant) -> Refusal {
    let late_ms = deadline.elapsed().as_millis() as u64;
    Refusal::Limit { limit: LimitName::Deadline, found: late_ms, max: 0 }
}
