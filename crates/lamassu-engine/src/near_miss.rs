//! Near misses: items in which something known nearly is. A few a day are shown to people, in a queue of their own, so
//! that a disguise shows before it works, and one request makes the item an entry.

use lamassu_case::{CaseKind, Decision};
use tokio::sync::MutexGuard;

use crate::cases::day_of;
use crate::engine::Engine;
use crate::error::EngineError;

/// Whether there is room for a case.
#[derive(Debug, Default)]
pub struct Room<'a> {
    /// Whether one may be opened.
    pub is_there: bool,
    /// Until it is recorded nobody else opens a near miss, so that the policy's number holds.
    pub alone: Option<MutexGuard<'a, ()>>,
}

/// The room for a case of this decision: none where nobody is to look, or today's near misses are full.
pub async fn room<'a>(engine: &'a Engine, decision: &Decision) -> Result<Room<'a>, EngineError> {
    match decision.case_kind() {
        None => Ok(Room::default()),
        Some(CaseKind::Review) => Ok(Room { is_there: true, alone: None }),
        Some(CaseKind::NearMiss) => {
            let alone = engine.opening_near_miss.lock().await;
            let today_ms = day_of(engine.clock.now_ms());
            let opened = engine.store.opened_cases(CaseKind::NearMiss, today_ms).await?;
            let is_there = opened < u64::from(engine.policy.near_miss.cases_a_day);
            Ok(Room { is_there, alone: Some(alone) })
        }
    }
}
