use lamassu_case::{
    ActionId, ActionKind, Candidate, Case, CaseId, CaseKind, CaseState, Evidence, MessageId, MoveError,
    Policy, Priority, RequestId, Review, UNDO_MS, Verdict, decide,
};
use lamassu_store::{
    CaseError, CasesOf, EventKind, Exposure, NewCase, NewMessage, Recording, Ruled, Ruling, Stamp, Store,
    place_of,
};
use serde_json::json;

use crate::samples::{AT_MS, evidence, item, item_id, policy, recording, stamp};

fn case_id(k: u64) -> CaseId {
    format!("22222222-0000-7000-8000-{k:012x}").parse().expect("a valid id")
}

fn message_id(k: u64) -> MessageId {
    format!("33333333-0000-7000-8000-{k:012x}").parse().expect("a valid id")
}

fn action_id(k: u64) -> ActionId {
    message_id(k).as_str().parse().expect("a valid id")
}

fn at(at_ms: i64) -> Stamp {
    Stamp { at_ms, ..stamp() }
}

/// Records items 1 to `count`, each with a case.
async fn open(store: &dyn Store, count: u64) {
    let policy = policy(31);
    store.put_policy(&policy, &stamp()).await.expect("is kept");
    let evidence = evidence(&policy);
    for k in 1..=count {
        let case = Some(NewCase { id: case_id(k), media_size_bytes: Some(7) });
        let decided = recording(item(k), &evidence, &decide(&policy, &evidence));
        store.record(&Recording { case, ..decided }, &stamp()).await.expect("is kept");
    }
}

fn ruling(verdict: Verdict, k: u64) -> Ruling {
    let review = Review {
        verdict,
        reason: "shown in a news report".to_owned(),
        actor: "person:example".to_owned(),
        at_ms: AT_MS,
        due_at_ms: AT_MS + UNDO_MS,
    };
    let message = NewMessage {
        id: message_id(k),
        event: EventKind::ActionRequested,
        subject: item_id(1).into(),
        data: json!({ "kind": verdict.action().name() }),
        due_at_ms: review.due_at_ms,
    };
    Ruling { version: None, request: None, review, action: action_id(k), message }
}

pub async fn a_case_opens_with_its_decision(store: &dyn Store) {
    open(store, 3).await;
    let cases = store.cases(Some(CaseState::Open).into(), 1, 10).await.expect("reads");
    let expected = |k: u64| Case {
        id: case_id(k),
        number: k,
        item: item_id(k),
        opened_at_ms: AT_MS,
        version: 1,
        kind: CaseKind::Review,
        priority: Priority::Normal,
        review: None,
    };
    assert_eq!(cases, [expected(2), expected(3)]);
    assert_eq!(store.case(&case_id(1)).await.expect("exists"), expected(1));
    assert_eq!(store.case_of(&item_id(3)).await.expect("reads"), Some(expected(3)));
    assert_eq!(store.case_of(&item_id(9)).await.expect("reads"), None);
    assert_eq!(store.open_cases(CaseKind::Review).await.expect("reads"), 3);
    assert!(matches!(store.case(&case_id(9)).await, Err(CaseError::NotFound)));
}

pub async fn what_waits_comes_by_priority_and_each_queue_apart(store: &dyn Store) {
    let policy = queues();
    store.put_policy(&policy, &stamp()).await.expect("is kept");
    let of = |bank: &str, bits: u32| {
        let known = evidence(&policy).candidates.remove(0);
        let bank = bank.parse().expect("a valid name");
        Candidate { bank, distance_bits: Some(bits), segments: Vec::new(), ..known }
    };
    let found = [
        vec![of("news", 4), of("film", 2)],
        vec![of("news", 20)],
        vec![of("news", 40)],
        vec![of("news", 20), of("marks", 1)],
        vec![of("news", 4), of("film", 2)],
        vec![of("news", 20), of("marks", 1)],
    ];
    for (k, candidates) in (1..).zip(found) {
        let evidence = Evidence { candidates, ..evidence(&policy) };
        let case = Some(NewCase { id: case_id(k), media_size_bytes: None });
        let decided = recording(item(k), &evidence, &decide(&policy, &evidence));
        store.record(&Recording { case, ..decided }, &stamp()).await.expect("is kept");
    }
    let open = CasesOf::from(Some(CaseState::Open));
    let whole = store.cases(open, 0, 10).await.expect("reads");
    assert_eq!(numbers(&whole), [4, 6, 2, 1, 5]);
    let mut paged = Vec::new();
    while let [case] = &*store.cases(open, paged.last().map_or(0, place_of), 1).await.expect("reads") {
        paged.push(case.clone());
    }
    assert_eq!(paged, whole, "a page goes on where the one before it ended");
    assert_eq!(numbers(&store.cases(CasesOf::default(), 2, 10).await.expect("reads")), [4, 5, 6]);
    let near = CasesOf { kind: CaseKind::NearMiss, ..open };
    assert_eq!(numbers(&store.cases(near, 0, 10).await.expect("reads")), [3]);
    let count = |kind| store.open_cases(kind);
    assert_eq!(count(CaseKind::Review).await.expect("reads"), 5);
    assert_eq!(count(CaseKind::NearMiss).await.expect("reads"), 1);
    assert_eq!(store.opened_cases(CaseKind::NearMiss, AT_MS).await.expect("reads"), 1);
    assert_eq!(store.opened_cases(CaseKind::NearMiss, AT_MS + 1).await.expect("reads"), 0);
    store.decide_case(&case_id(3), &ruling(Verdict::NotViolating, 1), &stamp()).await.expect("is open");
    assert_eq!(store.decided_cases(AT_MS).await.expect("reads"), 0, "near misses are counted apart");
}

