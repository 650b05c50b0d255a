//! A short stretch of the sound of a video or an audio file, for people to listen to.

use std::fs::File;
use std::io::Read;
use std::time::Instant;

use super::arguments;
use super::pass::pipe;
use super::probe::{self, Probe};
use super::still::as_a_picture;
use crate::error::ReadError;
use crate::jail::{JailConfig, Program, Streams, Tool, deadline_after};
use crate::kind::Container;
use crate::reading::Excerpt;
use crate::sealed::Sealed;
use crate::wire::wait_until;

/// Samples in a second: speech and music are known again by these, at 32 kB a second.
const RATE_HZ: u32 = 16_000;
const SAMPLE_BYTES: u32 = 2;
const PIECE_BYTES: usize = 64 << 10;

/// The sound of `item` from `at_ms` on, at most `review_sound_ms_max` of it; none where there is nothing to be heard.
/// It may cost what a picture may.
pub fn hear(
    config: &JailConfig,
    item: &Sealed,
    container: Container,
    at_ms: u32,
) -> Result<Option<Excerpt>, ReadError> {
    let config = as_a_picture(config);
    let limits = &config.limits;
    let run = || {
        let Probe { sound: Some(sound), duration_ms, .. } = probe::probe(&config, item, container)? else {
            return Ok(None);
        };
        // Of these `ffmpeg` gives the end again, whatever time beyond it was asked for. Their length is no claim: it is told
        // by the last time in them.
        let is_told = matches!(container, Container::MpegTs | Container::MpegPs) && duration_ms > 0;
        if is_told && at_ms >= duration_ms {
            return Ok(None);
        }
        let span_ms = (at_ms, limits.review_sound_ms_max);
        let arguments = arguments::stretch(container, sound.index, RATE_HZ, span_ms);
        let deadline = deadline_after(limits.media_wall_ms_max);
        let (output, input) = pipe()?;
        let streams = Streams { input: item.open()?, output: input, second: None };
        let program = Program::start(&config, Tool::Ffmpeg, &arguments, streams)?;
        let bytes_max = u64::from(limits.review_sound_ms_max) * u64::from(RATE_HZ * SAMPLE_BYTES) / 1000;
        let samples = samples(output, bytes_max, deadline)?;
        // A time beyond the end gives nothing and may be complained about; what is heard is heard.
        let _content = program.finish(deadline)?;
        Ok((!samples.is_empty()).then(|| excerpt(&samples)))
    };
    run().map_err(|error: ReadError| error.within(limits.media_wall_ms_max))
}

/// All that comes out of the pipe; a program that writes more than it was told to is no longer itself.
fn samples(mut output: File, bytes_max: u64, deadline: Instant) -> Result<Vec<u8>, ReadError> {
    let mut samples = Vec::new();
    let mut piece = vec![0; PIECE_BYTES];
    while wait_until(&output, deadline)? {
        match output.read(&mut piece)? {
            0 => break,
            length => samples.extend(&piece[..length]),
        }
        if samples.len() as u64 > bytes_max {
            return Err(ReadError::Crashed { signal: 0 });
        }
    }
    samples.truncate(samples.len() / SAMPLE_BYTES as usize * SAMPLE_BYTES as usize);
    Ok(samples)
}

/// The samples as a file: whatever wrote them, each byte of its head is ours, and any bytes are samples.
fn excerpt(samples: &[u8]) -> Excerpt {
    let length = samples.len() as u32;
    let mut wav = Vec::with_capacity(HEAD_BYTES as usize + samples.len());
    wav.extend(b"RIFF");
    wav.extend((HEAD_BYTES - 8 + length).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    // Plain samples, on one channel.
    wav.extend([1_u16, 1].map(u16::to_le_bytes).concat());
    wav.extend([RATE_HZ, RATE_HZ * SAMPLE_BYTES].map(u32::to_le_bytes).concat());
    wav.extend([SAMPLE_BYTES as u16, 8 * SAMPLE_BYTES as u16].map(u16::to_le_bytes).concat());
    wav.extend(b"data");
    wav.extend(length.to_le_bytes());
    wav.extend(samples);
    let duration_ms = u64::from(length) * 1000 / u64::from(RATE_HZ * SAMPLE_BYTES);
    Excerpt { wav, duration_ms: duration_ms as u32 }
}

/// Bytes of a WAVE file before its samples.
const HEAD_BYTES: u32 = 44;
