//! A picture, decoded and fingerprinted in this process instead of the jailed child.
#![no_main]

use lamassu_fingerprint::{ReadFrame, decode_frames};
use lamassu_media::fuzzing::{picture, sniff};
use lamassu_media::{Kind, Limits, Precision, Purpose, Wanted};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(Kind::Image(format)) = sniff(bytes) else { return };
    // Small, so that the fuzzer spends its time on parsing and not on pixels.
    let limits = Limits {
        side_px_max: 512,
        image_pixels_max: 1 << 16,
        animation_pixels_max: 1 << 18,
        animation_frames_max: 16,
        decoded_bytes_max: 64 << 20,
        ..Limits::default()
    };
    for precision in [Precision::Full, Precision::Luma] {
        let wanted = Wanted::of(Purpose::Item, precision);
        if let Ok(frames) = picture(bytes, format, wanted, &limits) {
            let _frames: Vec<ReadFrame> =
                decode_frames(&frames).expect("the child's own answer is well formed");
        }
    }
});
