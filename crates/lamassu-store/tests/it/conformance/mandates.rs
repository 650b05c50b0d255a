//! Approvals of banks' rules, the switch, and what follows from both.

use std::collections::BTreeSet;

use lamassu_case::{
    ActRule, ActionKind, ActionOrigin, BankName, CaseId, EntryId, Mandate, MessageId, MoveError, PersonId,
    Policy, Role, decide,
};
use lamassu_store::{
    CaseError, EventKind, MandateError, NewCase, NewMessage, NewPerson, PasswordHash, PersonChange,
    RecordError, Recording, RuleAction, Stamp, Store, Undoing,
};
use serde_json::json;

use crate::samples::{
    AT_MS, bank_name, entry_id, evidence, item, item_id, new_entry, person_id, recording, stamp,
};

fn policy(act_score: &str) -> Policy {
    Policy::parse(&format!("[banks.news]\nact_score = {act_score}\n")).expect("a valid policy")
}

fn rule(policy: &Policy) -> ActRule {
    policy.bank(&news()).act_rule().expect("it has a rule")
}

fn news() -> BankName {
    bank_name("news")
}

fn at(at_ms: i64) -> Stamp {
    Stamp { at_ms, ..stamp() }
}

fn case_id(k: u64) -> CaseId {
    format!("22222222-0000-7000-8000-{k:012x}").parse().expect("a valid id")
}

fn message(k: u64, due_at_ms: i64) -> NewMessage {
    let id: MessageId = format!("44444444-0000-7000-8000-{k:012x}").parse().expect("a valid id");
    let subject = item_id(k).into();
    NewMessage { id, event: EventKind::ActionRequested, subject, data: json!({ "k": k }), due_at_ms }
}

fn undoing(k: u64) -> Undoing {
    let message = message(k, AT_MS);
    let action = message.id.as_str().parse().expect("a valid id");
    Undoing { action, message, entries: BTreeSet::from([entry_id(3)]) }
}

async fn add_person(store: &dyn Store, k: u64) -> PersonId {
    let person = NewPerson {
        id: person_id(k),
        name: format!("person-{k}").parse().expect("a valid name"),
        display_name: (k == 1).then(|| "Noor".to_owned()),
        role: Role::Administrator,
        password: PasswordHash("hash".to_owned()),
    };
    store.create_person(person, &stamp()).await.expect("is added").id
}

/// A bank with entries 1 to 3, and three people.
async fn scene(store: &dyn Store) -> [PersonId; 3] {
    store.create_bank(&news(), &stamp()).await.expect("is made");
    for k in 1..=3 {
        store.add_entry(new_entry(&news(), k), &stamp()).await.expect("is added");
    }
    [add_person(store, 1).await, add_person(store, 2).await, add_person(store, 3).await]
}

/// The mandate for all that is found in the sample's evidence.
async fn mandate(store: &dyn Store, rule: &ActRule) -> Option<Mandate> {
    let found: BTreeSet<EntryId> = (1..=4).map(entry_id).collect();
    store.mandate(&news(), rule, &found).await.expect("reads")
}

/// Approved by the first two and switched on by the first.
async fn acting(store: &dyn Store, rule: &ActRule) -> [PersonId; 3] {
    let people = scene(store).await;
    for person in &people[..2] {
        store.approve(&news(), person, rule, &stamp()).await.expect("approves");
    }
    store.switch_on(&news(), &people[0], rule, &at(AT_MS + 1)).await.expect("is on");
    people
}

async fn actions_in_log(store: &dyn Store) -> Vec<String> {
    let log = store.audit(0, 1_000).await.expect("reads");
    log.into_iter().map(|record| record.action).filter(|action| action.starts_with("bank.")).collect()
}

pub async fn a_bank_acts_once_two_people_approved_and_it_was_switched_on(store: &dyn Store) {
    let rule = rule(&policy("0.95"));
    let [first, second, _] = scene(store).await;
    assert_eq!(mandate(store, &rule).await, None);
    store.approve(&news(), &first, &rule, &stamp()).await.expect("approves");
    store.approve(&news(), &first, &rule, &stamp()).await.expect("approves anew");
    let missing = store.switch_on(&news(), &first, &rule, &stamp()).await;
    assert!(matches!(missing, Err(MandateError::ApprovalsMissing)), "one person counts once");
    store.approve(&news(), &second, &rule, &stamp()).await.expect("approves");
    assert_eq!(mandate(store, &rule).await, None, "nobody switched it on");
    store.switch_on(&news(), &first, &rule, &at(AT_MS + 1)).await.expect("is on");
    let given = mandate(store, &rule).await.expect("it may act");
    assert!(given.covers(&rule));
    assert_eq!(given.entries, (1..=3).map(entry_id).collect(), "the fourth is not there");
    assert_eq!((given.on_by, given.on_since_ms), (first.clone(), AT_MS + 1));
    assert_eq!(given.approvals.iter().map(|it| it.number).collect::<Vec<_>>(), [2, 3]);
    let standing = store.standing(&news()).await.expect("reads");
    let names: Vec<_> = standing.approvals.iter().map(|it| it.name.as_str()).collect();
    assert_eq!((names, standing.entries_waiting), (vec!["Noor", "person-2"], 0));
    assert_eq!(standing.acting.expect("acts").name, "Noor");
    store.switch_off(&news(), &stamp()).await.expect("is off");
    store.switch_off(&news(), &stamp()).await.expect("is off already");
    assert_eq!(mandate(store, &rule).await, None);
    let expected = ["created", "approved", "approved", "approved", "acting-on", "acting-off"];
    assert_eq!(actions_in_log(store).await, expected.map(|word| format!("bank.{word}")));
    let unknown = store.standing(&bank_name("other")).await;
    assert!(matches!(unknown, Err(MandateError::BankNotFound)));
}

