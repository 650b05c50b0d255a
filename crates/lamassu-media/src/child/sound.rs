//! Listening to the raw samples that `ffmpeg` writes into a pipe.

use std::fs::File;
use std::io::{self, Read};

use lamassu_fingerprint::sound::{Listener, Variant, encode_sound};

use super::message::Answer;
use crate::error::Refusal;

/// Bytes read at once: two seconds.
const PIECE_BYTES: usize = 32 << 10;
const SAMPLE_BYTES: usize = 2;

/// Reads samples until the pipe ends; `tell` is told how far it is, in milliseconds.
pub fn listen(
    mut pipe: File,
    all_variants: bool,
    samples_max: u64,
    mut tell: impl FnMut(u32),
) -> Result<Answer, Refusal> {
    let plain = [Variant::PLAIN];
    let mut listener = Listener::new(if all_variants { &Variant::ALL } else { &plain });
    let mut piece = vec![0; PIECE_BYTES];
    let mut samples = Vec::with_capacity(PIECE_BYTES / SAMPLE_BYTES);
    let mut heard = 0;
    while heard < samples_max {
        let filled = fill(&mut pipe, &mut piece).map_err(|_| Refusal::Malformed)?;
        let (pairs, _half_a_sample) = piece[..filled].as_chunks::<SAMPLE_BYTES>();
        samples.clear();
        samples.extend(pairs.iter().map(|pair| i16::from_le_bytes(*pair)));
        listener.push(&samples);
        tell(listener.duration_ms());
        heard += samples.len() as u64;
        if filled < piece.len() {
            break;
        }
    }
    let duration_ms = listener.duration_ms();
    let sound = listener.finish().iter().map(encode_sound).collect();
    Ok(Answer { duration_ms, sound, ..Answer::still((0, 0), None) })
}

/// As many bytes as there are, up to all of `piece`.
fn fill(pipe: &mut File, piece: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < piece.len() {
        match pipe.read(&mut piece[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
