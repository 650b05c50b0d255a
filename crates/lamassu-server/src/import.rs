//! Hash lists over HTTP: lines in, entries made thousands at a time while the rest still comes.

#![expect(unused_qualifications, reason = "utoipa::path writes them")]

use axum::RequestExt;
use axum::body::BodyDataStream;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;
use lamassu_case::{EntryMetadata, Medium};
use lamassu_engine::Actor;
use lamassu_engine::import::{HashKind, Import, ImportCounts, LINE_BYTES_MAX, RejectedLine, Untold};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::Caller;
use crate::codes::Code;
use crate::entries::name;
use crate::extract::{self, Path, Query};
use crate::fault::Fault;
use crate::server::App;

/// Most rejected lines that an answer lists.
const LISTED_MAX: usize = 1_000;
/// What lists are sent as.
const TYPES: [&str; 5] =
    ["text/csv", "text/plain", "application/x-ndjson", "application/jsonl", "application/json-seq"];

/// What is assumed where lines do not say it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Assumed {
    /// What reviewers see first; `Imported hash` if left out.
    #[param(max_length = 500)]
    title: Option<String>,
    /// Where the list was obtained.
    #[param(max_length = 500)]
    source: Option<String>,
    /// What a hash is: `pdq` (if left out) or `sha256`.
    #[param(value_type = Option<String>)]
    kind: Option<HashKind>,
    /// What the hashes are of: `image` (if left out), `video`, `audio`, `document` or `text`.
    #[param(value_type = Option<String>)]
    medium: Option<Medium>,
}

/// What became of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Imported {
    /// Lines read.
    lines: u64,
    /// Entries added; they match from now on.
    added: u64,
    /// Lines whose hash the bank held already, or that came twice.
    already: u64,
    /// Lines that were not taken.
    rejected: u64,
    /// The first 1,000 of those.
    rejections: Vec<Rejection>,
}

/// A line that was not taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rejection {
    /// Its number, from 1.
    line: u64,
    /// Why; docs/errors.md lists the codes.
    #[schema(examples("fingerprint-invalid"))]
    code: String,
}

/// Adds the hashes of a list to a bank: CSV with a header, JSON lines, or a hash a line. Entries are made in batches while
/// the rest still comes. A list that broke off can be sent again: what the bank holds is passed over.
#[utoipa::path(post, path = "/api/v1/banks/{bank}/entries/import", tag = "entries", operation_id = "import_entries",
    params(("bank" = String, Path, description = "The bank's name."), Assumed),
    request_body(content((String = "text/csv"), (String = "application/x-ndjson"), (String = "text/plain"))),
    responses((status = 200, description = "What became of its lines.", body = Imported)))]
pub async fn import(
    State(app): State<App>,
    Path(bank): Path<String>,
    caller: Caller,
    Query(assumed): Query<Assumed>,
    request: Request,
) -> Result<axum::Json<Imported>, Fault> {
    let bank = name(&bank)?;
    if !is_list(request.headers()) {
        return Err(Fault::new(Code::TypeUnsupported).reason("send text/csv or application/x-ndjson"));
    }
    let untold = assumed.checked()?;
    app.engine.bank(&bank).await?;
    let body = request.with_limited_body().into_body().into_data_stream();
    let mut reading = Reading {
        app: &app,
        actor: &caller.actor,
        import: Import::new(bank, untold),
        rejections: Vec::new(),
    };
    reading.all(body).await?;
    let ImportCounts { lines, added, already, rejected } = reading.import.counts();
    Ok(axum::Json(Imported { lines, added, already, rejected, rejections: reading.rejections }))
}

impl Assumed {
    fn checked(self) -> Result<Untold, Fault> {
        let title = self.title.unwrap_or_else(|| "Imported hash".to_owned());
        let metadata = EntryMetadata { title, source: self.source, ..EntryMetadata::default() };
        metadata.validate().map_err(|error| Fault::new(Code::MetadataInvalid).reason(error.to_string()))?;
        let (kind, medium) = (self.kind.unwrap_or(HashKind::Pdq), self.medium.unwrap_or(Medium::Image));
        Ok(Untold { kind, medium, metadata })
    }
}

fn is_list(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    TYPES.contains(&kind.as_str())
}

/// A list on its way in.
struct Reading<'a> {
    app: &'a App,
    actor: &'a Actor,
    import: Import,
    rejections: Vec<Rejection>,
}

impl Reading<'_> {
    async fn all(&mut self, mut body: BodyDataStream) -> Result<(), Fault> {
        let mut line = Vec::new();
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|error| extract::of_body(&error))?;
            for part in piece.split_inclusive(|byte| *byte == b'\n') {
                // One byte more than a line may have is enough to tell that it is too long.
                let room = (LINE_BYTES_MAX + 1).saturating_sub(line.len());
                let (text, ends) = part.strip_suffix(b"\n").map_or((part, false), |text| (text, true));
                line.extend_from_slice(&text[..text.len().min(room)]);
                if ends {
                    self.line(&line).await?;
                    line.clear();
                }
            }
        }
        if !line.is_empty() {
            self.line(&line).await?;
        }
        Ok(self.app.engine.import_rest(&mut self.import, self.actor).await?)
    }

    async fn line(&mut self, line: &[u8]) -> Result<(), Fault> {
        let rejected = self.app.engine.import_line(&mut self.import, line, self.actor).await?;
        let room = LISTED_MAX - self.rejections.len();
        let listed = rejected.into_iter().take(room);
        self.rejections.extend(listed.map(|RejectedLine { line, code }| Rejection { line, code }));
        Ok(())
    }
}