pub async fn approvals_end_with_the_rule_the_person_and_their_word(store: &dyn Store) {
    let (old, new) = (rule(&policy("0.95")), rule(&policy("0.96")));
    let [first, second, third] = acting(store, &old).await;
    store.keep_rule(&news(), Some(&old), &stamp()).await.expect("stays");
    assert!(mandate(store, &old).await.is_some());
    assert_eq!(mandate(store, &new).await, None, "another rule was not approved");
    store.keep_rule(&news(), Some(&new), &stamp()).await.expect("ends them");
    assert_eq!(store.standing(&news()).await.expect("reads").approvals, []);
    assert_eq!(store.approved_banks().await.expect("reads"), []);
    assert_eq!(mandate(store, &old).await, None, "going back to the old rule brings nothing back");

    for person in [&first, &second] {
        store.approve(&news(), person, &new, &stamp()).await.expect("approves");
    }
    assert_eq!(mandate(store, &new).await, None, "it has to be switched on anew");
    store.switch_on(&news(), &first, &new, &stamp()).await.expect("is on");
    store.withdraw_approval(&news(), &third, &stamp()).await.expect("there is nothing to take back");
    assert!(mandate(store, &new).await.is_some());
    store.withdraw_approval(&news(), &second, &stamp()).await.expect("is taken back");
    assert!(store.standing(&news()).await.expect("reads").acting.is_none(), "one approval is too few");

    store.approve(&news(), &second, &new, &stamp()).await.expect("approves");
    store.approve(&news(), &third, &new, &stamp()).await.expect("approves");
    store.switch_on(&news(), &first, &new, &stamp()).await.expect("is on");
    let disabled = PersonChange { disabled: Some(true), ..PersonChange::default() };
    store.change_person(&third, &disabled, None, &stamp()).await.expect("is disabled");
    assert!(mandate(store, &new).await.is_some(), "two are left");
    store.change_person(&second, &disabled, None, &stamp()).await.expect("is disabled");
    assert!(store.standing(&news()).await.expect("reads").acting.is_none());
    let again = PersonChange { disabled: Some(false), ..PersonChange::default() };
    store.change_person(&second, &again, None, &stamp()).await.expect("is let in again");
    assert_eq!(
        store.standing(&news()).await.expect("reads").approvals.len(),
        1,
        "their word does not come back"
    );
    store.change_person(&second, &disabled, None, &stamp()).await.expect("is disabled");
    let refused = store.approve(&news(), &second, &new, &stamp()).await;
    assert!(matches!(refused, Err(MandateError::PersonRefused)));
}

pub async fn entries_added_since_wait_for_two_new_approvals(store: &dyn Store) {
    let rule = rule(&policy("0.95"));
    let [first, second, third] = acting(store, &rule).await;
    store.add_entry(new_entry(&news(), 4), &stamp()).await.expect("is added");
    assert_eq!(store.standing(&news()).await.expect("reads").entries_waiting, 1);
    assert!(!mandate(store, &rule).await.expect("acts").entries.contains(&entry_id(4)));
    store.approve(&news(), &third, &rule, &stamp()).await.expect("approves");
    assert!(!mandate(store, &rule).await.expect("acts").entries.contains(&entry_id(4)), "one saw it");
    store.approve(&news(), &second, &rule, &stamp()).await.expect("approves anew");
    assert!(mandate(store, &rule).await.expect("acts").entries.contains(&entry_id(4)), "two saw it");
    assert_eq!(store.standing(&news()).await.expect("reads").entries_waiting, 0);
    store.withdraw_approval(&news(), &first, &stamp()).await.expect("is taken back");
    assert!(mandate(store, &rule).await.is_some(), "on all the while");
}

/// Records item 1 with a case, by what its mandate says.
async fn act(store: &dyn Store, policy: &Policy, given: Option<Mandate>, k: u64) -> Result<(), RecordError> {
    store.put_policy(policy, &stamp()).await.expect("is kept");
    let mut evidence = evidence(policy);
    evidence.mandates = given.into_iter().collect();
    let decided = recording(item(k), &evidence, &decide(policy, &evidence));
    let message = message(k, AT_MS);
    let action = Some(RuleAction { action: message.id.as_str().parse().expect("a valid id"), message });
    let case = Some(NewCase { id: case_id(k), media_size_bytes: None });
    store.record(&Recording { case, action, ..decided }, &stamp()).await.map(|_| ())
}

