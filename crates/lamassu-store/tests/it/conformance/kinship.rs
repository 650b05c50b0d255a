use lamassu_case::{BankName, Method, Segment};
use lamassu_fingerprint::{Bits256, Frame, ReadFrame, View};
use lamassu_store::{NewEntry, NewKin, Store};

use crate::samples::{bank_name, entry_id, new_entry, stamp};

fn frames() -> Vec<ReadFrame> {
    let bits = [0, 1, 2, 3, 4, 5, 6, 7].map(|turn| Bits256([turn, 2, 3, 4]));
    vec![Frame { start_ms: 0, end_ms: 500, view: View::Full, quality: 90, bits }]
}

/// Adds the `k`-th entry, which plays; answers its number.
async fn release(store: &dyn Store, bank: &BankName, k: u64) -> u64 {
    let entry = NewEntry { duration_ms: 10_000, kin: frames(), ..new_entry(bank, k) };
    store.add_entry(entry, &stamp()).await.expect("is added").entry.number
}

fn shared(other: u64, method: Method) -> NewKin {
    let segment = Segment {
        item_start_ms: 1_000,
        item_end_ms: 4_000,
        entry_start_ms: 0,
        entry_end_ms: 3_000,
        frames: 6,
        distance_bits: 12,
        place: None,
    };
    NewKin { other, method, segments: vec![segment] }
}

async fn bank(store: &dyn Store, name: &str) -> BankName {
    let bank = bank_name(name);
    store.create_bank(&bank, &stamp()).await.expect("is made");
    bank
}

pub async fn what_plays_waits_to_be_compared(store: &dyn Store) {
    let bank = bank(store, "known").await;
    store.add_entry(new_entry(&bank, 1), &stamp()).await.expect("is added");
    let number = release(store, &bank, 2).await;
    let waiting = store.waiting_kin_searches(10).await.expect("reads");
    assert_eq!((waiting.len(), waiting[0].entry, &waiting[0].frames), (1, number, &frames()));
    assert_eq!(store.kin_waiting(&bank).await.expect("reads"), 1);
    store.finish_kin_search(number, &[], &stamp()).await.expect("is kept");
    assert!(store.waiting_kin_searches(10).await.expect("reads").is_empty());
    assert_eq!(store.kin_waiting(&bank).await.expect("reads"), 0);
    // What is taken out is waited for no more.
    release(store, &bank, 3).await;
    store.remove_entry(&bank, &entry_id(3), None, &stamp()).await.expect("is taken out");
    assert_eq!(store.kin_waiting(&bank).await.expect("reads"), 0);
}

pub async fn what_entries_share_is_told_of_both_banks(store: &dyn Store) {
    let (known, other) = (bank(store, "known").await, bank(store, "other").await);
    let first = release(store, &known, 1).await;
    let second = release(store, &other, 2).await;
    let third = release(store, &known, 3).await;
    let kin = [shared(first, Method::Frames), shared(first, Method::Sound), shared(second, Method::Frames)];
    store.finish_kin_search(third, &kin, &stamp()).await.expect("is kept");
    // A search that was cut off after it had written begins anew, and tells nothing twice.
    store.finish_kin_search(third, &kin, &stamp()).await.expect("is kept");
    let told = store.kin_of_bank(&known, 10).await.expect("reads");
    let pairs: Vec<_> = told.iter().map(|kin| (&kin.entry, &kin.other, kin.method)).collect();
    let (one, two, three) = (entry_id(1), entry_id(2), entry_id(3));
    let expected =
        [(&three, &one, Method::Frames), (&three, &one, Method::Sound), (&three, &two, Method::Frames)];
    assert_eq!(pairs, expected);
    assert_eq!(told[0].segments, kin[0].segments);
    assert_eq!(store.kin_of_bank(&known, 1).await.expect("reads").len(), 1);
    assert_eq!(store.kin_of_bank(&other, 10).await.expect("reads").len(), 1);
    assert!(store.kin_of_bank(&bank_name("nowhere"), 10).await.expect("reads").is_empty());
    store.remove_entry(&known, &one, None, &stamp()).await.expect("is taken out");
    assert_eq!(store.kin_of_bank(&known, 10).await.expect("reads").len(), 1);
}
