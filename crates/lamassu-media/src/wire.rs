//! Messages between processes of this program over a Unix socket, with at most one descriptor each.
//!
//! A message is its length (4 bytes, little-endian) and its bytes. The descriptor travels with the
//! first byte. Whoever reads states the longest message it accepts.

use std::io::{self, IoSlice, IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags,
};

const LENGTH_BYTES: usize = 4;

/// Sends `message`, and `descriptor` with it.
///
/// # Errors
/// When the other side is gone, or the message is longer than 4 GiB.
pub fn send(socket: &UnixStream, message: &[u8], descriptor: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let length = u32::try_from(message.len()).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
    let mut bytes = Vec::with_capacity(LENGTH_BYTES + message.len());
    bytes.extend(length.to_le_bytes());
    bytes.extend(message);
    let mut rest = bytes.as_slice();
    let mut descriptors = descriptor.as_slice();
    while !rest.is_empty() {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() {
            ancillary.push(SendAncillaryMessage::ScmRights(descriptors));
        }
        let sent = loop {
            match rustix::net::sendmsg(socket, &[IoSlice::new(rest)], &mut ancillary, SendFlags::NOSIGNAL) {
                Err(rustix::io::Errno::INTR) => {}
                result => break result?,
            }
        };
        rest = &rest[sent..];
        descriptors = &[];
    }
    Ok(())
}

/// Receives a message of at most `bytes_max` bytes and the descriptor that came with it. With a
/// `deadline`, all of it must have come by then: a sender that trickles does not keep anybody waiting.
///
/// `None` when the other side closed the socket between messages.
///
/// # Errors
/// When the other side is gone in the middle of a message, announces a longer one, or is late.
pub fn receive(
    socket: &UnixStream,
    bytes_max: usize,
    deadline: Option<Instant>,
) -> io::Result<Option<(Vec<u8>, Option<OwnedFd>)>> {
    let mut length = [0; LENGTH_BYTES];
    in_time(socket, deadline)?;
    let (received, descriptor) = receive_first(socket, &mut length)?;
    if received == 0 {
        return Ok(None);
    }
    let mut rest = InTime { socket, deadline };
    rest.read_exact(&mut length[received..])?;
    let length = u32::from_le_bytes(length) as usize;
    if length > bytes_max {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    // Grows with what really arrives, not with what is announced.
    let mut message = Vec::new();
    if rest.take(length as u64).read_to_end(&mut message)? < length {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
    }
    Ok(Some((message, descriptor)))
}

/// Reads a socket until a deadline.
struct InTime<'a> {
    socket: &'a UnixStream,
    deadline: Option<Instant>,
}

impl Read for InTime<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        in_time(self.socket, self.deadline)?;
        self.socket.read(bytes)
    }
}

fn in_time(socket: &UnixStream, deadline: Option<Instant>) -> io::Result<()> {
    match deadline {
        Some(deadline) if !wait_until(socket.as_fd(), deadline)? => Err(io::ErrorKind::TimedOut.into()),
        _ => Ok(()),
    }
}

/// Waits until `descriptor` is readable or closed by the other side; false when `deadline` comes first.
///
/// # Errors
/// When the system cannot wait.
pub fn wait_until(descriptor: impl AsFd, deadline: Instant) -> io::Result<bool> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        let mut wanted = [PollFd::new(&descriptor, PollFlags::IN)];
        match rustix::event::poll(&mut wanted, Some(&timeout)) {
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(0) if left.is_zero() => return Ok(false),
            Ok(0) => {}
            Ok(_) => return Ok(true),
        }
    }
}

/// Whether a short message can be sent without waiting for the other side to read.
///
/// # Errors
/// When the system cannot tell.
pub fn takes_at_once(socket: &UnixStream) -> io::Result<bool> {
    let mut wanted = [PollFd::new(socket, PollFlags::OUT)];
    match rustix::event::poll(&mut wanted, Some(&Timespec::default())) {
        Err(rustix::io::Errno::INTR) => Ok(false),
        result => Ok(result? > 0),
    }
}

fn receive_first(socket: &UnixStream, bytes: &mut [u8]) -> io::Result<(usize, Option<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = loop {
        match rustix::net::recvmsg(
            socket,
            &mut [IoSliceMut::new(bytes)],
            &mut ancillary,
            RecvFlags::CMSG_CLOEXEC,
        ) {
            Err(rustix::io::Errno::INTR) => {}
            result => break result?.bytes,
        }
    };
    let mut descriptor = None;
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(mut descriptors) = message {
            descriptor = descriptors.next();
        }
    }
    Ok((received, descriptor))
}
