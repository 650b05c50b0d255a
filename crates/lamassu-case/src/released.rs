//! When something was released, out of what people wrote about it.

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The day, month or year in which something was released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Released {
    /// When it starts, milliseconds since 1970 in UTC.
    pub start_ms: i64,
    /// When the next one starts, likewise.
    pub end_ms: i64,
    /// The year.
    pub year: i64,
    /// The month, 1 to 12, where it is told.
    pub month: Option<i64>,
}

impl Released {
    /// What a text begins with as `2026`, `2026-11` or `2026-11-26`, in any of the digits that Arabic and Persian are
    /// written with. None for anything else: a date whose order of day and month would be guessed is no date.
    pub fn of(text: &str) -> Option<Self> {
        let mut parts = text.trim().splitn(3, ['-', '/', '.']);
        let year = number(parts.next()?, 4)?;
        let Some(month) = parts.next() else {
            return Some(Self::between((year, 1, 1), (year + 1, 1, 1), None));
        };
        let month = number(month, 2).filter(|month| (1..=12).contains(month))?;
        let next_month = if month < 12 { (year, month + 1, 1) } else { (year + 1, 1, 1) };
        let whole = Self::between((year, month, 1), next_month, Some(month));
        let Some(day) = parts.next() else { return Some(whole) };
        let day = number(first_word(day), 2).filter(|day| *day >= 1)?;
        let start_ms = whole.start_ms + (day - 1) * DAY_MS;
        (start_ms < whole.end_ms).then_some(Self { start_ms, end_ms: start_ms + DAY_MS, ..whole })
    }

    fn between(start: (i64, i64, i64), end: (i64, i64, i64), month: Option<i64>) -> Self {
        let ms = |(year, month, day)| days_since_1970(year, month, day) * DAY_MS;
        Self { start_ms: ms(start), end_ms: ms(end), year: start.0, month }
    }
}

/// The start of the day, month or year that a text tells ([`Released::of`]), milliseconds since 1970 in UTC.
pub fn released_ms(text: &str) -> Option<i64> {
    Released::of(text).map(|released| released.start_ms)
}

/// The day without the time of day behind it.
fn first_word(text: &str) -> &str {
    text.split([' ', 'T', '\u{a0}']).next().unwrap_or_default()
}

/// How old something is, milliseconds since 1970: when it was released where that is told as a date, else when it was
/// added. What was added before is no younger.
pub fn age_ms(published: Option<&str>, added_at_ms: i64) -> i64 {
    published.and_then(released_ms).map_or(added_at_ms, |released_ms| released_ms.min(added_at_ms))
}

fn number(text: &str, digits: usize) -> Option<i64> {
    (text.chars().count() == digits).then_some(())?;
    text.chars().try_fold(0, |number, letter| Some(number * 10 + i64::from(digit(letter)?)))
}

fn digit(letter: char) -> Option<u32> {
    match letter {
        '0'..='9' => letter.to_digit(10),
        '\u{660}'..='\u{669}' => Some(u32::from(letter) - 0x660),
        '\u{6f0}'..='\u{6f9}' => Some(u32::from(letter) - 0x6f0),
        _ => None,
    }
}

/// Days from 1970 to a day of the Gregorian calendar, which repeats itself every 400 years. The year is counted from
/// March, so that the odd day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    const DAYS_TO_1970: i64 = 719_468;
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_year = (153 * month + 2) / 5 + day - 1;
    let of_years = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    of_years + of_year - DAYS_TO_1970
}
