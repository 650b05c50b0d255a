//! The sound of a video or of an audio file: what the listening child is asked, and what its answer says.

use lamassu_fingerprint::sound::{RATE_HZ, SoundTrack, Variant, decode_sound};

use crate::child::message::{Answer, Request};
use crate::error::ReadError;
use crate::limits::Limits;
use crate::reading::Purpose;

/// What came in is listened to in all variants, entries in the plain one. Of sound alone the child tells its progress.
pub fn request(purpose: Purpose, alone: bool, limits: &Limits) -> Request {
    let samples_max = u64::from(limits.duration_ms_read()) * u64::from(RATE_HZ) / 1000;
    Request::Sound { all_variants: purpose == Purpose::Item, tells_progress: alone, samples_max }
}

/// The tracks of an answer about a sound that begins so late; none of what is silent.
pub fn tracks(answer: &Answer, late_ms: u32) -> Result<Vec<SoundTrack>, ReadError> {
    let variants = answer.sound.iter().zip(Variant::ALL);
    let tracks = variants.map(|(bytes, variant)| {
        let track = decode_sound(bytes).map_err(|_| ReadError::Crashed { signal: 0 })?;
        Ok(SoundTrack { variant, ..track }.later(late_ms))
    });
    tracks.collect()
}
