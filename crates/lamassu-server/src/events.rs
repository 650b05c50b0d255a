//! Live updates: what changed just now, as server-sent events for pages that are open.
//!
//! Nothing is repeated: whoever connects reads anew what it shows. So a watcher that is too slow is cut off
//! and connects again.

mod watchers;

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderName;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use lamassu_case::Scope;
use lamassu_engine::{BankChange, CaseChange, News};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::time::Interval;

use crate::access::Caller;
use crate::fault::Fault;
use crate::server::App;

use watchers::Place;
pub use watchers::Watchers;

/// Between two comments that keep the connection from being taken for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Between two looks at whether the caller may still watch.
const CHECK: Duration = Duration::from_secs(1);
/// How long a browser waits before it connects again.
const RETRY: Duration = Duration::from_secs(2);

/// One who watches.
struct Watching {
    app: App,
    caller: Caller,
    news: Receiver<News>,
    check: Interval,
    _place: Place,
}

/// Tells what changes, as it changes: `hello` first, then `case` and `bank`. Ends with the session or key.
#[utoipa::path(get, path = "/api/v1/events", tag = "cases", operation_id = "events",
    responses((status = 200, description = "Events for as long as the connection lasts.", content_type = "text/event-stream", body = String)))]
pub async fn events(State(app): State<App>, caller: Caller) -> Result<Response, Fault> {
    let place = app.watchers.enter(&caller.actor.0, app.settings.limits.caller_watchers_max)?;
    let hello = event("hello", &json!({ "server": app.run_id.to_string() })).retry(RETRY);
    let stopping = app.stopping.clone();
    let news = app.engine.watch();
    let watching = Watching { app, caller, news, check: tokio::time::interval(CHECK), _place: place };
    let told = stream::once(async { hello }).chain(stream::unfold(watching, Watching::next));
    let told = told.take_until(stopping.cancelled_owned()).map(Ok::<_, Infallible>);
    Ok(answer(told))
}

fn answer(told: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    let heartbeat = KeepAlive::new().interval(HEARTBEAT);
    // Proxies must pass events on as they come.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    (unbuffered, Sse::new(told).keep_alive(heartbeat)).into_response()
}

impl Watching {
    /// The next event that the caller may see; none once they may watch no more, or were too slow.
    async fn next(mut self) -> Option<(Event, Self)> {
        loop {
            let news = tokio::select! {
                _ = self.check.tick() => None,
                news = self.news.recv() => Some(news.ok()?),
            };
            if !self.caller.is_still_let_in(&self.app) {
                return None;
            }
            if let Some(event) = news.and_then(|news| self.event(&news)) {
                return Some((event, self));
            }
        }
    }

    fn event(&self, news: &News) -> Option<Event> {
        match news {
            News::Case { case, kind, version, change } => {
                let (state, change) = match change {
                    CaseChange::Opened => ("open", "opened"),
                    CaseChange::Decided => ("decided", "decided"),
                    CaseChange::Reopened => ("open", "reopened"),
                    CaseChange::Changed => ("open", "changed"),
                };
                let data = json!({
                    "case": case.as_str(),
                    "kind": kind.name(),
                    "version": version,
                    "state": state,
                    "change": change,
                });
                Some(event("case", &data))
            }
            News::Bank { bank, change } => {
                let change = match change {
                    BankChange::Created => "created",
                    BankChange::EntryAdded => "entry-added",
                    BankChange::EntryChanged => "entry-changed",
                    BankChange::EntryRemoved => "entry-removed",
                    BankChange::LookingBack => "looking-back",
                    BankChange::LookedBack => "looked-back",
                    BankChange::Compared => "compared",
                    BankChange::Acting => "acting",
                };
                let seen = self.caller.may(Scope::BanksRead);
                seen.then(|| event("bank", &json!({ "bank": bank.as_str(), "change": change })))
            }
        }
    }
}

fn event(name: &str, data: &Value) -> Event {
    // JSON as it is written here has no line breaks.
    Event::default().event(name).data(data.to_string())
}
