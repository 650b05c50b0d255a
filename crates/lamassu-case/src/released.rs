//! When something was released, out of what people wrote about it.

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The start of the day, month or year, milliseconds since 1970 in UTC, that a text begins with as `2026`, `2026-11`
/// or `2026-11-26`, in any of the digits that Arabic and Persian are written with. None for anything else: a date
/// whose order of day and month would be guessed is no date.
pub fn released_ms(text: &str) -> Option<i64> {
    let mut parts = text.trim().splitn(3, ['-', '/', '.']);
    let year = number(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |part| number(part, 2))?;
    let day = parts.next().map_or(Some(1), |part| number(first_word(part), 2))?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let is_date = (1..=12).contains(&month) && (1..=days).contains(&day);
    is_date.then(|| days_since_1970(year, month, day) * DAY_MS)
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
