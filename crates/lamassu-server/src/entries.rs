//! Entries of banks over HTTP.

#![expect(unused_qualifications, reason = "utoipa::path writes them")]

use std::fs::File;
use std::io::Seek;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use lamassu_case::{BankName, EntryId, EntryMetadata, Standing};
use lamassu_engine::look_back::LookBackView;
use lamassu_engine::{AddedRow, Answer, Command, EntryRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::Caller;
use crate::additions::Attempt;
use crate::cases::{self, Moment};
use crate::codes::Code;
use crate::extract::{self, Json, Path, Query};
use crate::fault::Fault;
use crate::parts;
use crate::server::App;
use crate::time::Time;

/// Longest metadata of an entry, in bytes.
const METADATA_BYTES_MAX: usize = 128 << 10;

/// An entry: one known thing.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryView {
    /// Its id.
    pub id: String,
    /// Its bank.
    pub bank: String,
    /// What kind of content it is.
    #[schema(examples("image"))]
    pub medium: String,
    /// SHA-256 of its bytes; null for an entry of which only a fingerprint is known.
    pub sha256: Option<String>,
    /// Size of its file in bytes; 0 for one of which only hashes are known.
    pub size_bytes: u64,
    /// Length in milliseconds; 0 for what does not play.
    pub duration_ms: u32,
    /// When it was added.
    pub added_at: Time,
    /// What people say about it.
    pub metadata: Metadata,
}

/// What people say about an entry. Nothing here is used for matching.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// What a reviewer sees first.
    #[schema(max_length = 500, examples("Example Agency, clip 12"))]
    pub title: String,
    /// Where this copy was obtained.
    pub source: Option<String>,
    /// The outlet that released it.
    pub outlet: Option<String>,
    /// The series that it is a part of.
    pub series: Option<String>,
    /// Who released it: `official`, `supporter`, or `unknown` (if left out).
    #[serde(default)]
    #[schema(value_type = String, examples("official"))]
    pub standing: Standing,
    /// When it was released, as its source writes it.
    pub published: Option<String>,
    /// The event it belongs to.
    pub event: Option<String>,
    /// Free labels.
    #[serde(default)]
    pub labels: Vec<String>,
}

/// Why an entry is taken out.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Removal {
    /// Why; a person reads it later in the audit log. A person who signed in must say it.
    #[param(min_length = 1, max_length = 4000)]
    reason: Option<String>,
}

/// A file to add to a bank.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes the parts of a multipart body")]
pub struct NewEntry {
    /// What people say about it, as JSON; this part comes first.
    metadata: Metadata,
    /// The file.
    #[schema(content_media_type = "application/octet-stream")]
    file: String,
}

/// The answer to an addition.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedView {
    /// The entry as the bank holds it. It can be matched from now on.
    pub entry: EntryView,
    /// Whether the bank held these bytes before; then nothing was changed.
    pub already: bool,
}

impl Metadata {
    /// As it is kept.
    pub fn checked(self) -> Result<EntryMetadata, Fault> {
        let Self { title, source, outlet, series, standing, published, event, labels } = self;
        let metadata = EntryMetadata { title, source, outlet, series, standing, published, event, labels };
        let invalid =
            |error: lamassu_case::MetadataError| Fault::new(Code::MetadataInvalid).reason(error.to_string());
        metadata.validate().map_err(invalid)?;
        Ok(metadata)
    }
}

impl From<EntryRow> for EntryView {
    fn from(row: EntryRow) -> Self {
        let EntryMetadata { title, source, outlet, series, standing, published, event, labels } =
            row.metadata;
        Self {
            id: row.entry,
            bank: row.bank,
            medium: row.medium,
            sha256: row.sha256,
            size_bytes: row.size_bytes,
            duration_ms: row.duration_ms,
            added_at: Time(row.added_at_ms),
            metadata: Metadata { title, source, outlet, series, standing, published, event, labels },
        }
    }
}

/// Adds a file to a bank. It is fingerprinted in the jail, and kept, sealed, unless the bank's policy says otherwise;
/// once this is answered it matches.
#[utoipa::path(post, path = "/api/v1/banks/{bank}/entries", tag = "entries", operation_id = "add_entry",
    params(("bank" = String, Path, description = "The bank's name."), Attempt),
    request_body(content = NewEntry, content_type = "multipart/form-data"),
    responses((status = 201, description = "The entry was added.", body = AddedView),
        (status = 200, description = "The bank held these bytes before.", body = AddedView)))]
pub async fn add(
    State(app): State<App>,
    Path(bank): Path<String>,
    caller: Caller,
    Query(attempt): Query<Attempt>,
    request: Request,
) -> Result<(StatusCode, axum::Json<AddedView>), Fault> {
    let bank = name(&bank)?;
    app.engine.bank(&bank).await?;
    let (metadata, file) = read(&app, request).await?;
    let addition = app.engine.begin_addition(attempt.request, &caller.actor);
    let (command, progress) = (Command::AddEntry { bank, metadata }, &addition.progress);
    let answer = app.engine.execute_telling(command, Some(file), &caller.actor, progress).await?;
    let Answer::Added(added) = answer else {
        return Err(Fault::internal("an addition was answered by something else"));
    };
    Ok(self::added(*added))
}

/// The answer to an addition.
pub fn added(added: AddedRow) -> (StatusCode, axum::Json<AddedView>) {
    let status = if added.already { StatusCode::OK } else { StatusCode::CREATED };
    (status, axum::Json(AddedView { entry: added.entry.into(), already: added.already }))
}

