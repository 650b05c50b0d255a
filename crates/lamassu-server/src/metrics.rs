//! What the server counts and measures, in the text format of Prometheus.

use std::fmt::Write;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// The content type of the text format.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of durations, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 300.0];

/// Which requests.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    /// The method.
    pub method: String,
    /// The route's template, never the path itself.
    pub route: String,
    /// `2xx`, `4xx` and so on.
    pub status: String,
}

/// Which quota.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct QuotaLabels {
    /// `requests`, `lookups` or `account-items`.
    pub quota: String,
}

/// A counter for each kind of request.
pub type RequestCounter = Family<RequestLabels, Counter>;
/// A histogram for each kind of request.
pub type RequestHistogram = Family<RequestLabels, Histogram, fn() -> Histogram>;
/// A counter for each quota.
pub type QuotaCounter = Family<QuotaLabels, Counter>;
/// A whole number that goes both ways.
pub type Level = Gauge<u64, AtomicU64>;

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

/// Makes [`Metrics`] and its document from one list: the doc comment is the help text.
macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $field:ident: $type:ident = $name:literal;)+) => {
        /// Everything the server measures.
        #[derive(Debug)]
        pub struct Metrics {
            registry: Registry,
            $($(#[doc = $help])+ pub $field: $type,)+
        }

        impl Default for Metrics {
            fn default() -> Self {
                let mut registry = Registry::default();
                $(
                    let $field = <$type as Fresh>::fresh();
                    registry.register($name, concat!($($help),+).trim().trim_end_matches('.'), $field.clone());
                )+
                Self { registry, $($field),+ }
            }
        }

        /// Name, kind and help of each.
        const ROWS: &[(&str, &str, &str)] = &[$(($name, <$type as Fresh>::KIND, concat!($($help),+))),+];
    };
}

/// A metric that nothing was counted in, and what kind it is.
trait Fresh {
    const KIND: &'static str;
    fn fresh() -> Self;
}

impl Fresh for RequestCounter {
    const KIND: &'static str = "counter, by method, route, status";
    fn fresh() -> Self {
        Self::default()
    }
}

impl Fresh for RequestHistogram {
    const KIND: &'static str = "histogram, by method, route, status";
    fn fresh() -> Self {
        Self::new_with_constructor(seconds)
    }
}

impl Fresh for QuotaCounter {
    const KIND: &'static str = "counter, by quota";
    fn fresh() -> Self {
        Self::default()
    }
}

impl Fresh for Counter {
    const KIND: &'static str = "counter";
    fn fresh() -> Self {
        Self::default()
    }
}

impl Fresh for Level {
    const KIND: &'static str = "gauge";
    fn fresh() -> Self {
        Self::default()
    }
}

metrics! {
    /// Requests that were answered.
    requests: RequestCounter = "lamassu_http_requests";
    /// How long answers took.
    request_seconds: RequestHistogram = "lamassu_http_request_seconds";
    /// Requests that were refused because a quota was spent.
    limited: QuotaCounter = "lamassu_http_limited_requests";
    /// Fingerprints that were looked up.
    lookups: Counter = "lamassu_lookup_fingerprints";
    /// Looked up fingerprints with at least one hit.
    lookups_hit: Counter = "lamassu_lookup_hit_fingerprints";
    /// Answers that panicked; each is a defect.
    panics: Counter = "lamassu_http_panics";
    /// Connections that are open.
    connections: Level = "lamassu_http_connections";
    /// Connections that may be open at a time.
    connections_max: Level = "lamassu_http_connections_max";
    /// Connections that were refused because too many were open.
    connections_refused: Counter = "lamassu_http_refused_connections";
    /// Items that were let in and are not decided.
    queued: Level = "lamassu_intake_queued_items";
    /// Items that may be.
    queued_max: Level = "lamassu_intake_queued_items_max";
    /// Items that are being worked on.
    in_work: Level = "lamassu_intake_working_items";
    /// Items that may be.
    in_work_max: Level = "lamassu_intake_working_items_max";
    /// Messages that no relay has looked at yet, those that are not due among them.
    messages_unhanded: Level = "lamassu_delivery_unhanded_messages";
    /// Deliveries that wait for their first or next try.
    deliveries_waiting: Level = "lamassu_delivery_waiting_deliveries";
    /// Deliveries that were given up.
    deliveries_dead: Level = "lamassu_delivery_dead_deliveries";
    /// Hashes that are searched, removed ones included.
    index_hashes: Level = "lamassu_index_hashes";
    /// 1 if the server finds its own canary, else 0.
    ready: Level = "lamassu_engine_ready";
}

impl Metrics {
    /// The text of all of them as of now.
    pub fn text(&self) -> String {
        let mut text = String::new();
        text::encode(&mut text, &self.registry).expect("writing to a text does not fail");
        text
    }
}

/// docs/metrics.md.
pub fn document() -> String {
    let mut text = String::from(
        "# Metrics\n\n<!-- Written by `cargo xtask openapi`; the words are in crates/lamassu-server/src/metrics.rs. -->\n\n\
         `GET /metrics` answers in the text format of OpenMetrics to a key with the scope `metrics`, or without a key\n\
         at `metrics_listen`. Labels hold routes and methods, never content, fingerprints, names or ids.\n\n\
         | name | kind | meaning |\n|---|---|---|\n",
    );
    for (name, kind, help) in ROWS {
        let suffix = if kind.starts_with("counter") { "_total" } else { "" };
        writeln!(text, "| `{name}{suffix}` | {kind} | {} |", help.trim())
            .expect("writing to a text does not fail");
    }
    text
}
