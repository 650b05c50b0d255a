//! Bodies of parts: `multipart/form-data`.

use std::io;

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;

use crate::codes::Code;
use crate::fault::Fault;

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
pub async fn text(part: Field<'_>, bytes_max: usize) -> Result<Vec<u8>, Fault> {
    let mut text = Vec::new();
    let mut too_long = false;
    each_piece(part, |piece| {
        too_long |= text.len() + piece.len() > bytes_max;
        if too_long {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        text.extend_from_slice(piece);
        Ok(())
    })
    .await
    .map_err(|fault| if too_long { Fault::new(Code::BodyTooLarge) } else { fault })?;
    Ok(text)
}

/// Calls `take` with every piece of a part.
pub async fn each_piece(
    mut part: Field<'_>,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), Fault> {
    while let Some(piece) = part.chunk().await.map_err(|error| of_multipart(&error))? {
        take(&piece).map_err(|error| of_disk(&error))?;
    }
    Ok(())
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
