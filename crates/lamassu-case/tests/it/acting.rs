//! A bank acts only by a rule that two people approved, and only where nothing speaks for a look first.

use lamassu_case::{
    Approval, Candidate, CaseKind, Decision, Evidence, Mandate, Method, Outcome, PersonId, Policy,
    PolicyError, Priority, decide,
};
use proptest::prelude::*;

use crate::make::{any_candidates, bank, candidate, entry, evidence, picture, segment, video};

const POLICY: &str = "[banks.known]\nact_score = 0.95\n[banks.film]\npurpose = 'context'\n\
                      [banks.marks]\npurpose = 'logo'\n";

fn policy() -> Policy {
    Policy::parse(POLICY).expect("a valid policy")
}

fn person(number: u8) -> PersonId {
    format!("33333333-0000-7000-8000-0000000000{number:02x}").parse().expect("this is a UUID")
}

/// Leave for `known` by the rule of this policy, from these people, for entries 1 to 3.
fn mandate(policy: &Policy, people: &[u8]) -> Mandate {
    let rule = policy.bank(&bank("known")).act_rule().expect("it has a rule");
    let approval = |&of: &u8| Approval { number: u64::from(of), person: person(of), at_ms: 5 };
    Mandate {
        bank: bank("known"),
        rule: rule.version.to_string(),
        approvals: people.iter().map(approval).collect(),
        on_by: person(1),
        on_since_ms: 6,
        entries: (1..=3).map(entry).collect(),
    }
}

fn under(mandates: Vec<Mandate>, candidates: Vec<Candidate>) -> Evidence {
    Evidence { mandates, ..evidence(candidates) }
}

/// What is decided of these with leave from two people.
fn judge(candidates: Vec<Candidate>) -> Decision {
    decide(&policy(), &under(vec![mandate(&policy(), &[1, 2])], candidates))
}

fn of(name: &str, candidate: Candidate) -> Candidate {
    Candidate { bank: bank(name), ..candidate }
}

#[test]
fn a_sure_match_under_a_mandate_acts_and_opens_a_case() {
    let decision = judge(vec![candidate(1, Method::Sha256)]);
    assert_eq!((decision.outcome, decision.case_kind()), (Outcome::Act, Some(CaseKind::Review)));
    assert_eq!(decision.mandates, [mandate(&policy(), &[1, 2])], "it says by whose leave");
    assert_eq!(decision.priority(), Priority::Normal);
    assert_eq!(judge(vec![picture(1, 2, 90)]).outcome, Outcome::Act, "a score of 0.97");
}

#[test]
fn without_a_mandate_all_is_as_without_a_rule() {
    for found in [vec![candidate(1, Method::Sha256)], vec![picture(1, 0, 90)], vec![picture(1, 30, 90)]] {
        let plain = Policy::parse("[banks.film]\npurpose = 'context'\n").expect("a valid policy");
        let decision = decide(&policy(), &evidence(found.clone()));
        assert_eq!(decision, decide(&plain, &evidence(found)));
        assert_eq!((decision.outcome, decision.mandates.len()), (Outcome::Review, 0));
    }
}

#[test]
fn a_mandate_takes_two_different_people_and_this_very_rule() {
    let found = || vec![candidate(1, Method::Sha256)];
    let outcome = |policy: &Policy, given: Mandate| decide(policy, &under(vec![given], found())).outcome;
    assert_eq!(outcome(&policy(), mandate(&policy(), &[1])), Outcome::Review);
    assert_eq!(outcome(&policy(), mandate(&policy(), &[1, 1])), Outcome::Review, "one person counts once");
    assert_eq!(outcome(&policy(), mandate(&policy(), &[1, 2, 3])), Outcome::Act);
    for other in
        ["act_score = 0.96", "act_score = 0.95\nradius_bits = 32", "act_score = 0.95\nquality_min = 40"]
    {
        let other = Policy::parse(&format!("[banks.known]\n{other}\n")).expect("a valid policy");
        assert_eq!(outcome(&other, mandate(&policy(), &[1, 2])), Outcome::Review, "another rule");
    }
    let same = Policy::parse(&format!("{POLICY}\n# a word\n[near_miss]\ncases_a_day = 3\n")).expect("valid");
    assert_eq!(outcome(&same, mandate(&policy(), &[1, 2])), Outcome::Act, "what the rule does not rest on");
    let of_other = Mandate { bank: bank("other"), ..mandate(&policy(), &[1, 2]) };
    assert_eq!(outcome(&policy(), of_other), Outcome::Review);
}

