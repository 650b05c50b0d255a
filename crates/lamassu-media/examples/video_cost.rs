//! What a video costs, beside `ffmpeg` that decodes it and does nothing with it: CPU time of the processes, the
//! highest memory of one of them, and what the fast mode loses.
//!
//! `cargo run --release --package lamassu-media --example video_cost -- FILE…`

use std::path::Path;
use std::process::{ExitCode, Stdio};

use lamassu_fingerprint::View;
use lamassu_media::{
    CHILD_ARGUMENT, Jail, JailConfig, Limits, Precision, Purpose, Reading, Sealed, Tool, Wanted, run_child,
};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// Times that each is measured; the least is told.
const ROUNDS: usize = 3;
/// Distance within which a frame finds the same moment, and how far off that may be, in milliseconds.
const NEAR_BITS: u32 = 31;
const NEAR_MS: u32 = 500;

#[expect(clippy::print_stdout, reason = "the figures are what the tool is for")]
fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.next_if(|first| first == CHILD_ARGUMENT).is_some() {
        return run_child(arguments);
    }
    for path in arguments {
        match measure(Path::new(&path)) {
            Ok(line) => println!("{}: {line}", path.display()),
            Err(error) => println!("{}: {error}", path.display()),
        }
    }
    ExitCode::SUCCESS
}

fn measure(path: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let (mut floor, mut normal, mut fast) = (f64::MAX, f64::MAX, f64::MAX);
    let mut readings = None;
    // They take turns, so that a busy machine changes all of them alike.
    for _ in 0..ROUNDS {
        floor = floor.min(cost(|| decode_alone(path))?.0);
        let (normal_s, in_full) = cost(|| read(path, false, Purpose::Item))?;
        let (fast_s, in_part) = cost(|| read(path, true, Purpose::Item))?;
        (normal, fast) = (normal.min(normal_s), fast.min(fast_s));
        readings = Some((in_full, in_part));
    }
    let (in_full, in_part) = readings.ok_or("nothing was measured")?;
    let entry = read(path, false, Purpose::Entry)?;
    let minutes = f64::from(in_full.duration_ms) / 60_000.0;
    Ok(format!(
        "a minute takes {:.2} s to decode, {:.2} s to read ({:.2} of it), {:.2} s in fast mode ({:.2}); \
         {:.1} % of its moments are found in itself, {:.1} % in fast mode; {} shots; the largest process held {:.0} MB",
        floor / minutes,
        normal / minutes,
        normal / floor,
        fast / minutes,
        fast / floor,
        100.0 * found(&in_full, &entry),
        100.0 * found(&in_part, &entry),
        in_full.shots.len(),
        getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss() as f64 / 1000.0,
    ))
}

/// CPU seconds of this process and of those that it waited for.
fn cost<T>(
    work: impl FnOnce() -> Result<T, Box<dyn std::error::Error>>,
) -> Result<(f64, T), Box<dyn std::error::Error>> {
    let used = || -> nix::Result<f64> {
        let mut seconds = 0.0;
        for who in [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN] {
            let usage = getrusage(who)?;
            seconds += (usage.user_time() + usage.system_time()).num_microseconds() as f64 / 1e6;
        }
        Ok(seconds)
    };
    let before = used()?;
    let result = work()?;
    Ok((used()? - before, result))
}

fn read(path: &Path, fast_video: bool, purpose: Purpose) -> Result<Reading, Box<dyn std::error::Error>> {
    let config = JailConfig {
        program: Jail::own_program()?,
        allow_without_landlock: false,
        fast_video,
        limits: Limits::default(),
    };
    let item = Sealed::copy(fs_err::File::open(path)?, &std::env::temp_dir(), &config.limits)?;
    Ok(Jail::new(config).read(&item, Wanted::of(purpose, Precision::Full))?)
}

#[expect(clippy::disallowed_methods, reason = "this is what the jail is compared with")]
fn decode_alone(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut command = std::process::Command::new(Tool::Ffmpeg.find()?);
    command.args(["-nostdin", "-v", "quiet", "-threads", "1", "-i"]).arg(path);
    command.args(["-map", "0:v:0", "-vf", "fps=2", "-f", "null", "-"]);
    let status = command.stdin(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("ffmpeg: {status}").into()) }
}

/// Share of the moments of `item` that are good enough to be looked for and are found in `entry` where they are.
fn found(item: &Reading, entry: &Reading) -> f64 {
    let good = item.frames.iter().filter(|frame| frame.view == View::Full && frame.quality >= 50);
    let (mut count, mut near) = (0, 0);
    for frame in good {
        count += 1;
        let there = entry.frames.iter().filter(|it| {
            let span = it.start_ms.saturating_sub(NEAR_MS)..=it.end_ms + NEAR_MS;
            it.view == View::Full && span.contains(&frame.start_ms)
        });
        near += u32::from(there.into_iter().any(|it| it.bits[0].distance(frame.bits[0]) <= NEAR_BITS));
    }
    f64::from(near) / f64::from(count.max(1))
}
