//! Borders, bars, captions and frames are found; pictures without any are left alone.

use lamassu_fingerprint::trim::content_regions;
use lamassu_fingerprint::{Grid, Picture, Region, View};
use proptest::prelude::*;

use crate::pictures::{Pixels, noise, texture};

/// The grid that is looked at has a sample every 3 pixels at most in these pictures.
const EDGE_PX_MAX: usize = 2;

fn regions(picture: &Picture<'_>) -> Vec<(View, Region)> {
    content_regions(&Grid::sample(picture))
}

/// Borders around a texture: left, top, right, bottom in pixels, and their luma.
fn bordered(content: &Pixels, [left, top, right, bottom]: [usize; 4], luma: u8) -> (Pixels, Region) {
    let mut whole = Pixels::gray(content.width + left + right, content.height + top + bottom, |_, _| luma);
    whole.paste(content, left, top);
    (whole, Region { x: left, y: top, width: content.width, height: content.height })
}

fn near(a: Region, b: Region) -> bool {
    let edges = |r: Region| [r.x, r.y, r.x + r.width, r.y + r.height];
    edges(a).iter().zip(edges(b)).all(|(a, b)| a.abs_diff(b) <= EDGE_PX_MAX)
}

fn check_trimmed(whole: &Pixels, expected: Region) {
    let found = regions(&whole.picture());
    let trimmed = found.iter().find(|(view, _)| *view == View::Trimmed);
    assert!(
        trimmed.is_some_and(|(_, region)| near(*region, expected)),
        "found {found:?} instead of {expected:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_border_of_any_colour_is_found(
        seed in 0_u64..500,
        size in (200_usize..1000, 200_usize..800),
        sides in [12_usize..150, 12_usize..150, 12_usize..150, 12_usize..150],
        luma: u8,
    ) {
        let (whole, expected) = bordered(&texture(seed, size.0, size.1), sides, luma);
        check_trimmed(&whole, expected);
    }

    #[test]
    fn unbordered_textures_are_left_alone(seed in 0_u64..500, width in 40_usize..1200, height in 40_usize..900) {
        prop_assert_eq!(regions(&texture(seed, width, height).picture()), []);
    }

    #[test]
    fn regions_lie_within_any_picture(width in 1_usize..70, height in 1_usize..70, seed: u64, steps in 1_u8..5) {
        // Few steps of gray make uniform lines likely in every place.
        let mut next = noise(seed);
        let bytes = (0..width * height).map(|_| (next() * f64::from(steps)) as u8 * 60).collect();
        let pixels = Pixels { bytes, width, height, channels: lamassu_fingerprint::Channels::Gray };
        for (_, r) in regions(&pixels.picture()) {
            prop_assert!(r.width > 0 && r.height > 0 && r.x + r.width <= width && r.y + r.height <= height);
        }
    }
}

#[test]
fn letterbox_bars_are_found() {
    for luma in [0, 16, 255] {
        let (whole, expected) = bordered(&texture(3, 640, 360), [0, 60, 0, 60], luma);
        check_trimmed(&whole, expected);
        let (whole, expected) = bordered(&texture(4, 360, 640), [140, 0, 141, 0], luma);
        check_trimmed(&whole, expected);
    }
}

#[test]
fn bars_inside_a_border_of_another_colour_are_found() {
    let (boxed, inner) = bordered(&texture(5, 640, 360), [0, 60, 0, 60], 0);
    let (whole, outer) = bordered(&boxed, [40, 30, 40, 30], 250);
    let expected = Region { x: outer.x + inner.x, y: outer.y + inner.y, ..inner };
    check_trimmed(&whole, expected);
}

#[test]
fn a_noisy_border_is_still_a_border() {
    let (mut whole, expected) = bordered(&texture(6, 500, 400), [40, 40, 40, 40], 240);
    let mut next = noise(9);
    whole
        .bytes
        .iter_mut()
        .filter(|luma| **luma == 240)
        .for_each(|luma| *luma = (234.0 + next() * 12.0) as u8);
    check_trimmed(&whole, expected);
}

#[test]
fn a_caption_band_goes_with_its_text() {
    // A white band above with black strokes over a third of its lines, as a meme has.
    let (mut whole, expected) = bordered(&texture(7, 600, 400), [0, 120, 0, 0], 255);
    for (x, y) in (0..200).flat_map(|k| (30..90).map(move |y| (50 + 2 * k + k % 2, y))) {
        let at = y * whole.width + x;
        whole.bytes[at] = 0;
    }
    let found = regions(&whole.picture());
    let content = found.iter().find(|(view, _)| *view == View::Content);
    assert!(content.is_some_and(|(_, region)| near(*region, expected)), "found {found:?}");
}

#[test]
fn a_mark_on_a_card_is_no_picture() {
    let (whole, _) = bordered(&texture(8, 60, 60), [300, 300, 300, 300], 255);
    assert_eq!(regions(&whole.picture()), []);
}

#[test]
fn one_colour_has_no_content() {
    assert_eq!(regions(&Pixels::gray(300, 200, |_, _| 90).picture()), []);
}
