//! Frames in their byte form, as a child sends them and the store keeps them.
#![no_main]

use lamassu_fingerprint::{decode_frames, encode_frames};
use libfuzzer_sys::fuzz_target;

fn check<const N: usize>(bytes: &[u8]) {
    if let Ok(frames) = decode_frames::<N>(bytes) {
        assert_eq!(encode_frames(&frames), bytes);
    }
}

fuzz_target!(|bytes: &[u8]| {
    check::<1>(bytes);
    check::<8>(bytes);
});
