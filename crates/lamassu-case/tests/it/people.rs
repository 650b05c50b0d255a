//! Names to sign in with.

use lamassu_case::PersonName;

#[test]
fn spellings_of_one_name_fold_to_the_same() {
    let folded = |name: &str| name.parse::<PersonName>().unwrap().folded();
    for (one, other) in [("Ada", "aDA"), ("Straße", "STRASSE"), ("ΟΔΟΣ", "οδος"), ("İpek", "i\u{307}pek")]
    {
        assert_eq!(folded(one), folded(other), "{one} {other}");
    }
    assert_ne!(folded("ada"), folded("adah"));
    assert_eq!("Ada".parse::<PersonName>().unwrap().as_str(), "Ada");
}

#[test]
fn a_name_is_one_to_sixty_four_visible_characters() {
    for good in ["a", "ada@example.org", "Ådå", "अनीता", "名前", &"x".repeat(64), &"名".repeat(64)]
    {
        assert!(good.parse::<PersonName>().is_ok(), "{good}");
    }
    let hidden =
        ["", " ", "a b", "a\0", "a\n", "a\u{200b}b", "\u{202e}ada", "a\u{ad}da", "\u{3164}", "a\u{a0}b"];
    for bad in hidden {
        assert!(bad.parse::<PersonName>().is_err(), "{bad:?}");
    }
    assert!("x".repeat(65).parse::<PersonName>().is_err());
    assert!("x".repeat(100_000_000).parse::<PersonName>().is_err());
}
