//! Bodies of parts: `multipart/form-data`.

use std::io;

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use tokio::task::JoinHandle;

use crate::codes::Code;
use crate::fault::Fault;

/// So much of a file is written at once, in bytes.
const PIECE_BYTES: usize = 1 << 20;

/// A body of parts.
pub async fn of(request: Request) -> Result<Multipart, Fault> {
    let read = Multipart::from_request(request, &()).await;
    read.map_err(|_| Fault::new(Code::TypeUnsupported).reason("send multipart/form-data with a boundary"))
}

/// The next part, if there is one.
pub async fn next(body: &mut Multipart) -> Result<Option<Field<'_>>, Fault> {
    body.next_field().await.map_err(|error| of_multipart(&error))
}

/// A short part as a whole.
pub async fn text(mut part: Field<'_>, bytes_max: usize) -> Result<Vec<u8>, Fault> {
    let mut text = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(|error| of_multipart(&error))? {
        if text.len() + piece.len() > bytes_max {
            return Err(Fault::new(Code::BodyTooLarge));
        }
        text.extend_from_slice(&piece);
    }
    Ok(text)
}

/// Writes all of a part to `target` and gives it back. Large pieces are written on threads that may wait for the disk, one
/// while the next comes in: two are in memory at most, and a slow disk slows the sender.
pub async fn write<W: io::Write + Send + 'static>(mut part: Field<'_>, target: W) -> Result<W, Fault> {
    let (mut writing, mut piece) = (Writing::Rests(target, Vec::new()), Vec::new());
    while let Some(received) = part.chunk().await.map_err(|error| of_multipart(&error))? {
        piece.extend_from_slice(&received);
        if piece.len() >= PIECE_BYTES {
            (writing, piece) = writing.next(piece).await?;
        }
    }
    if !piece.is_empty() {
        (writing, _) = writing.next(piece).await?;
    }
    Ok(writing.end().await?.0)
}

/// What is written to, and the room of the piece before.
enum Writing<W> {
    Rests(W, Vec<u8>),
    Goes(JoinHandle<io::Result<(W, Vec<u8>)>>),
}

impl<W: io::Write + Send + 'static> Writing<W> {
    /// Has a piece written once the one before is, and gives room for the next.
    async fn next(self, mut piece: Vec<u8>) -> Result<(Self, Vec<u8>), Fault> {
        let (mut target, room) = self.end().await?;
        let write = move || {
            target.write_all(&piece)?;
            piece.clear();
            Ok((target, piece))
        };
        Ok((Self::Goes(tokio::task::spawn_blocking(write)), room))
    }

    async fn end(self) -> Result<(W, Vec<u8>), Fault> {
        match self {
            Self::Rests(target, room) => Ok((target, room)),
            Self::Goes(going) => going.await.map_err(Fault::internal)?.map_err(|error| of_disk(&error)),
        }
    }
}

/// A body of parts that broke off, is damaged, or is too large.
fn of_multipart(error: &MultipartError) -> Fault {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if error.is::<tower_http::timeout::TimeoutError>() {
            return Fault::new(Code::RequestTimeout);
        }
        source = error.source();
    }
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Fault::new(Code::BodyTooLarge);
    }
    Fault::new(Code::MultipartInvalid)
}

/// The disk did not take it.
pub fn of_disk(error: &io::Error) -> Fault {
    let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    if full { Fault::new(Code::DiskFull) } else { Fault::internal(error) }
}
