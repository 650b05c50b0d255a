use lamassu_case::{Evidence, Outcome, Policy, decide};
use lamassu_fingerprint::FINGERPRINT_VERSION;
use lamassu_store::{RecordError, Recorded, Store, StoredDecision};

use crate::samples::{AT_MS, evidence, item, item_id, policy, recording, stamp};

pub async fn a_decision_can_be_recomputed(store: &dyn Store) {
    let policy = policy(31);
    store.put_policy(&policy, &stamp()).await.expect("is kept");
    let evidence = evidence(&policy);
    let decision = decide(&policy, &evidence);
    assert_eq!((decision.outcome, decision.matches.len()), (Outcome::Review, 3));
    let recorded = store.record(&recording(item(1), &evidence, &decision), &stamp()).await.expect("is kept");
    assert_eq!(recorded, Recorded::New);

    let stored = store.decision(&item_id(1)).await.expect("reads").expect("is kept");
    let expected = StoredDecision { evidence, outcome: decision.outcome, decided_at_ms: AT_MS };
    assert_eq!(stored, expected);
    let version = stored.evidence.policy_version.parse().expect("a version");
    let text = store.policy(version).await.expect("reads").expect("is kept");
    let replayed = Policy::parse(&text).expect("it was valid when it was put");
    assert_eq!(decide(&replayed, &stored.evidence), decision);
    assert_eq!(store.item(&item_id(1)).await.expect("reads"), Some(item(1)));
}

pub async fn shares_come_back_to_the_last_bit(store: &dyn Store) {
    let policy = policy(31);
    store.put_policy(&policy, &stamp()).await.expect("is kept");
    let mut evidence = evidence(&policy);
    let sample = evidence.candidates[0].clone();
    evidence.candidates = (1..=500_u32)
        .map(|k| {
            let mut candidate = sample.clone();
            candidate.item_coverage = Some((f64::from(k) * 0.618_033_988_749_894_9).fract());
            candidate.entry_coverage = Some(1.0 / f64::from(k));
            candidate
        })
        .collect();
    let decision = decide(&policy, &evidence);
    store.record(&recording(item(1), &evidence, &decision), &stamp()).await.expect("is kept");
    let stored = store.decision(&item_id(1)).await.expect("reads").expect("is kept");
    assert_eq!(stored.evidence, evidence);
}

pub async fn an_item_is_decided_once(store: &dyn Store) {
    let policy = policy(31);
    store.put_policy(&policy, &stamp()).await.expect("is kept");
    let first = evidence(&policy);
    let second = Evidence::new(policy.version, FINGERPRINT_VERSION, 43);
    for (evidence, expected) in [(&first, Recorded::New), (&second, Recorded::Already)] {
        let decision = decide(&policy, evidence);
        let recorded =
            store.record(&recording(item(1), evidence, &decision), &stamp()).await.expect("is kept");
        assert_eq!(recorded, expected);
    }
    let stored = store.decision(&item_id(1)).await.expect("reads").expect("is kept");
    assert_eq!((stored.evidence, stored.outcome), (first, Outcome::Review));
    assert_eq!(store.audit(0, 10).await.expect("reads").len(), 2);
    assert_eq!(store.decision(&item_id(2)).await.expect("reads"), None);
    assert_eq!(store.item(&item_id(2)).await.expect("reads"), None);
}

pub async fn a_decision_needs_a_policy_that_is_kept(store: &dyn Store) {
    let policy = policy(31);
    let mut evidence = evidence(&policy);
    let decision = decide(&policy, &evidence);
    for _ in 0..2 {
        let refused =
            store.record(&recording(item(1), &evidence, &decision), &stamp()).await.expect_err("no policy");
        assert!(matches!(refused, RecordError::PolicyNotFound));
        "not a version".clone_into(&mut evidence.policy_version);
    }
    assert_eq!(store.item(&item_id(1)).await.expect("reads"), None);
    assert_eq!(store.audit(0, 10).await.expect("reads"), []);
}
