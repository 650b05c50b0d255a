//! Pictures inside pictures are found where they lie, and nothing makes the search panic.

use lamassu_fingerprint::frame::PANELS_MAX;
use lamassu_fingerprint::panels::panels;
use lamassu_fingerprint::{Channels, Grid, Region};
use proptest::prelude::*;

use crate::pictures::{Pixels, blobs, texture};

/// The grid that is looked at has a sample every 2 pixels in these pictures.
const EDGE_PX_MAX: usize = 2;

fn soft(seed: u64, width: usize, height: usize) -> Pixels {
    Pixels { bytes: blobs(seed, width, height), width, height, channels: Channels::Gray }
}

fn found(whole: &Pixels) -> Vec<Region> {
    panels(&Grid::sample(&whole.picture()))
}

fn assert_finds(whole: &Pixels, expected: &[Region]) {
    let found = found(whole);
    let edges = |r: Region| [r.x, r.y, r.x + r.width, r.y + r.height];
    let is_near =
        |a: Region, b: Region| edges(a).iter().zip(edges(b)).all(|(a, b)| a.abs_diff(b) <= EDGE_PX_MAX);
    for panel in expected {
        assert!(found.iter().any(|it| is_near(*it, *panel)), "{panel:?} is not among {found:?}");
    }
}

#[test]
fn of_two_side_by_side_each_is_found_wherever_they_meet() {
    for (seed, at) in [(1, 320), (2, 200), (3, 470)] {
        let mut whole = soft(seed, 640, 360);
        whole.paste(&texture(seed + 10, at, 360), 0, 0);
        let left = Region { x: 0, y: 0, width: at, height: 360 };
        assert_finds(&whole, &[left, Region { x: at, width: 640 - at, ..left }]);
        let mut whole = soft(seed, 360, 640);
        whole.paste(&texture(seed + 10, 360, at), 0, 0);
        let upper = Region { x: 0, y: 0, width: 360, height: at };
        assert_finds(&whole, &[upper, Region { y: at, height: 640 - at, ..upper }]);
    }
}

#[test]
fn all_pictures_of_a_collage_are_found_with_and_without_gaps() {
    for gap in [0, 12] {
        let side = 900 / 3 - gap;
        let mut whole = Pixels::gray(900, 900, |_, _| 250);
        let mut expected = Vec::new();
        for k in 0..9 {
            let (x, y) = (k % 3 * 300 + gap / 2, k / 3 * 300 + gap / 2);
            whole.paste(&soft(k as u64 * 7 + 1, side, side), x, y);
            expected.push(Region { x, y, width: side, height: side });
        }
        assert_finds(&whole, &expected);
    }
}

#[test]
fn a_picture_with_bars_in_one_half_is_found_without_them() {
    let mut whole = texture(5, 800, 600);
    whole.paste(&Pixels::gray(400, 600, |_, _| 0), 400, 0);
    whole.paste(&soft(6, 400, 225), 400, 180);
    assert_finds(&whole, &[Region { x: 400, y: 180, width: 400, height: 225 }]);
}

#[test]
fn a_picture_between_the_bars_of_an_application_is_found_without_the_caption_beside_it() {
    let mut whole = Pixels::gray(540, 960, |_, y| if y < 80 { 60 } else { 240 });
    for line in 0..3 {
        let words = Pixels::gray(400, 16, |x, _| if x % 14 < 9 { 20 } else { 240 });
        whole.paste(&words, 40, 700 + 30 * line);
    }
    whole.paste(&texture(9, 500, 333), 20, 120);
    assert_finds(&whole, &[Region { x: 20, y: 120, width: 500, height: 333 }]);
}

#[test]
fn one_picture_and_one_without_anything_have_none() {
    for seed in 0..8 {
        assert_eq!(found(&soft(seed, 640, 480)), []);
        assert_eq!(found(&texture(seed, 640, 480)), []);
    }
    assert_eq!(found(&Pixels::gray(640, 480, |_, _| 90)), []);
}

#[test]
fn bars_filled_with_a_blurred_picture_are_cut_off() {
    for seed in 1..5 {
        let mut whole = Pixels { bytes: blobs(seed, 540, 960), ..soft(seed, 540, 960) };
        let inside = Region { x: 0, y: 300, width: 540, height: 360 };
        whole.paste(&texture(seed, inside.width, inside.height), inside.x, inside.y);
        assert_finds(&whole, &[inside]);
    }
}

proptest! {
    #[test]
    fn any_picture_of_any_shape_has_few_panels_inside_it(
        seed in 0_u64..1000,
        width in 1_usize..700,
        height in 1_usize..700,
        part in (1_usize..700, 1_usize..700),
    ) {
        let mut whole = texture(seed, width, height);
        whole.paste(&soft(seed, part.0.min(width), part.1.min(height)), 0, 0);
        let found = found(&whole);
        prop_assert!(found.len() <= PANELS_MAX);
        for panel in found {
            prop_assert!(panel.width > 0 && panel.height > 0);
            prop_assert!(panel.x + panel.width <= width && panel.y + panel.height <= height);
        }
    }
}
