//! What writes SVG: every text is escaped, every number finite.

use std::fmt::Write;

use crate::provenance::Language;
use crate::provenance::visible::short;

/// Width of the paper and the edges of what is drawn on it, in pixels.
const WIDTH: f64 = 1_200.0;
pub const LEFT: f64 = 40.0;
pub const RIGHT: f64 = 1_160.0;
/// Narrowest thing that can still be seen, in pixels.
const NARROW: f64 = 2.0;
/// Narrowest block with a number in it, in pixels.
const NUMBERED: f64 = 20.0;
/// How near each other the middles of two numbers may be, in pixels.
const NUMBERS_APART: f64 = 16.0;

/// Start and end across, or start and length down, in pixels.
pub type Extent = (f64, f64);

/// How things look: on white paper, and in black and white.
const STYLE: &str = "
    text { font-family: system-ui, 'Noto Sans', 'Noto Sans Arabic', Arial, sans-serif; fill: #1b1f24 }
    .title { font-size: 22px; font-weight: 600 } .heading { font-size: 16px; font-weight: 600 }
    .note, .key { font-size: 13px; fill: #4a525c } .time, .no { font-size: 12px; fill: #4a525c }
    .no { font-weight: 700; fill: #1b1f24; text-anchor: middle } .ground { fill: #ffffff }
    .frame { fill: none; stroke: #8a929c } .rule { stroke: #c3c9d0 }
    .picture { fill: #c98a1b; stroke: #7a4f00 } .sound { fill: url(#stripes); stroke: #1f4e96 }
    .borrowed { fill: url(#cross); stroke: #4a525c; stroke-dasharray: 4 3 }
    .unknown { fill: url(#dots); stroke: #8a929c; stroke-dasharray: 3 3 }
    polygon { opacity: 0.35 } polygon.sound { stroke-dasharray: 6 3 }
";

const PATTERNS: &str = r##"<defs>
<pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#e4ecf8"/><rect width="3" height="6" fill="#1f4e96"/></pattern>
<pattern id="cross" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#ffffff"/><path d="M0 0l8 8M8 0l-8 8" stroke="#8a929c"/></pattern>
<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#ffffff"/><circle cx="3" cy="3" r="1" fill="#8a929c"/></pattern>
</defs>"##;

/// A sheet that is drawn on from above to below.
pub struct Pen {
    body: String,
    y: f64,
    length_s: f64,
    is_rtl: bool,
}

impl Pen {
    /// A new sheet for an item of this length.
    pub fn new(length_s: f64, language: Language) -> Self {
        Self { body: String::new(), y: 44.0, length_s, is_rtl: matches!(language, Language::Ar) }
    }

    /// Length of the item in seconds.
    pub fn length_s(&self) -> f64 {
        self.length_s
    }

    /// Goes on farther below.
    pub fn down(&mut self, by: f64) {
        self.y += by;
    }

    /// Where a stretch of the item lies on its line: from and to.
    pub fn on_item(&self, start_s: f64, end_s: f64) -> Extent {
        along(start_s, end_s, self.length_s)
    }

    /// The title, and what it is about.
    pub fn title(&mut self, title: &str, about: &str) {
        let y = self.y;
        self.line("title", y, &format!("{title}: {}", isolated(&short(about))));
        self.down(24.0);
    }

    /// A line of small print.
    pub fn note(&mut self, text: &str) {
        let y = self.y;
        self.line("note", y, text);
        self.down(22.0);
    }

    /// What a line is called, and what is said beside it.
    pub fn heading(&mut self, name: &str, beside: &str) {
        self.down(16.0);
        let y = self.y;
        self.line("heading", y, name);
        self.down(8.0);
        if !beside.is_empty() {
            self.down(10.0);
            let y = self.y;
            self.line("note", y, beside);
            self.down(8.0);
        }
    }

    /// What the patterns mean.
    pub fn legend(&mut self, shown: &[(&str, &str)]) {
        let side = if self.is_rtl { RIGHT - 22.0 } else { LEFT };
        for (class, meaning) in shown {
            let (x, y) = (side, self.y);
            let _ = writeln!(
                self.body,
                r#"<rect class="{class}" x="{x:.1}" y="{:.1}" width="22" height="12"/>"#,
                y - 11.0
            );
            let words = if self.is_rtl { x - 8.0 } else { x + 30.0 };
            self.words("key", (words, y), self.direction(), meaning);
            self.down(18.0);
        }
    }

    /// A filled stretch at this height below where the pen is: from and height.
    pub fn block(&mut self, class: &str, across: Extent, down: Extent) {
        let (x, y) = (across.0, self.y + down.0);
        let _ = writeln!(
            self.body,
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{:.1}" height="{:.1}"/>"#,
            across.1 - across.0,
            down.1
        );
    }

    /// Numbers of lanes, each at the start of its block and beside those that are there already, where there is room.
    pub fn numbers(&mut self, numbers: &[(usize, Extent, Extent)]) {
        let mut taken: Vec<[f64; 2]> = Vec::new();
        for &(number, across, down) in numbers {
            let (mut x, y) = (across.0 + NUMBERED / 2.0, self.y + down.0 + down.1 / 2.0);
            let is_taken =
                |x: f64| taken.iter().any(|at| (at[1] - y).abs() < 1.0 && (at[0] - x).abs() < NUMBERS_APART);
            while x + NUMBERED / 2.0 <= across.1 && is_taken(x) {
                x += NUMBERS_APART;
            }
            if x + NUMBERED / 2.0 <= across.1 {
                taken.push([x, y]);
                let _ = writeln!(self.body, r#"<circle class="ground" cx="{x:.1}" cy="{y:.1}" r="7"/>"#);
                self.words("no", (x, y + 4.0), "ltr", &number.to_string());
            }
        }
    }

    /// An empty line of this height, from edge to edge.
    pub fn frame(&mut self, height: f64) {
        let (y, width) = (self.y, RIGHT - LEFT);
        let _ = writeln!(
            self.body,
            r#"<rect class="frame" x="{LEFT}" y="{y:.1}" width="{width}" height="{height:.1}"/>"#
        );
    }

    /// A band from a stretch at the pen's height to another `height` below.
    pub fn band(&mut self, class: &str, above: Extent, below: Extent, height: f64) {
        let (top, bottom) = (self.y, self.y + height);
        let _ = writeln!(
            self.body,
            r#"<polygon class="{class}" points="{:.1},{top:.1} {:.1},{top:.1} {:.1},{bottom:.1} {:.1},{bottom:.1}"/>"#,
            above.0, above.1, below.1, below.0
        );
    }

    /// A tick on the item's line with its time above it.
    pub fn tick(&mut self, at_s: f64) {
        let (x, y) = (self.on_item(at_s, at_s).0, self.y + 12.0);
        self.words("time", (x, y), "ltr", &clock(at_s));
        let _ = writeln!(self.body, r#"<path class="rule" d="M{x:.1} {:.1}v6"/>"#, y + 2.0);
    }

    /// A time at the left or right end of a line.
    pub fn time(&mut self, is_end: bool, text: &str) {
        let (x, y) = (if is_end { RIGHT } else { LEFT }, self.y);
        let anchor = if is_end { "end" } else { "start" };
        let _ = writeln!(
            self.body,
            r#"<text class="time" direction="ltr" text-anchor="{anchor}" x="{x}" y="{y:.1}">{}</text>"#,
            escaped(text)
        );
    }

    /// The file.
    pub fn finish(self, name: &str) -> String {
        let height = self.y + 24.0;
        let name = escaped(name);
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0}" viewBox="0 0 {WIDTH} {height:.0}" role="img">
<title>{name}</title>
<style>{STYLE}</style>
{PATTERNS}
<rect width="{WIDTH}" height="{height:.0}" fill="#ffffff"/>
{}</svg>
"##,
            self.body
        )
    }

    fn direction(&self) -> &'static str {
        if self.is_rtl { "rtl" } else { "ltr" }
    }

    /// A line of text at the side where reading begins.
    fn line(&mut self, class: &str, y: f64, text: &str) {
        let x = if self.is_rtl { RIGHT } else { LEFT };
        self.words(class, (x, y), self.direction(), text);
    }

    fn words(&mut self, class: &str, (x, y): (f64, f64), direction: &str, text: &str) {
        let _ = writeln!(
            self.body,
            r#"<text class="{class}" direction="{direction}" x="{x:.1}" y="{y:.1}">{}</text>"#,
            escaped(text)
        );
    }
}

/// Where a stretch lies on a line of this length, from edge to edge, wide enough to be seen.
pub fn along(start_s: f64, end_s: f64, length_s: f64) -> Extent {
    let at = |time_s: f64| LEFT + (time_s / length_s.max(0.001)).clamp(0.0, 1.0) * (RIGHT - LEFT);
    let from = at(start_s).min(RIGHT - NARROW);
    (from, at(end_s).max(from + NARROW))
}

/// A text from outside that cannot turn the line around it.
pub fn isolated(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

/// `1:02:03.5`
pub fn clock(time_s: f64) -> String {
    let tenths = (time_s.max(0.0) * 10.0).round() as u64;
    let (hours, minutes, seconds) = (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60);
    let part = if tenths.is_multiple_of(10) { String::new() } else { format!(".{}", tenths % 10) };
    match hours {
        0 => format!("{minutes}:{seconds:02}{part}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}{part}"),
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{LEFT, RIGHT, along, clock, escaped};

    #[test]
    fn nothing_leaves_the_paper() {
        for (start_s, end_s, length_s) in
            [(0.0, 9.0, 10.0), (9.999, 50.0, 10.0), (3.0, 3.0, 10.0), (5.0, 1.0, 0.0)]
        {
            let (from, to) = along(start_s, end_s, length_s);
            assert!(
                from >= LEFT && to <= RIGHT && to >= from + 2.0,
                "{start_s} {end_s} {length_s}: {from} {to}"
            );
        }
    }

    #[test]
    fn text_is_no_markup() {
        assert_eq!(escaped("<a b=\"c\">'&'"), "&lt;a b=&quot;c&quot;&gt;&apos;&amp;&apos;");
    }

    #[test]
    fn times_are_read_as_clocks() {
        let told = [0.0, 3.5, 61.0, 59.96, 3_723.4, -1.0].map(clock);
        assert_eq!(told, ["0:00", "0:03.5", "1:01", "1:00", "1:02:03.4", "0:00"]);
    }
}
