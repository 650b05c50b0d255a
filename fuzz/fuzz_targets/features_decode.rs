//! Any bytes are features or refused; what is read is written back as it was.

#![no_main]

use lamassu_fingerprint::local::{decode_features, encode_features};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(features) = decode_features(bytes) {
        assert_eq!(encode_features(&features), bytes);
    }
});
