//! Items: what platforms send in, and what became of it.

#![expect(unused_qualifications, reason = "utoipa::path writes them")]

use axum::body::to_bytes;
use axum::extract::multipart::Field;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use lamassu_case::{ActorKind, ItemId, Scope, Submission};
use lamassu_engine::{EngineError, ItemView, Post, Sent, SoFar};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::Caller;
use crate::codes::Code;
use crate::extract::{self, Path, Query};
use crate::fault::Fault;
use crate::parts;
use crate::server::App;
use crate::time::Time;

/// Longest JSON part of a body with a file, in bytes.
const DETAILS_BYTES_MAX: usize = 64 << 10;

/// What a platform says about an item. Nothing here is used for matching.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// The platform's own name of the item: actions are asked for under it.
    #[schema(min_length = 1, max_length = 500, examples("post-81723"))]
    reference: String,
    /// The platform's own name of the account that uploaded it.
    #[schema(max_length = 500)]
    account: Option<String>,
    /// What kind of actor that account is: `account`, `page`, `channel` or `group`.
    #[schema(value_type = Option<String>, examples("account"))]
    actor_kind: Option<ActorKind>,
    /// When it was uploaded.
    occurred_at: Option<Time>,
    /// Hashtags that it was posted under.
    #[serde(default)]
    #[schema(max_items = 100)]
    hashtags: Vec<String>,
    /// Sent again with the same key by the same sender, it is the same item.
    #[schema(max_length = 500)]
    idempotency_key: Option<String>,
}

/// An item without a file: a text, links, or the address of a file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// The platform's own name of the item: actions are asked for under it.
    #[schema(min_length = 1, max_length = 500, examples("post-81723"))]
    reference: String,
    /// The platform's own name of the account that uploaded it.
    account: Option<String>,
    /// What kind of actor that account is: `account`, `page`, `channel` or `group`.
    #[schema(value_type = Option<String>, examples("account"))]
    actor_kind: Option<ActorKind>,
    /// When it was uploaded.
    occurred_at: Option<Time>,
    /// Hashtags that it was posted under.
    #[serde(default)]
    hashtags: Vec<String>,
    /// Sent again with the same key by the same sender, it is the same item.
    idempotency_key: Option<String>,
    /// The text of a post.
    text: Option<String>,
    /// The links of a post.
    #[serde(default)]
    urls: Vec<String>,
    /// Where the file can be fetched; instead of text and links.
    media_url: Option<String>,
}

/// An item with a file.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes the parts of a multipart body")]
pub struct NewFile {
    /// What the platform says about it, as JSON; this part comes first.
    item: Details,
    /// The file.
    #[schema(content_media_type = "application/octet-stream")]
    file: String,
}

/// How long to wait for the outcome.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wait {
    /// Milliseconds to wait for the outcome, at most 30,000; 0 if left out.
    wait_ms: Option<u32>,
}

/// What is known of an item. Distances, titles and entries are for reviewers.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemRow {
    /// Its id here.
    id: String,
    /// What the platform calls it.
    reference: String,
    /// The account that uploaded it.
    account: Option<String>,
    /// `queued`, `decided` or `failed`.
    #[schema(examples("decided"))]
    state: &'static str,
    /// How far the reading of a video or sound is, while it is worked on.
    progress: Option<ProgressRow>,
    /// What kind of content it is, once decided.
    #[schema(examples("image"))]
    medium: Option<&'static str>,
    /// `none`, `review` or `act`, once decided.
    #[schema(examples("review"))]
    outcome: Option<&'static str>,
    /// The banks in which something was found in it.
    banks: Vec<String>,
    /// The case that a person reviews.
    case: Option<String>,
    /// Why it could not be read, as in docs/errors.md; `truncated` where what there is of it was compared.
    failure: Option<String>,
    /// When it came in.
    received_at: Time,
    /// When it was decided.
    decided_at: Option<Time>,
}

/// How far the reading of a video or sound is. It is told every few seconds of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressRow {
    /// How much of it was read, in seconds.
    #[schema(examples(4_215.0))]
    read_s: f64,
    /// How long it claims to be, in seconds; none where it claims nothing, or what cannot be.
    #[schema(examples(10_800.0))]
    total_s: Option<f64>,
}

impl From<SoFar> for ProgressRow {
    fn from(so_far: SoFar) -> Self {
        let seconds = |ms: u32| f64::from(ms) / 1000.0;
        Self { read_s: seconds(so_far.read_ms), total_s: so_far.total_ms.map(seconds) }
    }
}

/// The answer to an item that was sent in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Received {
    /// The item; it is on disk and will be decided whatever happens.
    item: ItemRow,
    /// Whether it was sent before under the same idempotency key.
    already: bool,
}

impl From<ItemView> for ItemRow {
    fn from(view: ItemView) -> Self {
        Self {
            id: view.item.into(),
            reference: view.details.reference,
            account: view.details.account,
            state: view.state,
            progress: view.progress.map(ProgressRow::from),
            medium: view.medium,
            outcome: view.outcome,
            banks: view.banks,
            case: view.case.map(String::from),
            failure: view.failure.map(|failure| failure.code),
            received_at: Time(view.received_at_ms),
            decided_at: view.decided_at_ms.map(Time),
        }
    }
}

impl ItemRow {
    fn status(&self) -> StatusCode {
        if self.state == "queued" { StatusCode::ACCEPTED } else { StatusCode::OK }
    }
}

