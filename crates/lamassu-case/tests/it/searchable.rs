//! Words as they are searched.

use lamassu_case::searchable;
use proptest::prelude::*;

#[test]
fn words_come_out_the_same_however_they_are_written() {
    for (one, other) in [
        ("Example Agency, clip 12", "example  agency - CLIP 12"),
        ("الأخبار", "الاخبار"),
        ("الأَخْبَارُ", "الاخبار"),
        ("أخبـــار", "اخبار"),
        ("نشرة", "نشره"),
        ("على", "علي"),
        ("یک", "يك"),
        ("٢٠٢٦", "2026"),
        ("۲۰۲۶", "2026"),
        ("re\u{200b}port", "report"),
        ("«خبر»؛ نشرة", "خبر نشرة"),
        ("cafe\u{301}", "cafe"),
    ] {
        assert_eq!(searchable(one), searchable(other), "{one}");
    }
    assert_eq!(searchable("Example Agency, clip 12"), "example agency clip 12");
    assert_ne!(searchable("agency"), searchable("agent"));
}

#[test]
fn what_has_no_words_has_none() {
    for text in ["", " ", "—", "\u{640}\u{64b}", "\"*\""] {
        assert_eq!(searchable(text), "", "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_searchable_stays_as_it_is(text in ".*") {
        let words = searchable(&text);
        prop_assert_eq!(searchable(&words), words);
    }
}
