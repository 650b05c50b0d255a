//! Reading a policy.

use lamassu_case::{BankPolicy, Outcome, Policy, PolicyError, Purpose};
use lamassu_fingerprint::Digest;
use proptest::prelude::*;

use crate::make::bank;

fn refused(text: &str) -> PolicyError {
    Policy::parse(text).expect_err("this policy must be refused")
}

#[test]
fn an_empty_text_is_the_policy_of_defaults() {
    let policy = Policy::parse("").expect("an empty policy is fine");
    let known = policy.bank(&bank("any"));
    assert_eq!(*known, BankPolicy::default());
    assert_eq!((known.radius_bits, known.frame_radius_bits, known.quality_min), (31, 40, 50));
    assert_eq!((known.frames_min, known.outcome), (3, Outcome::Review));
    assert_eq!(policy.version, Digest::of(b""));
}

#[test]
fn a_bank_takes_from_the_default_what_it_leaves_out() {
    let text = "[default]\nradius_bits = 20\n[banks.strict]\nquality_min = 80\noutcome = 'none'\n";
    let policy = Policy::parse(text).expect("a valid policy");
    let default = BankPolicy { radius_bits: 20, ..BankPolicy::default() };
    assert_eq!(*policy.bank(&bank("other")), default);
    assert_eq!(
        *policy.bank(&bank("strict")),
        BankPolicy { quality_min: 80, outcome: Outcome::None, ..default }
    );
    assert_eq!(policy.text, text);
    assert_eq!(policy.version, Digest::of(text.as_bytes()), "the version is of the text, comments and all");
}

#[test]
fn the_search_reaches_as_far_as_the_widest_bank() {
    let text = "[banks.a]\nradius_bits = 40\n[banks.b]\nframe_radius_bits = 60\nradius_bits = 5\n";
    assert_eq!(Policy::parse(text).expect("a valid policy").radius_bits_max(), (40, 60));
    assert_eq!(
        Policy::parse("[banks.a]\nradius_bits = 1").expect("a valid policy").radius_bits_max(),
        (31, 40)
    );
}

#[test]
fn plain_pictures_are_searched_as_far_as_any_bank_asks() {
    let most = |text: &str| Policy::parse(text).expect("a valid policy").plain_difference_max();
    assert!((most("") - 0.15).abs() < 1e-9);
    assert!(
        (most("[banks.a]\nplain_difference = 0.3\n[banks.b]\nplain_difference = 0.1") - 0.3).abs() < 1e-9
    );
    assert!(matches!(refused("[banks.a]\nplain_difference = 1.5"), PolicyError::Syntax(_)));
}

#[test]
fn what_is_not_a_policy_is_refused() {
    for text in [
        "radius_bits = 3",
        "[default]\nradius = 3",
        "[banks.a]\nradius = 3",
        "[default]\nradius_bits = 'wide'",
        "[default]\nradius_bits = -1",
        "[default]\noutcome = 'block'",
        "[banks.'Not A Name']\nradius_bits = 3",
        "[banks]\na = 3",
        "= =",
    ] {
        assert!(matches!(refused(text), PolicyError::Syntax(_)), "{text}");
    }
}

#[test]
fn values_out_of_range_are_named() {
    let range =
        |bank: &str, field, value, max| PolicyError::Range { bank: bank.to_owned(), field, value, max };
    assert_eq!(refused("[default]\nradius_bits = 97"), range("the default", "radius_bits", 97, 96));
    assert_eq!(refused("[banks.a]\nframe_radius_bits = 200"), range("a", "frame_radius_bits", 200, 96));
    assert_eq!(refused("[banks.a]\nquality_min = 101"), range("a", "quality_min", 101, 100));
    assert!(Policy::parse("[default]\nradius_bits = 96\nquality_min = 100").is_ok());
}

#[test]
fn a_mistake_in_a_bank_names_the_bank() {
    for text in ["[banks.first]\n[banks.second]\nradius = 3", "[banks.second]\nquality_min = 1000"] {
        assert!(refused(text).to_string().contains("second"), "{}", refused(text));
    }
}

#[test]
fn a_bank_has_a_purpose_and_the_default_is_harmful() {
    let text = "[banks.film]\npurpose = 'context'\n[banks.marks]\npurpose = 'logo'\n[banks.plain]\nradius_bits = 3\n";
    let policy = Policy::parse(text).expect("a valid policy");
    let purpose = |name: &str| policy.bank(&bank(name)).purpose;
    assert_eq!((purpose("film"), purpose("marks")), (Purpose::Context, Purpose::Logo));
    assert_eq!((purpose("plain"), purpose("unnamed")), (Purpose::Harmful, Purpose::Harmful));
    assert_eq!(policy.banks_of(Purpose::Context).collect::<Vec<_>>(), [&bank("film")]);
    // A slip there would silence all banks at once.
    for text in
        ["[default]\npurpose = 'context'", "[default]\npurpose = 'logo'", "[banks.a]\npurpose = 'good'"]
    {
        assert!(matches!(refused(text), PolicyError::Syntax(_)), "{text}");
    }
    assert!(Policy::parse("[default]\npurpose = 'harmful'").is_ok());
}

#[test]
fn near_misses_reach_as_far_as_they_are_asked_for() {
    let reach = |text: &str| Policy::parse(text).expect("a valid policy").radius_bits_max();
    assert_eq!(reach("[banks.a]\nnear_miss_bits = 9"), (40, 49));
    assert_eq!(
        reach("[banks.a]\nnear_miss_bits = 9\n[near_miss]\ncases_a_day = 0"),
        (31, 40),
        "switched off"
    );
    let range = |field, value, max| PolicyError::Range { bank: "a".to_owned(), field, value, max };
    assert_eq!(refused("[banks.a]\nnear_miss_bits = 33"), range("near_miss_bits", 33, 32));
    for text in
        ["[default]\nnear_miss_score = 1.5", "[default]\nnear_miss_score = -0.1", "[near_miss]\na_day = 3"]
    {
        assert!(matches!(refused(text), PolicyError::Syntax(_)), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
        if let Ok(policy) = Policy::parse(&text) {
            prop_assert_eq!(policy.text, text);
        }
    }
}
