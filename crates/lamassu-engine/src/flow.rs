//! The whole way of one item, on one screen.

use lamassu_case::decide;
use lamassu_index::Filter;

use crate::act::Done;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::intake::Arrival;
use crate::{act, acting, intake, matches, read, rising};

/// Takes one item through the whole flow. Safe to repeat: an item is decided once per id.
///
/// # Errors
/// [`EngineError`]; the item is then neither decided nor kept, and nothing else is affected.
pub async fn run(engine: &Engine, arrival: Arrival, filter: &Filter) -> Result<Done, EngineError> {
    let item = intake::admit(engine, arrival).await?; // limits, kind, sealed copy
    let mut read = read::fingerprint(engine, &item, filter).await?; // decode and fingerprint, in the jail
    let mut evidence = matches::find(engine, &item, &mut read, filter).await?; // match
    let burst = rising::observe(engine, &item, &read.reading, &mut evidence).await?; // what no bank knows yet
    acting::lend(engine, item.submission.as_ref(), &mut evidence).await?; // leave to act, where people gave it
    let decision = decide(&engine.policy, &evidence); // pure, in lamassu-case
    act::record(engine, (item, read.reading), (evidence, decision), burst).await // item, case, messages: all or nothing
}
