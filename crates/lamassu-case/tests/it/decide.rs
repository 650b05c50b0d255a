//! The decision, by cases and by laws.

use lamassu_case::{Candidate, Decision, Method, Outcome, Policy, Segment, decide, segment_score};
use proptest::prelude::*;

use crate::make::{any_candidates, bank, candidate, entry, evidence, picture, placed, segment, video};

fn judge(policy: &str, candidates: Vec<Candidate>) -> Decision {
    decide(&Policy::parse(policy).expect("a valid policy"), &evidence(candidates))
}

/// Whether one candidate alone is accepted.
fn accepts(policy: &str, candidate: Candidate) -> bool {
    let decision = judge(policy, vec![candidate]);
    assert_eq!(decision.outcome == Outcome::Review, !decision.matches.is_empty());
    !decision.matches.is_empty()
}

#[test]
fn nothing_found_is_nothing_to_do() {
    assert_eq!(judge("", vec![]), Decision::default());
}

#[test]
fn a_picture_counts_within_the_radius() {
    assert!(accepts("", picture(1, 0, 50)));
    assert!(accepts("", picture(1, 31, 50)));
    assert!(!accepts("", picture(1, 32, 50)));
    assert!(!accepts("[default]\nradius_bits = 30", picture(1, 31, 100)));
    assert!(!accepts("", candidate(1, Method::Pdq)), "a picture without measures is no match");
}

#[test]
fn a_flat_picture_does_not_count() {
    assert!(!accepts("", picture(1, 0, 49)));
    assert!(accepts("[default]\nquality_min = 0", picture(1, 0, 0)));
    assert!(!accepts("", video(1, 49, &[segment(9, 0)])));
}

#[test]
fn plain_pictures_count_by_their_difference() {
    let plain = |distance_bits, structure| Candidate {
        distance_bits: Some(distance_bits),
        quality: Some(structure),
        ..candidate(1, Method::Plain)
    };
    assert!(accepts("", plain(6, 40)));
    assert!(!accepts("", plain(7, 40)), "the same bits are more of less");
    assert!(accepts("", plain(7, 50)));
    assert!(accepts("[default]\nplain_difference = 0.3", plain(12, 40)));
    assert!(!accepts("[default]\nplain_difference = 0.0", plain(0, 40)), "switched off");
    assert!(!accepts("", candidate(1, Method::Plain)), "without measures it is no match");
    let score = |bits| judge("", vec![plain(bits, 40)]).matches[0].score;
    assert!(score(0) <= 0.9 && score(6) < score(0) && score(6) > 0.5);
}

#[test]
fn each_bank_has_its_own_radius() {
    let policy = "[banks.strict]\nradius_bits = 10\n[banks.wide]\nradius_bits = 60\n";
    let found = |name: &str| Candidate { bank: bank(name), ..picture(1, 40, 90) };
    assert!(!accepts(policy, found("strict")));
    assert!(!accepts(policy, found("other")));
    assert!(accepts(policy, found("wide")));
}

#[test]
fn the_same_bytes_always_count() {
    assert!(accepts("[default]\nradius_bits = 0\nquality_min = 100", candidate(1, Method::Sha256)));
    assert_eq!(judge("", vec![candidate(1, Method::Sha256)]).matches[0].score.to_bits(), 1.0_f64.to_bits());
}

#[test]
fn frames_count_by_segments_of_enough_near_frames() {
    assert!(accepts("", video(1, 90, &[segment(3, 50)])));
    assert!(!accepts("", video(1, 90, &[segment(2, 50)])), "too few frames");
    assert!(!accepts("", video(1, 90, &[segment(3, 51)])), "too far away");
    assert!(!accepts("", video(1, 90, &[])));
    assert!(accepts("[default]\nframes_min = 1", video(1, 90, &[segment(1, 50)])));
}

#[test]
fn segments_that_do_not_count_are_left_out() {
    let decision = judge("", vec![video(1, 90, &[segment(2, 1), segment(9, 20), segment(9, 60)])]);
    assert_eq!(decision.matches[0].candidate.segments, [segment(9, 20)]);
    assert_eq!(
        decision.matches[0].score.to_bits(),
        segment_score(Method::Frames, &segment(9, 20), 90).to_bits(),
        "the score is of what counts"
    );
}

