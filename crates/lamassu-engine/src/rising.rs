//! Rising: a new release has no entry yet, but near-identical items of several accounts come in at once.

use std::collections::{BTreeMap, BTreeSet};

use lamassu_case::{Evidence, Rising, decide};
use lamassu_fingerprint::View;
use lamassu_index::Filter;
use lamassu_media::Reading;
use lamassu_store::RisingItem;
use tokio::sync::MutexGuard;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::intake::Admitted;

/// Most items of a burst that are looked up when its case is opened; more of them only count.
const MEMBERS_MAX: usize = 500;

/// What an item rises with.
#[derive(Debug, Default)]
pub struct Burst<'a> {
    /// Its members, if it is told of in a case, this item included.
    pub members: Vec<RisingItem>,
    /// Until it is recorded nobody else opens a case for the same burst.
    pub alone: Option<MutexGuard<'a, ()>>,
}

/// Notes in `evidence` what came in lately near an item in which nothing known was found.
pub async fn observe<'a>(
    engine: &'a Engine,
    item: &Admitted,
    reading: &Reading,
    evidence: &mut Evidence,
) -> Result<Burst<'a>, EngineError> {
    let Some(submission) = &item.submission else { return Ok(Burst::default()) };
    let near = near_items(engine, submission.number, reading);
    // This item counts, too.
    if near.len() + 1 < engine.policy.rising.items_min.max(2) as usize {
        return Ok(Burst::default());
    }
    let known = decide(&engine.policy, evidence);
    // What is known to be legitimate may be shared by as many as like it.
    if !known.matches.is_empty() || known.is_context() {
        return Ok(Burst::default());
    }
    let alone = Some(engine.opening_burst.lock().await);
    let since_ms = item.received_at_ms - engine.policy.rising.window_ms();
    let mut members = vec![RisingItem {
        item: item.id.clone(),
        account: submission.details.account.clone(),
        received_at_ms: item.received_at_ms,
    }];
    let mut counted = 1;
    for number in near.into_iter().rev() {
        counted += 1;
        if members.len() < MEMBERS_MAX
            && let Some(recent) = engine.store.recent_item(number).await?
        {
            if recent.received_at_ms < since_ms {
                counted -= 1;
                continue;
            }
            let (account, received_at_ms) = (recent.account, recent.received_at_ms);
            members.push(RisingItem { item: recent.item, account, received_at_ms });
        }
    }
    let times = members.iter().map(|member| member.received_at_ms);
    let accounts: BTreeSet<&str> = members.iter().filter_map(|member| member.account.as_deref()).collect();
    let rising = Rising {
        items: counted,
        accounts: accounts.len() as u32,
        first_seen_ms: times.clone().min().unwrap_or(item.received_at_ms),
        last_seen_ms: times.max().unwrap_or(item.received_at_ms),
        case: None,
    };
    if !engine.policy.rising.is_case(&rising) {
        return Ok(Burst::default());
    }
    let items: Vec<_> = members.iter().map(|member| member.item.clone()).collect();
    let case = engine.store.rising_case_of(&items).await?;
    evidence.rising = Some(Rising { case, ..rising });
    Ok(Burst { members, alone })
}

/// The items near this one that are in sight, by number. Of what plays, half of the moments must be near: an intro
/// that many share makes no burst.
fn near_items(engine: &Engine, own: u64, reading: &Reading) -> BTreeSet<u64> {
    let policy = &engine.policy.rising;
    if policy.items_min == 0 {
        return BTreeSet::new();
    }
    let quality_min = engine.policy.quality_min_lowest();
    let snapshot = engine.recent.snapshot();
    let mut moments: BTreeMap<u64, BTreeSet<u32>> = BTreeMap::new();
    let (mut hits, mut asked) = (Vec::new(), BTreeSet::new());
    // Plain pictures are alike too soon to be a burst, and what is inside many pictures may be an application's own.
    let is_clear =
        |view: View, quality: u8| view != View::Plain && !view.is_panel() && quality >= quality_min;
    for frame in reading.frames.iter().filter(|frame| is_clear(frame.view, frame.quality)) {
        asked.insert(frame.start_ms);
        for bits in frame.bits {
            hits.clear();
            snapshot.search(bits, policy.radius_bits, &Filter::AllBanks, &mut hits);
            for hit in hits.iter().filter(|hit| is_clear(hit.view, hit.quality) && hit.entry != own) {
                moments.entry(hit.entry).or_default().insert(frame.start_ms);
            }
        }
    }
    moments.retain(|_, near| 2 * near.len() >= asked.len());
    moments.into_keys().collect()
}
