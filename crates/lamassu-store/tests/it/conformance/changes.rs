use lamassu_store::{Change, ChangeKind, EntryFingerprints, Store};

use crate::samples::{entry_id, fill, new_entry, stamp};

pub async fn the_feed_has_every_change_without_gaps(store: &dyn Store) {
    assert_eq!(store.sequence().await.expect("reads"), 0);
    let bank = fill(store, 3).await;
    store.remove_entry(&bank, &entry_id(1), None, &stamp()).await.expect("is removed");
    store.add_entry(new_entry(&bank, 4), &stamp()).await.expect("is added");
    store.remove_entry(&bank, &entry_id(3), None, &stamp()).await.expect("is removed");
    store.add_entry(new_entry(&bank, 2), &stamp()).await.expect("is known");
    store.remove_entry(&bank, &entry_id(1), None, &stamp()).await.expect_err("is gone");

    let added = |number| {
        let NewEntryParts { digest, frames } = parts(&bank, number);
        ChangeKind::Added(EntryFingerprints { number, bank: bank.clone(), digest, frames })
    };
    let kinds = [
        added(1),
        added(2),
        added(3),
        ChangeKind::Removed { number: 1 },
        added(4),
        ChangeKind::Removed { number: 3 },
    ];
    let expected: Vec<Change> = (1..).zip(kinds).map(|(sequence, kind)| Change { sequence, kind }).collect();
    assert_eq!(store.changes(0, 100).await.expect("reads"), expected);
    assert_eq!(store.changes(2, 2).await.expect("reads"), expected[2..4]);
    assert_eq!(store.changes(6, 100).await.expect("reads"), []);
    assert_eq!(store.changes(u64::MAX, 100).await.expect("reads"), []);
    assert_eq!(store.sequence().await.expect("reads"), 6);
}

struct NewEntryParts {
    digest: lamassu_fingerprint::Digest,
    frames: Vec<lamassu_fingerprint::StoredFrame>,
}

fn parts(bank: &lamassu_case::BankName, k: u64) -> NewEntryParts {
    let entry = new_entry(bank, k);
    NewEntryParts { digest: entry.digest, frames: entry.frames }
}

pub async fn live_entries_are_what_is_not_removed(store: &dyn Store) {
    let bank = fill(store, 4).await;
    store.remove_entry(&bank, &entry_id(2), None, &stamp()).await.expect("is removed");
    let first = store.live_entries(0, 2).await.expect("reads");
    let rest = store.live_entries(first[1].number, 2).await.expect("reads");
    let live: Vec<(u64, _)> =
        first.into_iter().chain(rest).map(|entry| (entry.number, entry.frames)).collect();
    assert_eq!(live, [1, 3, 4].map(|number| (number, new_entry(&bank, number).frames)));
    assert_eq!(store.live_entries(4, 2).await.expect("reads"), []);
}

pub async fn an_entry_may_have_no_frames(store: &dyn Store) {
    let bank = fill(store, 0).await;
    let mut entry = new_entry(&bank, 1);
    entry.frames.clear();
    store.add_entry(entry, &stamp()).await.expect("is added");
    assert_eq!(store.live_entries(0, 2).await.expect("reads")[0].frames, []);
    assert!(matches!(&store.changes(0, 2).await.expect("reads")[0].kind, ChangeKind::Added(_)));
}
