//! What is heard of items and entries: short stretches, encoded anew in the jail.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::access::Caller;
use crate::cases::{self, Moment};
use crate::codes::Code;
use crate::entries;
use crate::extract::{Path, Query};
use crate::fault::Fault;
use crate::server::App;

/// What is heard of the case's item from a moment on, as a WAVE file made anew in the jail: at most 20 seconds, unless an
/// administrator set another limit. That somebody listens is in the audit log first.
#[utoipa::path(get, path = "/api/v1/cases/{case}/sound", tag = "cases", operation_id = "get_case_sound",
    params(("case" = String, Path, description = "The case's id."), Moment),
    responses((status = 200, description = "The sound.", content_type = "audio/wav", body = Vec<u8>)))]
pub async fn of_case(
    State(app): State<App>,
    Path(case): Path<String>,
    caller: Caller,
    Query(moment): Query<Moment>,
) -> Result<Response, Fault> {
    let view = app.engine.case(&cases::id(&case)?).await?;
    wave(app.engine.hear_item(&view.case.item, moment.in_item(&view), &caller.actor).await?)
}

/// What is heard of an entry from a moment on, as of a case's item; also of one that was taken out of its bank.
#[utoipa::path(get, path = "/api/v1/banks/{bank}/entries/{entry}/sound", tag = "entries", operation_id = "get_entry_sound",
    params(("bank" = String, Path, description = "The bank's name."), ("entry" = String, Path, description = "The entry's id."), Moment),
    responses((status = 200, description = "The sound.", content_type = "audio/wav", body = Vec<u8>)))]
pub async fn of_entry(
    State(app): State<App>,
    Path((bank, entry)): Path<(String, String)>,
    caller: Caller,
    Query(moment): Query<Moment>,
) -> Result<Response, Fault> {
    let (bank, entry) = (entries::name(&bank)?, entries::id(&entry)?);
    wave(app.engine.hear_entry(&bank, &entry, moment.at_ms.unwrap_or(0), &caller.actor).await?)
}

fn wave(wav: Option<Vec<u8>>) -> Result<Response, Fault> {
    let wav = wav.ok_or_else(|| Fault::new(Code::NoSound))?;
    Ok(([(header::CONTENT_TYPE, "audio/wav")], wav).into_response())
}