/// A policy by which banks hold harmful entries, context and marks, and by which there are near misses.
fn queues() -> Policy {
    let text = "[banks.news]\nnear_miss_bits = 20\n[banks.film]\npurpose = 'context'\n[banks.marks]\npurpose = 'logo'\n";
    Policy::parse(text).expect("a valid policy")
}

fn numbers(cases: &[Case]) -> Vec<u64> {
    cases.iter().map(|case| case.number).collect()
}

pub async fn a_case_is_decided_once(store: &dyn Store) {
    open(store, 2).await;
    let Ruled { case: decided, already } =
        store.decide_case(&case_id(1), &ruling(Verdict::Violating, 1), &stamp()).await.expect("is open");
    assert!(!already);
    assert_eq!(decided.review, Some(ruling(Verdict::Violating, 1).review));
    let again = store.decide_case(&case_id(1), &ruling(Verdict::NotViolating, 2), &stamp()).await;
    assert!(matches!(again, Err(CaseError::Move(MoveError::Decided))));
    assert_eq!(store.case(&case_id(1)).await.expect("exists"), decided);
    let actions = store.actions(None, 0, 10).await.expect("reads");
    assert_eq!(actions.len(), 1, "the second decision asks for nothing");
    assert_eq!((actions[0].id.clone(), actions[0].kind), (action_id(1), ActionKind::Disable));
    assert_eq!(store.actions(Some(&case_id(2)), 0, 10).await.expect("reads"), []);
    assert_eq!(store.cases(Some(CaseState::Decided).into(), 0, 10).await.expect("reads"), [decided]);
    assert_eq!(store.open_cases(CaseKind::Review).await.expect("reads"), 1);
}

pub async fn a_review_is_taken_back_in_time(store: &dyn Store) {
    open(store, 1).await;
    let nothing = store.reopen_case(&case_id(1), &stamp()).await;
    assert!(matches!(nothing, Err(CaseError::Move(MoveError::NotDecided))));
    store.decide_case(&case_id(1), &ruling(Verdict::Violating, 1), &stamp()).await.expect("is open");
    let late = store.reopen_case(&case_id(1), &at(AT_MS + UNDO_MS)).await;
    assert!(matches!(late, Err(CaseError::Move(MoveError::TookEffect))));
    let reopened = store.reopen_case(&case_id(1), &at(AT_MS + UNDO_MS - 1)).await.expect("in time");
    assert_eq!(reopened.state(), CaseState::Open);
    let action = &store.actions(None, 0, 10).await.expect("reads")[0];
    assert_eq!(action.withdrawn_at_ms, Some(AT_MS + UNDO_MS - 1));
    // Decided anew, it asks under another id.
    store.decide_case(&case_id(1), &ruling(Verdict::NotViolating, 2), &stamp()).await.expect("is open");
    let actions = store.actions(Some(&case_id(1)), 1, 10).await.expect("reads");
    assert_eq!((actions[0].id.clone(), actions[0].kind), (action_id(2), ActionKind::Keep));
}

pub async fn whoever_is_first_decides(store: &dyn Store) {
    open(store, 1).await;
    let rulings: Vec<Ruling> = (1..=20).map(|k| ruling(Verdict::Violating, k)).collect();
    let deciding = rulings.iter().map(|ruling| async {
        let ruling = ruling.clone();
        store.decide_case(&case_id(1), &ruling, &stamp()).await.is_ok()
    });
    let decided = futures_util::future::join_all(deciding).await;
    assert_eq!(decided.iter().filter(|decided| **decided).count(), 1);
    assert_eq!(store.actions(None, 0, 100).await.expect("reads").len(), 1);
}

fn request(k: u64) -> RequestId {
    format!("44444444-0000-7000-8000-{k:012x}").parse().expect("a valid id")
}

