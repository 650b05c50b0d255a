//! Sound: a bit pattern that survives other codecs, noise, a voice laid over it, and other speeds.
//!
//! Mono samples at [`RATE_HZ`] become short spectra, of which the energies in 17 bands evenly spaced in
//! log-frequency are kept. Every [`STEP_MS`] a [word](SoundTrack::words) of 16 bits says, for each pair
//! of neighbouring bands, whether the difference of their log energies grows or shrinks over three steps.
//! Sixteen words in a row are a [`SoundBlock`] of 256 bits, which is what an index holds and is asked for.
//! (The signs of energy differences along both axes are those of Haitsma and Kalker, "A highly robust
//! audio fingerprinting system", 2002; a filter that only scales bands cancels out of them.) Faint bands are
//! lifted to a floor that follows the loudness, so that noise in pauses decides less.
//!
//! What was sped up lies shifted along log-frequency and compressed along time. So an entry is listened
//! to once, and an item in all [`Variant::ALL`], each undoing one such change; those between two variants
//! differ little enough to be within the radius of one of them.

mod bands;
mod listener;
mod track;
mod variant;

pub use listener::Listener;
pub use track::{SOUND_CODEC_VERSION, SoundBlock, SoundDecodeError, SoundTrack, decode_sound, encode_sound};
pub use variant::Variant;

/// Samples a second that are listened to: 8,000, mono, as signed 16-bit integers. Nothing above
/// 3.2 kHz is used.
pub const RATE_HZ: u32 = 8_000;
/// Time between two words, and between two blocks of an entry, milliseconds.
pub const STEP_MS: u32 = 128;
/// Words in a block.
pub const BLOCK_WORDS: usize = 16;
/// Time from the first to the last sample that a block of an entry depends on, milliseconds.
pub const BLOCK_MS: u32 = (BLOCK_WORDS as u32 - 1) * STEP_MS + 3 * STEP_MS + WINDOW_MS;

/// Length of a spectrum, milliseconds.
const WINDOW_MS: u32 = 256;
/// Length of a spectrum, samples.
const WINDOW_SAMPLES: usize = (WINDOW_MS * RATE_HZ / 1000) as usize;
/// Time between two spectra, milliseconds.
const HOP_MS: u32 = 32;
/// Time between two spectra, samples.
const HOP_SAMPLES: usize = (HOP_MS * RATE_HZ / 1000) as usize;
/// Spectra from one word of an entry to the next.
const STEP_HOPS: f64 = (STEP_MS / HOP_MS) as f64;
/// Steps between the two spectra that a word compares.
const WORD_STEPS: f64 = 3.0;
