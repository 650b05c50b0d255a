//! Messages to webhooks: what goes out, to whom, and how far it got.

use async_trait::async_trait;
use lamassu_case::{MessageId, WebhookId};

use crate::storage::StorageError;
use crate::store::Stamp;

/// Most webhooks that are not disabled.
pub const WEBHOOKS_MAX: u32 = 50;

/// Most deliveries that are forgotten in one transaction.
pub const FORGOTTEN_MAX: u32 = 1_000;

/// What a message tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// An item was decided by the policy.
    ItemDecided,
    /// A case was opened.
    CaseOpened,
    /// A person decided, and the platform is asked to do something with an item.
    ActionRequested,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::ItemDecided, Self::CaseOpened, Self::ActionRequested];

    /// The word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::ItemDecided => "item.decided",
            Self::CaseOpened => "case.opened",
            Self::ActionRequested => "action.requested",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A message that is to go out.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMessage {
    /// Its id; the action's id if it asks for one.
    pub id: MessageId,
    /// What it tells.
    pub event: EventKind,
    /// The id of what it is about.
    pub subject: String,
    /// Its data, as it goes out.
    pub data: serde_json::Value,
    /// Before this it is not sent, milliseconds since 1970.
    pub due_at_ms: i64,
}

/// Somebody who wants messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where messages are posted.
    pub url: String,
    /// Which it wants; empty for all.
    pub events: Vec<EventKind>,
    /// When it was added, milliseconds since 1970.
    pub created_at_ms: i64,
    /// Set when nothing is sent there any more.
    pub disabled: Option<Disabled>,
}

/// Since when and why a webhook gets nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disabled {
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// `person`, or `gone` when the receiver said so.
    pub because: String,
}

/// A webhook that is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    /// Its id.
    pub id: WebhookId,
    /// Where messages are posted.
    pub url: String,
    /// The part of the URL that the audit log may name: scheme, host and port.
    pub origin: String,
    /// Which messages it wants; empty for all.
    pub events: Vec<EventKind>,
    /// Its secret, sealed by [`crate::Vault`].
    pub sealed_secret: Vec<u8>,
}

/// How far a message got on its way to one webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// To be sent, for the first time or again.
    Waiting,
    /// The receiver said that it has it.
    Delivered,
    /// Given up; a person can have it sent again.
    Dead,
}

impl DeliveryState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Dead];

    /// The word in columns and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A message on its way to one webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Grows with every delivery; for pages.
    pub number: u64,
    /// The message.
    pub message: MessageId,
    /// What it tells.
    pub event: EventKind,
    /// The id of what it is about.
    pub subject: String,
    /// The receiver.
    pub webhook: WebhookId,
    /// How far it got.
    pub state: DeliveryState,
    /// Grows with every change of this delivery.
    pub turn: u32,
    /// How often it was tried.
    pub attempts: u32,
    /// How many of these were before a person had it sent again.
    pub attempts_before: u32,
    /// When it is tried next while it waits, milliseconds since 1970.
    pub next_at_ms: i64,
    /// When it was last tried, milliseconds since 1970.
    pub last_at_ms: Option<i64>,
    /// What the receiver answered last.
    pub last_status: Option<u16>,
    /// Why there was no answer, a stable word.
    pub last_error: Option<String>,
}

/// Everything that one attempt needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// How far it got.
    pub delivery: Delivery,
    /// The message's data, JSON as it goes out.
    pub data: String,
    /// When the message was made, milliseconds since 1970.
    pub created_at_ms: i64,
    /// Where it goes.
    pub url: String,
    /// The webhook's secret, sealed.
    pub sealed_secret: Vec<u8>,
}

/// Which deliveries are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only those in this state.
    pub state: Option<DeliveryState>,
    /// Only those of this message.
    pub message: Option<MessageId>,
    /// Only those to this webhook.
    pub webhook: Option<WebhookId>,
}

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The receiver has it.
    Delivered,
    /// It is tried again at this time, milliseconds since 1970.
    Again {
        /// When.
        at_ms: i64,
    },
    /// That was the last try.
    GivenUp,
    /// The receiver wants nothing any more: it is disabled, and all that waits for it ends.
    Gone,
}

/// An attempt that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempted {
    /// The message.
    pub message: MessageId,
    /// The receiver.
    pub webhook: WebhookId,
    /// The turn that the attempt was made in; in a later one it is not recorded.
    pub turn: u32,
    /// What the receiver answered.
    pub status: Option<u16>,
    /// Why there was no answer, a stable word.
    pub error: Option<String>,
    /// What follows.
    pub outcome: AttemptOutcome,
}

/// How much is on its way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryCounts {
    /// Messages that no relay has looked at yet, those that are not due among them.
    pub unhanded: u64,
    /// Deliveries that wait for their first or next try.
    pub waiting: u64,
    /// Deliveries that were given up.
    pub dead: u64,
    /// For when the most overdue delivery was planned, milliseconds since 1970.
    pub oldest_at_ms: Option<i64>,
}

