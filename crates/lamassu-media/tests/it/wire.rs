//! Messages between processes: what arrives is what was sent, or an error.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use lamassu_media::wire::{receive, send, takes_at_once};
use proptest::prelude::*;

#[test]
fn a_closed_socket_is_the_end() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    drop(ours);
    assert!(receive(&theirs, 10, None).unwrap().is_none());
    assert!(send(&theirs, b"hello", None).is_err());
}

#[test]
fn a_message_that_is_too_long_is_refused_before_it_is_read() {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    ours.write_all(&u32::MAX.to_le_bytes()).unwrap();
    assert_eq!(receive(&theirs, 1000, None).unwrap_err().kind(), ErrorKind::FileTooLarge);
    send(&ours, &[0; 11], None).unwrap();
    assert_eq!(receive(&theirs, 10, None).unwrap_err().kind(), ErrorKind::FileTooLarge);
}

#[test]
fn a_message_cut_off_anywhere_is_an_error() {
    let whole = [&5_u32.to_le_bytes()[..], b"hello"].concat();
    for length in 1..whole.len() {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        ours.write_all(&whole[..length]).unwrap();
        drop(ours);
        let error = receive(&theirs, 10, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "cut after {length}");
    }
}

#[test]
fn a_descriptor_travels_with_its_own_message() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"content").unwrap();
    file.rewind().unwrap();
    send(&ours, b"first", None).unwrap();
    send(&ours, b"second", Some(file.as_fd())).unwrap();
    drop(file);
    let (message, none) = receive(&theirs, 100, None).unwrap().unwrap();
    assert_eq!((message.as_slice(), none.is_none()), (&b"first"[..], true));
    let (message, descriptor) = receive(&theirs, 100, None).unwrap().unwrap();
    assert_eq!(message, b"second");
    let mut content = String::new();
    File::from(descriptor.unwrap()).read_to_string(&mut content).unwrap();
    assert_eq!(content, "content");
}

#[test]
fn whoever_does_not_read_is_not_waited_for() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut sent = 0;
    while takes_at_once(&ours).unwrap() {
        send(&ours, &[7; 60], None).unwrap();
        sent += 1;
    }
    assert!(sent > 10, "{sent}");
    for _ in 0..sent {
        receive(&theirs, 60, None).unwrap().unwrap();
    }
    assert!(takes_at_once(&ours).unwrap());
}

proptest! {
    #[test]
    fn what_is_sent_arrives(
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 1..6), long in 0..400_000_usize,
    ) {
        let messages = [messages, vec![vec![7; long]]].concat();
        let (ours, theirs) = UnixStream::pair().unwrap();
        let received = std::thread::scope(|scope| {
            scope.spawn(|| {
                for message in &messages {
                    send(&ours, message, None).unwrap();
                }
                drop(ours);
            });
            let mut received = Vec::new();
            while let Some((message, _)) = receive(&theirs, 400_000, None).unwrap() {
                received.push(message);
            }
            received
        });
        prop_assert_eq!(received, messages);
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        ours.write_all(&bytes).unwrap();
        drop(ours);
        while let Ok(Some((message, _))) = receive(&theirs, 100, None) {
            prop_assert!(message.len() <= 100);
        }
    }
}
