//! Evidence as the store keeps it gives the same decision years later.

use lamassu_case::{Evidence, Policy, decide};
use proptest::prelude::*;

use crate::make::{any_candidates, evidence, picture};

fn kept(evidence: &Evidence) -> Evidence {
    let text = serde_json::to_string(evidence).expect("evidence has a text form");
    serde_json::from_str(&text).expect("what was written is read again")
}

proptest! {
    #[test]
    fn stored_evidence_recomputes(found in any_candidates(), radius in 0..=96_u32, policy_text in "# [a-z]{0,9}") {
        let policy = Policy::parse(&format!("{policy_text}\n[default]\nradius_bits = {radius}\n")).expect("valid");
        let evidence = evidence(found);
        let kept = kept(&evidence);
        prop_assert_eq!(&kept, &evidence);
        let later = Policy::parse(&policy.text).expect("the stored text is the policy");
        prop_assert_eq!(later.version, policy.version);
        prop_assert_eq!(decide(&later, &kept), decide(&policy, &evidence));
    }
}

#[test]
fn the_text_form_names_things_as_people_do() {
    let text = serde_json::to_string(&evidence(vec![picture(1, 3, 90)])).expect("evidence has a text form");
    for part in [r#""medium":"image""#, r#""method":"pdq""#, r#""bank":"known""#, r#""entries_sequence":7"#] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn evidence_with_a_bad_name_is_refused() {
    let text = serde_json::to_string(&evidence(vec![picture(1, 3, 90)])).expect("evidence has a text form");
    assert!(serde_json::from_str::<Evidence>(&text.replace("known", "Not A Name")).is_err());
    assert!(serde_json::from_str::<Evidence>(&text.replace("7000-8000", "zzzz-8000")).is_err());
}

#[test]
fn evidence_from_before_areas_were_kept_is_read() {
    let text = serde_json::to_string(&evidence(vec![picture(1, 3, 90)])).expect("evidence has a text form");
    let older = text.replace(r#""areas":null,"#, "");
    assert_ne!(older, text);
    assert_eq!(
        serde_json::from_str::<Evidence>(&older).expect("is read"),
        kept(&evidence(vec![picture(1, 3, 90)]))
    );
}
