use lamassu_case::{EntryMetadata, Medium};
use lamassu_fingerprint::{Bits256, Digest, Frame, ReadFrame, StoredFrame, View};
use lamassu_store::{
    ChangeKind, EntryError, EntryQuery, HeldHash, NewHash, NewHashes, Store, WaitingLookBack,
};
use serde_json::Value;

use crate::samples::{bank_name, entry_id, fill, new_entry, stamp};

fn hash(k: u64) -> NewHash {
    let bits = Bits256([k, 2, 3, 4]);
    let frame = StoredFrame { start_ms: 0, end_ms: 0, view: View::Full, quality: 77, bits: [bits] };
    NewHash {
        id: entry_id(1_000 + k),
        medium: Medium::Image,
        digest: Digest::standing_for(bits),
        frame: Some(frame),
        metadata: EntryMetadata { title: format!("\"{k}\", 'Example'\n"), ..EntryMetadata::default() },
    }
}

fn list(hashes: Vec<NewHash>) -> NewHashes {
    let (bank, lines) = (bank_name("news"), Digest::of(b"lines"));
    NewHashes { bank, hashes, fingerprint_version: "pdq-1".to_owned(), lines }
}

fn new(number: u64) -> HeldHash {
    HeldHash { number, already: false }
}

fn already(number: u64) -> HeldHash {
    HeldHash { number, already: true }
}

pub async fn hashes_become_entries_in_one_step(store: &dyn Store) {
    let bank = fill(store, 2).await;
    assert_eq!(bank, bank_name("news"));
    let of_bytes = NewHash { frame: None, digest: Digest::of(b"film"), medium: Medium::Video, ..hash(2) };
    let held = store.add_hashes(list(vec![hash(1), of_bytes]), &stamp()).await.expect("are added");
    assert_eq!(held, [new(3), new(4)]);
    let entries = store.entries(&bank, &EntryQuery::after(Some(2)), 10).await.expect("reads");
    assert_eq!((&entries[0].id, entries[0].number, entries[0].size_bytes), (&entry_id(1_001), 3, 0));
    assert_eq!(entries[0].metadata, hash(1).metadata);
    assert_eq!((entries[0].digest, entries[1].digest), (hash(1).digest, Digest::of(b"film")));
    assert_eq!((entries[1].medium, entries[1].fingerprint_version.as_str()), (Medium::Video, "pdq-1"));
    assert!(!store.entry_of_id(&entry_id(1_001)).await.expect("is there").media_kept);
    let changes = store.changes(2, 10).await.expect("reads");
    assert_eq!(changes.iter().map(|change| change.sequence).collect::<Vec<_>>(), [3, 4]);
    let ChangeKind::Added(first) = &changes[0].kind else { panic!("{changes:?}") };
    assert_eq!((first.number, first.frames.as_slice()), (3, hash(1).frame.as_slice()));
    let live = store.live_entries(2, 10).await.expect("reads");
    assert_eq!((live.len(), live[1].frames.len()), (2, 0));
    // What is added alone goes on from there.
    assert_eq!(store.add_entry(new_entry(&bank, 9), &stamp()).await.expect("is added").sequence, 5);
}

pub async fn a_hash_is_one_entry_of_a_bank(store: &dyn Store) {
    let bank = fill(store, 0).await;
    let twice = store.add_hashes(list(vec![hash(1), hash(2), hash(1)]), &stamp()).await.expect("are added");
    assert_eq!(twice, [new(1), new(2), already(1)]);
    let again = NewHash { id: entry_id(9), ..hash(3) };
    let held = store.add_hashes(list(vec![hash(2), again.clone()]), &stamp()).await.expect("are added");
    assert_eq!(held, [already(2), new(3)]);
    assert_eq!(
        store.add_hashes(list(vec![hash(2), again]), &stamp()).await.expect("known"),
        [already(2), already(3)]
    );
    assert_eq!(store.sequence().await.expect("reads"), 3);
    store.remove_entry(&bank, &entry_id(1_002), None, &stamp()).await.expect("is removed");
    let back = NewHash { id: entry_id(20), ..hash(2) };
    assert_eq!(store.add_hashes(list(vec![back]), &stamp()).await.expect("may come again"), [new(4)]);
    assert_eq!(store.add_hashes(list(Vec::new()), &stamp()).await.expect("nothing is added"), []);
    // The same file as an addition, and as a hash.
    let file = new_entry(&bank, 7);
    store.add_entry(file.clone(), &stamp()).await.expect("is added");
    let of_file = NewHash { digest: file.digest, ..hash(7) };
    assert_eq!(store.add_hashes(list(vec![of_file]), &stamp()).await.expect("is known"), [already(5)]);
}

pub async fn a_list_has_one_record_in_the_log(store: &dyn Store) {
    let bank = fill(store, 0).await;
    store.add_hashes(list(vec![hash(1), hash(2), hash(2)]), &stamp()).await.expect("are added");
    store.add_hashes(list(vec![hash(1)]), &stamp()).await.expect("is known");
    let records = store.audit(1, 10).await.expect("reads");
    assert_eq!(records.len(), 1, "a repetition is not an event");
    assert_eq!(
        (records[0].action.as_str(), records[0].subject.as_str()),
        ("entries.imported", bank.as_str())
    );
    let detail: Value = serde_json::from_str(&records[0].detail).expect("particulars are JSON");
    let told = ["added", "already", "first_number", "first_sequence"].map(|field| detail[field].as_u64());
    assert_eq!(told, [Some(2), Some(1), Some(1), Some(1)]);
    assert_eq!(detail["lines_sha256"], Digest::of(b"lines").to_string());
    let nobody = NewHashes { bank: bank_name("nobody"), ..list(vec![hash(3)]) };
    let refused = store.add_hashes(nobody, &stamp()).await.expect_err("no bank");
    assert!(matches!(refused, EntryError::BankNotFound));
}

pub async fn hashes_are_looked_for_once(store: &dyn Store) {
    fill(store, 0).await;
    store.add_hashes(list(vec![hash(1), hash(2)]), &stamp()).await.expect("are added");
    let frame: ReadFrame =
        Frame { start_ms: 0, end_ms: 0, view: View::Full, quality: 77, bits: [Bits256([2, 2, 3, 4]); 8] };
    let wanted = [WaitingLookBack { entry: 2, frames: vec![frame] }];
    store.ask_for_look_backs(&wanted).await.expect("is noted");
    assert_eq!(store.waiting_look_backs(10).await.expect("reads"), wanted);
    store.finish_look_back(2, 3, &stamp()).await.expect("is noted");
    store.ask_for_look_backs(&wanted).await.expect("was looked for");
    assert_eq!(store.waiting_look_backs(10).await.expect("reads"), []);
    assert_eq!(store.look_back(2).await.expect("reads").expect("was asked for").items, 3);
    assert_eq!(store.look_back(1).await.expect("reads"), None);
}
