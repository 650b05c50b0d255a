//! Why an item could not be read: typed, and about that item only.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Which of the [`crate::Limits`] an item exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LimitName {
    /// `image_bytes_max` or `media_bytes_max`.
    Bytes,
    /// `side_px_max`.
    Side,
    /// `image_pixels_max` or `animation_pixels_max`.
    Pixels,
    /// `animation_frames_max`.
    Frames,
    /// `decoded_bytes_max`.
    Memory,
    /// `duration_s_max`.
    Duration,
    /// `streams_max`.
    Streams,
    /// `image_cpu_s_max` or `media_cpu_s_max`.
    Cpu,
    /// `image_wall_ms_max` or `media_wall_ms_max`.
    Deadline,
}

impl LimitName {
    fn code(self) -> &'static str {
        match self {
            Self::Bytes => "limit-bytes",
            Self::Side => "limit-side",
            Self::Pixels => "limit-pixels",
            Self::Frames => "limit-frames",
            Self::Memory => "limit-memory",
            Self::Duration => "limit-duration",
            Self::Streams => "limit-streams",
            Self::Cpu => "limit-cpu",
            Self::Deadline => "limit-deadline",
        }
    }

    /// What is limited, with its unit, and the setting to raise.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Bytes => ("bytes", "image_bytes_max or media_bytes_max"),
            Self::Side => ("pixels on a side", "side_px_max"),
            Self::Pixels => ("pixels", "image_pixels_max or animation_pixels_max"),
            Self::Frames => ("frames", "animation_frames_max"),
            Self::Memory => ("bytes when decoded", "decoded_bytes_max"),
            Self::Duration => ("seconds", "duration_s_max"),
            Self::Streams => ("streams", "streams_max"),
            Self::Cpu => ("seconds of CPU time", "image_cpu_s_max or media_cpu_s_max"),
            Self::Deadline => ("milliseconds", "image_wall_ms_max or media_wall_ms_max"),
        }
    }
}

/// The bytes themselves are the reason. The sender's item is at fault, or a limit is too low for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// No bytes at all.
    #[error("the file is empty; check that it was copied in full")]
    Empty,
    /// Not a kind of content that is read.
    #[error("the first bytes name no kind of content that Lamassu reads; the file's name does not count")]
    Unsupported,
    /// Cut off, or not what the first bytes claim.
    #[error("the file is damaged, cut off, or not what its first bytes claim; have it sent again")]
    Malformed,
    /// Only a part of it is there, which is not enough for an entry.
    #[error("a part of the file is missing or damaged; only what is there was read, have it sent again")]
    Truncated,
    /// A picture of a kind that the installed `ffmpeg` does not decode.
    #[error(
        "the installed ffmpeg does not decode this kind of picture; `lamassu doctor` tells which kinds it does"
    )]
    UnsupportedKind,
    /// A container without picture or sound in it.
    #[error("the file is a container without a single decodable frame of picture or sound")]
    NoStreams,
    /// Larger, longer or slower than allowed.
    #[error(
        "the file has or takes {found} {}, the limit is {max}; if such files are expected, raise {} under [limits] in lamassu.toml",
        limit.words().0,
        limit.words().1
    )]
    Limit {
        /// Which limit.
        limit: LimitName,
        /// How much was found; for time limits, at least this much.
        found: u64,
        /// How much is allowed.
        max: u64,
    },
}

/// An item could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The item is at fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The decoder crashed or did something the jail forbids.
    #[error(
        "the decoder died of signal {signal} on this file and was ended; nothing else is affected, keep the file for a report"
    )]
    Crashed {
        /// The signal's number; 0 when the process ended by itself.
        signal: i32,
    },
    /// A program that video and sound need is not installed.
    #[error("{tool} is not installed; `lamassu doctor` tells how to get it")]
    ToolMissing {
        /// `ffmpeg` or `ffprobe`.
        tool: &'static str,
    },
    /// The kernel cannot build the jail.
    #[error(
        "this kernel has no landlock, so decoders cannot be shut off from the file system; run a kernel of 5.13 or later, or set `allow_without_landlock = true` under [jail] in lamassu.toml"
    )]
    NoLandlock,
    /// The jailed child did not start.
    #[error("the jailed decoder {program} did not start")]
    NotStarted {
        /// What was started.
        program: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No room for the working copy of the item.
    #[error("no space left for the working copy of the file; free some and try again")]
    DiskFull,
    /// Reading the item, or talking to the child, failed.
    #[error("reading the file failed")]
    Io(#[from] io::Error),
}

impl ReadError {
    /// Fills in how long an overdue item was waited for.
    pub(crate) fn within(self, max_ms: u64) -> Self {
        match self {
            Self::Refused(Refusal::Limit { limit: LimitName::Deadline, .. }) => {
                Refusal::Limit { limit: LimitName::Deadline, found: max_ms, max: max_ms }.into()
            }
            other => other,
        }
    }

    /// The stable word for this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(Refusal::Empty) => "empty",
            Self::Refused(Refusal::Unsupported) => "unsupported",
            Self::Refused(Refusal::Malformed) => "malformed",
            Self::Refused(Refusal::Truncated) => "truncated",
            Self::Refused(Refusal::UnsupportedKind) => "unsupported-kind",
            Self::Refused(Refusal::NoStreams) => "no-streams",
            Self::Refused(Refusal::Limit { limit, .. }) => limit.code(),
            Self::Crashed { .. } => "decoder-crashed",
            Self::ToolMissing { .. } => "tool-missing",
            Self::NoLandlock => "no-landlock",
            Self::NotStarted { .. } => "jail-failed",
            Self::DiskFull => "disk-full",
            Self::Io(_) => "unreadable",
        }
    }
}
