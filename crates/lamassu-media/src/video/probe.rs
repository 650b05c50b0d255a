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
use crate::planes::Matrix;
use crate::sealed::Sealed;
use crate::wire::wait_until;

/// Longest report of `ffprobe` that is read, in bytes.
const REPORT_BYTES_MAX: u64 = 256 << 10;
/// Packets that are looked at for when the sound begins. Where it is not among them, it is looked for by itself.
const PACKETS: u32 = 128;
/// The same of the sound by itself: the first may have no time.
const SOUND_PACKETS: u32 = 8;

/// The first real picture stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// Its number in the container.
    pub index: u32,
    /// Width in pixels, as it is shown.
    pub width: u32,
    /// Height in pixels, as it is shown.
    pub height: u32,
    /// What its brightness and colours are.
    pub matrix: Matrix,
}

/// The sound stream that players play: the first that is marked so, or else the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sound {
    /// Its number in the container.
    pub index: u32,
    /// When it begins, milliseconds from the start of the container; none where that is not known yet.
    pub start_ms: Option<u32>,
}

/// What a container holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probe {
    /// The picture, if there is one that is not a cover.
    pub picture: Option<Picture>,
    /// How many pictures there are that are not covers.
    pub pictures: u32,
    /// The sound, if there is any.
    pub sound: Option<Sound>,
    /// The time that the container's timeline begins with, in seconds: what `ffmpeg` takes off all times.
    pub start_s: f64,
    /// What the container claims its length is, in milliseconds.
    pub duration_ms: u32,
}

/// Asks `ffprobe` about `item`.
pub fn probe(config: &JailConfig, item: &Sealed, container: Container) -> Result<Probe, ReadError> {
    let deadline = deadline_after(config.limits.media_wall_ms_max);
    let mut arguments = arguments::input(container);
    let entries = "stream=index,codec_type,width,height,color_space:stream_disposition=attached_pic,default:\
                   stream_side_data=rotation:format=duration,start_time:packet=stream_index,pts_time";
    let first = format!("%+#{PACKETS}");
    arguments.extend(["-show_entries", entries, "-read_intervals", &first, "-of", "json"].map(str::to_owned));
    let report = run(config, &arguments, item, deadline)?;
    let mut probe = understand(&report, &config.limits)?;
    if let (Some(_), Some(sound)) = (probe.picture, &mut probe.sound)
        && sound.start_ms.is_none()
    {
        sound.start_ms = match first_sound(config, item, (container, sound.index), deadline) {
            Ok(start_s) => start_s.and_then(|it| after_start_ms(it - probe.start_s, &config.limits)),
            // Whether there is anything to be heard, decoding tells.
            Err(ReadError::Refused(Refusal::Malformed)) => None,
            Err(error) => return Err(error),
        };
    }
    Ok(probe)
}

/// The time of the first packet of the sound, in seconds: of one that begins far behind the picture `ffprobe` sees
/// nothing while it looks at the first packets of all, and says that it begins with them.
fn first_sound(
    config: &JailConfig,
    item: &Sealed,
    (container, index): (Container, u32),
    deadline: Instant,
) -> Result<Option<f64>, ReadError> {
    let mut arguments = arguments::input(container);
    let (stream, first) = (index.to_string(), format!("%+#{SOUND_PACKETS}"));
    arguments.extend(["-select_streams", &stream, "-read_intervals", &first].map(str::to_owned));
    arguments.extend(["-show_entries", "packet=stream_index,pts_time", "-of", "json"].map(str::to_owned));
    let report: Report =
        serde_json::from_slice(&run(config, &arguments, item, deadline)?).map_err(|_| Refusal::Malformed)?;
    Ok(report.first_s(index))
}

/// A time after the start in milliseconds; before it decoders lead in. None of a time that cannot be right: what is
/// there is heard all the same.
fn after_start_ms(seconds: f64, limits: &Limits) -> Option<u32> {
    (seconds <= f64::from(limits.duration_s_max)).then(|| (seconds.max(0.0) * 1000.0).round() as u32)
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
    #[serde(default)]
    packets: Vec<Packet>,
    format: Option<Format>,
}

impl Report {
    /// The time of the first packet of this stream that has one, in seconds.
    fn first_s(&self, stream: u32) -> Option<f64> {
        let mut of_it = self.packets.iter().filter(|packet| packet.stream_index == stream);
        of_it.find_map(|packet| packet.pts_time.as_ref()?.parse().ok())
    }
}

#[derive(Deserialize)]
struct Packet {
    stream_index: u32,
    pts_time: Option<String>,
}

#[derive(Deserialize)]
struct Stream {
    index: u32,
    codec_type: Option<String>,
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
    color_space: Option<String>,
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
    start_time: Option<String>,
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
    let count = pictures().count() as u32;
    let of_format = |field: fn(&Format) -> Option<&String>| {
        report.format.as_ref().and_then(|format| field(format)?.parse::<f64>().ok()).unwrap_or(0.0)
    };
    let start_s = of_format(|format| format.start_time.as_ref());
    let sound = sound.map(|stream| {
        let first_s = report.first_s(stream.index);
        Sound { index: stream.index, start_ms: first_s.and_then(|it| after_start_ms(it - start_s, limits)) }
    });
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
    let claimed_s = of_format(|format| format.duration.as_ref());
    Ok(Probe {
        picture: picture.map(|stream| {
            let (width, height) = (stream.width, stream.height);
            let (width, height) = if stream.is_on_its_side() { (height, width) } else { (width, height) };
            let matrix = Matrix::named(stream.color_space.as_deref());
            Picture { index: stream.index, width, height, matrix }
        }),
        pictures: count,
        sound,
        start_s,
        duration_ms: (claimed_s.max(0.0) * 1000.0) as u32,
    })
}
