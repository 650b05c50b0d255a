//! Why webhooks or deliveries could not be looked after.

use lamassu_store::{JobsError, StorageError, VaultError, WebhookError};

use super::outward::OutwardError;

/// An operation on webhooks or deliveries failed.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The store refused.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// A secret could not be sealed or opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The jobs could not be kept.
    #[error(transparent)]
    Jobs(#[from] JobsError),
    /// The URL cannot be used.
    #[error(transparent)]
    Outward(#[from] OutwardError),
    /// A delivery's job came before its time; it is tried again.
    #[error("the delivery is not due yet")]
    Early,
    /// The system has no randomness to give.
    #[error("the system gives no random bytes")]
    NoRandomness(#[source] std::io::Error),
    /// A defect of the program: a task died.
    #[error("an internal task ended early; this is a defect, please report it")]
    TaskDied(#[source] tokio::task::JoinError),
}

impl From<StorageError> for DeliveryError {
    fn from(error: StorageError) -> Self {
        Self::Webhook(error.into())
    }
}

impl DeliveryError {
    /// The stable word for this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Webhook(error) => error.code(),
            Self::Vault(error) => error.code(),
            Self::Jobs(error) => error.code(),
            Self::Outward(error) => error.code(),
            Self::Early => "delivery-early",
            Self::NoRandomness(_) | Self::TaskDied(_) => "internal",
        }
    }
}
