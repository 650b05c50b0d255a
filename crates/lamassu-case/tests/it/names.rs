//! Names and ids.

use lamassu_case::{BankName, EntryId, InvalidName, ItemId, Medium};
use proptest::prelude::*;

#[test]
fn bank_names() {
    for good in ["a", "7", "known", "a.b_c-d", "0-9", &"x".repeat(64)] {
        assert_eq!(good.parse::<BankName>().map(|name| name.to_string()), Ok(good.to_owned()));
    }
    for bad in ["", "A", "-a", ".a", "_a", "a b", "a/b", "ü", "a\n", &"x".repeat(65)] {
        assert_eq!(bad.parse::<BankName>(), Err(InvalidName::Bank), "{bad:?}");
    }
}

#[test]
fn ids() {
    let text = "0192f0c1-7abc-7def-8123-456789ABCDEF";
    let id: EntryId = text.parse().expect("this is a UUID");
    assert_eq!(id.as_str(), text.to_lowercase());
    assert_eq!(text.parse::<ItemId>().map(String::from), Ok(text.to_lowercase()));
    for bad in ["", "0192f0c17abc7def8123456789abcdef", "{0192f0c1-7abc-7def-8123-456789abcde}"] {
        assert_eq!(bad.parse::<EntryId>(), Err(InvalidName::Id), "{bad:?}");
        assert_eq!(bad.parse::<ItemId>(), Err(InvalidName::Id), "{bad:?}");
    }
}

#[test]
fn media_have_names() {
    for medium in Medium::ALL {
        assert_eq!(Medium::from_name(medium.name()), Some(medium));
        assert_eq!(serde_json::to_string(&medium).ok(), Some(format!("\"{}\"", medium.name())));
    }
    assert_eq!(Medium::from_name("film"), None);
}

proptest! {
    #[test]
    fn a_name_is_read_as_it_is_written(text in "\\PC{0,70}") {
        if let Ok(name) = text.parse::<BankName>() {
            prop_assert_eq!(name.as_str(), &text);
            prop_assert!(text.is_ascii() && !text.contains('/'));
        }
        if let Ok(id) = text.parse::<EntryId>() {
            prop_assert_eq!(id.to_string(), text.to_lowercase());
        }
    }
}
