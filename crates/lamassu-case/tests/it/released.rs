//! Dates that people write.

use lamassu_case::{Released, released_ms};

const DAY_MS: i64 = 86_400_000;

#[test]
fn dates_are_read_as_they_are_written() {
    for (text, days) in [
        ("1970-01-01", 0),
        ("1970", 0),
        ("1970-02", 31),
        (" 2000-02-29 ", 11_016),
        ("2026-11-26T05:00Z", 20_783),
        ("2026/11/26 at noon", 20_783),
        ("2026.11.26", 20_783),
        ("٢٠٢٦-١١-٢٦", 20_783),
        ("۲۰۲۶-۱۱-۲۶", 20_783),
        ("1969-12-31", -1),
        ("0001-01-01", -719_162),
    ] {
        assert_eq!(released_ms(text), Some(days * DAY_MS), "{text}");
    }
}

#[test]
fn what_is_no_date_is_not_guessed_at() {
    for text in [
        "",
        "-",
        "spring",
        "26-11-2026",
        "11/26/2026",
        "2026-13-01",
        "2026-00-01",
        "2026-02-29",
        "2026-04-31",
        "2026-1-1",
        "2026-11-26x",
        "20261126",
        "1446 هـ",
        "2026-11-",
        "²⁰²⁶",
    ] {
        assert_eq!(released_ms(text), None, "{text}");
    }
    // Very long texts are held out.
    assert_eq!(released_ms(&"9".repeat(100_000)), None);
}

#[test]
fn a_date_is_as_long_as_it_is_told() {
    for (text, days, month) in [
        ("2026", 365, None),
        ("2024", 366, None),
        ("2026-02", 28, Some(2)),
        ("2024-02", 29, Some(2)),
        ("2026-12", 31, Some(12)),
        ("2026-12-31", 1, Some(12)),
    ] {
        let released = Released::of(text).expect("is a date");
        let is = ((released.end_ms - released.start_ms) / DAY_MS, released.month);
        assert_eq!(is, (days, month), "{text}");
        assert_eq!(released.year, text[..4].parse::<i64>().expect("a year"));
    }
}
