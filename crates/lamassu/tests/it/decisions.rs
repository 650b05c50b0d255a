//! A decision can be recomputed from what the store kept.

use lamassu_case::{ItemId, Policy, decide};
use lamassu_store::{SqliteStore, Store};

use crate::Workplace;
use crate::pictures::png;

#[tokio::test]
async fn every_stored_decision_recomputes_to_itself() {
    let place = Workplace::with_bank();
    place.write("a.png", &png(1));
    place.write("b.png", &png(2));
    place.run(["bank", "add", "known", "a.png"]).expect_status(0);
    place.check(&[&place.path("a.png"), &place.path("b.png")]);
    // A later policy does not change what an earlier decision rests on.
    fs_err::write(place.data().join("policy.toml"), "[default]\nradius_bits = 3\n").expect("written");
    place.check(&[&place.path("a.png")]);

    let store = SqliteStore::open(&place.data().join("lamassu.db")).await.expect("opened");
    let records = store.audit(0, 1000).await.expect("read");
    let mut outcomes = Vec::new();
    for record in records.iter().filter(|record| record.action == "item.decided") {
        let id: ItemId = record.subject.parse().expect("an id");
        let stored = store.decision(&id).await.expect("read").expect("kept");
        let version = stored.evidence.policy_version.parse().expect("a version");
        let text = store.policy(version).await.expect("read").expect("kept");
        let again = decide(&Policy::parse(&text).expect("valid"), &stored.evidence);
        assert_eq!(again.outcome, stored.outcome);
        outcomes.push(again.outcome.name());
        let item = store.item(&id).await.expect("read").expect("kept");
        assert!(!item.frames.is_empty(), "fingerprints are kept");
    }
    // Files are checked side by side, so the first two may be recorded in either order.
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["none", "review", "review"]);
    // Media is never kept.
    assert_eq!(fs_err::read_dir(place.data().join("tmp")).expect("read").count(), 0);
}
