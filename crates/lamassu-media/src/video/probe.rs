//! What is in a container, according to `ffprobe` inside the jail.

use std::io::Read;
use std::time::Instant;

use serde::Deserialize;

use super::arguments;
use super::pass::pipe;
use crate::error::{LimitName, ReadError, Refusal};
use crate::jail::{JailConfig, Program, Streams, Tool, deadline_after};
use crate::kind::Container;
use crate::limits::Limits;
use crate::sealed::Sealed;
use crate::wire::wait_until;

/// Longest report of `ffprobe` that is read, in bytes.
const REPORT_BYTES_MAX: u64 = 256 << 10;

/// The first real picture stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// Its number in the container.
    pub index: u32,
    /// Width in pixels, as it is shown.
    pub width: u32,
    /// Height in pixels, as it is shown.
    pub height: u32,
}

/// The sound stream that players play: the first that is marked so, or else the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sound {
    /// Its number in the container.
    pub index: u32,
}

/// What a container holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// The picture, if there is one that is not a cover.
    pub picture: Option<Picture>,
    /// How many pictures there are that are not covers.
    pub pictures: u32,
    /// The sound, if there is any.
    pub sound: Option<Sound>,
    /// What the container claims its length is, in milliseconds.
    pub duration_ms: u32,
}

/// Asks `ffprobe` about `item`.
pub fn probe(config: &JailConfig, item: &Sealed, container: Container) -> Result<Probe, ReadError> {
    let deadline = deadline_after(config.limits.media_wall_ms_max);
    let mut arguments = arguments::input(container);
    let entries = "stream=index,codec_type,width,height:stream_disposition=attached_pic,default:\
                   stream_side_data=rotation:format=duration";
    arguments.extend(["-show_entries", entries, "-of", "json"].map(str::to_owned));
    let report = run(config, &arguments, item, deadline)?;
    understand(&report, &config.limits)
}

fn run(
    config: &JailConfig,
    arguments: &[String],
    item: &Sealed,
    deadline: Instant,
) -> Result<Vec<u8>, ReadError> {
    let (mut output, input) = pipe()?;
    let streams = Streams { input: item.open()?, output: input, second: None };
    let program = Program::start(config, Tool::Ffprobe, arguments, streams)?;
    let mut report = Vec::new();
    let mut piece = [0; 4096];
    while wait_until(&output, deadline)? && (report.len() as u64) < REPORT_BYTES_MAX {
        match output.read(&mut piece)? {
            0 => break,
            length => report.extend(&piece[..length]),
        }
    }
    drop(output);
    if report.len() as u64 >= REPORT_BYTES_MAX {
        // More streams than anybody counts; what `ffprobe` dies of now is that nobody reads on.
        let max = u64::from(config.limits.streams_max);
        return Err(Refusal::Limit { limit: LimitName::Streams, found: max + 1, max }.into());
    }
    if program.finish(deadline)? { Ok(report) } else { Err(Refusal::Malformed.into()) }
}

#[derive(Deserialize)]
struct Report {
    #[serde(default)]
    streams: Vec<Stream>,
    format: Option<Format>,
}

#[derive(Deserialize)]
struct Stream {
    index: u32,
    codec_type: Option<String>,
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
    disposition: Option<Disposition>,
    #[serde(default)]
    side_data_list: Vec<SideData>,
}

#[derive(Deserialize)]
struct SideData {
    rotation: Option<f64>,
}

impl Stream {
    /// Whether it is turned by a quarter when it is shown, as films of telephones are; `ffmpeg` turns it, too.
    fn is_on_its_side(&self) -> bool {
        let turned = self.side_data_list.iter().find_map(|data| data.rotation).unwrap_or(0.0);
        (turned.abs() % 180.0 - 90.0).abs() < 1.0
    }
}

#[derive(Deserialize)]
struct Disposition {
    #[serde(default)]
    attached_pic: u8,
    #[serde(default)]
    default: u8,
}

#[derive(Deserialize)]
struct Format {
    duration: Option<String>,
}

/// Reads the report; the limits on streams and sides apply to what it says.
pub fn understand(report: &[u8], limits: &Limits) -> Result<Probe, ReadError> {
    let report: Report = serde_json::from_slice(report).map_err(|_| Refusal::Malformed)?;
    let over = |limit, found: u64, max: u64| Err(ReadError::Refused(Refusal::Limit { limit, found, max }));
    let streams = report.streams.len() as u64;
    if streams > u64::from(limits.streams_max) {
        return over(LimitName::Streams, streams, limits.streams_max.into());
    }
    let is = |stream: &Stream, kind: &str| stream.codec_type.as_deref() == Some(kind);
    let is_cover = |stream: &Stream| stream.disposition.as_ref().is_some_and(|it| it.attached_pic != 0);
    let is_default = |stream: &Stream| stream.disposition.as_ref().is_some_and(|it| it.default != 0);
    let pictures = || report.streams.iter().filter(|stream| is(stream, "video") && !is_cover(stream));
    let sounds = || report.streams.iter().filter(|stream| is(stream, "audio"));
    let picture = pictures().next();
    let sound = sounds().find(|stream| is_default(stream)).or_else(|| sounds().next());
    let (count, sound) = (pictures().count() as u32, sound.map(|stream| Sound { index: stream.index }));
    if let Some(stream) = picture {
        let side = u64::from(stream.width.max(stream.height));
        if side > u64::from(limits.side_px_max) {
            return over(LimitName::Side, side, limits.side_px_max.into());
        }
        let pixels = u64::from(stream.width) * u64::from(stream.height);
        if pixels > limits.image_pixels_max {
            return over(LimitName::Pixels, pixels, limits.image_pixels_max);
        }
    }
    let claimed_s = report
        .format
        .as_ref()
        .and_then(|format| format.duration.as_ref()?.parse::<f64>().ok())
        .unwrap_or(0.0);
    Ok(Probe {
        picture: picture.map(|stream| {
            let (width, height) = (stream.width, stream.height);
            let (width, height) = if stream.is_on_its_side() { (height, width) } else { (width, height) };
            Picture { index: stream.index, width, height }
        }),
        pictures: count,
        sound,
        duration_ms: (claimed_s.max(0.0) * 1000.0) as u32,
    })
}
