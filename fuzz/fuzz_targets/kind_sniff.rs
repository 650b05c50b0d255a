//! The kind of content, told from its first bytes.
#![no_main]

use lamassu_media::fuzzing::sniff;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _kind = sniff(bytes);
});