#[test]
fn the_best_comes_first_and_equals_by_entry() {
    let found = vec![picture(3, 10, 90), picture(2, 4, 90), picture(1, 10, 90), candidate(9, Method::Sha256)];
    let order: Vec<_> = judge("", found).matches.into_iter().map(|m| m.candidate.entry).collect();
    assert_eq!(order, [9, 2, 1, 3].map(entry));
}

#[test]
fn a_bank_may_ask_for_nothing() {
    let policy = "[banks.context]\noutcome = 'none'";
    let context = Candidate { bank: bank("context"), ..picture(1, 0, 90) };
    let quiet = judge(policy, vec![context.clone()]);
    assert_eq!((quiet.outcome, quiet.matches.len()), (Outcome::None, 1), "still shown, not acted on");
    assert_eq!(judge(policy, vec![context, picture(2, 20, 90)]).outcome, Outcome::Review);
}

#[test]
fn a_score_is_a_probability_that_falls_with_the_distance() {
    let wide = "[default]\nradius_bits = 96\nquality_min = 0";
    let score = |bits: u32, quality: u8| judge(wide, vec![picture(1, bits, quality)]).matches[0].score;
    let scores: Vec<f64> = (0..=96).map(|bits| score(bits, 90)).collect();
    assert!(scores[0] > 0.95 && scores[96] < 0.1, "{scores:?}");
    assert!(scores.windows(2).all(|pair| pair[0] >= pair[1]));
    assert!(score(0, 20) <= 0.5, "a picture without structure says little");
}

#[test]
fn sound_counts_by_how_far_it_lies_from_chance() {
    let heard = |duration_ms: u32, distance_bits: u32| Candidate {
        segments: vec![Segment { item_end_ms: duration_ms, ..segment(9, distance_bits) }],
        ..candidate(1, Method::Sound)
    };
    assert!(accepts("", heard(5_000, 70)), "five seconds that are near");
    assert!(!accepts("", heard(5_000, 80)), "five seconds that are not");
    assert!(accepts("", heard(20_000, 80)), "as near, but longer");
    assert!(!accepts("[default]\nscore_min = 1.0", heard(5_000, 70)));
}

#[test]
fn a_part_counts_when_it_is_sure_enough() {
    let found = |placed| Candidate { placed: Some(placed), ..candidate(1, Method::Local) };
    let (sure, chance) = (placed(80, 120, 20, 0.9, 300.0), placed(5, 200, 55, 0.1, 3.0));
    assert!(accepts("", found(sure.clone())));
    assert!(!accepts("", found(chance.clone())));
    assert!(accepts("[default]\nscore_min = 0.0", found(chance)));
    assert!(!accepts("", candidate(1, Method::Local)), "without a place there is nothing to judge");
    assert!(judge("", vec![found(sure)]).matches[0].score > 0.9);
}

const POLICY: &str = "[default]\nradius_bits = 60\n[banks.strict]\nradius_bits = 5\nframes_min = 8\n";

proptest! {
    #[test]
    fn order_does_not_matter(
        (found, shuffled) in any_candidates().prop_flat_map(|c| (Just(c.clone()), Just(c).prop_shuffle())),
    ) {
        prop_assert_eq!(judge(POLICY, found), judge(POLICY, shuffled));
    }

    #[test]
    fn the_same_evidence_gives_the_same_decision(found in any_candidates()) {
        prop_assert_eq!(judge(POLICY, found.clone()), judge(POLICY, found));
    }

    #[test]
    fn one_candidate_does_not_change_another(found in any_candidates()) {
        let together = judge(POLICY, found.clone()).matches.len();
        let alone: usize = found.into_iter().map(|c| judge(POLICY, vec![c]).matches.len()).sum();
        prop_assert_eq!(together, alone);
    }

    #[test]
    fn a_wider_radius_loses_nothing(found in any_candidates(), radius in 0..96_u32) {
        let at = |bits: u32| judge(&format!("[default]\nradius_bits = {bits}"), found.clone()).matches.len();
        prop_assert!(at(radius) <= at(radius + 1));
    }

    #[test]
    fn scores_are_shares(found in any_candidates()) {
        prop_assert!(judge(POLICY, found).matches.iter().all(|m| (0.0..=1.0).contains(&m.score)));
    }
}
