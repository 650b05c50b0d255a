//! Asking whether fingerprints are known. Answered from memory: no database, no file.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use lamassu_engine::{LookupHit, LookupQuery};
use lamassu_fingerprint::{Bits256, Digest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::codes::Code;
use crate::entries::name;
use crate::extract::Json;
use crate::fault::{Fault, insert_left};
use crate::server::App;

/// A fingerprint to look up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// A PDQ hash: 64 hexadecimal digits.
    pub pdq: Option<String>,
    /// SHA-256 of a file, instead: 64 hexadecimal digits.
    pub sha256: Option<String>,
    /// Only in this bank.
    pub bank: Option<String>,
}

/// Fingerprints to look up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookupBatch {
    /// PDQ hashes: 64 hexadecimal digits each.
    pub pdq: Vec<String>,
    /// Only in this bank.
    pub bank: Option<String>,
}

/// What is known of a fingerprint.
#[derive(Debug, Serialize, ToSchema)]
pub struct Found {
    /// Entries within their bank's radius, nearest first; empty if nothing is known.
    pub matches: Vec<HitView>,
}

/// What is known of each fingerprint.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundBatch {
    /// In the order of the request.
    pub results: Vec<Found>,
}

/// A known entry near a fingerprint.
#[derive(Debug, Serialize, ToSchema)]
pub struct HitView {
    /// Its bank.
    pub bank: String,
    /// Its id.
    pub entry: String,
    /// Differing bits, 0 to 256.
    pub distance_bits: Option<u32>,
}

impl From<LookupHit> for HitView {
    fn from(hit: LookupHit) -> Self {
        Self { bank: hit.bank.into(), entry: hit.entry.into(), distance_bits: hit.distance_bits }
    }
}

/// Looks up one fingerprint.
#[utoipa::path(post, path = "/api/v1/lookup", tag = "lookup", operation_id = "lookup", request_body = Lookup,
    responses((status = 200, description = "What is known of it.", body = Found)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    Json(asked): Json<Lookup>,
) -> Result<Response, Fault> {
    let query = match (&asked.pdq, &asked.sha256) {
        (Some(pdq), None) => LookupQuery::Pdq(bits(pdq, || "pdq".to_owned())?),
        (None, Some(sha256)) => LookupQuery::Sha256(digest(sha256)?),
        _ => return Err(Fault::new(Code::FieldInvalid).field("pdq").reason("either pdq or sha256")),
    };
    let (mut results, left) = find(&app, &caller, &[query], asked.bank.as_deref()).await?;
    let found = results.pop().ok_or_else(|| Fault::internal("a lookup was answered by nothing"))?;
    let mut response = axum::Json(found).into_response();
    insert_left(response.headers_mut(), left);
    Ok(response)
}

/// Looks up many fingerprints at once.
#[utoipa::path(post, path = "/api/v1/lookup/batch", tag = "lookup", operation_id = "lookup_batch", request_body = LookupBatch,
    responses((status = 200, description = "What is known of each.", body = FoundBatch)))]
pub async fn batch(
    State(app): State<App>,
    caller: Caller,
    Json(asked): Json<LookupBatch>,
) -> Result<Response, Fault> {
    if asked.pdq.is_empty() || asked.pdq.len() > app.settings.limits.batch_lookups_max as usize {
        return Err(Fault::new(Code::BatchTooLarge).field("pdq"));
    }
    let read = asked
        .pdq
        .iter()
        .enumerate()
        .map(|(at, text)| bits(text, || format!("pdq[{at}]")).map(LookupQuery::Pdq));
    let read: Vec<LookupQuery> = read.collect::<Result<_, _>>()?;
    let (results, left) = find(&app, &caller, &read, asked.bank.as_deref()).await?;
    let mut response = axum::Json(FoundBatch { results }).into_response();
    insert_left(response.headers_mut(), left);
    Ok(response)
}

fn bits(text: &str, field: impl FnOnce() -> String) -> Result<Bits256, Fault> {
    text.parse().map_err(|_| Fault::new(Code::FingerprintInvalid).field(field()))
}

fn digest(text: &str) -> Result<Digest, Fault> {
    text.parse().map_err(|_| Fault::new(Code::FingerprintInvalid).field("sha256"))
}

async fn find(
    app: &App,
    caller: &Caller,
    queries: &[LookupQuery],
    bank: Option<&str>,
) -> Result<(Vec<Found>, crate::quota::Left), Fault> {
    let bank = bank.map(name).transpose()?;
    let left = app.take("lookups", &app.quotas.lookups, &caller.actor.0, queries.len() as u32)?;
    let hits = app.engine.lookup(queries, bank.as_ref()).await?;
    let found = |hits: Vec<LookupHit>| Found { matches: hits.into_iter().map(HitView::from).collect() };
    let results: Vec<Found> = hits.into_iter().map(found).collect();
    app.metrics.lookups.inc_by(results.len() as u64);
    let hit = results.iter().filter(|found| !found.matches.is_empty()).count();
    app.metrics.lookups_hit.inc_by(hit as u64);
    Ok((results, left))
}
