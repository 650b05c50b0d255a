//! Webhooks: where messages are sent, and how far each got.

#![expect(unused_qualifications, reason = "utoipa::path writes them")]

use axum::extract::State;
use axum::http::StatusCode;
use lamassu_case::{MessageId, WebhookId};
use lamassu_engine::delivery::{Delivery, DeliveryFilter, DeliveryState, EventKind, Receipt, Webhook};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::Caller;
use crate::codes::Code;
use crate::extract::{Json, Path, Query};
use crate::fault::Fault;
use crate::page::{Page, PageQuery};
use crate::server::App;
use crate::time::Time;

/// Somebody who is told.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookRow {
    /// Its id.
    id: String,
    /// Where messages are posted.
    url: String,
    /// Which it is told; empty for all.
    events: Vec<&'static str>,
    /// When it was added.
    created_at: Time,
    /// Since when nothing is sent there any more.
    disabled_at: Option<Time>,
    /// `person`, or `gone` when the receiver said so.
    disabled_because: Option<String>,
}

/// A webhook to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where messages are posted.
    #[schema(examples("https://platform.example/lamassu"))]
    url: String,
    /// `item.decided`, `case.opened`, `action.requested`; all if left out.
    #[serde(default)]
    events: Vec<String>,
}

/// A webhook that was added.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedWebhook {
    /// The webhook.
    webhook: WebhookRow,
    /// With this the receiver verifies messages. It is shown this once.
    #[schema(value_type = String)]
    secret: lamassu_engine::Secret,
}

/// What came of a test.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tested {
    /// The status that the receiver answered.
    status: Option<u16>,
    /// Why there was no answer.
    error: Option<&'static str>,
}

/// A message on its way to one webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryRow {
    /// The message's id; `webhook-id` on the wire.
    message: String,
    /// The receiver.
    webhook: String,
    /// What it tells.
    event: &'static str,
    /// The id of what it is about.
    subject: String,
    /// `waiting`, `delivered` or `dead`.
    state: &'static str,
    /// How often it was tried.
    attempts: u32,
    /// When it is tried next, while it waits.
    next_at: Option<Time>,
    /// When it was last tried.
    last_at: Option<Time>,
    /// What the receiver answered last.
    last_status: Option<u16>,
    /// Why there was no answer.
    last_error: Option<String>,
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// Only `waiting`, `delivered` or `dead` ones.
    state: Option<String>,
    /// Only those to this webhook.
    webhook: Option<String>,
    /// `next` of the page before; the first page if left out.
    after: Option<String>,
    /// Rows at most.
    limit: Option<u32>,
}

impl From<Webhook> for WebhookRow {
    fn from(webhook: Webhook) -> Self {
        Self {
            id: webhook.id.into(),
            url: webhook.url,
            events: webhook.events.into_iter().map(EventKind::name).collect(),
            created_at: Time(webhook.created_at_ms),
            disabled_at: webhook.disabled.as_ref().map(|disabled| Time(disabled.at_ms)),
            disabled_because: webhook.disabled.map(|disabled| disabled.because),
        }
    }
}

impl From<Delivery> for DeliveryRow {
    fn from(delivery: Delivery) -> Self {
        let waits = delivery.state == DeliveryState::Waiting;
        Self {
            message: delivery.message.into(),
            webhook: delivery.webhook.into(),
            event: delivery.event.name(),
            subject: delivery.subject,
            state: delivery.state.name(),
            attempts: delivery.attempts,
            next_at: waits.then_some(Time(delivery.next_at_ms)),
            last_at: delivery.last_at_ms.map(Time),
            last_status: delivery.last_status,
            last_error: delivery.last_error,
        }
    }
}

/// Lists the webhooks, also disabled ones, in the order they were added.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "list_webhooks",
    responses((status = 200, description = "All webhooks; there are few.", body = Page<WebhookRow>)))]
pub async fn list(State(app): State<App>) -> Result<axum::Json<Page<WebhookRow>>, Fault> {
    let items = app.engine.webhooks().await?.into_iter().map(WebhookRow::from).collect();
    Ok(axum::Json(Page { items, next: None }))
}

