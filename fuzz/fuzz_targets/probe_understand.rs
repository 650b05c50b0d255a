//! The report of `ffprobe`, which repeats what a container says.
#![no_main]

use lamassu_media::Limits;
use lamassu_media::fuzzing::understand;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    if let Ok((Some([_, width, height]), ..)) = understand(bytes, &limits) {
        assert!(width.max(height) <= limits.side_px_max);
    }
});
