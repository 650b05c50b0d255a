//! The sound of a video or of an audio file: `ffmpeg` decodes it into a pipe, and a fresh child listens.

use std::os::fd::AsFd;

use lamassu_fingerprint::sound::{RATE_HZ, SoundTrack, Variant, decode_sound};

use super::{pipe, probe};
use crate::child::message::Request;
use crate::error::{LimitName, ReadError, Refusal};
use crate::jail::{Child, JailConfig, Program, Tool, deadline_after};
use crate::kind::Container;
use crate::reading::Purpose;
use crate::sealed::Sealed;

/// The first sound stream of `item`: its length in milliseconds as decoded, and its tracks, in all variants for what
/// came in. What is cut off counts as far as it goes.
pub fn listen(
    config: &JailConfig,
    item: &Sealed,
    container: Container,
    purpose: Purpose,
) -> Result<(u32, Vec<SoundTrack>), ReadError> {
    let limits = &config.limits;
    let deadline = deadline_after(limits.media_wall_ms_max);
    let mut child = Child::start(config)?;
    let (output, input) = pipe()?;
    let program = Program::start(config, Tool::Ffmpeg, &arguments(container), item.open()?, input)?;
    // A second more than allowed tells a sound of just the longest length from a longer one.
    let samples_max = (u64::from(limits.duration_s_max) + 1) * u64::from(RATE_HZ);
    let request = Request::Sound { all_variants: purpose == Purpose::Item, samples_max };
    let answer = child.ask(&request, Some(output.as_fd()), limits.media_cpu_s_max, deadline)?;
    // The program writes on until nobody reads.
    drop(output);
    if u64::from(answer.duration_ms) > u64::from(limits.duration_s_max) * 1000 {
        let (found, max) = (u64::from(answer.duration_ms) / 1000, u64::from(limits.duration_s_max));
        return Err(Refusal::Limit { limit: LimitName::Duration, found, max }.into());
    }
    let content = program.finish(deadline)?;
    if answer.duration_ms == 0 {
        return Err(if content { Refusal::NoStreams.into() } else { Refusal::Malformed.into() });
    }
    let variants = Variant::ALL.into_iter();
    let tracks = answer.sound.iter().zip(variants).map(|(bytes, variant)| {
        let track = decode_sound(bytes).map_err(|_| ReadError::Crashed { signal: 0 })?;
        Ok(SoundTrack { variant, ..track })
    });
    Ok((answer.duration_ms, tracks.collect::<Result<_, ReadError>>()?))
}

fn arguments(container: Container) -> Vec<String> {
    let mut arguments = probe::input_arguments(container);
    arguments.insert(0, "-nostdin".to_owned());
    let rate = RATE_HZ.to_string();
    let rest = ["-map", "0:a:0", "-vn", "-sn", "-dn", "-ac", "1", "-ar", &rate, "-f", "s16le", "pipe:1"];
    arguments.extend(rest.map(str::to_owned));
    arguments
}
