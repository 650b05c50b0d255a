use lamassu_case::{Submission, decide};
use lamassu_store::{
    AcceptError, Accepted, Content, NewSubmission, Store, SubmissionFailure, SubmissionState,
};

use crate::samples::{AT_MS, evidence, item, item_id, policy, recording, stamp};

/// A file under an idempotency key of its own.
fn submission(k: u64) -> NewSubmission {
    let bytes = format!("file {k}").into_bytes();
    NewSubmission {
        item: item_id(k),
        sender: "key:example".to_owned(),
        details: Submission {
            reference: format!("upload-{k}"),
            hashtags: vec!["nature".to_owned()],
            idempotency_key: Some(format!("once-{k}")),
            ..Submission::default()
        },
        content: Content::file(&bytes),
        bytes: Some(bytes),
    }
}

pub async fn what_is_let_in_waits_with_its_bytes(store: &dyn Store) {
    for k in 1..=3 {
        let accepted = store.accept(&submission(k), &stamp()).await.expect("is kept");
        assert_eq!(accepted, Accepted::New { number: k });
    }
    assert_eq!(store.queued_count().await.expect("reads"), 3);
    let queued = store.queued(1, 10).await.expect("reads");
    assert_eq!(queued.len(), 2);
    assert_eq!(queued[0].bytes, submission(2).bytes);
    let kept = &queued[0].submission;
    assert_eq!((&kept.details, &kept.content), (&submission(2).details, &submission(2).content));
    assert_eq!((kept.number, kept.received_at_ms, kept.state), (2, AT_MS, SubmissionState::Queued));
    assert_eq!(store.submission(&item_id(2)).await.expect("reads").as_ref(), Some(kept));
    assert_eq!(store.submission(&item_id(9)).await.expect("reads"), None);
}

pub async fn the_same_key_is_the_same_item(store: &dyn Store) {
    store.accept(&submission(1), &stamp()).await.expect("is kept");
    let again = NewSubmission { item: item_id(2), ..submission(1) };
    let accepted = store.accept(&again, &stamp()).await.expect("is known");
    assert_eq!(accepted, Accepted::Already { item: item_id(1) });
    // The same key for something else is a mistake of the sender's, and told.
    let mut other = again.clone();
    "another".clone_into(&mut other.details.reference);
    let refused = store.accept(&other, &stamp()).await.expect_err("is something else");
    assert!(matches!(refused, AcceptError::KeyReused));
    let other = NewSubmission { content: Content::file(b"other bytes"), ..again.clone() };
    assert_eq!(
        store.accept(&other, &stamp()).await.expect_err("other bytes").code(),
        "idempotency-key-reused"
    );
    // Another sender's keys are another matter.
    let other = NewSubmission { sender: "key:other".to_owned(), ..again };
    assert_eq!(store.accept(&other, &stamp()).await.expect("is kept"), Accepted::New { number: 2 });
    assert_eq!(store.audit(0, 10).await.expect("reads").len(), 2);
}

pub async fn a_submission_ends_once(store: &dyn Store) {
    for k in 1..=2 {
        store.accept(&submission(k), &stamp()).await.expect("is kept");
    }
    let policy = policy(31);
    store.put_policy(&policy, &stamp()).await.expect("is kept");
    let evidence = evidence(&policy);
    let decided = recording(item(1), &evidence, &decide(&policy, &evidence));
    store.record(&decided, &stamp()).await.expect("is kept");
    let failure = SubmissionFailure { code: "malformed".to_owned(), message: "cut off".to_owned() };
    for k in [1, 2, 2] {
        store.fail_submission(&item_id(k), &failure, &stamp()).await.expect("is told");
    }
    let state = async |k| {
        let submission = store.submission(&item_id(k)).await.expect("reads").expect("is kept");
        (submission.state, submission.failure)
    };
    assert_eq!(state(1).await, (SubmissionState::Decided, None));
    assert_eq!(state(2).await, (SubmissionState::Failed, Some(failure)));
    assert_eq!(store.queued(0, 10).await.expect("reads"), []);
    assert_eq!(store.queued_count().await.expect("reads"), 0);
    let audit = store.audit(0, 10).await.expect("reads");
    let actions: Vec<&str> = audit.iter().map(|record| record.action.as_str()).collect();
    assert_eq!(actions, ["item.accepted", "item.accepted", "policy.changed", "item.decided", "item.failed"]);
}
