//! A connection that ends when its other side stands still.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// So many bytes are looked at to tell HTTP/1 from HTTP/2, before any other limit begins.
const PREFACE_BYTES: usize = 24;

/// Bytes of a connection, with limits where HTTP has none: before the first bytes tell the version, and
/// when the receiver of an answer does not take it.
pub struct Patient<S> {
    stream: S,
    received_bytes: usize,
    /// Until the first bytes must be there.
    preface: Pin<Box<Sleep>>,
    write_idle: Duration,
    /// Since nothing could be written; none while writing goes on.
    stuck: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    /// Gives `stream` so long for its first bytes, and so long without any progress in writing.
    pub fn new(stream: S, preface: Duration, write_idle: Duration) -> Self {
        Self { stream, received_bytes: 0, preface: Box::pin(sleep(preface)), write_idle, stuck: None }
    }

    /// Passes on what writing came to, unless it has come to nothing for too long.
    fn written<T>(&mut self, context: &mut Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.stuck = None;
            return poll;
        }
        let idle = self.write_idle;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(sleep(idle)));
        ready!(stuck.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let poll = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.received_bytes = self.received_bytes.saturating_add(buffer.filled().len() - before);
        if poll.is_pending() && self.received_bytes < PREFACE_BYTES {
            ready!(self.preface.as_mut().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        poll
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.written(context, poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_flush(context);
        self.written(context, poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_shutdown(context);
        self.written(context, poll)
    }
}
