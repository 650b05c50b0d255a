use lamassu_case::audit::Verifier;
use lamassu_case::decide;
use lamassu_store::{Stamp, Store};

use crate::samples::{AT_MS, entry_id, evidence, fill, item, policy, recording, stamp};

pub async fn every_change_is_in_the_chain(store: &dyn Store) {
    assert_eq!(store.audit(0, 10).await.expect("reads"), []);
    let bank = fill(store, 1).await;
    let reviewer = Stamp { at_ms: AT_MS + 1, actor: "cli:reviewer".to_owned() };
    store.remove_entry(&bank, &entry_id(1), None, &reviewer).await.expect("is removed");
    let policy = policy(31);
    store.put_policy(&policy, &stamp()).await.expect("is kept");
    let evidence = evidence(&policy);
    store
        .record(&recording(item(1), &evidence, &decide(&policy, &evidence)), &stamp())
        .await
        .expect("is kept");

    let records = store.audit(0, 10).await.expect("reads");
    let actions: Vec<&str> = records.iter().map(|record| record.action.as_str()).collect();
    assert_eq!(actions, ["bank.created", "entry.added", "entry.removed", "policy.changed", "item.decided"]);
    assert_eq!((records[2].at_ms, records[2].actor.as_str()), (AT_MS + 1, "cli:reviewer"));
    assert_eq!(records[2].subject, entry_id(1).as_str());
    assert_eq!(records[2].detail, r#"{"bank":"news","number":1,"reason":null,"sequence":2}"#);
    let mut verifier = Verifier::default();
    for record in &records {
        verifier.check(record).expect("the chain holds");
    }
    assert_eq!(verifier.records, 5);
    assert_eq!(store.audit(1, 2).await.expect("reads"), records[1..3]);
    assert_eq!(store.audit(5, 2).await.expect("reads"), []);
}