#[test]
fn what_is_less_sure_or_new_to_the_approvers_goes_to_people() {
    assert_eq!(judge(vec![picture(1, 20, 90)]).outcome, Outcome::Review, "a score below the rule's");
    assert_eq!(judge(vec![picture(1, 0, 30)]).outcome, Outcome::None, "unclear pictures match nothing");
    assert_eq!(judge(vec![candidate(4, Method::Sha256)]).outcome, Outcome::Review, "an entry added since");
    // The score of frames in a row is set by hand: it says less than its number.
    let frames = video(1, 90, &[segment(9, 1)]);
    let decision = judge(vec![frames]);
    assert!(decision.matches[0].score > 0.95);
    assert_eq!(decision.outcome, Outcome::Review);
    assert_eq!(judge(vec![of("marks", candidate(1, Method::Logo))]).outcome, Outcome::None);
    let near = judge(vec![picture(1, 33, 90)]);
    assert_eq!((near.outcome, near.mandates.len()), (Outcome::None, 0), "near misses");
}

#[test]
fn one_picture_of_several_goes_to_people() {
    let seen_as = |view: &str| Candidate {
        views: Some([view, "full", "upright"].map(str::to_owned)),
        ..picture(1, 2, 90)
    };
    assert_eq!(judge(vec![seen_as("trimmed")]).outcome, Outcome::Act);
    assert_eq!(judge(vec![seen_as("panel")]).outcome, Outcome::Review);
}

#[test]
fn anything_legitimate_in_the_item_or_anything_missing_goes_to_people() {
    let sure = || picture(1, 2, 90);
    assert_eq!(judge(vec![sure(), of("film", picture(5, 1, 90))]).outcome, Outcome::Review, "explained");
    assert_eq!(judge(vec![sure(), of("film", picture(5, 30, 90))]).outcome, Outcome::Review, "beside it");
    let both = vec![candidate(1, Method::Sha256), of("film", candidate(5, Method::Sha256))];
    assert_eq!(judge(both).outcome, Outcome::Review, "two people disagree");
    let whole = under(vec![mandate(&policy(), &[1, 2])], vec![sure()]);
    assert_eq!(decide(&policy(), &whole).outcome, Outcome::Act);
    let part = Evidence { truncated: true, ..whole };
    assert_eq!(decide(&policy(), &part).outcome, Outcome::Review);
}

#[test]
fn a_policy_says_from_where_on_and_never_for_all_banks() {
    let refused = |text: &str| Policy::parse(text).expect_err("is refused");
    for text in [
        "[default]\nact_score = 0.99",
        "[banks.a]\nact_score = 0.89",
        "[banks.a]\nact_score = 1.01",
        "[banks.a]\nact_score = nan",
        "[banks.a]\npurpose = 'context'\nact_score = 0.99",
        "[banks.a]\npurpose = 'logo'\nact_score = 0.99",
        "[banks.a]\noutcome = 'none'\nact_score = 0.99",
        "[banks.a]\noutcome = 'act'",
        "[default]\noutcome = 'act'",
    ] {
        assert!(matches!(refused(text), PolicyError::Syntax(_)), "{text}");
    }
    let policy = Policy::parse("[banks.a]\nact_score = 1\n").expect("whole numbers are numbers");
    assert!(policy.bank(&bank("a")).act_rule().is_some_and(|rule| rule.act_score >= 1.0));
    assert!(policy.bank(&bank("b")).act_rule().is_none());
}

#[test]
fn evidence_from_before_there_were_mandates_is_read_and_written_as_it_was() {
    let text = serde_json::to_string(&evidence(vec![picture(1, 3, 90)])).expect("evidence has a text form");
    assert!(!text.contains("mandates"));
    assert_eq!(serde_json::from_str::<Evidence>(&text).expect("is read").mandates, []);
}

proptest! {
    #[test]
    fn a_mandate_changes_nothing_but_whether_it_acts(found in any_candidates(), people in prop::collection::vec(1..4_u8, 0..4)) {
        let evidence = under(vec![mandate(&policy(), &people)], found);
        let text = serde_json::to_string(&evidence).expect("evidence has a text form");
        let kept: Evidence = serde_json::from_str(&text).expect("what was written is read again");
        let decision = decide(&policy(), &kept);
        prop_assert_eq!(&decision, &decide(&policy(), &evidence));
        let without = decide(&policy(), &Evidence { mandates: Vec::new(), ..kept });
        let acts = decision.outcome == Outcome::Act;
        prop_assert_eq!(acts, !decision.mandates.is_empty());
        if acts {
            prop_assert!(without.outcome == Outcome::Review && without.context.is_empty());
            prop_assert!(people.iter().any(|it| *it != people[0]), "two different people");
        }
        let outcome = without.outcome;
        prop_assert_eq!(Decision { mandates: Vec::new(), outcome, ..decision }, without);
    }
}
