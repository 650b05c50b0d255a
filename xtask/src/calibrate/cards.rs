//! Pictures that look like each other more than photographs do: cards of words on templates, as news pages and statements
//! are, and striped flags. Those of one template are alike to every fingerprint, and not the same.

use image::{Rgb, RgbImage};

/// How many cards a template has.
pub const OF_TEMPLATE: u32 = 4;
const SIZE_PX: (u32, u32) = (720, 480);
/// Words that cards are written with, and letters that words are.
const WORDS: u32 = 80;
const LETTERS: u32 = 26;
/// Blocks that a letter is made of, across and down.
const LETTER: (u32, u32) = (3, 5);
/// Colours of flags.
const COLOURS: [[u8; 3]; 10] = [
    [200, 16, 46],
    [255, 255, 255],
    [0, 0, 0],
    [0, 122, 61],
    [0, 56, 147],
    [252, 209, 22],
    [255, 130, 0],
    [108, 172, 228],
    [110, 25, 45],
    [120, 120, 120],
];

/// Card `number` of template `template`: its colours, bars and first line, then words of its own.
pub fn words(template: u32, number: u32) -> RgbImage {
    let (width, height) = SIZE_PX;
    let of = |k: u32| hash(template, k);
    let shade = |k: u32| 40 + (of(k) % 190) as u8;
    let (ground, bar) = ([shade(1), shade(2), shade(3)], [shade(4), shade(5), shade(6)]);
    let mut card = RgbImage::from_pixel(width, height, Rgb(ground));
    let bar_height = 30 + of(7) % 60;
    fill(&mut card, (0, 0), (width, bar_height), bar);
    let ink = if u32::from(ground[0]) + u32::from(ground[1]) > 260 { [15; 3] } else { [240; 3] };
    let block = 4 + of(8) % 4;
    let line_height = LETTER.1 * block * 8 / 5;
    let lines = 3 + of(9) % 4;
    for line in 0..lines {
        let own = if line == 0 { template } else { (template * OF_TEMPLATE + number) ^ 0x5A5A_0000 };
        let mut left = 30 + of(10) % 40;
        for word in 0..2 + of(11) % 4 {
            let which = hash(own, line * 97 + word) % WORDS;
            let letters = 3 + hash(which, 1) % 6;
            if left + letters * (LETTER.0 + 1) * block > width - 20 {
                break;
            }
            let top = bar_height + 30 + line * line_height;
            for k in 0..letters {
                let at = (left + k * (LETTER.0 + 1) * block, top);
                letter(&mut card, hash(which, 2 + k) % LETTERS, (at, block), ink);
            }
            left += (letters * (LETTER.0 + 1) + 2) * block;
        }
    }
    card
}

/// Letter `which`, of blocks this large.
fn letter(card: &mut RgbImage, which: u32, ((left, top), block): ((u32, u32), u32), ink: [u8; 3]) {
    let blocks = hash(which, 7_919) | 0b10_0000_0001;
    for (x, y) in (0..LETTER.0).flat_map(|x| (0..LETTER.1).map(move |y| (x, y))) {
        if blocks >> (y * LETTER.0 + x) & 1 == 1 {
            fill(card, (left + x * block, top + y * block), (block, block), ink);
        }
    }
}

/// Flag `number` of template `template`: stripes and perhaps a disc, in colours of its own.
pub fn flag(template: u32, number: u32) -> RgbImage {
    let (width, height) = SIZE_PX;
    let of = |k: u32| hash(template ^ 0xF1A6, k);
    let stripes = [2, 3, 3, 5][of(1) as usize % 4];
    let mut colours = COLOURS;
    for k in 0..colours.len() {
        let other = hash(template * OF_TEMPLATE + number, 100 + k as u32) as usize % colours.len();
        colours.swap(k, other);
    }
    let mut flag = RgbImage::new(width, height);
    for k in 0..stripes {
        let colour = colours[k as usize];
        if of(2).is_multiple_of(2) {
            let left = width * k / stripes;
            fill(&mut flag, (left, 0), (width * (k + 1) / stripes - left, height), colour);
        } else {
            let top = height * k / stripes;
            fill(&mut flag, (0, top), (width, height * (k + 1) / stripes - top), colour);
        }
    }
    if of(3) % 5 < 2 {
        let (radius, colour) = (height as f32 / 6.0, colours[stripes as usize]);
        for (x, y, pixel) in flag.enumerate_pixels_mut() {
            let off = (x as f32 - width as f32 / 2.0).hypot(y as f32 - height as f32 / 2.0);
            if off < radius {
                *pixel = Rgb(colour);
            }
        }
    }
    flag
}

fn fill(card: &mut RgbImage, (left, top): (u32, u32), (width, height): (u32, u32), colour: [u8; 3]) {
    for (x, y) in (left..left + width).flat_map(|x| (top..top + height).map(move |y| (x, y))) {
        if x < card.width() && y < card.height() {
            card.put_pixel(x, y, Rgb(colour));
        }
    }
}

/// Numbers that look like chance (`xxHash`'s avalanche).
pub fn hash(a: u32, b: u32) -> u32 {
    let mut mixed = a.wrapping_mul(0x9E37_79B1) ^ b.wrapping_add(0x1656_67B1).wrapping_mul(0x85EB_CA77);
    mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2C1B_3C6D);
    mixed = (mixed ^ (mixed >> 12)).wrapping_mul(0x297A_2D39);
    mixed ^ (mixed >> 15)
}

#[cfg(test)]
mod tests {
    use super::{flag, words};

    #[test]
    fn cards_of_a_template_share_it_and_differ() {
        for draw in [words, flag] {
            assert_eq!(draw(3, 1), draw(3, 1));
            assert_ne!(draw(3, 1), draw(3, 2));
        }
        // The bar above is the template's.
        assert_eq!(words(3, 1).get_pixel(5, 5), words(3, 2).get_pixel(5, 5));
    }
}
