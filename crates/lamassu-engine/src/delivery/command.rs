//! What the command line asks about webhooks, here or in another process.

use lamassu_case::{MessageId, WebhookId};
use lamassu_store::{Delivery, DeliveryFilter, DeliveryState, EventKind, Webhook, WebhookError};
use serde::{Deserialize, Serialize};

use super::courier::Receipt;
use super::error::DeliveryError;
use super::webhooks::DELIVERIES_PAGE;
use crate::engine::{Actor, Engine};
use crate::secret::Secret;

/// Something asked about webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WebhookCommand {
    /// Add one.
    Add {
        /// Where messages are posted.
        url: String,
        /// Names of the events it wants; none for all.
        events: Vec<String>,
    },
    /// List all.
    List,
    /// Disable one.
    Disable {
        /// Which.
        webhook: WebhookId,
    },
    /// Send one a message that only tests it.
    Test {
        /// Which.
        webhook: WebhookId,
    },
    /// List a page of deliveries.
    Deliveries {
        /// Only those given up.
        dead: bool,
        /// The page's start, from the page before.
        after: u64,
    },
    /// Send a message again.
    Replay {
        /// Which.
        message: MessageId,
        /// To this webhook only, or to every one that it went to and that is enabled.
        webhook: Option<WebhookId>,
    },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WebhookAnswer {
    /// The webhook and its secret, which is shown this once.
    Added(WebhookRow, Secret),
    /// All of them.
    Webhooks(Vec<WebhookRow>),
    /// It is disabled.
    Disabled,
    /// What came of the test: the status, or the word for why there is none.
    Tested(Result<u16, String>),
    /// A page of deliveries, and the start of the next if there may be one.
    Deliveries(Vec<DeliveryRow>, Option<u64>),
}

/// A webhook as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookRow {
    /// Its id.
    pub webhook: String,
    /// Where messages are posted.
    pub url: String,
    /// Names of the events it wants; none for all.
    pub events: Vec<String>,
    /// When it was added, milliseconds since 1970.
    pub created_at_ms: i64,
    /// When it was disabled, milliseconds since 1970.
    pub disabled_at_ms: Option<i64>,
    /// `person`, or `gone` when its receiver said so.
    pub disabled_because: Option<String>,
}

impl From<Webhook> for WebhookRow {
    fn from(webhook: Webhook) -> Self {
        Self {
            webhook: webhook.id.into(),
            url: webhook.url,
            events: webhook.events.iter().map(|event| event.name().to_owned()).collect(),
            created_at_ms: webhook.created_at_ms,
            disabled_at_ms: webhook.disabled.as_ref().map(|disabled| disabled.at_ms),
            disabled_because: webhook.disabled.map(|disabled| disabled.because),
        }
    }
}

/// A delivery as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRow {
    /// The message; `webhook-id` on the wire.
    pub message: String,
    /// What it tells.
    pub event: String,
    /// The id of what it is about.
    pub subject: String,
    /// The receiver.
    pub webhook: String,
    /// `waiting`, `delivered` or `dead`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next while it waits, milliseconds since 1970.
    pub next_at_ms: Option<i64>,
    /// When it was last tried, milliseconds since 1970.
    pub last_at_ms: Option<i64>,
    /// What the receiver answered last.
    pub last_status: Option<u16>,
    /// Why there was no answer, a stable word.
    pub last_error: Option<String>,
}

impl From<Delivery> for DeliveryRow {
    fn from(delivery: Delivery) -> Self {
        let waits = delivery.state == DeliveryState::Waiting;
        Self {
            message: delivery.message.into(),
            event: delivery.event.name().to_owned(),
            subject: delivery.subject,
            webhook: delivery.webhook.into(),
            state: delivery.state.name().to_owned(),
            attempts: delivery.attempts,
            next_at_ms: waits.then_some(delivery.next_at_ms),
            last_at_ms: delivery.last_at_ms,
            last_status: delivery.last_status,
            last_error: delivery.last_error,
        }
    }
}

impl Engine {
    /// Does what a command about webhooks asks.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub async fn execute_webhook(
        &self,
        command: WebhookCommand,
        actor: &Actor,
    ) -> Result<WebhookAnswer, DeliveryError> {
        Ok(match command {
            WebhookCommand::Add { url, events } => {
                let (webhook, secret) = self.create_webhook(&url, kinds(&events)?, actor).await?;
                WebhookAnswer::Added(webhook.into(), secret)
            }
            WebhookCommand::List => {
                WebhookAnswer::Webhooks(self.webhooks().await?.into_iter().map(WebhookRow::from).collect())
            }
            WebhookCommand::Disable { webhook } => {
                self.disable_webhook(&webhook, actor).await?;
                WebhookAnswer::Disabled
            }
            WebhookCommand::Test { webhook } => {
                WebhookAnswer::Tested(match self.test_webhook(&webhook).await? {
                    Receipt::Answered { status, .. } => Ok(status),
                    Receipt::Failed { code } => Err(code.to_owned()),
                })
            }
            WebhookCommand::Deliveries { dead, after } => {
                let state = dead.then_some(DeliveryState::Dead);
                let filter = DeliveryFilter { state, ..DeliveryFilter::default() };
                let page = self.deliveries(&filter, after, DELIVERIES_PAGE).await?;
                let full = page.len() >= DELIVERIES_PAGE as usize;
                let next = page.last().map(|delivery| delivery.number).filter(|_| full);
                WebhookAnswer::Deliveries(page.into_iter().map(DeliveryRow::from).collect(), next)
            }
            WebhookCommand::Replay { message, webhook } => {
                WebhookAnswer::Deliveries(self.replay(&message, webhook, actor).await?, None)
            }
        })
    }

    async fn replay(
        &self,
        message: &MessageId,
        webhook: Option<WebhookId>,
        actor: &Actor,
    ) -> Result<Vec<DeliveryRow>, DeliveryError> {
        if let Some(webhook) = webhook {
            return Ok(vec![self.replay_delivery(message, &webhook, actor).await?.into()]);
        }
        let filter = DeliveryFilter { message: Some(message.clone()), ..DeliveryFilter::default() };
        let deliveries = self.deliveries(&filter, 0, DELIVERIES_PAGE).await?;
        let (mut replayed, mut refused) = (Vec::new(), WebhookError::DeliveryNotFound);
        for delivery in deliveries {
            match self.replay_delivery(message, &delivery.webhook, actor).await {
                Ok(delivery) => replayed.push(delivery.into()),
                // One that waits, or whose webhook is disabled, does not keep the others from it.
                Err(DeliveryError::Webhook(
                    error @ (WebhookError::DeliveryWaiting | WebhookError::Disabled),
                )) => refused = error,
                Err(error) => return Err(error),
            }
        }
        if replayed.is_empty() { Err(refused.into()) } else { Ok(replayed) }
    }
}

fn kinds(names: &[String]) -> Result<Vec<EventKind>, DeliveryError> {
    let kind =
        |name: &String| EventKind::from_name(name).ok_or_else(|| DeliveryError::UnknownEvent(name.clone()));
    let mut kinds = names.iter().map(kind).collect::<Result<Vec<_>, _>>()?;
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}
