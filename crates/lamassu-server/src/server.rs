//! The server: an engine, settings, and what all requests share.

use std::sync::Arc;

use lamassu_engine::{Engine, Stopwatch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::console::Console;
use crate::events::Watchers;
use crate::fault::Fault;
use crate::metrics::{Metrics, QuotaLabels};
use crate::quota::{Left, Quota};
use crate::settings::{Rates, ServerSettings};

/// Answers HTTP for one engine.
#[derive(Clone)]
pub struct Server {
    pub(crate) app: App,
}

/// What all requests share.
pub struct Shared {
    /// Does what is asked.
    pub engine: Arc<Engine>,
    /// What an administrator set.
    pub settings: ServerSettings,
    /// The pages that people work in.
    pub console: Console,
    /// What is counted.
    pub metrics: Metrics,
    /// What is left for whom.
    pub quotas: Quotas,
    /// Since the server started.
    pub watch: Stopwatch,
    /// Another one with every start.
    pub run_id: Uuid,
    /// Who watches for changes.
    pub watchers: Watchers,
    /// Cancelled when the server is about to end: what would go on for ever ends then.
    pub stopping: CancellationToken,
}

/// Shared by all requests.
pub type App = Arc<Shared>;

/// The quotas.
#[derive(Debug)]
pub struct Quotas {
    /// Requests by caller.
    pub requests: Quota,
    /// Fingerprints by caller.
    pub lookups: Quota,
    /// Items by caller and uploader's account.
    pub account_items: Quota,
}

impl Quotas {
    fn new(rates: &Rates) -> Self {
        Self {
            requests: Quota::new(rates.requests),
            lookups: Quota::new(rates.lookups),
            account_items: Quota::new(rates.account_items),
        }
    }
}

impl Server {
    /// A server for `engine`, with the console that was built with it; it answers once it is given a listener.
    pub fn new(engine: Arc<Engine>, settings: ServerSettings) -> Self {
        Self::with_console(engine, settings, Console::embedded())
    }

    /// The same with another console.
    pub fn with_console(engine: Arc<Engine>, settings: ServerSettings, console: Console) -> Self {
        let metrics = Metrics::default();
        metrics.connections_max.set(settings.limits.connections_max as u64);
        let quotas = Quotas::new(&settings.rates);
        let watch = Stopwatch::start();
        let (run_id, watchers, stopping) = (Uuid::now_v7(), Watchers::default(), CancellationToken::new());
        let shared = Shared { engine, settings, console, metrics, quotas, watch, run_id, watchers, stopping };
        Self { app: Arc::new(shared) }
    }
}

impl Shared {
    /// Takes `count` of a quota for `sender`.
    ///
    /// # Errors
    /// [`crate::codes::Code::RateLimited`].
    pub fn take(&self, name: &str, quota: &Quota, sender: &str, count: u32) -> Result<Left, Fault> {
        quota.take(sender, count, self.watch.elapsed()).map_err(|spent| {
            self.metrics.limited.get_or_create(&QuotaLabels { quota: name.to_owned() }).inc();
            Fault::spent(spent)
        })
    }
}
