//! `collapse` drops what says the same twice and nothing else.

use lamassu_fingerprint::frame::{NEAR_IDENTICAL_BITS, ReadFrame, collapse};
use lamassu_fingerprint::{Bits256, Frame, View};
use proptest::prelude::*;

/// A frame whose hash has its lowest `ones` bits set.
fn frame(start_ms: u32, end_ms: u32, view: View, ones: usize) -> ReadFrame {
    let mut bits = Bits256::default();
    (0..ones).for_each(|k| bits.set(k));
    Frame { start_ms, end_ms, view, quality: 90, bits: [bits; 8] }
}

#[test]
fn a_still_scene_becomes_one_long_frame() {
    let frames: Vec<_> = (0..5).map(|k| frame(k * 200, k * 200 + 200, View::Full, k as usize)).collect();
    assert_eq!(collapse(&frames), [frame(0, 1000, View::Full, 0)]);
}

#[test]
fn a_slow_fade_is_not_swallowed() {
    let frames: Vec<_> = (0..100).map(|k| frame(k * 100, k * 100 + 100, View::Full, k as usize)).collect();
    let kept = collapse(&frames);
    // Each kept frame is the first one further than the limit from the one before.
    let expected: Vec<_> = (0..100).step_by(NEAR_IDENTICAL_BITS as usize + 1).collect();
    assert_eq!(kept.iter().map(|f| f.bits[0].distance(Bits256::default())).collect::<Vec<_>>(), expected);
}

#[test]
fn views_collapse_apart_and_keep_their_order() {
    let frames = [
        frame(0, 100, View::Full, 0),
        frame(0, 100, View::Trimmed, 0),
        frame(100, 200, View::Full, 2),
        frame(100, 200, View::Trimmed, 50),
        frame(200, 300, View::Full, 3),
    ];
    assert_eq!(
        collapse(&frames),
        [frame(0, 300, View::Full, 0), frame(0, 100, View::Trimmed, 0), frame(100, 200, View::Trimmed, 50)]
    );
}

#[test]
fn a_gap_is_not_bridged() {
    let frames = [frame(0, 100, View::Full, 0), frame(5000, 5100, View::Full, 0)];
    assert_eq!(collapse(&frames), frames);
}

#[test]
fn a_scene_that_returns_is_kept_again() {
    let frames = [0, 60, 0].map(|ones| frame(0, 0, View::Full, ones));
    assert_eq!(collapse(&frames).len(), 3);
}

proptest! {
    #[test]
    fn nothing_is_lost(scenes in prop::collection::vec((0_usize..4, 0_usize..257, 1_u32..500), 0..60)) {
        let mut now = 0;
        let frames: Vec<_> = scenes
            .into_iter()
            .map(|(view, ones, length)| {
                let start = now;
                now += length;
                frame(start, now, View::ALL[view], ones)
            })
            .collect();
        let kept = collapse(&frames);
        prop_assert!(kept.is_sorted_by_key(|f| f.start_ms), "order is kept");
        for f in &frames {
            let told = kept.iter().any(|k| {
                k.view == f.view
                    && k.start_ms <= f.start_ms
                    && k.end_ms >= f.end_ms
                    && k.bits[0].distance(f.bits[0]) <= NEAR_IDENTICAL_BITS
            });
            prop_assert!(told, "no kept frame stands for {f:?}");
        }
        prop_assert_eq!(collapse(&kept), kept, "collapsing again changes nothing");
    }
}
