//! Recording what was decided and what follows, in one transaction.

use std::collections::BTreeSet;
use std::sync::Arc;

use lamassu_case::{ActionKind, ActionOrigin, Decision, Evidence, Item, Medium, MessageId, Outcome, decide};
use lamassu_fingerprint::{FINGERPRINT_VERSION, ReadFrame};
use lamassu_media::Reading;
use lamassu_store::{
    EventKind, NewCase, NewMessage, RecordError, Recorded, Recording, RuleAction, Stamp, StoredSubmission,
};
use serde_json::json;

use crate::acting::{action_of, requested};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::intake::{Admission, Admitted, new_id};
use crate::near_miss::{self, Room};
use crate::news::CaseChange;
use crate::rising::Burst;

/// What became of an item.
#[derive(Debug)]
pub struct Done {
    /// What kind of content it is.
    pub medium: Medium,
    /// Length in milliseconds; 0 for what does not play.
    pub duration_ms: u32,
    /// What was decided.
    pub decision: Decision,
    /// Whether a part of it was missing or damaged.
    pub truncated: bool,
}

/// Keeps the item's fingerprints and metadata, the decision and its evidence, what follows, and the audit
/// record. Media is kept, sealed, where a person is to look at it, and dropped with `item` otherwise.
pub async fn record(
    engine: &Engine,
    (item, reading): (Admitted, Reading),
    (evidence, decision): (Evidence, Decision),
    burst: Burst<'_>,
) -> Result<Done, EngineError> {
    let Admitted { id, reference, content, received_at_ms, actor, submission, .. } = item;
    let stamp = engine.stamp(&actor);
    let item = Item {
        id,
        reference,
        medium: medium(&reading),
        digest: reading.digest,
        size_bytes: reading.size_bytes,
        duration_ms: reading.duration_ms,
        frames: reading.frames.iter().map(ReadFrame::upright).collect(),
        fingerprint_version: FINGERPRINT_VERSION.to_owned(),
        received_at_ms,
    };
    let room = if submission.is_some() { near_miss::room(engine, &decision).await? } else { Room::default() };
    let mut case = None;
    if room.is_there {
        case = Some(NewCase { id: new_id(), media_size_bytes: keep(engine, &item, content).await? });
    }
    let opened = case.as_ref().map(|case| case.id.clone()).zip(decision.case_kind());
    let (messages, action) = (Vec::new(), None);
    let recording = Recording { item, evidence, decision, case, rising: burst.members, messages, action };
    let (recording, recorded) = commit(engine, recording, submission.as_ref(), &stamp).await?;
    drop(room.alone);
    if let Some((case, kind)) = opened.filter(|_| recorded == Recorded::New) {
        engine.tell_case((&case, kind), 1, CaseChange::Opened);
    }
    let Recording { item, evidence, decision, .. } = recording;
    if let Some(it) = submission {
        engine.remember(it.number, it.received_at_ms, item.digest, item.frames);
    }
    drop(burst.alone);
    engine.wake_delivery();
    let truncated = evidence.truncated;
    Ok(Done { medium: item.medium, duration_ms: item.duration_ms, decision, truncated })
}

/// Commits a recording with what the platform is told and asked for. Where somebody took leave to act back while the
/// item was decided, people decide.
async fn commit(
    engine: &Engine,
    mut recording: Recording,
    submission: Option<&StoredSubmission>,
    stamp: &Stamp,
) -> Result<(Recording, Recorded), EngineError> {
    loop {
        if let Some(submission) = submission {
            // Nobody outside is told of a near miss: nothing known was found.
            let told = recording.case.as_ref().filter(|_| recording.decision.outcome >= Outcome::Review);
            recording.messages =
                messages(submission, &recording.item, (&recording.decision, told), stamp.at_ms);
            recording.action = action(submission, &recording, stamp.at_ms);
        }
        match engine.store.record(&recording, stamp).await {
            Err(RecordError::MandateEnded) if recording.action.is_some() => {
                recording.evidence.mandates.clear();
                recording.decision = decide(&engine.policy, &recording.evidence);
            }
            recorded => return Ok((recording, recorded?)),
        }
    }
}

/// What the platform is asked to do without a person; none of what does not act.
fn action(submission: &StoredSubmission, recording: &Recording, at_ms: i64) -> Option<RuleAction> {
    let Recording { item, evidence, decision, case, .. } = recording;
    let case = case.as_ref().filter(|_| decision.outcome == Outcome::Act)?;
    let id: MessageId = new_id();
    let approvals = decision.mandates.iter().flat_map(|mandate| &mandate.approvals);
    let data = json!({
        "action": id.as_str(),
        "kind": ActionKind::Disable.name(),
        "verdict": null,
        "case": case.id.as_str(),
        "item": item.id.as_str(),
        "reference": submission.details.reference,
        "account": submission.details.account,
        "by": ActionOrigin::Rule.name(),
        "policy_version": evidence.policy_version,
        "approvals": approvals.map(|approval| approval.number).collect::<Vec<_>>(),
    });
    let message = requested(id, item.id.as_str(), data, at_ms);
    Some(RuleAction { action: action_of(&message), message })
}

/// Keeps media for the reviewer, before anything says that it is kept. A post has none.
async fn keep(engine: &Engine, item: &Item, content: Admission) -> Result<Option<u64>, EngineError> {
    let Admission::Media(media) = content else { return Ok(None) };
    let (vault, id) = (Arc::clone(&engine.media), item.id.clone());
    let keeping = move || Ok(Some(vault.keep(&id, media.open().map_err(EngineError::Upload)?)?));
    tokio::task::spawn_blocking(keeping).await.map_err(EngineError::TaskDied)?
}

/// What webhooks are told. No distances, titles or entries: those are for reviewers.
pub fn messages(
    submission: &StoredSubmission,
    item: &Item,
    (decision, case): (&Decision, Option<&NewCase>),
    at_ms: i64,
) -> Vec<NewMessage> {
    let banks: BTreeSet<&str> = decision.matches.iter().map(|found| found.candidate.bank.as_str()).collect();
    let about = json!({
        "item": item.id.as_str(),
        "reference": submission.details.reference,
        "account": submission.details.account,
        "medium": item.medium.name(),
        "outcome": decision.outcome.name(),
        "banks": banks,
        "case": case.map(|case| case.id.as_str()),
    });
    let message = |event, subject: &str| NewMessage {
        id: new_id(),
        event,
        subject: subject.to_owned(),
        data: about.clone(),
        due_at_ms: at_ms,
    };
    let opened = case.map(|case| message(EventKind::CaseOpened, case.id.as_str()));
    std::iter::once(message(EventKind::ItemDecided, item.id.as_str())).chain(opened).collect()
}

/// The medium of a reading.
pub fn medium(reading: &Reading) -> Medium {
    Medium::from_name(reading.medium).expect("readings name a medium")
}