/// Adds a webhook.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "create_webhook", request_body = NewWebhook,
    responses((status = 201, description = "The webhook, and its secret for this once.", body = CreatedWebhook)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewWebhook>,
) -> Result<(StatusCode, axum::Json<CreatedWebhook>), Fault> {
    let events = new.events.iter().map(|name| EventKind::from_name(name)).collect::<Option<Vec<_>>>();
    let events = events.ok_or_else(|| Fault::new(Code::FieldInvalid).field("events"))?;
    let (webhook, secret) = app.engine.create_webhook(&new.url, events, &caller.actor).await?;
    let created = CreatedWebhook { webhook: webhook.into(), secret };
    Ok((StatusCode::CREATED, axum::Json(created)))
}

/// Disables a webhook: nothing is sent there any more, and what waits for it ends.
#[utoipa::path(delete, path = "/api/v1/webhooks/{webhook}", tag = "webhooks", operation_id = "disable_webhook",
    params(("webhook" = String, Path, description = "The webhook's id.")),
    responses((status = 204, description = "It is disabled.")))]
pub async fn disable(
    State(app): State<App>,
    Path(webhook): Path<String>,
    caller: Caller,
) -> Result<StatusCode, Fault> {
    app.engine.disable_webhook(&id(&webhook)?, &caller.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a message that only tests a webhook, once and at once.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/test", tag = "webhooks", operation_id = "test_webhook",
    params(("webhook" = String, Path, description = "The webhook's id.")),
    responses((status = 200, description = "What came of it.", body = Tested)))]
pub async fn test(State(app): State<App>, Path(webhook): Path<String>) -> Result<axum::Json<Tested>, Fault> {
    let tested = match app.engine.test_webhook(&id(&webhook)?).await? {
        Receipt::Answered { status, .. } => Tested { status: Some(status), error: None },
        Receipt::Failed { code } => Tested { status: None, error: Some(code) },
    };
    Ok(axum::Json(tested))
}

/// Lists deliveries, oldest first.
#[utoipa::path(get, path = "/api/v1/deliveries", tag = "webhooks", operation_id = "list_deliveries", params(DeliveryQuery),
    responses((status = 200, description = "A page of deliveries.", body = Page<DeliveryRow>)))]
pub async fn deliveries(
    State(app): State<App>,
    Query(query): Query<DeliveryQuery>,
) -> Result<axum::Json<Page<DeliveryRow>>, Fault> {
    let page = PageQuery { after: query.after, limit: query.limit };
    let (after, limit) = (page.after()?.unwrap_or(0), page.limit(&app.settings.limits)?);
    let invalid = |field: &'static str| move || Fault::new(Code::QueryInvalid).field(field);
    let state = match &query.state {
        None => None,
        Some(name) => Some(DeliveryState::from_name(name).ok_or_else(invalid("state"))?),
    };
    let webhook = query.webhook.map(|webhook| webhook.parse().map_err(|_| invalid("webhook")()));
    let filter = DeliveryFilter { state, webhook: webhook.transpose()?, message: None };
    let rows = app.engine.deliveries(&filter, after, limit).await?;
    Ok(axum::Json(Page::full(rows, limit, |row| row.number)))
}

/// Has a delivery that is over sent again, under the same message id.
#[utoipa::path(post, path = "/api/v1/deliveries/{message}/{webhook}/replay", tag = "webhooks", operation_id = "replay_delivery",
    params(("message" = String, Path, description = "The message's id."), ("webhook" = String, Path, description = "The webhook's id.")),
    responses((status = 200, description = "The delivery, waiting again.", body = DeliveryRow)))]
pub async fn replay(
    State(app): State<App>,
    Path((message, webhook)): Path<(String, String)>,
    caller: Caller,
) -> Result<axum::Json<DeliveryRow>, Fault> {
    let message: MessageId = message.parse().map_err(|_| Fault::new(Code::DeliveryNotFound))?;
    Ok(axum::Json(app.engine.replay_delivery(&message, &id(&webhook)?, &caller.actor).await?.into()))
}

fn id(text: &str) -> Result<WebhookId, Fault> {
    text.parse().map_err(|_| Fault::new(Code::WebhookNotFound))
}
