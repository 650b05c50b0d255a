//! A bar of one line: which seconds of an item an entry is in.

use lamassu_engine::MatchRow;

use crate::output::seconds;

/// How many columns stand for an item.
const COLUMNS: usize = 48;
/// Share of a column's time from which it counts as filled.
const FULL_SHARE: f64 = 0.95;

/// What is drawn with: the ends, a column that is filled, one in part, and an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    left: char,
    full: char,
    part: char,
    none: char,
    right: char,
}

impl Marks {
    const BLOCKS: Self = Self { left: '▕', full: '█', part: '▒', none: '·', right: '▏' };
    const ASCII: Self = Self { left: '|', full: '#', part: '+', none: '.', right: '|' };

    /// Blocks where the locale says that letters are UTF-8.
    pub fn of_locale() -> Self {
        let names = ["LC_ALL", "LC_CTYPE", "LANG"];
        let locale = names.into_iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
        Self::of(&locale.unwrap_or_default().to_string_lossy())
    }

    fn of(locale: &str) -> Self {
        let letters = locale.to_ascii_lowercase();
        if letters.contains("utf-8") || letters.contains("utf8") { Self::BLOCKS } else { Self::ASCII }
    }
}

/// The bar of an entry that was found, and how much of the item it is; none where the item does not play.
pub fn of(found: &MatchRow, item_ms: u32, marks: Marks) -> Option<String> {
    let item_s = f64::from(item_ms) / 1000.0;
    if item_s <= 0.0 || found.segments.is_empty() {
        return None;
    }
    let spans = joined(found.segments.iter().map(|it| (it.item_start_s, it.item_end_s.min(item_s))));
    let column_s = item_s / COLUMNS as f64;
    let columns: String = (0..COLUMNS)
        .map(|column| {
            let start_s = column as f64 * column_s;
            let share = inside_s(&spans, (start_s, start_s + column_s)) / column_s;
            match share {
                _ if share >= FULL_SHARE => marks.full,
                _ if share > 0.0 => marks.part,
                _ => marks.none,
            }
        })
        .collect();
    let layer = match found.method.as_str() {
        "sound" => "sound",
        "sha256" => "whole",
        _ => "picture",
    };
    let shown_s = inside_s(&spans, (0.0, item_s));
    let percent = shown_s / item_s * 100.0;
    Some(format!(
        "{layer:<7} {}{columns}{}  {} of {}, {percent:.0} %",
        marks.left,
        marks.right,
        seconds(shown_s),
        seconds(item_s)
    ))
}

/// The spans in order, those that touch as one.
fn joined(spans: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut sorted: Vec<(f64, f64)> = spans.filter(|(start, end)| end > start).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut joined: Vec<(f64, f64)> = Vec::new();
    for (start, end) in sorted {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}

/// How much of `within` lies in `spans`, in seconds.
fn inside_s(spans: &[(f64, f64)], within: (f64, f64)) -> f64 {
    spans.iter().map(|span| (span.1.min(within.1) - span.0.max(within.0)).max(0.0)).sum()
}

#[cfg(test)]
mod tests {
    use lamassu_engine::{MatchRow, SegmentRow};

    use super::{COLUMNS, Marks, of};

    fn found(method: &str, spans: &[(f64, f64)]) -> MatchRow {
        let segment = |&(item_start_s, item_end_s): &(f64, f64)| SegmentRow {
            item_start_s,
            item_end_s,
            entry_start_s: 0.0,
            entry_end_s: 1.0,
            score: 0.9,
        };
        MatchRow {
            bank: "known".to_owned(),
            entry: "e".to_owned(),
            title: "Example Agency".to_owned(),
            method: method.to_owned(),
            score: 0.9,
            distance_bits: None,
            item_coverage: None,
            entry_coverage: None,
            segments: spans.iter().map(segment).collect(),
            borrowed: Vec::new(),
            explained_by: None,
        }
    }

    #[test]
    fn a_bar_fills_the_seconds_that_are_covered() {
        let bar = of(&found("frames", &[(12.0, 24.0), (20.0, 36.0)]), 48_000, Marks::ASCII);
        let columns = format!("{}{}{}", ".".repeat(12), "#".repeat(24), ".".repeat(12));
        assert_eq!(bar.unwrap(), format!("picture |{columns}|  0:24.0 of 0:48.0, 50 %"));
        let bar = of(&found("sound", &[(0.0, 48.0)]), 48_000, Marks::BLOCKS).unwrap();
        assert_eq!(bar, format!("sound   ▕{}▏  0:48.0 of 0:48.0, 100 %", "█".repeat(48)));
        // A moment is seen, however short it is.
        assert!(of(&found("pdq", &[(7.2, 7.3)]), 48_000, Marks::BLOCKS).unwrap().contains("·▒·"));
    }

    #[test]
    fn what_does_not_play_has_no_bar_and_odd_times_stay_inside() {
        assert_eq!(of(&found("pdq", &[(0.0, 0.0)]), 0, Marks::ASCII), None);
        assert_eq!(of(&found("frames", &[]), 9_000, Marks::ASCII), None);
        for odd in [(5.0, 1.0), (-4.0, 900.0), (8.0, f64::MAX)] {
            let bar = of(&found("frames", &[odd]), 9_000, Marks::ASCII).unwrap();
            assert_eq!(bar.split('|').nth(1).unwrap().len(), COLUMNS, "{bar}");
        }
    }

    #[test]
    fn blocks_are_for_those_who_can_show_them() {
        for (locale, marks) in [
            ("en_GB.UTF-8", Marks::BLOCKS),
            ("ar_EG.utf8", Marks::BLOCKS),
            ("C", Marks::ASCII),
            ("", Marks::ASCII),
            ("ru_RU.KOI8-R", Marks::ASCII),
        ] {
            assert_eq!(Marks::of(locale), marks, "{locale}");
        }
    }
}
