//! Any bytes are lines of a hash list or refused, each by itself; what is read has a hash.

#![no_main]

use lamassu_case::{EntryMetadata, Medium};
use lamassu_engine::import::{HashKind, Lines, Untold};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let metadata = EntryMetadata { title: "a list".to_owned(), ..EntryMetadata::default() };
    let mut lines = Lines::new(Untold { kind: HashKind::Pdq, medium: Medium::Image, metadata });
    for line in bytes.split(|byte| *byte == b'\n') {
        if let Ok(Some(line)) = lines.read(line) {
            assert!(line.pdq.is_some() || line.sha256.is_some_and(|digest| digest.is_of_bytes()));
            assert!(line.metadata.validate().is_ok());
        }
    }
});
