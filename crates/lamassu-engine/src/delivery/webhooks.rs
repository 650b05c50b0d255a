//! Looking after webhooks and deliveries.

use lamassu_case::{MessageId, WebhookId};
use lamassu_store::{Delivery, DeliveryCounts, DeliveryFilter, EventKind, NewWebhook, Webhook, WebhookError};

use super::attempt::{open_secret, secret_context};
use super::courier::{Courier, HttpCourier, Receipt};
use super::error::DeliveryError;
use super::message::{self, Letter};
use super::outward::{Outward, check_url};
use crate::engine::{Actor, Engine};
use crate::intake::new_id;
use crate::secret::Secret;

/// Most deliveries in one answer.
pub const DELIVERIES_PAGE: u32 = 500;

/// The type of a message that only tests a webhook. Nobody subscribes to it.
pub const TEST_EVENT: &str = "webhook.test";

impl Engine {
    /// Adds a webhook for these events, or for all if there are none. Its secret is given this once.
    ///
    /// # Errors
    /// [`DeliveryError`], among them for a URL that nothing would be sent to.
    pub async fn create_webhook(
        &self,
        url: &str,
        events: Vec<EventKind>,
        actor: &Actor,
    ) -> Result<(Webhook, Secret), DeliveryError> {
        let url = check_url(url, &self.outward_settings.allow_private_targets)?;
        let secret = message::new_secret().map_err(DeliveryError::NoRandomness)?;
        let id: WebhookId = new_id();
        let sealed_secret = self.vault.seal(&secret_context(&id), secret.reveal().as_bytes())?;
        let origin = url.origin().ascii_serialization();
        let new = NewWebhook { id, url: url.into(), origin, events, sealed_secret };
        let webhook = self.store.create_webhook(new, &self.stamp(actor)).await?;
        Ok((webhook, secret))
    }

    /// All webhooks, also disabled ones, in the order in which they were added.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, DeliveryError> {
        Ok(self.store.webhooks().await?)
    }

    /// Disables a webhook: nothing is sent there any more, and what waits for it ends.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub async fn disable_webhook(&self, id: &WebhookId, actor: &Actor) -> Result<(), DeliveryError> {
        Ok(self.store.disable_webhook(id, &self.stamp(actor)).await?)
    }

    /// A page of deliveries by number: at most [`DELIVERIES_PAGE`] of those after `after`.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Delivery>, DeliveryError> {
        Ok(self.store.deliveries(filter, after, limit.min(DELIVERIES_PAGE)).await?)
    }

    /// How much is on its way.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub async fn delivery_counts(&self) -> Result<DeliveryCounts, DeliveryError> {
        Ok(self.store.delivery_counts().await?)
    }

    /// Has a delivery that is over sent again, under the same message id.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub async fn replay_delivery(
        &self,
        message: &MessageId,
        webhook: &WebhookId,
        actor: &Actor,
    ) -> Result<Delivery, DeliveryError> {
        let delivery = self.store.replay_delivery(message, webhook, &self.stamp(actor)).await?;
        self.delivering.replayed();
        Ok(delivery)
    }

    /// Sends a message that only tests a webhook, once and at once, and gives what came of it.
    ///
    /// # Errors
    /// [`DeliveryError`].
    pub async fn test_webhook(&self, id: &WebhookId) -> Result<Receipt, DeliveryError> {
        self.test_webhook_through(id, &HttpCourier::new(self.outward()?)).await
    }

    /// As [`Engine::test_webhook`], with another courier.
    ///
    /// # Errors
    /// As [`Engine::test_webhook`].
    pub async fn test_webhook_through(
        &self,
        id: &WebhookId,
        courier: &dyn Courier,
    ) -> Result<Receipt, DeliveryError> {
        let webhooks = self.store.webhooks().await?;
        let webhook = webhooks.into_iter().find(|webhook| webhook.id == *id).ok_or(WebhookError::NotFound)?;
        if webhook.disabled.is_some() {
            return Err(WebhookError::Disabled.into());
        }
        let secret = open_secret(self, id, &self.store.sealed_secret(id).await?)?;
        let (message, now_ms): (MessageId, i64) = (new_id(), self.clock.now_ms());
        let letter = Letter {
            id: message.as_str(),
            event: TEST_EVENT,
            created_at_ms: now_ms,
            data: "{\"test\":true}",
        };
        let request = message::request(letter, &webhook.url, &secret, now_ms);
        let request = request.ok_or(lamassu_store::VaultError::Refused)?;
        Ok(courier.send(request).await)
    }

    /// The way out, to public addresses and those that the settings open.
    ///
    /// # Errors
    /// [`DeliveryError::Outward`].
    pub fn outward(&self) -> Result<Outward, DeliveryError> {
        Ok(Outward::new(&self.outward_settings.allow_private_targets)?)
    }
}