/// How far an entry was looked for in what came in before it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookBack {
    /// Whether all that is in sight was looked at.
    done: bool,
    /// Earlier items near the entry, once it is done.
    items: u64,
    /// Cases that were opened for it, or that tell of it since.
    cases: u64,
}

/// Tells how far the entry was looked for in what came in before it; `null` for one that is not looked for.
#[utoipa::path(get, path = "/api/v1/banks/{bank}/entries/{entry}/look-back", tag = "entries", operation_id = "get_look_back",
    params(("bank" = String, Path, description = "The bank's name."), ("entry" = String, Path, description = "The entry's id.")),
    responses((status = 200, description = "How far it is.", body = Option<LookBack>)))]
pub async fn look_back(
    State(app): State<App>,
    Path((bank, entry)): Path<(String, String)>,
) -> Result<axum::Json<Option<LookBack>>, Fault> {
    let view = app.engine.look_back(&name(&bank)?, &id(&entry)?).await?;
    Ok(axum::Json(view.map(|LookBackView { done, items, cases }| LookBack { done, items, cases })))
}

/// What is seen of an entry, as a JPEG made anew in the jail; also of one that was taken out of its bank. That
/// somebody looks is in the audit log first.
#[utoipa::path(get, path = "/api/v1/banks/{bank}/entries/{entry}/media", tag = "entries", operation_id = "get_entry_media",
    params(("bank" = String, Path, description = "The bank's name."), ("entry" = String, Path, description = "The entry's id."), Moment),
    responses((status = 200, description = "The picture.", content_type = "image/jpeg", body = Vec<u8>)))]
pub async fn media(
    State(app): State<App>,
    Path((bank, entry)): Path<(String, String)>,
    caller: Caller,
    Query(moment): Query<Moment>,
) -> Result<Response, Fault> {
    let (bank, entry) = (name(&bank)?, id(&entry)?);
    let at_ms = moment.at_ms.unwrap_or(0);
    cases::picture(app.engine.show_entry(&bank, &entry, at_ms, &caller.actor).await?)
}

/// Replaces what people say about an entry; what they said before stays in the audit log.
#[utoipa::path(patch, path = "/api/v1/banks/{bank}/entries/{entry}", tag = "entries", operation_id = "change_entry", request_body = Metadata,
    params(("bank" = String, Path, description = "The bank's name."), ("entry" = String, Path, description = "The entry's id.")),
    responses((status = 200, description = "The entry as it is now.", body = EntryView)))]
pub async fn change(
    State(app): State<App>,
    Path((bank, entry)): Path<(String, String)>,
    caller: Caller,
    Json(metadata): Json<Metadata>,
) -> Result<axum::Json<EntryView>, Fault> {
    let command =
        Command::ChangeEntry { bank: name(&bank)?, entry: id(&entry)?, metadata: metadata.checked()? };
    match app.engine.execute(command, None, &caller.actor).await? {
        Answer::Entries(mut rows, _) if rows.len() == 1 => Ok(axum::Json(rows.remove(0).into())),
        _ => Err(Fault::internal("a change was answered by something else")),
    }
}

/// Takes an entry out of its bank. Once this is answered it matches nothing any more. People say why.
#[utoipa::path(delete, path = "/api/v1/banks/{bank}/entries/{entry}", tag = "entries", operation_id = "remove_entry",
    params(("bank" = String, Path, description = "The bank's name."), ("entry" = String, Path, description = "The entry's id."), Removal),
    responses((status = 204, description = "It was taken out.")))]
pub async fn remove(
    State(app): State<App>,
    Path((bank, entry)): Path<(String, String)>,
    caller: Caller,
    Query(Removal { reason }): Query<Removal>,
) -> Result<StatusCode, Fault> {
    let (bank, entry) = (name(&bank)?, id(&entry)?);
    // Programs that were written before there were reasons go on; the console asks for one.
    if reason.is_none() && caller.person.is_some() {
        return Err(Fault::new(Code::ReasonInvalid).field("reason"));
    }
    app.engine.execute(Command::RemoveEntry { bank, entry, reason }, None, &caller.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The entry of a path.
pub fn id(text: &str) -> Result<EntryId, Fault> {
    text.parse().map_err(|_| Fault::new(Code::EntryNotFound))
}

/// The bank of a path. What is no name is the name of no bank.
pub fn name(bank: &str) -> Result<BankName, Fault> {
    bank.parse().map_err(|_| Fault::new(Code::BankNotFound))
}

/// The two parts, metadata first, so that a wrong word is told before a long file was sent.
async fn read(app: &App, request: Request) -> Result<(EntryMetadata, File), Fault> {
    let mut body = parts::of(request).await?;
    let mut metadata = None;
    let mut file = None;
    while let Some(part) = parts::next(&mut body).await? {
        match part.name() {
            Some("metadata") if metadata.is_none() => {
                let read: Metadata = extract::read(&parts::text(part, METADATA_BYTES_MAX).await?)?;
                metadata = Some(read.checked()?);
            }
            Some("file") if file.is_none() && metadata.is_some() => {
                let scratch = app.engine.scratch().map_err(|error| parts::of_disk(&error))?;
                let mut scratch = parts::write(part, scratch).await?;
                scratch.rewind().map_err(|error| parts::of_disk(&error))?;
                file = Some(scratch);
            }
            _ => {
                return Err(
                    Fault::new(Code::MultipartInvalid).reason("expected metadata, then file, each once")
                );
            }
        }
    }
    let missing = |field: &str| Fault::new(Code::MultipartInvalid).field(field);
    Ok((metadata.ok_or_else(|| missing("metadata"))?, file.ok_or_else(|| missing("file"))?))
}
