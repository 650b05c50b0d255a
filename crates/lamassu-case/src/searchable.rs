//! Words as they are searched: how they are written must not matter.

/// The words of a text, apart by single spaces: in small letters, without marks, joiners and the stretching of Arabic
/// letters, and with one form of the letters and digits that Arabic and Persian write in several. Words that mean the
/// same to a reader come out the same, whichever keyboard wrote them.
pub fn searchable(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut apart = false;
    for letter in text.chars().flat_map(char::to_lowercase).filter(|letter| !is_silent(*letter)) {
        if !letter.is_alphanumeric() {
            apart = true;
            continue;
        }
        if apart && !words.is_empty() {
            words.push(' ');
        }
        apart = false;
        words.push(plain(letter));
    }
    words
}

/// Marks on letters, and what is not seen at all.
fn is_silent(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36f}'
        | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn plain(letter: char) -> char {
    match letter {
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' | 'ی' | 'ئ' => 'ي',
        'ؤ' => 'و',
        'ة' => 'ه',
        'ک' => 'ك',
        '\u{660}'..='\u{669}' => ascii_digit(letter, 0x660),
        '\u{6f0}'..='\u{6f9}' => ascii_digit(letter, 0x6f0),
        other => other,
    }
}

fn ascii_digit(letter: char, zero: u32) -> char {
    char::from_digit(u32::from(letter) - zero, 10).unwrap_or(letter)
}
