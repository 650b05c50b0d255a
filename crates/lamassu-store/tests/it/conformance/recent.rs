use lamassu_case::{CaseId, CaseKind, Decision, Evidence, Policy, Submission, decide};
use lamassu_fingerprint::{Bits256, Frame, ReadFrame, View};
use lamassu_store::{
    Accepted, Content, LookBackProgress, NewCase, NewEntry, NewSubmission, Reconsidered, Reconsidering,
    Recording, RisingCounts, RisingItem, Stamp, Store,
};

use crate::samples::{
    AT_MS, bank_name, evidence, frames, item, item_id, new_entry, policy, recording, stamp,
};

fn case_id(k: u64) -> CaseId {
    format!("22222222-0000-7000-8000-{k:012x}").parse().expect("a valid id")
}

fn at(at_ms: i64) -> Stamp {
    Stamp { at_ms, ..stamp() }
}

/// Lets an item in at this time and decides it: nothing was found.
async fn decided(store: &dyn Store, k: u64, at_ms: i64) {
    let details = Submission {
        reference: format!("upload-{k}"),
        account: Some(format!("account-{}", k % 2)),
        ..Submission::default()
    };
    let content = Content::file(&k.to_le_bytes());
    let (item_id, sender) = (item_id(k), "key:example".to_owned());
    let new = NewSubmission { item: item_id, sender, details, content, bytes: None };
    assert_eq!(store.accept(&new, &at(at_ms)).await.expect("is kept"), Accepted::New { number: k });
    let policy = policy(31);
    store.put_policy(&policy, &stamp()).await.expect("is kept");
    let nothing = Evidence { candidates: Vec::new(), ..evidence(&policy) };
    let recorded = recording(item(k), &nothing, &decide(&policy, &nothing));
    store.record(&recorded, &at(at_ms)).await.expect("is kept");
}

/// An entry that is to be looked for.
async fn look_for(store: &dyn Store) -> (u64, Vec<ReadFrame>) {
    let bank = bank_name("known");
    store.create_bank(&bank, &stamp()).await.expect("is made");
    let bits = [0, 1, 2, 3, 4, 5, 6, 7].map(|turn| Bits256([turn, 2, 3, 4]));
    let looked_for = vec![Frame { start_ms: 0, end_ms: 0, view: View::Full, quality: 90, bits }];
    let entry = NewEntry { look_back: looked_for.clone(), ..new_entry(&bank, 1) };
    (store.add_entry(entry, &stamp()).await.expect("is added").entry.number, looked_for)
}

fn again(k: u64, entry: u64) -> Reconsidering {
    let policy = policy(31);
    let evidence = evidence(&policy);
    let decision: Decision = decide(&policy, &evidence);
    let case = NewCase { id: case_id(k), media_size_bytes: None };
    Reconsidering { item: item_id(k), evidence, decision, case, messages: Vec::new(), entry }
}

pub async fn what_came_in_lately_is_read_by_time(store: &dyn Store) {
    for k in 1..=4 {
        decided(store, k, AT_MS + k.cast_signed()).await;
    }
    let since = |ms: i64| store.recent_items(AT_MS + ms, 0, 10);
    let numbers =
        |items: Vec<lamassu_store::RecentItem>| items.iter().map(|it| it.number).collect::<Vec<_>>();
    assert_eq!(numbers(since(3).await.expect("reads")), [3, 4]);
    assert_eq!(numbers(since(0).await.expect("reads")), [1, 2, 3, 4]);
    assert!(since(9).await.expect("reads").is_empty());
    assert_eq!(numbers(store.recent_items(AT_MS, 1, 2).await.expect("reads")), [2, 3]);
    let second = store.recent_item(2).await.expect("reads").expect("is there");
    assert_eq!(
        (&second.item, second.frames, second.account.as_deref()),
        (&item_id(2), item(2).frames, Some("account-0"))
    );
    assert_ne!(frames(2, 2), frames(3, 2));
    assert_eq!(store.recent_item(9).await.expect("reads"), None);
}

pub async fn an_item_is_decided_again_for_a_new_entry(store: &dyn Store) {
    decided(store, 1, AT_MS).await;
    let (entry, looked_for) = look_for(store).await;
    let waiting = store.waiting_look_backs(10).await.expect("reads");
    assert_eq!((waiting.len(), waiting[0].entry, &waiting[0].frames), (1, entry, &looked_for));

    let done = store.reconsider(&again(1, entry), &at(AT_MS + 5)).await.expect("is kept");
    assert_eq!(done, Reconsidered::Opened { version: 1 });
    let decision = store.decision(&item_id(1)).await.expect("reads").expect("is there");
    assert_eq!((decision.evidence, decision.decided_at_ms), (again(1, entry).evidence, AT_MS + 5));
    let case = store.case_of(&item_id(1)).await.expect("reads").expect("was opened");
    assert_eq!((case.id, case.version), (case_id(1), 1));
    // Another entry found in it later changes the open case and opens no second one.
    let more = store.reconsider(&again(1, entry), &at(AT_MS + 6)).await.expect("is kept");
    assert_eq!(more, Reconsidered::Changed { version: 2 });
    assert_eq!(store.open_cases(CaseKind::Review).await.expect("reads"), 1);

    store.finish_look_back(entry, 7, &at(AT_MS + 9)).await.expect("is kept");
    assert!(store.waiting_look_backs(10).await.expect("reads").is_empty());
    let progress = LookBackProgress { items: 7, cases: 2, done_at_ms: Some(AT_MS + 9) };
    assert_eq!(store.look_back(entry).await.expect("reads"), Some(progress));
    assert_eq!(store.look_back(99).await.expect("reads"), None);
    let last = store.audit(0, 100).await.expect("reads").pop().expect("a record");
    assert!(last.detail.contains("\"look_back_of_entry\":1"), "{}", last.detail);
}

