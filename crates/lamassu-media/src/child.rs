//! The jailed side: what this program does when it is started again as a child.

mod animation;
pub(crate) mod decode;
mod found;
mod frames;
mod jpeg;
mod key_frames;
mod layout;
pub(crate) mod message;
mod preview;
mod salvage;
mod sandbox;
mod sound;
mod still;

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use image::DynamicImage;
use lamassu_fingerprint::straighten::Map;
use lamassu_fingerprint::{encode_frames, local};
use message::{Answer, Hello, REQUEST_BYTES_MAX, Request, Said};

use crate::error::Refusal;
use crate::progress::Milestones;
use crate::wire;

/// The first argument that makes the binary call [`run`] instead of its command line.
pub const CHILD_ARGUMENT: &str = "jailed";

/// Runs as the jailed child; `arguments` are those after [`CHILD_ARGUMENT`].
///
/// `decode ALLOW MEMORY` serves requests on the socket that is its standard input.
/// `exec ALLOW MEMORY PROGRAM ARGUMENTS…` becomes another program inside the jail.
/// ALLOW is 1 when a kernel without landlock will do; MEMORY is the address space in bytes.
pub fn run(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let mut next = || arguments.next().and_then(|argument| argument.into_string().ok());
    let (role, allow, memory) = (next(), next(), next().and_then(|text| text.parse().ok()));
    let (Some(role), Some(allow), Some(memory_bytes_max)) = (role, allow, memory) else {
        return ExitCode::from(EXIT_USAGE);
    };
    let allow_without_landlock = allow == "1";
    match role.as_str() {
        "decode" => decode(allow_without_landlock, memory_bytes_max),
        "exec" => exec(allow_without_landlock, memory_bytes_max, arguments.collect()),
        _ => ExitCode::from(EXIT_USAGE),
    }
}

/// Stands among the arguments of a program for the URL of its second output.
pub(crate) const SECOND_OUTPUT: &str = "second-output";

/// Exit status when the arguments make no sense.
const EXIT_USAGE: u8 = 64;
/// Exit status when the jail cannot be built.
pub(crate) const EXIT_NO_JAIL: u8 = 77;
/// Exit status when the program to become cannot be started.
pub(crate) const EXIT_NO_PROGRAM: u8 = 78;

fn decode(allow_without_landlock: bool, memory_bytes_max: u64) -> ExitCode {
    let Ok(socket) = rustix::stdio::stdin().try_clone_to_owned().map(UnixStream::from) else {
        return ExitCode::from(EXIT_USAGE);
    };
    let entered = sandbox::enter(&sandbox::Profile::Decoder, memory_bytes_max);
    let hello = match entered {
        Ok(landlock) => Hello { landlock_abi: landlock, jailed: landlock > 0 || allow_without_landlock },
        Err(_) => Hello { landlock_abi: 0, jailed: false },
    };
    if send(&socket, &hello).is_err() || !hello.jailed {
        return ExitCode::from(EXIT_NO_JAIL);
    }
    // Whatever goes wrong from here on ends this child; the parent starts another one.
    let mut kept = None;
    while let Ok(Some((request, descriptor))) = wire::receive(&socket, REQUEST_BYTES_MAX, None) {
        let Ok(request) = postcard::from_bytes::<Request>(&request) else { break };
        let answer = match (request, descriptor) {
            (Request::Features, None) => features(kept.as_ref()),
            (Request::Straightened(maps), None) => straightened(kept.as_ref(), &maps),
            (request, Some(descriptor)) => {
                // Nothing of the item before stays.
                kept = None;
                answer(&request, descriptor, &mut kept, told_through(&socket))
            }
            _ => break,
        };
        let failed = answer.is_err();
        if send(&socket, &Said::Answer(answer)).is_err() || failed {
            break;
        }
    }
    ExitCode::SUCCESS
}

fn send(socket: &UnixStream, message: &impl serde::Serialize) -> std::io::Result<()> {
    let bytes = postcard::to_stdvec(message).map_err(std::io::Error::other)?;
    wire::send(socket, &bytes, None)
}

