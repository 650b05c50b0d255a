use futures_util::future::join_all;
use lamassu_case::{Entry, EntryMetadata};
use lamassu_store::{EntryError, EntryQuery, NewEntry, Store};

use crate::samples::{AT_MS, areas, bank_name, entry_id, fill, new_entry, stamp};

pub async fn an_entry_comes_back_as_added(store: &dyn Store) {
    let bank = fill(store, 0).await;
    let new = new_entry(&bank, 7);
    let added = store.add_entry(new.clone(), &stamp()).await.expect("is added");
    let entry = Entry {
        id: new.id,
        number: 1,
        bank: bank.clone(),
        medium: new.medium,
        digest: new.digest,
        size_bytes: new.size_bytes,
        duration_ms: new.duration_ms,
        fingerprint_version: new.fingerprint_version,
        metadata: new.metadata,
        added_at_ms: AT_MS,
    };
    assert_eq!((&added.entry, added.sequence, added.already), (&entry, 1, false));
    assert_eq!(store.entry(1).await.expect("exists"), entry);
    assert_eq!(store.entries(&bank, &EntryQuery::default(), 10).await.expect("reads"), [entry]);
}

pub async fn the_same_bytes_are_one_entry_of_a_bank(store: &dyn Store) {
    let bank = fill(store, 2).await;
    let mut twin = new_entry(&bank, 1);
    twin.id = entry_id(99);
    "Another title".clone_into(&mut twin.metadata.title);
    let added = store.add_entry(twin.clone(), &stamp()).await.expect("is known");
    assert!(added.already);
    assert_eq!((added.sequence, &added.entry.id), (1, &entry_id(1)));
    assert_eq!(store.sequence().await.expect("reads"), 2);
    assert_eq!(store.audit(0, 10).await.expect("reads").len(), 3, "a repetition is not an event");

    twin.bank = bank_name("wire");
    store.create_bank(&twin.bank, &stamp()).await.expect("the name is free");
    let elsewhere = store.add_entry(twin, &stamp()).await.expect("is new to this bank");
    assert!(!elsewhere.already);
}

pub async fn a_removed_entry_is_kept_but_gone(store: &dyn Store) {
    let bank = fill(store, 3).await;
    assert_eq!(store.remove_entry(&bank, &entry_id(2), None, &stamp()).await.expect("is removed"), 4);
    let numbers: Vec<u64> = store
        .entries(&bank, &EntryQuery::default(), 10)
        .await
        .expect("reads")
        .iter()
        .map(|entry| entry.number)
        .collect();
    assert_eq!(numbers, [1, 3]);
    assert_eq!(store.bank(&bank).await.expect("exists").entries, 2);
    assert_eq!(store.live_entries(0, 10).await.expect("reads").len(), 2);
    assert_eq!(store.entry(2).await.expect("evidence may name it").id, entry_id(2));

    let again = store.remove_entry(&bank, &entry_id(2), None, &stamp()).await.expect_err("is gone");
    assert!(matches!(again, EntryError::EntryNotFound));
    let mut back = new_entry(&bank, 2);
    back.id = entry_id(20);
    let back = store.add_entry(back, &stamp()).await.expect("may come again");
    assert_eq!((back.entry.number, back.sequence, back.already), (4, 5, false));
}

pub async fn unknown_banks_and_entries_are_not_found(store: &dyn Store) {
    let bank = fill(store, 1).await;
    let nobody = bank_name("nobody");
    let other = bank_name("other");
    store.create_bank(&other, &stamp()).await.expect("the name is free");
    let errors = [
        store.add_entry(new_entry(&nobody, 5), &stamp()).await.expect_err("no bank"),
        store.remove_entry(&nobody, &entry_id(1), None, &stamp()).await.expect_err("no bank"),
        store.entries(&nobody, &EntryQuery::default(), 10).await.expect_err("no bank"),
        store.remove_entry(&bank, &entry_id(5), None, &stamp()).await.expect_err("no entry"),
        store.remove_entry(&other, &entry_id(1), None, &stamp()).await.expect_err("another bank's entry"),
        store.entry(9).await.expect_err("no entry"),
        store.entry(u64::MAX).await.expect_err("no entry"),
    ];
    let codes = errors.each_ref().map(EntryError::code);
    assert_eq!(codes[..3], ["bank-not-found"; 3]);
    assert_eq!(codes[3..], ["entry-not-found"; 4]);
}

