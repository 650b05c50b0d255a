//! What `ffmpeg` and `ffprobe` are told.

use std::sync::OnceLock;

use lamassu_fingerprint::sound::RATE_HZ;

use super::pass::Parts;
use crate::child::SECOND_OUTPUT;
use crate::child::message::FrameStream;
use crate::jail::Tool;
use crate::kind::Container;
use crate::planes::Matrix;

/// Threads that `ffmpeg` decodes with: two take about 7 % more of the processors than one, in half of the time.
const DECODER_THREADS: u32 = 2;
/// The same where the work counts and not the time.
const FAST_DECODER_THREADS: u32 = 1;
const STANDARD_OUTPUT: &str = "pipe:1";

/// How an item is decoded.
#[derive(Debug, Clone, Copy)]
pub struct Input {
    /// What it is.
    pub container: Container,
    /// Leave out pictures that no other one depends on, and the filter that smooths the edges of blocks.
    pub fast: bool,
}

/// The demuxer forced, every other one and every protocol but the input's own switched off.
pub fn input(container: Container) -> Vec<String> {
    let (protocols, url) =
        if has_fd_protocol() { ("fd,pipe", "fd:") } else { ("file,pipe", "/proc/self/fd/0") };
    let demuxer = container.demuxer();
    texts(&[
        "-v",
        "quiet",
        "-protocol_whitelist",
        protocols,
        "-format_whitelist",
        demuxer,
        "-f",
        demuxer,
        "-i",
        url,
    ])
}

/// Decodes the `parts`: raw frames to the standard output, samples after them to the second one. What there is one
/// of goes to the standard output.
pub fn decode(input: Input, parts: Parts, stream: Option<&FrameStream>) -> Vec<String> {
    let mut arguments = before_input(if input.fast { FAST_DECODER_THREADS } else { DECODER_THREADS });
    if input.fast && parts.picture.is_some() {
        arguments.extend(texts(&["-skip_frame:v", "noref", "-skip_loop_filter:v", "all"]));
    }
    arguments.extend(self::input(input.container));
    if let (Some(picture), Some(stream)) = (parts.picture, stream) {
        let FrameStream { size_px: (width, height), matrix, frames_per_second, frames_max, .. } = stream;
        // `pass`: a clip shorter than half a step gives its frame, too.
        let pace = format!("fps={frames_per_second}:start_time=0:eof_action=pass");
        let matrix = if *matrix == Matrix::Other { ":out_color_matrix=bt601" } else { "" };
        let scale = format!("scale={width}:{height}:flags=area:out_range=tv{matrix}");
        let filter = format!("{pace},{scale},format=yuv420p");
        arguments.extend(frames(picture.index, &filter, *frames_max));
        arguments.push(STANDARD_OUTPUT.to_owned());
    }
    if let Some(sound) = parts.sound {
        arguments.extend(samples(sound.index, RATE_HZ));
        let output = if parts.picture.is_some() { SECOND_OUTPUT } else { STANDARD_OUTPUT };
        arguments.push(output.to_owned());
    }
    arguments
}

/// Decodes one raw frame through `filter`: the first one from `at_ms` on.
pub fn one_frame(container: Container, index: u32, filter: &str, at_ms: Option<u32>) -> Vec<String> {
    let mut arguments = before_input(DECODER_THREADS);
    if let Some(at_ms) = at_ms {
        arguments.extend(["-ss".to_owned(), seconds(at_ms)]);
    }
    arguments.extend(input(container));
    arguments.extend(frames(index, filter, 1));
    arguments.push(STANDARD_OUTPUT.to_owned());
    arguments
}

/// Decodes the sound of stream `index` to raw samples on one channel: from a time on, for so long, both in milliseconds.
/// Where it begins later than that, silence comes first.
pub fn stretch(
    container: Container,
    index: u32,
    rate_hz: u32,
    (at_ms, length_ms): (u32, u32),
) -> Vec<String> {
    let mut arguments = before_input(DECODER_THREADS);
    arguments.extend(["-ss".to_owned(), seconds(at_ms)]);
    arguments.extend(input(container));
    arguments.extend(samples(index, rate_hz));
    arguments.extend(texts(&["-af", "aresample=async=1:first_pts=0", "-t", &seconds(length_ms)]));
    arguments.push(STANDARD_OUTPUT.to_owned());
    arguments
}

/// As `ffmpeg` reads it: seconds with their thousandths.
fn seconds(ms: u32) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

fn before_input(threads: u32) -> Vec<String> {
    texts(&["-nostdin", "-threads", &threads.to_string()])
}

fn frames(index: u32, filter: &str, frames_max: u32) -> Vec<String> {
    let (map, frames_max) = (format!("0:{index}"), frames_max.to_string());
    texts(&["-map", &map, "-vf", filter, "-frames:v", &frames_max, "-f", "rawvideo"])
}

/// Raw samples of the sound of stream `index` on one channel. They are written many packets at a time: some hundred bytes
/// each, as they come, cost as much as a quarter of the decoding.
fn samples(index: u32, rate_hz: u32) -> Vec<String> {
    let (map, rate) = (format!("0:{index}"), rate_hz.to_string());
    texts(&["-map", &map, "-ac", "1", "-ar", &rate, "-f", "s16le", "-flush_packets", "0"])
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// Whether this `ffmpeg` (6.0 or later) can seek in a descriptor. Without that it opens its standard
/// input again as a file, which the jail allows for that one file only.
fn has_fd_protocol() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let Ok(path) = Tool::Ffprobe.find() else { return false };
        #[expect(clippy::disallowed_methods, reason = "this crate is where processes are started")]
        let listed = std::process::Command::new(path).args(["-v", "quiet", "-protocols"]).output();
        listed.is_ok_and(|output| {
            output.stdout.split(|&byte| byte == b'\n').any(|line| line.trim_ascii() == b"fd")
        })
    })
}
