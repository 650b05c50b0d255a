//! Scores: one scale, and never lower for more evidence.

use lamassu_case::score::{Seen, SeenFeatures, probability};
use proptest::prelude::*;

fn features() -> impl Strategy<Value = SeenFeatures> {
    (0..300_u32, 0..300_u32, 1..=300_u32, 0..=66_u32, 0.0..=1.0_f32, -50.0..900.0_f32).prop_map(
        |(inliers, visible, entry_features, distance_bits, spread, evidence_bits)| SeenFeatures {
            inliers,
            visible,
            entry_features,
            distance_bits,
            spread,
            evidence_bits,
        },
    )
}

proptest! {
    #[test]
    fn a_score_is_a_probability(seen in features(), distance_bits in 0..=256_u32, quality in 0..=100_u8) {
        for seen in [
            Seen::Digest,
            Seen::Local(seen),
            Seen::Picture { distance_bits, quality },
            Seen::Frames { frames: 3, distance_bits, quality },
        ] {
            prop_assert!((0.0..=1.0).contains(&probability(&seen)));
        }
    }

    #[test]
    fn more_evidence_is_never_less_sure(seen in features(), more in 0.0..50.0_f32, nearer in 0..40_u32) {
        let score = |seen: SeenFeatures| probability(&Seen::Local(seen));
        let better = SeenFeatures { evidence_bits: seen.evidence_bits + more, ..seen };
        prop_assert!(score(better) >= score(seen));
        let closer = SeenFeatures { distance_bits: seen.distance_bits.saturating_sub(nearer), ..seen };
        prop_assert!(score(closer) >= score(seen));
        let wider = SeenFeatures { spread: 1.0, ..seen };
        prop_assert!(score(wider) >= score(seen));
    }

    #[test]
    fn nearer_pictures_are_surer(distance_bits in 0..256_u32, quality in 0..=100_u8) {
        let score = |distance_bits| probability(&Seen::Picture { distance_bits, quality });
        prop_assert!(score(distance_bits) >= score(distance_bits + 1));
    }
}

#[test]
fn few_inliers_are_nothing_and_a_digest_is_certain() {
    let seen = SeenFeatures {
        inliers: 6,
        visible: 6,
        entry_features: 300,
        distance_bits: 0,
        spread: 1.0,
        evidence_bits: 60.0,
    };
    assert!(probability(&Seen::Local(seen)) < 0.01);
    assert!(probability(&Seen::Digest) >= 1.0);
}

#[test]
fn a_mark_is_judged_by_what_of_it_could_be_seen() {
    let score = |inliers: u32, visible: u32, spread: f32, evidence_bits: f32| {
        let seen =
            SeenFeatures { inliers, visible, entry_features: 120, distance_bits: 30, spread, evidence_bits };
        probability(&Seen::Logo(seen))
    };
    // As measured: a mark at a seventh of the width, and the strongest find where there was none.
    assert!(score(8, 26, 0.5, 26.9) > 0.9);
    assert!(score(5, 20, 0.47, 8.6) < 0.3);
    assert!(score(5, 65, 0.1, 21.3) < 0.01, "a little of a large one");
}