pub async fn entries_come_in_pages(store: &dyn Store) {
    let bank = fill(store, 5).await;
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = store.entries(&bank, &EntryQuery::after(after), 2).await.expect("reads");
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2);
        after = Some(last.number);
        seen.extend(page.iter().map(|entry| entry.number));
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    assert_eq!(store.entries(&bank, &EntryQuery::default(), 0).await.expect("reads"), []);
}

pub async fn concurrent_additions_each_take_a_number(store: &dyn Store) {
    let bank = fill(store, 0).await;
    let stamp = stamp();
    // Forty additions of twenty different files: each file wins once.
    let additions = (0..40).map(|k| {
        let mut entry = new_entry(&bank, k % 20);
        entry.id = entry_id(k);
        store.add_entry(entry, &stamp)
    });
    let added = join_all(additions).await;
    let mut sequences: Vec<u64> = added
        .into_iter()
        .map(|added| added.expect("is added"))
        .filter(|added| !added.already)
        .map(|added| added.sequence)
        .collect();
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=20).collect::<Vec<u64>>());
    assert_eq!(store.bank(&bank).await.expect("exists").entries, 20);
}

pub async fn what_people_say_is_replaced_and_the_log_keeps_what_they_said(store: &dyn Store) {
    let bank = fill(store, 2).await;
    let before = store.entry(1).await.expect("exists");
    let metadata = EntryMetadata { title: "Another title".to_owned(), ..EntryMetadata::default() };
    let changed = store.change_entry(&bank, &entry_id(1), &metadata, &stamp()).await.expect("is held");
    assert_eq!(changed, Entry { metadata, ..before.clone() });
    assert_eq!(store.entry(1).await.expect("exists"), changed);
    assert_eq!(store.sequence().await.expect("reads"), 2, "nothing else matches than before");
    let record = store.audit(3, 10).await.expect("reads").pop().expect("is noted");
    let detail: serde_json::Value = serde_json::from_str(&record.detail).expect("is JSON");
    assert_eq!((record.action.as_str(), record.subject.as_str()), ("entry.changed", entry_id(1).as_str()));
    assert_eq!(detail["before"]["title"], before.metadata.title);
    store.remove_entry(&bank, &entry_id(1), Some("banked by mistake"), &stamp()).await.expect("is removed");
    let record = store.audit(4, 10).await.expect("reads").pop().expect("is noted");
    assert!(record.detail.contains(r#""reason":"banked by mistake""#), "{record:?}");
    let gone = store.change_entry(&bank, &entry_id(1), &changed.metadata, &stamp()).await;
    assert!(matches!(gone, Err(EntryError::EntryNotFound)), "what was taken out stays as it was");
}

pub async fn an_entry_knows_whether_its_media_is_kept(store: &dyn Store) {
    let bank = fill(store, 1).await;
    let kept = NewEntry { media_size_bytes: Some(7), ..new_entry(&bank, 2) };
    store.add_entry(kept, &stamp()).await.expect("is added");
    let stored = store.entry_of_id(&entry_id(1)).await.expect("exists");
    assert_eq!((stored.media_kept, stored.removed), (false, false));
    store.remove_entry(&bank, &entry_id(2), None, &stamp()).await.expect("is removed");
    let stored = store.entry_of_id(&entry_id(2)).await.expect("exists");
    assert_eq!((stored.media_kept, stored.removed), (true, true));
    assert_eq!(stored.entry, store.entry(2).await.expect("exists"));
    assert_eq!(store.entry_areas(2).await.expect("reads"), areas(2));
    assert!(matches!(store.entry_of_id(&entry_id(9)).await, Err(EntryError::EntryNotFound)));
    assert!(matches!(store.entry_areas(9).await, Err(EntryError::EntryNotFound)));
}