pub async fn whoever_saw_an_older_version_decides_nothing(store: &dyn Store) {
    open(store, 1).await;
    let seen = |version: u64, k: u64| Ruling { version: Some(version), ..ruling(Verdict::Violating, k) };
    let early = store.decide_case(&case_id(1), &seen(2, 1), &stamp()).await;
    assert!(matches!(early, Err(CaseError::Changed)));
    let decided =
        store.decide_case(&case_id(1), &seen(1, 1), &stamp()).await.expect("is as it was seen").case;
    assert_eq!(decided.version, 2);
    let late = store.decide_case(&case_id(1), &seen(1, 2), &stamp()).await;
    assert!(matches!(late, Err(CaseError::Changed)));
    assert_eq!(store.reopen_case(&case_id(1), &stamp()).await.expect("in time").version, 3);
    let stale = store.decide_case(&case_id(1), &seen(1, 3), &stamp()).await;
    assert!(matches!(stale, Err(CaseError::Changed)), "open again is not as it was");
    assert_eq!(store.case(&case_id(1)).await.expect("exists").version, 3);
    assert_eq!(store.actions(None, 0, 10).await.expect("reads").len(), 1, "nothing else was written");
}

pub async fn an_attempt_that_is_repeated_decides_once(store: &dyn Store) {
    open(store, 2).await;
    let attempt =
        |verdict, k: u64| Ruling { version: Some(1), request: Some(request(1)), ..ruling(verdict, k) };
    let first =
        store.decide_case(&case_id(1), &attempt(Verdict::Violating, 1), &stamp()).await.expect("is open");
    let again =
        store.decide_case(&case_id(1), &attempt(Verdict::Violating, 2), &stamp()).await.expect("is told");
    assert_eq!(again, Ruled { already: true, ..first });
    store.reopen_case(&case_id(1), &stamp()).await.expect("in time");
    let late =
        store.decide_case(&case_id(1), &attempt(Verdict::Violating, 3), &stamp()).await.expect("is told");
    assert!(late.already && late.case.review.is_none(), "what was taken back stays so");
    for (case, verdict) in [(case_id(1), Verdict::NotViolating), (case_id(2), Verdict::Violating)] {
        let other = store.decide_case(&case, &attempt(verdict, 4), &stamp()).await;
        assert!(matches!(other, Err(CaseError::RequestReused)));
    }
    let mut of_another = attempt(Verdict::Violating, 5);
    "person:other".clone_into(&mut of_another.review.actor);
    store.decide_case(&case_id(2), &of_another, &stamp()).await.expect("each reviewer has their own");
    assert_eq!(store.actions(None, 0, 10).await.expect("reads").len(), 2);
}

pub async fn the_history_of_a_case_is_in_the_log(store: &dyn Store) {
    open(store, 2).await;
    let seen = Exposure::Seen { at_ms: 0 };
    let heard = Exposure::Heard { at_ms: 4_000, heard_ms: 20_000 };
    for (item, exposure) in [(item_id(1), seen), (item_id(1), heard), (item_id(2), seen)] {
        store.note_media_viewed((&item).into(), exposure, &at(AT_MS + 1)).await.expect("is noted");
    }
    store.decide_case(&case_id(1), &ruling(Verdict::Violating, 1), &stamp()).await.expect("is open");
    store.reopen_case(&case_id(1), &stamp()).await.expect("in time");
    let case = store.case(&case_id(1)).await.expect("exists");
    let history = store.case_history(&case, 0, 10).await.expect("reads");
    let words: Vec<&str> = history.iter().map(|record| record.action.as_str()).collect();
    assert_eq!(words, ["item.decided", "media.viewed", "media.viewed", "case.decided", "case.reopened"]);
    assert_eq!(history[2].detail, r#"{"at_ms":4000,"heard_ms":20000}"#);
    let page = store.case_history(&case, history[1].number, 1).await.expect("reads");
    assert_eq!(page, history[2..3]);
}

pub async fn decisions_are_counted_by_day(store: &dyn Store) {
    open(store, 2).await;
    store.decide_case(&case_id(1), &ruling(Verdict::Violating, 1), &stamp()).await.expect("is open");
    assert_eq!(store.decided_cases(AT_MS).await.expect("reads"), 1);
    assert_eq!(store.decided_cases(AT_MS + 1).await.expect("reads"), 0);
    store.reopen_case(&case_id(1), &stamp()).await.expect("in time");
    assert_eq!(store.decided_cases(AT_MS).await.expect("reads"), 0);
}

/// For other groups: a person decides this case.
pub async fn decide_violating(store: &dyn Store, id: &CaseId) {
    store.decide_case(id, &ruling(Verdict::Violating, 99), &stamp()).await.expect("is decided");
}
