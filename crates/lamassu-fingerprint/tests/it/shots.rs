//! Shots: cuts, fades and pans made by formula, six frames a second.

use lamassu_fingerprint::shot::{Seen, Shot, Shots};
use lamassu_fingerprint::{Channels, Picture};

const SIDE: usize = 64;

/// A smooth picture, another one for each `seed`, moved to the left by `shift` pixels.
fn scene(seed: u32, shift: f32) -> Vec<f32> {
    let wave = |k: u32, value: f32| (value * (0.05 + 0.03 * ((seed * 7 + k * 13) % 11) as f32)).sin();
    let at = |x: f32, y: f32| 128.0 + 40.0 * wave(1, x) * wave(2, y) + 50.0 * wave(3, x + 2.0 * y);
    (0..SIDE * SIDE).map(|k| at((k % SIDE) as f32 + shift, (k / SIDE) as f32)).collect()
}

/// `share` of one picture and the rest of another.
fn blend(from: &[f32], to: &[f32], share: f32) -> Vec<f32> {
    from.iter().zip(to).map(|(a, b)| a * (1.0 - share) + b * share).collect()
}

fn shots(frames: &[Vec<f32>]) -> Vec<Shot> {
    let mut shots = Shots::default();
    let mut found = Vec::new();
    for frame in frames {
        let pixels: Vec<u8> = frame.iter().map(|value| value.clamp(0.0, 255.0) as u8).collect();
        let picture = Picture::new(&pixels, SIDE, SIDE, Channels::Gray).expect("the buffer has this size");
        if let Seen::New(shot) = shots.push(&picture) {
            found.push(shot);
        }
    }
    found
}

fn hold(frame: &[f32], count: usize) -> Vec<Vec<f32>> {
    vec![frame.to_vec(); count]
}

#[test]
fn a_cut_begins_a_shot_that_its_second_frame_shows() {
    let frames = [hold(&scene(1, 0.0), 5), hold(&scene(2, 0.0), 2), hold(&scene(3, 0.0), 9)].concat();
    let expected = [Shot { start: 0, key: 1 }, Shot { start: 5, key: 6 }, Shot { start: 7, key: 8 }];
    assert_eq!(shots(&frames), expected);
}

#[test]
fn a_fade_is_over_when_its_last_frame_is_seen() {
    let (from, to) = (scene(1, 0.0), scene(4, 0.0));
    let fade = (1..6).map(|k| blend(&from, &to, k as f32 / 6.0)).collect::<Vec<_>>();
    let found = shots(&[hold(&from, 6), fade, hold(&to, 6)].concat());
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[1].start > 6 && (10..=12).contains(&found[1].key), "{found:?}");
}

#[test]
fn black_is_no_shot_and_ends_one() {
    let (from, to, black) = (scene(1, 0.0), scene(4, 0.0), vec![3.0; SIDE * SIDE]);
    let into: Vec<_> = (1..6).map(|k| blend(&from, &black, k as f32 / 6.0)).collect();
    let out_of: Vec<_> = (1..6).map(|k| blend(&black, &to, k as f32 / 6.0)).collect();
    let found = shots(&[hold(&from, 4), into, hold(&black, 20), out_of, hold(&to, 4)].concat());
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[1].start >= 29 && found[1].key >= 32, "{found:?}");
    assert_eq!(shots(&hold(&black, 30)), []);
}

#[test]
fn neither_light_nor_a_little_motion_begins_a_shot() {
    let still = scene(1, 0.0);
    let darker: Vec<_> =
        (0..12).map(|k| still.iter().map(|v| v * (1.0 - k as f32 / 20.0)).collect()).collect();
    let moved: Vec<_> = (0..12).map(|k| scene(1, k as f32 * 0.2)).collect();
    assert_eq!(shots(&[darker, moved].concat()), [Shot { start: 0, key: 1 }]);
}

#[test]
fn what_never_settles_is_taken_as_it_is() {
    let frames: Vec<_> = (0..30).map(|k| scene(k, 0.0)).collect();
    let found = shots(&frames);
    assert!((2..=6).contains(&found.len()), "{found:?}");
    assert!(found.iter().all(|shot| shot.start <= shot.key));
}

#[test]
fn frames_smaller_than_a_thumbnail_do_no_harm() {
    let mut shots = Shots::default();
    for side in [1, 5, 33] {
        let pixels = vec![9; side * side];
        let picture = Picture::new(&pixels, side, side, Channels::Gray).expect("the buffer has this size");
        assert_eq!(shots.push(&picture), Seen::Between);
    }
}