pub async fn an_act_commits_with_its_decision_or_not_at_all(store: &dyn Store) {
    let policy = policy("0.95");
    let rule = rule(&policy);
    acting(store, &rule).await;
    let given = mandate(store, &rule).await;
    act(store, &policy, given.clone(), 1).await.expect("is kept");
    let actions = store.actions(Some(&case_id(1)), 0, 10).await.expect("reads");
    let of = |it: &lamassu_case::Action| (it.kind, it.origin, it.due_at_ms);
    assert_eq!(
        actions.iter().map(of).collect::<Vec<_>>(),
        [(ActionKind::Disable, ActionOrigin::Rule, AT_MS)]
    );
    assert_eq!(store.due_messages(AT_MS, 10).await.expect("reads"), [message(1, AT_MS).id]);
    assert_eq!(store.decision(&item_id(1)).await.expect("reads").expect("decided").outcome.name(), "act");
    let log =
        store.case_history(&store.case(&case_id(1)).await.expect("is there"), 0, 10).await.expect("reads");
    let detail: serde_json::Value = serde_json::from_str(&log[0].detail).expect("is JSON");
    assert_eq!(detail["approvals"], json!([1, 2]));
    assert_eq!(detail["policy_version"], policy.version.to_string());

    store.switch_off(&news(), &stamp()).await.expect("is off");
    let late = act(store, &policy, given, 2).await;
    assert!(matches!(late, Err(RecordError::MandateEnded)), "leave was taken back meanwhile");
    assert_eq!(store.item(&item_id(2)).await.expect("reads"), None, "nothing of it was kept");
    assert_eq!(store.due_messages(AT_MS, 10).await.expect("reads").len(), 1);
}

pub async fn what_a_rule_did_is_undone_once(store: &dyn Store) {
    let policy = policy("0.95");
    let rule = rule(&policy);
    let [first, second, _] = acting(store, &rule).await;
    for k in [1, 2] {
        act(store, &policy, mandate(store, &rule).await, k).await.expect("is kept");
    }
    let from_before = mandate(store, &rule).await;
    // The first is not yet on its way, the second is.
    store.address_message(&message(2, AT_MS).id, AT_MS).await.expect("is addressed");
    store.mark_handed(&message(2, AT_MS).id, AT_MS).await.expect("is handed over");
    let case = store.undo_action(&case_id(1), &undoing(11), &at(AT_MS + 5)).await.expect("is undone");
    assert_eq!((case.version, case.review), (2, None), "it still waits for a person");
    let actions = store.actions(Some(&case_id(1)), 0, 10).await.expect("reads");
    assert_eq!((actions.len(), actions[0].withdrawn_at_ms), (1, Some(AT_MS + 5)), "held back");
    store.undo_action(&case_id(2), &undoing(12), &at(AT_MS + 5)).await.expect("is undone");
    let actions = store.actions(Some(&case_id(2)), 0, 10).await.expect("reads");
    let of = |it: &lamassu_case::Action| (it.kind, it.origin, it.withdrawn_at_ms);
    let expected =
        [(ActionKind::Disable, ActionOrigin::Rule, None), (ActionKind::Keep, ActionOrigin::Undo, None)];
    assert_eq!(actions.iter().map(of).collect::<Vec<_>>(), expected);
    assert_eq!(store.due_messages(AT_MS + 5, 10).await.expect("reads"), [message(12, AT_MS).id]);
    for k in [1, 2] {
        let again = store.undo_action(&case_id(k), &undoing(20 + k), &stamp()).await;
        assert!(matches!(again, Err(CaseError::Move(MoveError::NothingToUndo))), "{again:?}");
    }
    let unknown = store.undo_action(&case_id(9), &undoing(9), &stamp()).await;
    assert!(matches!(unknown, Err(CaseError::NotFound)));
    let history =
        store.case_history(&store.case(&case_id(2)).await.expect("is there"), 0, 10).await.expect("reads");
    assert_eq!(history.last().expect("has records").action, "action.undone");

    // What acted wrongly acts no more, until both look at it anew; nor does what was under way meanwhile.
    let late = act(store, &policy, from_before, 3).await;
    assert!(matches!(late, Err(RecordError::MandateEnded)), "{late:?}");
    assert!(!mandate(store, &rule).await.expect("acts").entries.contains(&entry_id(3)));
    assert_eq!(store.standing(&news()).await.expect("reads").entries_waiting, 1);
    store.approve(&news(), &first, &rule, &stamp()).await.expect("approves anew");
    assert!(!mandate(store, &rule).await.expect("acts").entries.contains(&entry_id(3)));
    store.approve(&news(), &second, &rule, &stamp()).await.expect("approves anew");
    assert!(mandate(store, &rule).await.expect("acts").entries.contains(&entry_id(3)));
}