/// A webhook or a delivery could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// There are as many as there may be.
    #[error("there are {WEBHOOKS_MAX} webhooks, which is the most; disable one first")]
    TooMany,
    /// No webhook has this id.
    #[error("there is no webhook of this id")]
    NotFound,
    /// It was disabled, so nothing can be sent there.
    #[error("the webhook is disabled")]
    Disabled,
    /// This message never went to this webhook.
    #[error("there is no delivery of this message to this webhook")]
    DeliveryNotFound,
    /// It is still on its way.
    #[error("the delivery is still waiting to be sent")]
    DeliveryWaiting,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl WebhookError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooMany => "webhooks-too-many",
            Self::NotFound => "webhook-not-found",
            Self::Disabled => "webhook-disabled",
            Self::DeliveryNotFound => "delivery-not-found",
            Self::DeliveryWaiting => "delivery-waiting",
            Self::Storage(error) => error.code(),
        }
    }
}

impl From<sqlx::Error> for WebhookError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// Messages, their receivers, and how far each got.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Appends a message that tells of no change of the store; those that do are appended by the change.
    ///
    /// # Errors
    /// [`StorageError`], also when the id is taken.
    async fn append_message(&self, message: &NewMessage, at_ms: i64) -> Result<(), StorageError>;

    /// Takes a message back; false when it was handed over already, or is on its way to a webhook.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn withdraw_message(&self, id: &MessageId, at_ms: i64) -> Result<bool, StorageError>;

    /// Messages that are due at `now_ms`, neither handed over nor withdrawn, the earliest first.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn due_messages(&self, now_ms: i64, limit: u32) -> Result<Vec<MessageId>, StorageError>;

    /// Makes a delivery of a message to every enabled webhook that wants it, if there is none yet, and
    /// gives all of its deliveries that wait. None for a withdrawn message; from now on it cannot be.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn address_message(&self, id: &MessageId, now_ms: i64) -> Result<Vec<Delivery>, StorageError>;

    /// Notes that every delivery of a message was handed to the jobs. A message that nobody wants is forgotten.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn mark_handed(&self, id: &MessageId, at_ms: i64) -> Result<(), StorageError>;

    /// Adds a webhook.
    ///
    /// # Errors
    /// [`WebhookError::TooMany`]; [`WebhookError::Storage`].
    async fn create_webhook(&self, webhook: NewWebhook, stamp: &Stamp) -> Result<Webhook, WebhookError>;

    /// All webhooks, also disabled ones, in the order in which they were added.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn webhooks(&self) -> Result<Vec<Webhook>, StorageError>;

    /// The sealed secret of a webhook.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`]; [`WebhookError::Storage`].
    async fn sealed_secret(&self, id: &WebhookId) -> Result<Vec<u8>, WebhookError>;

    /// Disables a webhook because a person asked for it, and ends all that waits for it.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`]; [`WebhookError::Disabled`] when it is; [`WebhookError::Storage`].
    async fn disable_webhook(&self, id: &WebhookId, stamp: &Stamp) -> Result<(), WebhookError>;

    /// A page of deliveries by number: those after `after`.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Delivery>, StorageError>;

    /// What waits and was to be tried before `before_ms`, a page by number.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn overdue(&self, before_ms: i64, after: u64, limit: u32) -> Result<Vec<Delivery>, StorageError>;

    /// All that an attempt at a delivery needs; none if there is no such delivery.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn parcel(&self, message: &MessageId, webhook: &WebhookId) -> Result<Option<Parcel>, StorageError>;

    /// Keeps what an attempt came to and gives the delivery as it then stands; none when the delivery has
    /// moved on since the attempt began, and nothing is written.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn settle(&self, attempted: &Attempted, stamp: &Stamp) -> Result<Option<Delivery>, StorageError>;

    /// Has a delivery that is over sent again, at once and with the whole schedule before it.
    ///
    /// # Errors
    /// [`WebhookError::DeliveryNotFound`]; [`WebhookError::DeliveryWaiting`]; [`WebhookError::Disabled`];
    /// [`WebhookError::Storage`].
    async fn replay_delivery(
        &self,
        message: &MessageId,
        webhook: &WebhookId,
        stamp: &Stamp,
    ) -> Result<Delivery, WebhookError>;

    /// Forgets messages that every webhook got before `before_ms`, the oldest first, and gives how many
    /// deliveries that were, at most [`FORGOTTEN_MAX`]. What was given up stays, so that it can be sent again,
    /// unless its webhook is disabled.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn forget_delivered(&self, before_ms: i64) -> Result<u64, StorageError>;

    /// How much is on its way.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn delivery_counts(&self) -> Result<DeliveryCounts, StorageError>;
}
