//! `lamassu webhook …`

use std::path::Path;

use clap::Subcommand;
use lamassu_case::{MessageId, WebhookId};
use lamassu_engine::delivery::{DeliveryRow, WebhookAnswer, WebhookCommand, WebhookRow};
use lamassu_engine::{Answer, Command, Failure};
use serde_json::json;

use crate::access::Access;
use crate::output::{Output, plain};
use crate::{EXIT_FAILED, EXIT_NOTHING};

#[derive(Debug, Subcommand)]
pub enum WebhookVerb {
    /// Add a receiver of messages; its secret is shown this once
    Add {
        /// Where messages are posted: http or https
        url: String,
        /// Send only this kind of event; may be given several times
        #[arg(long = "event", value_name = "EVENT")]
        events: Vec<String>,
    },
    /// List the webhooks
    List,
    /// Send nothing more to a webhook, and end what waits for it
    Disable {
        /// Its id, as `webhook list` prints it
        webhook: WebhookId,
    },
    /// Send a webhook a message that only tests it
    Test {
        /// Its id, as `webhook list` prints it
        webhook: WebhookId,
    },
    /// List what was sent, what waits and what was given up
    Deliveries {
        /// Only what was given up
        #[arg(long)]
        dead: bool,
    },
    /// Send a message again, under its id
    Replay {
        /// Its id, as `webhook deliveries` prints it
        message: MessageId,
        /// To this webhook only
        #[arg(long, value_name = "ID")]
        webhook: Option<WebhookId>,
    },
}

/// Carries out a `webhook` command.
pub async fn run(data: &Path, verb: WebhookVerb, output: &Output) -> Result<u8, Failure> {
    let access = Access::open(data, "lamassu webhook").await?;
    let done = match verb {
        WebhookVerb::Add { url, events } => ask(&access, WebhookCommand::Add { url, events }, output).await,
        WebhookVerb::List => ask(&access, WebhookCommand::List, output).await,
        WebhookVerb::Disable { webhook } => ask(&access, WebhookCommand::Disable { webhook }, output).await,
        WebhookVerb::Test { webhook } => ask(&access, WebhookCommand::Test { webhook }, output).await,
        WebhookVerb::Deliveries { dead } => deliveries(&access, dead, output).await,
        WebhookVerb::Replay { message, webhook } => {
            ask(&access, WebhookCommand::Replay { message, webhook }, output).await
        }
    };
    access.close().await;
    done
}

async fn ask(access: &Access, command: WebhookCommand, output: &Output) -> Result<u8, Failure> {
    let answer = access.execute(Command::Webhook(command), None).await?;
    output.answer(&answer);
    Ok(match answer {
        Answer::Webhook(WebhookAnswer::Tested(Ok(200..=299))) => EXIT_NOTHING,
        Answer::Webhook(WebhookAnswer::Tested(_)) => EXIT_FAILED,
        _ => EXIT_NOTHING,
    })
}

async fn deliveries(access: &Access, dead: bool, output: &Output) -> Result<u8, Failure> {
    let mut after = 0;
    loop {
        let command = Command::Webhook(WebhookCommand::Deliveries { dead, after });
        let answer = access.execute(command, None).await?;
        output.answer(&answer);
        match answer {
            Answer::Webhook(WebhookAnswer::Deliveries(_, Some(next))) => after = next,
            _ => return Ok(EXIT_NOTHING),
        }
    }
}

/// The lines of an answer, as JSON.
pub fn json_lines(answer: &WebhookAnswer) -> Vec<String> {
    match answer {
        WebhookAnswer::Added(webhook, secret) => {
            vec![json!({ "webhook": webhook, "secret": secret }).to_string()]
        }
        WebhookAnswer::Webhooks(rows) => rows.iter().map(|row| json!(row).to_string()).collect(),
        WebhookAnswer::Disabled => Vec::new(),
        WebhookAnswer::Tested(Ok(status)) => vec![json!({ "status": status, "error": null }).to_string()],
        WebhookAnswer::Tested(Err(code)) => vec![json!({ "status": null, "error": code }).to_string()],
        WebhookAnswer::Deliveries(rows, _) => rows.iter().map(|row| json!(row).to_string()).collect(),
    }
}

/// The lines of an answer, for reading.
pub fn human_lines(answer: &WebhookAnswer) -> Vec<String> {
    match answer {
        WebhookAnswer::Added(webhook, secret) => vec![
            format!("added  {}  {}", webhook.webhook, plain(&webhook.url)),
            format!("secret {}", secret.reveal()),
            "Give the secret to the receiver now: it is not shown again.".to_owned(),
        ],
        WebhookAnswer::Webhooks(rows) => rows.iter().map(describe_webhook).collect(),
        WebhookAnswer::Disabled => Vec::new(),
        WebhookAnswer::Tested(Ok(status)) => vec![format!("answered {status}")],
        WebhookAnswer::Tested(Err(code)) => vec![format!("failed  {code}")],
        WebhookAnswer::Deliveries(rows, _) => rows.iter().map(describe_delivery).collect(),
    }
}

fn describe_webhook(row: &WebhookRow) -> String {
    let state = match &row.disabled_because {
        Some(because) => format!("disabled ({because})"),
        None => "enabled".to_owned(),
    };
    let events = if row.events.is_empty() { "all events".to_owned() } else { row.events.join(", ") };
    format!("{}  {state}  {events}  {}", row.webhook, plain(&row.url))
}

fn describe_delivery(row: &DeliveryRow) -> String {
    let last = match (row.last_status, &row.last_error) {
        (Some(status), _) => format!("  last {status}"),
        (None, Some(code)) => format!("  last {code}"),
        (None, None) => String::new(),
    };
    format!(
        "{}  {:<9} {:<16} {}  attempts {}{last}  {}",
        row.message,
        row.state,
        row.event,
        row.webhook,
        row.attempts,
        plain(&row.subject)
    )
}
