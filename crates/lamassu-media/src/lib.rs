//! Reads hostile bytes in a jailed child and returns fingerprints and a safe preview.
//!
//! The parent copies an item into a sealed descriptor and tells its kind from its first bytes; it
//! parses nothing. Pictures are decoded and fingerprinted by memory-safe decoders in re-used children
//! of this same program. Video and sound go through `ffprobe` and `ffmpeg`, a fresh process each
//! time, whose pixels flow through a pipe into a fresh child that fingerprints them. None of these
//! processes has a file system, a network or a way to gain privileges.
//!
//! Blocking: call it from a thread that may wait.

mod child;
mod error;
#[doc(hidden)]
pub mod fuzzing;
mod jail;
mod kind;
mod limits;
mod picture;
mod planes;
mod progress;
mod reading;
mod sealed;
mod video;
pub mod wire;

pub use child::{CHILD_ARGUMENT, run as run_child};
pub use error::{LimitName, ReadError, Refusal};
pub use jail::{Jail, JailConfig, JailReport, Opened, Tool};
pub use kind::{Container, ImageFormat, Kind};
pub use limits::Limits;
pub use progress::{Progress, SoFar};
pub use reading::{Excerpt, Precision, Preview, Purpose, Reading, ShotSpan, Wanted};
pub use sealed::Sealed;
