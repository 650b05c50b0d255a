//! Text from outside for files that people open: what hides in it is written out.

use std::fmt::Write;

/// Longest title in a drawing, in characters.
const CHARS_MAX: usize = 90;

/// The text with characters that draw nothing written out as `[U+202E]`: none can turn the line around, end it or
/// hide between letters.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hidden(letter) {
            // A string takes whatever is written.
            let _ = write!(shown, "[U+{:04X}]", u32::from(letter));
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// The same on one line of a drawing, cut short.
pub fn short(text: &str) -> String {
    let shown = visible(text);
    if shown.chars().count() <= CHARS_MAX {
        return shown;
    }
    shown.chars().take(CHARS_MAX - 1).chain(['…']).collect()
}

/// Control and format characters, fillers, selectors and tags of the Unicode Standard.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::{short, visible};

    #[test]
    fn what_hides_is_written_out() {
        assert_eq!(visible("a\u{202e}b\u{200b}\n\0"), "a[U+202E]b[U+200B][U+000A][U+0000]");
        assert_eq!(visible("\u{2066}x\u{2069}\u{e0041}\u{feff}"), "[U+2066]x[U+2069][U+E0041][U+FEFF]");
        // Letters of any script, marks that belong to them, and spaces stay.
        assert_eq!(visible("وكالة المِثال é 日本 😀"), "وكالة المِثال é 日本 😀");
    }

    #[test]
    fn long_ones_are_cut_between_letters() {
        let shown = short(&"ن".repeat(500));
        assert_eq!((shown.chars().count(), shown.ends_with('…')), (90, true));
    }
}