impl Details {
    fn submission(self) -> Submission {
        let Self { reference, account, actor_kind, occurred_at, hashtags, idempotency_key } = self;
        let occurred_at_ms = occurred_at.map(|time| time.0);
        Submission { reference, account, actor_kind, occurred_at_ms, hashtags, idempotency_key }
    }
}

impl NewPost {
    /// What is said about the item, and the item.
    fn split(self) -> Result<(Submission, Sent), Fault> {
        let Self { reference, account, actor_kind, occurred_at, hashtags, idempotency_key, .. } = self;
        let details = Details { reference, account, actor_kind, occurred_at, hashtags, idempotency_key };
        let sent = match (self.media_url, self.text, self.urls) {
            (Some(url), None, urls) if urls.is_empty() => Sent::Remote(url),
            (None, text, links) => Sent::Post(Post { text, links }),
            _ => {
                return Err(Fault::new(Code::FieldInvalid)
                    .field("media_url")
                    .reason("instead of text and urls"));
            }
        };
        Ok((details.submission(), sent))
    }
}

/// Sends an item in: a file as `multipart/form-data`, or a text, links or an address as JSON. It is on disk
/// once this is answered; with `wait_ms` the answer waits for the outcome.
#[utoipa::path(post, path = "/api/v1/items", tag = "items", operation_id = "send_item", params(Wait),
    request_body(content((NewFile = "multipart/form-data"), (NewPost = "application/json"))),
    responses((status = 200, description = "The item and its outcome.", body = Received),
        (status = 202, description = "The item; its outcome is not known yet.", body = Received)))]
pub async fn send(
    State(app): State<App>,
    caller: Caller,
    Query(wait): Query<Wait>,
    request: Request,
) -> Result<(StatusCode, axum::Json<Received>), Fault> {
    let wait_ms = wait.checked(&app)?;
    let (details, sent) = if extract::is_json(request.headers()) {
        post(&app, &caller, request).await?
    } else {
        file(&app, &caller, request).await?
    };
    let entered = app.engine.accept(details, sent, &caller.actor).await?;
    let item: ItemRow = app.engine.await_outcome(&entered.item, wait_ms).await?.into();
    Ok((item.status(), axum::Json(Received { item, already: entered.already })))
}

/// What is known of an item. Its sender may ask, and whoever may see cases.
#[utoipa::path(get, path = "/api/v1/items/{item}", tag = "items", operation_id = "get_item",
    params(("item" = String, Path, description = "The item's id."), Wait),
    responses((status = 200, description = "The item.", body = ItemRow)))]
pub async fn get(
    State(app): State<App>,
    Path(item): Path<String>,
    caller: Caller,
    Query(wait): Query<Wait>,
) -> Result<axum::Json<ItemRow>, Fault> {
    let wait_ms = wait.checked(&app)?;
    let item: ItemId = item.parse().map_err(|_| Fault::new(Code::ItemNotFound))?;
    let now = if caller.may(Scope::CasesRead) {
        app.engine.item(&item).await?
    } else {
        app.engine.item_of(&item, &caller.actor).await?
    };
    if wait_ms == 0 || now.state != "queued" {
        return Ok(axum::Json(now.into()));
    }
    Ok(axum::Json(app.engine.await_outcome(&item, wait_ms).await?.into()))
}

impl Wait {
    fn checked(&self, app: &App) -> Result<u32, Fault> {
        let wait_ms = self.wait_ms.unwrap_or(0);
        let allowed = wait_ms <= app.settings.limits.wait_ms_max;
        if allowed { Ok(wait_ms) } else { Err(Fault::new(Code::QueryInvalid).field("wait_ms")) }
    }
}

async fn post(app: &App, caller: &Caller, request: Request) -> Result<(Submission, Sent), Fault> {
    let body = to_bytes(request.into_body(), app.settings.limits.batch_bytes_max).await;
    let post: NewPost = extract::read(&body.map_err(|error| extract::of_body(&error))?)?;
    let (details, sent) = post.split()?;
    admit(app, caller, &details)?;
    Ok((details, sent))
}

/// Details first: an item that is refused for them costs no upload.
async fn file(app: &App, caller: &Caller, request: Request) -> Result<(Submission, Sent), Fault> {
    let mut body = parts::of(request).await?;
    let mut details = None;
    let mut spool = None;
    while let Some(part) = parts::next(&mut body).await? {
        match part.name() {
            Some("item") if details.is_none() => {
                let read: Details = extract::read(&parts::text(part, DETAILS_BYTES_MAX).await?)?;
                let read = read.submission();
                admit(app, caller, &read)?;
                details = Some(read);
            }
            Some("file") if spool.is_none() && details.is_some() => spool = Some(spooled(app, part).await?),
            _ => return Err(Fault::new(Code::MultipartInvalid).reason("expected item, then file, each once")),
        }
    }
    let missing = |field: &str| Fault::new(Code::MultipartInvalid).field(field);
    let details = details.ok_or_else(|| missing("item"))?;
    Ok((details, Sent::File(spool.ok_or_else(|| missing("file"))?)))
}

async fn spooled(app: &App, part: Field<'_>) -> Result<lamassu_engine::Spool, Fault> {
    parts::write(part, app.engine.spool()).await
}

/// Checks the details, and takes from the quota of the account.
fn admit(app: &App, caller: &Caller, details: &Submission) -> Result<(), Fault> {
    details.validate().map_err(EngineError::Submission)?;
    if let Some(account) = &details.account {
        let sender = format!("{} {account}", caller.actor.0);
        app.take("account-items", &app.quotas.account_items, &sender, 1)?;
    }
    Ok(())
}
