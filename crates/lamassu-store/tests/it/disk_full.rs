//! No room left.

use lamassu_case::audit::Verifier;
use lamassu_store::{EntryError, NewEntry, SqliteOptions, SqliteStore, StorageError, Store};

use crate::samples::{database, entry_id, fill, frames, new_entry, stamp};

/// Enough for the tables, an entry or two and their audit records.
const PAGES_MAX: u32 = 120;

/// As many frames as fill several pages.
const FRAMES: u32 = 500;

#[tokio::test]
async fn a_full_disk_loses_nothing_and_does_not_stop_for_good() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = SqliteOptions { size_pages_max: Some(PAGES_MAX) };
    let store = SqliteStore::open_with(&database(&folder), options).await.expect("opens");
    let bank = fill(&store, 1).await;
    let large = |k| NewEntry { frames: frames(k, FRAMES), ..new_entry(&bank, k) };

    let mut kept = 1;
    let full = loop {
        match store.add_entry(large(kept + 1), &stamp()).await {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < u64::from(PAGES_MAX), "the limit is not kept");
    };
    assert!(matches!(full, EntryError::Storage(StorageError::DiskFull(_))), "{full:?}");
    assert_eq!((full.code(), full.to_string().as_str()), ("disk-full", "the disk is full"));
    assert_whole(&store, kept).await;

    // Still full, each time, and never another error.
    for _ in 0..3 {
        let again = store.add_entry(large(kept + 1), &stamp()).await.expect_err("is still full");
        assert_eq!(again.code(), "disk-full", "{again:?}");
    }
    // What needs no new page still works on the same store.
    store.remove_entry(&bank, &entry_id(1), None, &stamp()).await.expect("needs no room");
    assert_eq!(store.sequence().await.expect("reads"), kept + 1);
    store.close().await;

    let store = SqliteStore::open(&database(&folder)).await.expect("opens with room");
    let added = store.add_entry(large(kept + 1), &stamp()).await.expect("there is room again");
    assert_eq!(added.sequence, kept + 2, "failed attempts took no number");
    assert_whole(&store, kept).await;
}

/// Entries, changes and audit log tell the same.
async fn assert_whole(store: &SqliteStore, live: u64) {
    assert_eq!(store.live_entries(0, 100).await.expect("reads").len() as u64, live);
    let changes = store.changes(0, 100).await.expect("reads");
    assert!((1..).zip(&changes).all(|(sequence, change)| change.sequence == sequence));
    let mut verifier = Verifier::default();
    for record in store.audit(0, 100).await.expect("reads") {
        verifier.check(&record).expect("the chain holds");
    }
    assert_eq!(verifier.records, 1 + changes.len() as u64);
}
