use lamassu_fingerprint::Digest;
use lamassu_store::Store;

use crate::samples::{policy, stamp};

pub async fn policies_are_kept_by_version(store: &dyn Store) {
    let (first, second) = (policy(20), policy(31));
    for policy in [&first, &first, &second, &first] {
        store.put_policy(policy, &stamp()).await.expect("is kept");
    }
    assert_eq!(store.policy(first.version).await.expect("reads"), Some(first.text));
    assert_eq!(store.policy(second.version).await.expect("reads"), Some(second.text));
    assert_eq!(store.policy(Digest([7; 32])).await.expect("reads"), None);
    let changes = store.audit(0, 10).await.expect("reads");
    let subjects: Vec<&str> = changes.iter().map(|record| record.subject.as_str()).collect();
    let (first, second) = (first.version.to_string(), second.version.to_string());
    assert_eq!(subjects, [&first, &second, &first], "the current policy again is no change");
}
