//! The sound of a video or of an audio file: what the listening child is asked, and what its answer says.

use lamassu_fingerprint::sound::{RATE_HZ, SoundTrack, Variant, decode_sound};

use crate::child::message::{Answer, Request};
use crate::error::ReadError;
use crate::limits::Limits;
use crate::reading::Purpose;

/// What came in is listened to in all variants, entries in the plain one.
pub fn request(purpose: Purpose, limits: &Limits) -> Request {
    // A second more than allowed tells a sound of just the longest length from a longer one.
    let samples_max = (u64::from(limits.duration_s_max) + 1) * u64::from(RATE_HZ);
    Request::Sound { all_variants: purpose == Purpose::Item, samples_max }
}

/// The tracks of an answer; none of what is silent.
pub fn tracks(answer: &Answer) -> Result<Vec<SoundTrack>, ReadError> {
    let variants = answer.sound.iter().zip(Variant::ALL);
    let tracks = variants.map(|(bytes, variant)| {
        let track = decode_sound(bytes).map_err(|_| ReadError::Crashed { signal: 0 })?;
        Ok(SoundTrack { variant, ..track })
    });
    tracks.collect()
}
