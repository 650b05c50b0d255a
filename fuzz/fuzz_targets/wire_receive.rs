//! Messages from a child that may have been taken over.
#![no_main]

use std::io::Write;
use std::os::unix::net::UnixStream;

use lamassu_media::wire::receive;
use libfuzzer_sys::fuzz_target;

const BYTES_MAX: usize = 4096;

fuzz_target!(|bytes: &[u8]| {
    // No more than a socket holds without a reader.
    let bytes = &bytes[..bytes.len().min(65_536)];
    let (mut ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    ours.write_all(bytes).expect("the socket holds it");
    drop(ours);
    while let Ok(Some((message, descriptor))) = receive(&theirs, BYTES_MAX, None) {
        assert!(message.len() <= BYTES_MAX && descriptor.is_none());
    }
});