pub async fn a_decided_case_stands(store: &dyn Store) {
    decided(store, 1, AT_MS).await;
    let (entry, _) = look_for(store).await;
    store.reconsider(&again(1, entry), &stamp()).await.expect("is kept");
    super::cases::decide_violating(store, &case_id(1)).await;
    let before = store.decision(&item_id(1)).await.expect("reads");
    assert_eq!(
        store.reconsider(&again(1, entry), &at(AT_MS + 70)).await.expect("stands"),
        Reconsidered::Stands
    );
    assert_eq!(store.decision(&item_id(1)).await.expect("reads"), before);
}

pub async fn a_near_miss_becomes_a_case_that_is_told(store: &dyn Store) {
    let near =
        Policy::parse("[default]\nradius_bits = 0\nnear_miss_bits = 30\nframes_min = 99\n").expect("valid");
    store.put_policy(&near, &stamp()).await.expect("is kept");
    let (entry, _) = look_for(store).await;
    let mut nearly = evidence(&near);
    nearly.candidates.truncate(1);
    let decision = decide(&near, &nearly);
    assert_eq!(decision.case_kind(), Some(CaseKind::NearMiss), "{decision:?}");
    let case = Some(NewCase { id: case_id(1), media_size_bytes: Some(7) });
    let opened = Recording { case, ..recording(item(1), &nearly, &decision) };
    store.record(&opened, &stamp()).await.expect("is kept");
    assert_eq!(store.case(&case_id(1)).await.expect("exists").kind, CaseKind::NearMiss);
    store.put_policy(&policy(31), &stamp()).await.expect("is kept");
    let done = store.reconsider(&again(1, entry), &at(AT_MS + 5)).await.expect("is kept");
    assert_eq!(
        done,
        Reconsidered::Opened { version: 2 },
        "whoever is told of cases was not told of it before"
    );
    let case = store.case(&case_id(1)).await.expect("exists");
    assert_eq!((case.kind, case.version), (CaseKind::Review, 2));
    assert_eq!(store.open_cases(CaseKind::NearMiss).await.expect("reads"), 0);
}

pub async fn a_burst_is_counted_in_its_case(store: &dyn Store) {
    for k in 1..=3 {
        decided(store, k, AT_MS + k.cast_signed()).await;
    }
    let member = |k: u64| RisingItem {
        item: item_id(k),
        account: Some(format!("account-{}", k % 2)),
        received_at_ms: AT_MS + k.cast_signed(),
    };
    assert_eq!(store.rising_case_of(&[item_id(1)]).await.expect("reads"), None);
    let policy = policy(31);
    let nothing = Evidence { candidates: Vec::new(), ..evidence(&policy) };
    let burst = Recording {
        case: Some(NewCase { id: case_id(4), media_size_bytes: None }),
        rising: [4, 1, 2, 3].map(member).to_vec(),
        ..recording(item(4), &nothing, &decide(&policy, &nothing))
    };
    store.record(&burst, &stamp()).await.expect("is kept");
    let two = [item_id(9), item_id(2)];
    assert_eq!(store.rising_case_of(&two).await.expect("reads"), Some(case_id(4)));
    let counts = RisingCounts { items: 4, accounts: 2, first_seen_ms: AT_MS + 1, last_seen_ms: AT_MS + 4 };
    assert_eq!(store.rising_counts(&case_id(4)).await.expect("reads"), Some(counts));
    // A later member joins the open case.
    let rising = lamassu_case::Rising {
        items: 5,
        accounts: 2,
        first_seen_ms: AT_MS + 1,
        last_seen_ms: AT_MS + 5,
        case: Some(case_id(4)),
    };
    let joined = Evidence { rising: Some(rising), ..nothing };
    let later =
        Recording { rising: vec![member(5)], ..recording(item(5), &joined, &decide(&policy, &joined)) };
    store.record(&later, &stamp()).await.expect("is kept");
    assert_eq!(store.rising_counts(&case_id(4)).await.expect("reads").expect("a burst").items, 5);
    assert_eq!(store.open_cases(CaseKind::Review).await.expect("reads"), 1);
    super::cases::decide_violating(store, &case_id(4)).await;
    assert_eq!(store.rising_case_of(&two).await.expect("reads"), None, "a decided case takes nobody in");
}