/// What tells the parent how far the work is, now and then.
fn told_through(socket: &UnixStream) -> impl FnMut(u32) {
    let mut milestones = Milestones::default();
    move |read_ms| {
        if milestones.reached(read_ms) {
            // A parent that is gone is found out with the answer.
            let _sent = send(socket, &Said::SoFar { read_ms });
        }
    }
}

/// Does what is asked, and keeps a decoded picture for a further question.
fn answer(
    request: &Request,
    descriptor: OwnedFd,
    kept: &mut Option<DynamicImage>,
    mut tell: impl FnMut(u32),
) -> Result<Answer, Refusal> {
    let file = File::from(descriptor);
    unharmed(|| match request {
        Request::Picture { format, wanted, limits } => {
            let (answer, picture) = decode::picture(&file, *format, *wanted, limits)?;
            *kept = picture;
            Ok(answer)
        }
        Request::Features | Request::Straightened(_) => Err(Refusal::Malformed),
        Request::Sound { all_variants, tells_progress, samples_max } => {
            let tell = |read_ms| {
                if *tells_progress {
                    tell(read_ms);
                }
            };
            sound::listen(file, *all_variants, *samples_max, tell)
        }
        Request::Frames(stream) => frames::fingerprint(file, stream, &mut tell),
        Request::Still { format, at_ms, limits } => still::picture(&file, *format, *at_ms, limits),
        Request::RawPicture { size_px, wanted, limits } => {
            let (answer, picture) = decode::raw(file, *size_px, *wanted, limits)?;
            *kept = picture;
            Ok(answer)
        }
        Request::RawStill { size_px } => still::raw(file, *size_px),
    })
}

/// The local features of the picture before; none of what was no single picture.
fn features(kept: Option<&DynamicImage>) -> Result<Answer, Refusal> {
    unharmed(|| {
        let features =
            kept.map(|picture| decode::features(picture, &local::Wanted::ITEM)).unwrap_or_default();
        Ok(Answer { features: local::encode_features(&features), ..Answer::still((0, 0), None) })
    })
}

/// The hashes of parts of the picture before, pulled straight; none of what was no single picture.
fn straightened(kept: Option<&DynamicImage>, maps: &[Map]) -> Result<Answer, Refusal> {
    unharmed(|| {
        let found = kept.map(|picture| decode::straightened(picture, maps)).unwrap_or_default();
        Ok(Answer { frames: encode_frames(&found.frames), ..Answer::still((0, 0), None) })
    })
}

/// A panic of a decoder is damage in the file, as far as anybody outside is concerned.
fn unharmed(work: impl FnOnce() -> Result<Answer, Refusal>) -> Result<Answer, Refusal> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(Err(Refusal::Malformed))
}

fn exec(allow_without_landlock: bool, memory_bytes_max: u64, mut command: Vec<OsString>) -> ExitCode {
    if take_second_output(&mut command).is_err() {
        return ExitCode::from(EXIT_USAGE);
    }
    let [program, arguments @ ..] = command.as_slice() else { return ExitCode::from(EXIT_USAGE) };
    let profile = sandbox::Profile::Program { path: program.as_ref() };
    match sandbox::enter(&profile, memory_bytes_max) {
        Ok(landlock) if landlock > 0 || allow_without_landlock => {}
        _ => return ExitCode::from(EXIT_NO_JAIL),
    }
    #[expect(clippy::disallowed_methods, reason = "this crate is where processes are started")]
    let _error = Command::new(program).args(arguments).env_clear().exec();
    ExitCode::from(EXIT_NO_PROGRAM)
}

/// Gives the pipe that came as standard error another number, which takes the place of [`SECOND_OUTPUT`] among the
/// arguments: a complaint of the program, or of a library in it, must not get between the samples.
fn take_second_output(command: &mut [OsString]) -> std::io::Result<()> {
    let Some(place) = command.iter_mut().find(|argument| *argument == SECOND_OUTPUT) else { return Ok(()) };
    let nowhere = fs_err::OpenOptions::new().write(true).open("/dev/null")?;
    let pipe = rustix::io::dup(rustix::stdio::stderr())?;
    rustix::stdio::dup2_stderr(nowhere)?;
    // It stays open until the program ends.
    *place = format!("pipe:{}", pipe.into_raw_fd()).into();
    Ok(())
}
