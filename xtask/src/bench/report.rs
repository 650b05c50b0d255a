//! Rows of results: what was measured, the goal, whether it is met.

use std::fmt::Write as _;

/// What a number should be.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
}

/// A measurement.
pub struct Row {
    letter: &'static str,
    name: String,
    value: f64,
    unit: &'static str,
    goal: Option<Goal>,
    note: String,
}

impl Row {
    /// A measurement without a goal.
    pub fn new(letter: &'static str, name: String, (value, unit): (f64, &'static str)) -> Self {
        Self { letter, name, value, unit, goal: None, note: String::new() }
    }

    /// With what it should be.
    pub fn goal(self, goal: Goal) -> Self {
        Self { goal: Some(goal), ..self }
    }

    /// With what else there is to know.
    pub fn note(self, note: String) -> Self {
        Self { note, ..self }
    }

    /// Whether the goal is met; none without one.
    pub fn met(&self) -> Option<bool> {
        Some(match self.goal? {
            Goal::AtMost(most) => self.value <= most,
            Goal::AtLeast(least) => self.value >= least,
        })
    }
}

/// The rows, aligned.
pub fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    let mut text =
        format!("   {:<width$}  {:>10} {:<8} {:>8}  {:<6}  beside\n", "what", "measured", "", "goal", "met");
    for row in rows {
        let goal = match row.goal {
            Some(Goal::AtMost(value)) => format!("≤ {value:.1}"),
            Some(Goal::AtLeast(value)) => format!("≥ {value:.1}"),
            None => String::new(),
        };
        let met = row.met().map_or("", |met| if met { "met" } else { "MISSED" });
        let Row { letter, name, value, unit, note, .. } = row;
        let _written =
            writeln!(text, "{letter}  {name:<width$}  {value:>10.2} {unit:<8} {goal:>8}  {met:<6}  {note}");
    }
    text
}

/// Which machine this is.
pub fn machine() -> String {
    let text = fs_err::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("unknown", |(_, name)| name.trim());
    format!("{model}, {} cores", std::thread::available_parallelism().map_or(1, usize::from))
}

#[cfg(test)]
mod tests {
    use super::{Goal, Row, table};

    #[test]
    fn goals() {
        let row = |value, goal| Row::new("x", "n".to_owned(), (value, "ms")).goal(goal).met();
        assert_eq!(row(1.0, Goal::AtMost(1.0)), Some(true));
        assert_eq!(row(1.1, Goal::AtMost(1.0)), Some(false));
        assert_eq!(row(1.0, Goal::AtLeast(1.0)), Some(true));
        assert_eq!(row(0.9, Goal::AtLeast(1.0)), Some(false));
        assert_eq!(Row::new("x", "n".to_owned(), (0.0, "ms")).met(), None);
    }

    #[test]
    fn rows_say_what_is_missed() {
        let text = table(&[Row::new("x", "name".to_owned(), (2.0, "ms")).goal(Goal::AtMost(1.0))]);
        assert!(text.contains("2.00 ms") && text.contains("≤ 1.0") && text.contains("MISSED"), "{text}");
    }
}
